// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

/** Bytes for the tests of this package. */
final class Packets {

    static final IpAddress V4_A = IpAddress.parse("10.0.0.1");
    static final IpAddress V4_B = IpAddress.parse("192.0.2.7");
    static final IpAddress V6_A = IpAddress.parse("2001:db8::1");
    static final IpAddress V6_B = IpAddress.parse("2001:db8::2");
    static final byte DIRT = (byte) 0xA5;

    private Packets() {}

    static ByteBuffer hex(String digits) {
        String compact = digits.replaceAll("\\s", "");
        ByteBuffer bytes = ByteBuffer.allocate(compact.length() / 2);
        for (int i = 0; i < compact.length(); i += 2) {
            bytes.put(i / 2, (byte) Integer.parseInt(compact, i, i + 2, 16));
        }
        return bytes;
    }

    static ByteBuffer dirty(int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, DIRT);
        return ByteBuffer.wrap(bytes);
    }

    static ByteBuffer random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return ByteBuffer.wrap(bytes);
    }

    /** All bytes from 0 to the limit. */
    static byte[] bytes(ByteBuffer buffer) {
        return slice(buffer, 0, buffer.limit());
    }

    static byte[] slice(ByteBuffer buffer, int offset, int length) {
        byte[] bytes = new byte[length];
        buffer.get(offset, bytes);
        return bytes;
    }

    static Packet udp4(int payload) {
        return new Packet().wrap(PacketBuilder.udp(V4_A, 1000, V4_B, 2000, random(payload, payload)));
    }

    static Packet udp6(int payload) {
        return new Packet().wrap(PacketBuilder.udp(V6_A, 1000, V6_B, 2000, random(payload, payload)));
    }

    /** An IPv6 packet whose fixed header names {@code first}, followed by what the hex digits say. */
    static ByteBuffer ipv6(int first, String rest) {
        return PacketBuilder.ip(V6_A, V6_B, first, 64, hex(rest));
    }

    /** An IPv4 packet with options, given in hex and of a length that is a multiple of four. */
    static ByteBuffer ipv4WithOptions(String options, int protocol, ByteBuffer payload) {
        ByteBuffer bytes = hex(options);
        int header = 20 + bytes.remaining();
        ByteBuffer packet = ByteBuffer.allocate(header + payload.remaining());
        IpHeader.write(packet, 0, V4_A, V4_B, protocol, packet.capacity() - 20, 64, 77, 0, false);
        packet.put(0, (byte) (0x40 | header / 4));
        packet.put(20, bytes, 0, bytes.remaining());
        packet.put(header, payload, payload.position(), payload.remaining());
        new Packet().wrap(packet).recomputeIpv4Checksum();
        return packet;
    }

    static Packet copyOf(Packet packet) {
        return new Packet().wrap(ByteBuffer.wrap(packet.toBytes()));
    }
}
