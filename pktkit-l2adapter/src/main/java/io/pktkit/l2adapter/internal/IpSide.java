// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.device.Offload;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.util.Set;

/** The host above the link layer: who packets go up to, and whose addresses the adapter answers for. Any thread. */
public interface IpSide {

    /**
     * Hands a packet up.
     *
     * @param packet on loan until this returns
     * @return false if it was dropped
     */
    boolean up(Packet packet);

    /**
     * Tells the host's address of one family and the subnet that it is in.
     *
     * @param family the family
     * @return the prefix, unset if there is none
     */
    IpPrefix prefix(IpFamily family);

    /**
     * Changes the host's address of one family.
     *
     * @param prefix the address and subnet, or an unset prefix
     */
    void setPrefix(IpPrefix prefix);

    /** {@return what {@link #up} takes unfinished} */
    Set<Offload> offloads();
}
