// SPDX-License-Identifier: MIT
package io.pktkit.hub.guard.internal;

import io.pktkit.hub.guard.GuardReason;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What the messages of RFC 4861 that hosts send must look like. */
final class NeighborDiscovery {

    static final int TARGET_OFFSET = 8;

    /** RFC 2894. */
    static final int ROUTER_RENUMBERING = 138;

    private static final int HOP_LIMIT = 255;
    private static final int SOURCE_LINK_LAYER_ADDRESS = 1;
    private static final int TARGET_LINK_LAYER_ADDRESS = 2;

    private static final int MLD_REPORT = 131;
    private static final int MLD_DONE = 132;
    private static final int MLD2_REPORT = 143;

    private NeighborDiscovery() {}

    static boolean isHostMessage(int type) {
        return type == IcmpMessage.V6_ROUTER_SOLICITATION
                || type == IcmpMessage.V6_NEIGHBOR_SOLICITATION
                || type == IcmpMessage.V6_NEIGHBOR_ADVERTISEMENT;
    }

    static boolean isListenerReport(int type) {
        return type == MLD_REPORT || type == MLD_DONE || type == MLD2_REPORT;
    }

    /** Why a message that hosts send is not as it should be; null if it is. */
    static @Nullable GuardReason flaw(Packet packet, long station) {
        ByteBuffer buffer = packet.buffer();
        int at = packet.transportOffset();
        int end = at + packet.transportLength();
        int type = buffer.get(at) & 0xFF;
        int options = at + (type == IcmpMessage.V6_ROUTER_SOLICITATION ? TARGET_OFFSET : TARGET_OFFSET + 16);
        // Sections 6.1.1, 7.1.1 and 7.1.2; no fragments, RFC 6980 section 5.
        boolean right = packet.hopLimit() == HOP_LIMIT && buffer.get(at + 1) == 0 && !packet.isFragment();
        if (!right || options > end) {
            return GuardReason.MALFORMED;
        }
        boolean anonymous = (packet.sourceHigh() | packet.sourceLow()) == 0;
        while (options < end) {
            int length = end - options < 8 ? 0 : (buffer.get(options + 1) & 0xFF) * 8;
            if (length == 0 || length > end - options) {
                return GuardReason.MALFORMED;
            }
            int option = buffer.get(options) & 0xFF;
            if (option == SOURCE_LINK_LAYER_ADDRESS || option == TARGET_LINK_LAYER_ADDRESS) {
                if (anonymous) {
                    return GuardReason.MALFORMED;
                }
                if (length != 2 + MacAddress.LENGTH || buffer.getLong(options) << 16 >>> 16 != station) {
                    return GuardReason.STATION_MISMATCH;
                }
            }
            options += length;
        }
        return null;
    }
}
