// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Answers ARP requests for one address (RFC 826). Stateless: it learns nothing. */
public final class ArpResponder {
    private static final int ARP_LENGTH = 28;
    private static final int ETHERNET_TO_IPV4 = 0x0001_0800; // htype 1, ptype IPv4
    private static final int LENGTHS = 0x0604; // hlen 6, plen 4
    private static final int REQUEST = 1;
    private static final int REPLY = 2;

    private ArpResponder() {}

    /**
     * A reply to a request for the address, in a buffer of its own, or null if the frame is none. A sender that is not the source
     * of the frame, or that claims the address itself, gets no answer; one without an address, a probe, does (RFC 5227).
     */
    public static @Nullable ByteBuffer reply(Frame frame, long mac, int address) {
        if (frame.payloadLength() < ARP_LENGTH) {
            return null;
        }
        ByteBuffer in = frame.buffer();
        int at = frame.payloadOffset();
        boolean isRequest = in.getInt(at) == ETHERNET_TO_IPV4
                && in.getShort(at + 4) == LENGTHS
                && in.getShort(at + 6) == REQUEST
                && in.getInt(at + 24) == address;
        long sender = (in.getShort(at + 8) & 0xFFFFL) << 32 | (in.getInt(at + 10) & 0xFFFF_FFFFL);
        int senderAddress = in.getInt(at + 14);
        if (!isRequest || sender != frame.sourceMac() || senderAddress == address) {
            return null;
        }
        ByteBuffer out = ByteBuffer.allocate(Frame.HEADER_LENGTH + ARP_LENGTH);
        putMac(out, sender);
        putMac(out, mac);
        out.putShort((short) EtherType.ARP);
        out.putInt(ETHERNET_TO_IPV4).putShort((short) LENGTHS).putShort((short) REPLY);
        putMac(out, mac);
        out.putInt(address);
        putMac(out, sender);
        out.putInt(senderAddress);
        return out.flip();
    }

    private static void putMac(ByteBuffer out, long mac) {
        out.putShort((short) (mac >>> 32)).putInt((int) mac);
    }
}
