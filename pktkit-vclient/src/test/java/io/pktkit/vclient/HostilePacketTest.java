// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.iphost.socket.VirtualServerSocket;
import io.pktkit.iphost.socket.VirtualSocket;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a client makes of packets that no honest peer sends. */
class HostilePacketTest {
    private static final int RANDOM_PACKETS = 300_000;
    private static final int MAX_GUESSED_COOKIES = 2;
    private static final IpAddress SELF = IpAddress.parse("10.0.0.1");
    private static final IpAddress SELF_IPV6 = IpAddress.parse("fd00::1");
    private static final IpAddress PEER = IpAddress.parse("10.0.0.2");
    private static final IpAddress PEER_IPV6 = IpAddress.parse("fd00::2");
    private static final ByteBuffer PAYLOAD = ByteBuffer.wrap(new byte[] {1, 2, 3, 4});

    private final ManualTime time = new ManualTime();
    private final VirtualClient client = new VirtualClient(VirtualClientConfig.DEFAULT.withTimers(time));
    private final List<byte[]> sent = new ArrayList<>();
    private VirtualServerSocket listener;
    private VirtualDatagramSocket datagrams;

    @BeforeEach
    void setUp() throws IOException {
        client.setPrefix(IpPrefix.of(SELF, 24));
        client.setPrefix(IpPrefix.of(SELF_IPV6, 64));
        client.attach(packet -> sent.add(packet.toBytes()));
        listener = client.listen(80);
        datagrams = client.openDatagram(53);
    }

    @AfterEach
    void tearDown() throws IOException {
        listener.close();
        datagrams.close();
        client.close();
        assertEquals(0, time.pending());
    }

    private boolean receive(ByteBuffer packet) {
        return client.send(new Packet().wrap(packet));
    }

    private static Packet packet(byte[] octets) {
        return new Packet().wrap(ByteBuffer.wrap(octets), 0, octets.length);
    }

    private static List<ByteBuffer> seeds() {
        return List.of(
                PacketBuilder.tcp(PEER, 1000, SELF, 80, 1, 0, TcpSegment.SYN, 1000, PAYLOAD),
                PacketBuilder.tcp(PEER_IPV6, 1000, SELF_IPV6, 80, 1, 0, TcpSegment.SYN, 1000, PAYLOAD),
                PacketBuilder.tcp(PEER, 1001, SELF, 80, 1, 1, TcpSegment.ACK, 1000, PAYLOAD),
                PacketBuilder.udp(PEER, 1000, SELF, 53, PAYLOAD),
                PacketBuilder.udp(PEER_IPV6, 1000, SELF_IPV6, 54, PAYLOAD),
                PacketBuilder.icmpEcho(PEER, SELF, true, 1, 2, PAYLOAD),
                PacketBuilder.icmpEcho(PEER_IPV6, SELF_IPV6, true, 1, 2, PAYLOAD));
    }

    @Test
    void shouldTakeNoHarmFromPrefixesMutationsAndRandomBytes() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<ByteBuffer> seeds = seeds();
        for (ByteBuffer whole : seeds) {
            for (int length = 0; length < whole.limit(); length++) {
                ByteBuffer prefix = ByteBuffer.allocate(length).put(0, whole, 0, length);
                assertFalse(receive(prefix), "length=" + length);
            }
        }
        for (int i = 0; i < RANDOM_PACKETS; i++) {
            ByteBuffer whole = seeds.get(random.nextInt(seeds.size()));
            ByteBuffer mutated = ByteBuffer.allocate(whole.limit()).put(0, whole, 0, whole.limit());
            for (int change = random.nextInt(4); change >= 0; change--) {
                mutated.put(random.nextInt(mutated.limit()), (byte) random.nextInt(256));
            }
            Packet packet = new Packet().wrap(mutated);
            if (random.nextBoolean()) {
                packet.recomputeIpv4Checksum();
                packet.recomputeTransportChecksum();
            }
            try {
                client.send(packet);
            } catch (RuntimeException e) {
                throw new AssertionError("seed=" + seed + " i=" + i, e);
            }
            sent.clear();
        }
        VirtualClientUsage usage = client.usage();
        assertTrue(usage.connections() <= 16384, usage.toString());
        assertEquals(0, client.stats().snapshot().errors());
        time.advance(Duration.ofMinutes(10));
        // Among so many packets one may guess a SYN cookie (a chance of 2^-23 each), and waits to be accepted ever
        // since.
        assertTrue(client.usage().connections() <= MAX_GUESSED_COOKIES, client.usage()::toString);
        listener.close();
        assertEquals(0, client.usage().connections());
        assertEquals(0, client.usage().reassembling());
    }

    @Test
    void shouldAnswerAStrayWithAResetAndAResetWithNothing() {
        assertFalse(receive(PacketBuilder.tcp(PEER, 1000, SELF, 81, 7, 0, TcpSegment.SYN, 1000, PAYLOAD)));
        assertEquals(1, sent.size());
        TcpSegment reset = packet(sent.get(0)).tcp();
        assertNotNull(reset);
        assertTrue(reset.has(TcpSegment.RST));
        assertEquals(7 + 1 + 4, reset.acknowledgmentNumber());

        sent.clear();
        receive(PacketBuilder.tcp(PEER, 1000, SELF, 81, 7, 0, TcpSegment.RST, 1000, PAYLOAD));
        assertEquals(0, sent.size());
    }

    @Test
    void shouldAnswerAnEchoWithTheSamePayload() {
        for (ByteBuffer request : List.of(
                PacketBuilder.icmpEcho(PEER, SELF, true, 5, 6, PAYLOAD),
                PacketBuilder.icmpEcho(PEER_IPV6, SELF_IPV6, true, 5, 6, PAYLOAD))) {
            sent.clear();
            assertTrue(receive(request));
            Packet reply = packet(sent.get(0));
            IcmpMessage message = reply.icmp();
            assertNotNull(message);

            assertTrue(message.isEchoReply());
            assertEquals(5, message.identifier());
            assertEquals(6, message.sequenceNumber());
            assertEquals(ChecksumStatus.VALID, reply.verifyTransportChecksum());
            assertEquals(PAYLOAD, message.buffer().slice(message.payloadOffset(), message.payloadLength()));
        }
    }

    @Test
    void shouldReportAClosedPortAtABoundedRate() {
        for (int i = 0; i < 500; i++) {
            receive(PacketBuilder.udp(PEER, 1000, SELF, 54, PAYLOAD));
        }
        assertEquals(50, sent.size());
        IcmpMessage error = packet(sent.get(0)).icmp();
        assertNotNull(error);
        assertEquals(IcmpMessage.V4_DESTINATION_UNREACHABLE, error.type());
        assertEquals(3, error.code());
    }

    @Test
    void shouldDropWhatCannotComeFromOutside() {
        ByteBuffer spoofed = PacketBuilder.udp(SELF, 1000, SELF, 53, PAYLOAD);
        ByteBuffer loopback = PacketBuilder.udp(IpAddress.parse("127.0.0.1"), 1000, SELF, 53, PAYLOAD);
        ByteBuffer toLoopback = PacketBuilder.udp(PEER, 1000, IpAddress.parse("127.0.0.1"), 53, PAYLOAD);
        ByteBuffer multicast = PacketBuilder.udp(IpAddress.parse("224.0.0.1"), 1000, SELF, 53, PAYLOAD);
        for (ByteBuffer packet : List.of(spoofed, loopback, toLoopback, multicast)) {
            assertFalse(receive(packet));
        }
        assertEquals(4, client.stats().dropped(DropReason.MARTIAN));
        assertFalse(receive(PacketBuilder.udp(PEER, 1000, IpAddress.parse("10.0.0.3"), 53, PAYLOAD)));
        assertEquals(1, client.stats().dropped(DropReason.NOT_FOR_US));
        assertEquals(0, datagrams.queued());
        assertEquals(0, sent.size());
    }

    @Test
    void shouldDropBadChecksums() {
        for (ByteBuffer packet : seeds()) {
            packet.put(packet.limit() - 1, (byte) ~packet.get(packet.limit() - 1));
            assertFalse(receive(packet));
        }
        assertEquals(seeds().size(), client.stats().dropped(DropReason.BAD_CHECKSUM));
        assertEquals(0, sent.size());
    }

    @Test
    void shouldSurviveASynFloodAndStillAccept() throws Exception {
        for (int i = 0; i < 20_000; i++) {
            IpAddress source = IpAddress.ofIpv4(0x0A010000 + i);
            receive(PacketBuilder.tcp(
                    source, 1000 + i % 50_000, SELF, 80, i, 0, TcpSegment.SYN, 1000, ByteBuffer.allocate(0)));
        }
        assertTrue(client.usage().connections() <= 256, client.usage().toString());

        try (VirtualSocket dialled = client.dial("10.0.0.1", 80);
                Socket accepted = listener.accept()) {
            assertEquals(dialled.getLocalPort(), accepted.getPort());
            dialled.setSoLinger(true, 0);
        }
        time.advance(Duration.ofMinutes(5));
        assertEquals(0, client.usage().connections());
    }
}
