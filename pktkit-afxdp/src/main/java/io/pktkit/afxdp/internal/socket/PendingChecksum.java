// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.socket;

import io.pktkit.wire.Checksum;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;

/**
 * Tells checksums that the sender left to its hardware. On a {@code veth} pair there is none, and the kernel hands the frame
 * over unfinished; to its own stack it says so, to an AF_XDP socket it does not. But what stands in the field then
 * is known: the sum of the pseudo-header. A finished packet has that by chance, once in 65 536; to finish it again changes
 * nothing.
 */
public final class PendingChecksum {

    private static final int TCP_FIELD = 16;
    private static final int UDP_FIELD = 6;

    private PendingChecksum() {}

    /**
     * Marks a frame whose checksum is not there yet.
     *
     * @param frame a frame of an interface that does so
     */
    public static void mark(Frame frame) {
        Packet packet = frame.packet();
        int protocol = packet.protocol();
        int field = protocol == IpProtocol.TCP ? TCP_FIELD : UDP_FIELD;
        if ((protocol != IpProtocol.TCP && protocol != IpProtocol.UDP)
                || !packet.isComplete()
                || packet.isFragment()
                || packet.transportLength() < field + 2) {
            return;
        }
        int pseudoHeader = Checksum.pseudoHeader(
                packet.sourceHigh(),
                packet.sourceLow(),
                packet.destinationHigh(),
                packet.destinationLow(),
                protocol,
                packet.transportLength());
        ByteBuffer buffer = packet.buffer();
        int there = buffer.getShort(packet.transportOffset() + field) & 0xffff;
        if ((~Checksum.finish(pseudoHeader) & 0xffff) == there) {
            frame.checksumPending(true);
        }
    }
}
