// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.time.ManualTime;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every byte from a guest is hostile. All destinations are denied but two of loopback, so nothing leaves this machine. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlirpHostileTest {
    private static final int RANDOM_PACKETS = 1_000_000;
    private static final SlirpLimits LIMITS = new SlirpLimits(4, 64, 32, 32, 4);

    private final ManualTime time = new ManualTime();

    private static List<ByteBuffer> validPackets(IpAddress guest, IpAddress gateway) {
        ByteBuffer payload = ByteBuffer.wrap(Slirps.bytes(32, 1));
        List<ByteBuffer> packets = new ArrayList<>();
        packets.add(PacketBuilder.tcp(guest, 4000, gateway, 80, 1, 0, TcpSegment.SYN, 65535, payload));
        packets.add(PacketBuilder.tcp(guest, 4000, gateway, 80, 2, 5, TcpSegment.ACK, 65535, payload));
        packets.add(PacketBuilder.tcp(guest, 4000, gateway, 53, 1, 0, TcpSegment.SYN, 65535, payload));
        packets.add(PacketBuilder.udp(guest, 5000, gateway, 81, payload));
        packets.add(PacketBuilder.udp(guest, 5000, gateway, 53, payload));
        packets.add(PacketBuilder.icmpEcho(guest, gateway, true, 1, 1, payload));
        packets.add(PacketBuilder.ip(guest, gateway, 132, 64, payload));
        return packets;
    }

    private Slirp slirp(HostServer server, DatagramSocket udp) throws IOException {
        Slirp slirp = Slirp.open(SlirpConfig.builder()
                .address(IpPrefix.of(Slirps.GATEWAY, 24))
                .address(IpPrefix.of(Slirps.GATEWAY6, 64))
                .egress(EgressPolicy.denyAll())
                .timers(time)
                .limits(LIMITS)
                .allowHost(80, new InetSocketAddress(Slirps.LOOPBACK, server.port()))
                .allowHost(81, new InetSocketAddress(Slirps.LOOPBACK, udp.getLocalPort()))
                .build());
        slirp.bindUdp(53, request -> request.reply(request.payload()));
        slirp.listen(53);
        return slirp;
    }

    private static void assertBounded(Slirp slirp, String where) {
        SlirpSnapshot snapshot = slirp.snapshot();
        assertTrue(snapshot.tcpConnections() <= LIMITS.tcpConnections(), where + ": " + snapshot);
        assertTrue(snapshot.dialing() <= LIMITS.dialing(), where + ": " + snapshot);
        assertTrue(snapshot.udpMappings() <= LIMITS.udpMappings(), where + ": " + snapshot);
        assertEquals(0, snapshot.traffic().errors(), where);
    }

    @Test
    void shouldSurviveEveryPrefixAndEveryMutation() throws Exception {
        try (HostServer server =
                        new HostServer(socket -> socket.getInputStream().read());
                DatagramSocket udp = new DatagramSocket(0, Slirps.LOOPBACK);
                Slirp slirp = slirp(server, udp);
                Guest guest = new Guest(slirp, Slirps.GUEST, time, 1500)) {
            guest.raw = true;
            List<ByteBuffer> packets = validPackets(guest.address, Slirps.GATEWAY);
            packets.addAll(validPackets(IpAddress.parse(Slirps.GUEST6), Slirps.GATEWAY6));
            for (ByteBuffer packet : packets) {
                for (int length = 0; length <= packet.limit(); length++) {
                    guest.device.fromGuest(new Packet().wrap(packet, 0, length));
                }
                for (int at = 0; at < packet.limit(); at++) {
                    byte original = packet.get(at);
                    for (int bit = 0; bit < 8; bit++) {
                        packet.put(at, (byte) (original ^ (1 << bit)));
                        Packet mutated = new Packet().wrap(packet, 0, packet.limit());
                        guest.device.fromGuest(mutated);
                        mutated.recomputeIpv4Checksum();
                        mutated.recomputeTransportChecksum();
                        guest.device.fromGuest(mutated);
                    }
                    packet.put(at, original);
                }
                guest.inbox.clear();
                assertBounded(slirp, "packet " + packets.indexOf(packet));
            }
        }
    }

    @Test
    void shouldSurviveRandomPacketsWithinItsBounds() throws Exception {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        try (HostServer server =
                        new HostServer(socket -> socket.getInputStream().read());
                DatagramSocket udp = new DatagramSocket(0, Slirps.LOOPBACK);
                Slirp slirp = slirp(server, udp);
                Guest guest = new Guest(slirp, Slirps.GUEST, time, 1500)) {
            guest.raw = true;
            List<ByteBuffer> templates = validPackets(guest.address, Slirps.GATEWAY);
            templates.addAll(validPackets(IpAddress.parse(Slirps.GUEST6), Slirps.GATEWAY6));
            ByteBuffer buffer = ByteBuffer.allocate(128);
            Packet packet = new Packet();
            for (int i = 0; i < RANDOM_PACKETS; i++) {
                ByteBuffer template = templates.get(random.nextInt(templates.size()));
                int length = template.limit();
                buffer.put(0, template, 0, length);
                for (int changes = random.nextInt(6); changes > 0; changes--) {
                    buffer.put(random.nextInt(length), (byte) random.nextInt());
                }
                packet.wrap(buffer, 0, random.nextInt(8) == 0 ? random.nextInt(length + 1) : length);
                if (random.nextBoolean()) {
                    packet.recomputeIpv4Checksum();
                    packet.recomputeTransportChecksum();
                }
                guest.device.fromGuest(packet);
                if (i % 10_000 == 0) {
                    guest.inbox.clear();
                    time.advanceNanos(random.nextInt(2_000_000_000));
                    assertBounded(slirp, "seed=" + seed + " packet=" + i);
                }
            }
            assertBounded(slirp, "seed=" + seed);
        }
    }
}
