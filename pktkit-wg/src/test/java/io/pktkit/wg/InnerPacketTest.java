// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.pktkit.wire.IpPrefix;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The few fields that routing needs, at the edges of what is a packet; it lies in the middle of junk. */
class InnerPacketTest {

    private static final int OFFSET = 5;

    private static ByteBuffer ipv4(int total) {
        ByteBuffer buffer = junk();
        buffer.put(OFFSET, (byte) 0x45);
        buffer.putShort(OFFSET + 2, (short) total);
        buffer.putInt(OFFSET + 12, 0x0A000002);
        buffer.putInt(OFFSET + 16, 0x0A000003);
        return buffer;
    }

    private static ByteBuffer ipv6(int payload) {
        ByteBuffer buffer = junk();
        buffer.put(OFFSET, (byte) 0x60);
        buffer.putShort(OFFSET + 4, (short) payload);
        buffer.putLong(OFFSET + 8, 0xFD00L << 48).putLong(OFFSET + 16, 2);
        buffer.putLong(OFFSET + 24, 0xFD00L << 48).putLong(OFFSET + 32, 3);
        return buffer;
    }

    private static ByteBuffer junk() {
        ByteBuffer buffer = ByteBuffer.allocate(200);
        Arrays.fill(buffer.array(), (byte) 0xA5);
        return buffer;
    }

    @Test
    void shouldTellTheLengthOfAnIpv4Packet() {
        assertEquals(20, InnerPacket.length(ipv4(20), OFFSET, 20));
        assertEquals(20, InnerPacket.length(ipv4(20), OFFSET, 32));
        assertEquals(33, InnerPacket.length(ipv4(33), OFFSET, 33));
        assertEquals(-1, InnerPacket.length(ipv4(33), OFFSET, 32));
        assertEquals(-1, InnerPacket.length(ipv4(19), OFFSET, 32));
        assertEquals(-1, InnerPacket.length(ipv4(19), OFFSET, 19));
        assertEquals(-1, InnerPacket.length(ipv4(0), OFFSET, 32));
        assertEquals(65_535, InnerPacket.length(ipv4(65_535), OFFSET, 65_535));
    }

    @Test
    void shouldTellTheLengthOfAnIpv6Packet() {
        assertEquals(40, InnerPacket.length(ipv6(0), OFFSET, 40));
        assertEquals(40, InnerPacket.length(ipv6(0), OFFSET, 48));
        assertEquals(47, InnerPacket.length(ipv6(7), OFFSET, 47));
        assertEquals(-1, InnerPacket.length(ipv6(7), OFFSET, 46));
        assertEquals(-1, InnerPacket.length(ipv6(0), OFFSET, 39));
        assertEquals(40 + 65_535, InnerPacket.length(ipv6(65_535), OFFSET, 40 + 65_535));
    }

    @Test
    void shouldTakeNothingElseForAPacket() {
        for (int version = 0; version < 16; version++) {
            ByteBuffer buffer = ipv6(0);
            buffer.put(OFFSET, (byte) ((version << 4) | 5));
            assertEquals(
                    version == 4 ? -1 : version == 6 ? 40 : -1,
                    InnerPacket.length(buffer, OFFSET, 40),
                    "version=" + version);
        }
    }

    @Test
    void shouldFindSourceAndDestinationOfBothFamilies() {
        World world = new World(1);
        Host host = world.host("192.0.2.1");
        WgPeer source = peer(host, "10.0.0.2/32", "fd00::2/128");
        WgPeer destination = peer(host, "10.0.0.3/32", "fd00::3/128");
        for (ByteBuffer packet : List.of(ipv4(20), ipv6(0))) {
            assertSame(source, InnerPacket.findSource(source.table(), packet, OFFSET));
            assertSame(destination, InnerPacket.findDestination(source.table(), packet, OFFSET));
            assertSame(destination, host.identity.route(packet, OFFSET, 40));
            assertNull(host.identity.route(packet, OFFSET, 19));
        }
        ByteBuffer packet = ipv4(20);
        packet.putInt(OFFSET + 16, 0x0A000009);
        assertNull(host.identity.route(packet, OFFSET, 20));
    }

    private static WgPeer peer(Host host, String... prefixes) {
        WgPeerOptions options = WgPeerOptions.create();
        for (String prefix : prefixes) {
            options.allowedIp(IpPrefix.parse(prefix));
        }
        return host.identity.addPeer(
                WgPrivateKey.generate(host.world.config().random()).publicKey(), options, host.world.now);
    }
}
