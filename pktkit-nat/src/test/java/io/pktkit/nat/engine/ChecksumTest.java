// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.pktkit.nat.policy.NatConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What RFC 1624 updates equals what a full computation gives, but for the two forms of zero. */
class ChecksumTest {

    @Test
    void shouldEqualAFullComputation() {
        long seed = 1624;
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            IpAddress outside = IpAddress.ofIpv4(0x0B00_0000 | random.nextInt(1 << 24));
            IpAddress server = IpAddress.ofIpv4(0x5000_0000 | random.nextInt(1 << 24));
            IpAddress host = IpAddress.ofIpv4(0x0A00_0002 + random.nextInt(200));
            NatEngine engine = new NatEngine(NatConfig.builder(outside)
                    .preservePorts(random.nextBoolean())
                    .build());
            NatLink link = engine.addLink(engine.addInside().prefix(IpPrefix.parse("10.0.0.1/24")));
            byte[] payload = new byte[random.nextInt(40)];
            random.nextBytes(payload);
            if (random.nextInt(4) == 0) {
                Arrays.fill(payload, (byte) (random.nextBoolean() ? 0 : -1));
            }
            ByteBuffer body = ByteBuffer.wrap(payload);
            int port = random.nextInt(65_536);
            ByteBuffer packet = random.nextBoolean()
                    ? PacketBuilder.udp(host, port, server, random.nextInt(65_536), body)
                    : PacketBuilder.tcp(
                            host, port, server, random.nextInt(65_536), random.nextInt(), 0, NatWorld.SYN, 9, body);
            packet = withOptions(packet, random.nextInt(3) * 4);
            Packet given = new Packet().wrap(packet);
            given.trafficClass(random.nextInt(256))
                    .hopLimit(2 + random.nextInt(254))
                    .identification(random.nextInt());
            String context = "seed=" + seed + " i=" + i;
            NatOutput output = new NatOutput();
            assertEquals(null, engine.fromInside(link, given, 0, output), context);

            Packet sent = output.packet(0);
            byte[] incremental = sent.toBytes();
            sent.recomputeIpv4Checksum();
            sent.recomputeTransportChecksum();
            byte[] full = sent.toBytes();
            int field = sent.headerLength() + (sent.protocol() == IpProtocol.UDP ? 6 : 16);
            if (sent.protocol() == IpProtocol.UDP) {
                assertNotEquals(0, ByteBuffer.wrap(incremental).getShort(field), context);
            }
            for (int at : List.of(10, field)) {
                // Zero and all ones are one value; which of them comes out is up to what was summed.
                int a = ByteBuffer.wrap(incremental).getShort(at) & 0xFFFF;
                int b = ByteBuffer.wrap(full).getShort(at) & 0xFFFF;
                assertEquals(a % 0xFFFF, b % 0xFFFF, context + " at=" + at);
                ByteBuffer.wrap(incremental).putShort(at, (short) 0);
                ByteBuffer.wrap(full).putShort(at, (short) 0);
            }
            assertEquals(ByteBuffer.wrap(full), ByteBuffer.wrap(incremental), context);
        }
    }

    /** Puts no-operations behind the fixed header. */
    private static ByteBuffer withOptions(ByteBuffer packet, int length) {
        ByteBuffer longer = ByteBuffer.allocate(packet.capacity() + length);
        longer.put(0, packet, 0, 20);
        for (int i = 20; i < 20 + length; i++) {
            longer.put(i, (byte) 1);
        }
        longer.put(20 + length, packet, 20, packet.capacity() - 20);
        longer.put(0, (byte) (0x45 + length / 4)).putShort(2, (short) longer.capacity());
        new Packet().wrap(longer).recomputeIpv4Checksum();
        return longer;
    }
}
