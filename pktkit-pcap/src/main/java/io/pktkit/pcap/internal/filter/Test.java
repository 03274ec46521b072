// SPDX-License-Identifier: MIT
package io.pktkit.pcap.internal.filter;

import io.pktkit.wire.Packet;
import io.pktkit.wire.Pdu;

/** A question about a packet. Any thread, and no garbage. */
@FunctionalInterface
public interface Test {

    /**
     * Answers it.
     *
     * @param pdu the frame or packet
     * @param packet the IP packet in it, or an invalid one
     * @return the answer
     */
    boolean matches(Pdu pdu, Packet packet);
}
