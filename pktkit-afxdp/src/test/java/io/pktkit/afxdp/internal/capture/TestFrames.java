// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.capture;

import io.pktkit.wire.IpAddress;
import java.nio.ByteBuffer;

/** Frames as bytes, written out by hand. */
final class TestFrames {

    private TestFrames() {}

    static byte[] ethernet(int type, byte[] payload) {
        return ByteBuffer.allocate(14 + payload.length)
                .putLong(0x0200_0000_0001_0200L)
                .putInt(0x0000_0002)
                .putShort((short) type)
                .put(payload)
                .array();
    }

    /** With {@code words} words of header, and a word of flags and fragment offset. */
    static byte[] ipv4(String from, String to, int protocol, int words, int fragment, byte[] payload) {
        ByteBuffer header = ByteBuffer.allocate(Math.max(20, words * 4));
        header.put((byte) (0x40 | words)).put((byte) 0).putShort((short) (header.capacity() + payload.length));
        header.putShort((short) 1)
                .putShort((short) fragment)
                .put((byte) 64)
                .put((byte) protocol)
                .putShort((short) 0);
        header.put(bytes(from)).put(bytes(to));
        return ethernet(0x0800, concat(header.array(), payload));
    }

    static byte[] ipv4(String from, String to, int protocol, byte[] payload) {
        return ipv4(from, to, protocol, 5, 0, payload);
    }

    static byte[] ipv6(String from, String to, int next, byte[] payload) {
        ByteBuffer header = ByteBuffer.allocate(40);
        header.putInt(0x6000_0000)
                .putShort((short) payload.length)
                .put((byte) next)
                .put((byte) 255);
        header.put(bytes(from)).put(bytes(to));
        return ethernet(0x86dd, concat(header.array(), payload));
    }

    static byte[] ports(int source, int destination) {
        return ByteBuffer.allocate(8)
                .putShort((short) source)
                .putShort((short) destination)
                .array();
    }

    static byte[] arp(String sender, String target) {
        return ethernet(
                0x0806,
                ByteBuffer.allocate(28)
                        .putShort((short) 1)
                        .putShort((short) 0x0800)
                        .put((byte) 6)
                        .put((byte) 4)
                        .putShort((short) 1)
                        .put(new byte[6])
                        .put(bytes(sender))
                        .put(new byte[6])
                        .put(bytes(target))
                        .array());
    }

    /** A neighbour solicitation, to the group of an address. */
    static byte[] solicitation(String group, String target) {
        return ipv6(
                "fe80::1",
                group,
                58,
                ByteBuffer.allocate(24)
                        .put((byte) 135)
                        .position(8)
                        .put(bytes(target))
                        .array());
    }

    static byte[] bytes(String address) {
        return IpAddress.parse(address).toBytes();
    }

    static byte[] concat(byte[] one, byte[] other) {
        return ByteBuffer.allocate(one.length + other.length)
                .put(one)
                .put(other)
                .array();
    }
}
