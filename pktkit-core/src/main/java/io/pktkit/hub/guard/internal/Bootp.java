// SPDX-License-Identifier: MIT
package io.pktkit.hub.guard.internal;

import io.pktkit.hub.guard.GuardReason;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a guest may send to a DHCP server (RFC 2131 figure 1): its own requests. With the name or the address of another
 * in it, a guest could use up the leases, or release and decline those of others.
 */
final class Bootp {

    static final int SERVER_PORT = 67;
    static final int CLIENT_PORT = 68;

    private static final int UDP_HEADER = 8;
    private static final int REQUEST = 1;
    private static final int CIADDR = 12;
    private static final int GIADDR = 24;
    private static final int CHADDR = 28;

    /** Up to the end of a MAC address in the field of 16 bytes. */
    private static final int JUDGED = CHADDR + 6;

    /** Hardware type Ethernet and length 6. */
    private static final int ETHERNET = 0x0106;

    private Bootp() {}

    /** Why a message to a server is not as it should be; null if it is. */
    static @Nullable GuardReason flaw(Packet packet, long station, Bound bound) {
        if (packet.transportLength() < UDP_HEADER + JUDGED) {
            return GuardReason.UNDETERMINED;
        }
        ByteBuffer buffer = packet.buffer();
        int at = packet.transportOffset() + UDP_HEADER;
        if (buffer.get(at) != REQUEST || buffer.getInt(at + GIADDR) != 0) {
            return GuardReason.DHCP_SERVER; // or a relay
        }
        if (buffer.getShort(at + 1) != ETHERNET || buffer.getLong(at + CHADDR - 2) << 16 >>> 16 != station) {
            return GuardReason.STATION_MISMATCH;
        }
        long claimed = buffer.getInt(at + CIADDR) & 0xFFFF_FFFFL;
        boolean own = claimed == 0 || claimed == packet.sourceLow() || bound.holds(true, 0, claimed, station);
        return own ? null : GuardReason.STATION_MISMATCH;
    }
}
