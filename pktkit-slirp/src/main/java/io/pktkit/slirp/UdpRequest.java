// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import io.pktkit.wire.IpAddress;
import java.nio.ByteBuffer;

/** A datagram a guest has sent to a {@link UdpService}. Safe for any thread. */
public interface UdpRequest {
    /**
     * Which of the connected devices it came from.
     *
     * @return the number of {@link SlirpAttachment#namespace}
     */
    int namespace();

    /**
     * The guest's address.
     *
     * @return the source address
     */
    IpAddress sourceAddress();

    /**
     * The guest's port.
     *
     * @return 0 to 65535
     */
    int sourcePort();

    /**
     * The address the datagram was sent to.
     *
     * @return the destination address
     */
    IpAddress destinationAddress();

    /**
     * The port the datagram was sent to.
     *
     * @return 1 to 65535
     */
    int destinationPort();

    /**
     * What it carried.
     *
     * @return a read-only buffer of the caller's own over a copy
     */
    ByteBuffer payload();

    /**
     * Sends a datagram back. Any number of times, from any thread; must not be called with a lock held that a device's handler may
     * want.
     *
     * @param payload from its position to its limit; at most 65507 bytes
     * @return false when it was not sent because the guest is gone or the payload too long
     */
    boolean reply(ByteBuffer payload);
}
