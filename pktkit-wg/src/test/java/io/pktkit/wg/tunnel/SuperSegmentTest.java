// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import static io.pktkit.wg.tunnel.VirtualNet.at;
import static io.pktkit.wg.tunnel.VirtualNet.options;
import static io.pktkit.wg.tunnel.VirtualNet.record;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramCounter;
import io.pktkit.datagram.DatagramFeature;
import io.pktkit.datagram.Datagrams;
import io.pktkit.device.DropReason;
import io.pktkit.device.L3Device;
import io.pktkit.device.Offload;
import io.pktkit.device.Receiver;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes into a tunnel in one piece and comes out of it so, in between as what peers know. */
@Timeout(300)
class SuperSegmentTest {

    private static final int MSS = 1368;

    private final VirtualNet net = new VirtualNet();
    private WgDevice client;
    private WgDevice server;

    @BeforeEach
    void connect() throws IOException {
        server = net.port("192.0.2.1").addDevice(net.key());
        client = net.port("192.0.2.10").addDevice(net.key());
        client.peers()
                .add(server.identity().publicKey(), options("0.0.0.0/0", "::/0").endpoint(at("192.0.2.1")));
        server.peers().add(client.identity().publicKey(), options("10.0.0.2/32", "fd00::2/128"));
        client.send(tcp(true, 0));
        net.settle();
        client.stats().reset();
        server.stats().reset();
    }

    @AfterEach
    void close() {
        net.close();
    }

    private static Packet tcp(boolean v4, int payload) {
        ByteBuffer segment = ByteBuffer.allocate(32 + payload);
        byte[] content = new byte[payload];
        new Random(payload).nextBytes(content);
        segment.put(12, (byte) (8 << 4))
                .put(20, new byte[] {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2})
                .put(32, content);
        new TcpSegment()
                .wrap(segment, 0, segment.capacity())
                .sourcePort(1)
                .destinationPort(2)
                .sequenceNumber(-1000)
                .flags(TcpSegment.ACK | TcpSegment.PSH)
                .window(500);
        ByteBuffer packet = PacketBuilder.ip(
                IpAddress.parse(v4 ? "10.0.0.2" : "fd00::2"),
                IpAddress.parse(v4 ? "10.0.0.1" : "fd00::1"),
                6,
                64,
                segment);
        return VirtualNet.inJunk(packet).dontFragment(true);
    }

    /** What comes out of a device for who takes super-segments; each is given its checksum. */
    private static List<Packet> recordSuperSegments(L3Device device) {
        List<Packet> received = new ArrayList<>();
        device.attach(new Receiver<>() {
            @Override
            public void receive(Packet packet) {
                received.add(VirtualNet.copy(packet).facts(packet));
            }

            @Override
            public Set<Offload> offloads() {
                return Set.of(Offload.SEGMENTATION, Offload.CHECKSUM);
            }
        });
        return received;
    }

    private static void assertSame(Packet expected, Packet actual) {
        expected.recomputeTransportChecksum();
        actual.recomputeTransportChecksum();
        assertArrayEquals(expected.toBytes(), actual.toBytes());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldGiveWhoTakesThemWhatWasSent(boolean v4) {
        List<Packet> received = recordSuperSegments(server);
        Packet sent = tcp(v4, 40 * MSS + 9);

        assertTrue(client.send(sent.segmentSize(MSS - 20).checksumPending(true)));
        net.settle();

        assertEquals(1, received.size());
        assertSame(sent, received.get(0));
        assertEquals(MSS - 20, received.get(0).segmentSize());
        assertTrue(received.get(0).checksumPending());
        assertEquals(41, client.stats().snapshot().sentPackets());
        assertEquals(1, client.stats().snapshot().cutSuperSegments());
        assertEquals(1, server.stats().snapshot().receivedSuperSegments());
        assertEquals(1, server.stats().snapshot().receivedPackets());
    }

    @Test
    void shouldGiveWhoDoesNotTakeThemSingleFinishedPackets() {
        List<Packet> received = record(server);

        assertTrue(client.send(tcp(true, 3 * MSS).segmentSize(MSS).checksumPending(true)));
        assertTrue(client.send(tcp(true, 100).checksumPending(true)));
        net.settle();

        assertEquals(4, received.size());
        for (Packet packet : received) {
            assertEquals(ChecksumStatus.VALID, packet.verifyTransportChecksum());
            assertFalse(packet.isUnfinished());
        }
        assertEquals(
                List.of(1420, 1420, 1420, 152),
                received.stream().map(Packet::length).toList());
    }

    @Test
    void shouldCarryDatagramsOfOneLengthToo() {
        List<Packet> received = recordSuperSegments(server);
        byte[] content = new byte[3000];
        new Random(1).nextBytes(content);
        Packet sent = VirtualNet.inJunk(PacketBuilder.udp(
                IpAddress.parse("10.0.0.2"), 1, IpAddress.parse("10.0.0.1"), 2, ByteBuffer.wrap(content)));

        assertTrue(client.send(sent.segmentSize(700)));
        net.settle();

        assertEquals(1, received.size());
        assertSame(sent, received.get(0));
    }

    /** As if they had come as they are on a wire. */
    @Test
    void shouldTreatPiecesThatAreTooLongAsPackets() {
        List<Packet> received = record(server);
        List<Packet> back = record(client);

        assertFalse(client.send(tcp(true, 3000).segmentSize(1400).checksumPending(true)));
        assertTrue(client.send(
                tcp(true, 2800).dontFragment(false).segmentSize(1400).checksumPending(true)));
        assertFalse(client.send(tcp(true, 1400).checksumPending(true)));
        net.settle();

        assertEquals(3, back.size());
        assertEquals(3, client.stats().dropped(DropReason.TOO_BIG));
        // The last piece of the first, of 200, and two of two fragments each.
        assertEquals(5, received.size());
    }

    @Test
    void shouldKeepEveryPieceUntilThereIsASession() throws IOException {
        WgDevice other = net.port("192.0.2.20").addDevice(net.key());
        other.peers().add(server.identity().publicKey(), options("0.0.0.0/0").endpoint(at("192.0.2.1")));
        server.peers().add(other.identity().publicKey(), options("10.0.0.0/24"));
        List<Packet> received = recordSuperSegments(server);
        ByteBuffer bytes = ByteBuffer.wrap(tcp(true, 10 * MSS).toBytes());
        Packet sent = new Packet().wrap(bytes).source(IpAddress.parse("10.0.0.20"));

        assertTrue(other.send(sent.segmentSize(MSS)));
        net.settle();

        assertEquals(1, received.size());
        assertEquals(10 * MSS + 52, received.get(0).length());
    }

    /** Each packet is judged before it is joined. */
    @Test
    void shouldTakeOutMarksAndJoinNothingAcrossThem() {
        List<Packet> received = recordSuperSegments(server);

        assertTrue(client.send(tcp(true, 2 * MSS).ecn(2).segmentSize(MSS)));
        assertTrue(client.send(tcp(true, 2 * MSS).segmentSize(MSS)));
        net.settle();

        assertEquals(List.of(2, 0), received.stream().map(Packet::ecn).toList());
    }

    @Test
    void shouldRefuseThoseThatLie() {
        assertFalse(client.send(tcp(true, 2000).segmentSize(1)));
        assertFalse(client.send(tcp(true, 2000).segmentSize(-1)));
        Packet noHeader = tcp(true, 2000);
        noHeader.buffer().put(noHeader.transportOffset() + 12, (byte) 0x10);
        assertFalse(client.send(noHeader.segmentSize(100)));
        Packet unknown = tcp(true, 100);
        unknown.buffer().put(unknown.offset() + 9, (byte) 99);
        assertFalse(client.send(unknown.checksumPending(true)));
        assertEquals(4, client.stats().snapshot().sendDropped());
    }

    /** Over sockets of the kernel, that cut and join too. */
    @Test
    void shouldLeaveAsOneMessageThatTheKernelCuts() throws IOException {
        DatagramConfig datagrams =
                DatagramConfig.builder().address(IpAddress.parse("127.0.0.1")).build();
        WgPort here = WgPort.over(Datagrams.open(datagrams), net.config().build());
        WgPort there = WgPort.over(Datagrams.open(datagrams), net.config().build());
        assumeTrue(
                here.endpoint().features().contains(DatagramFeature.SEGMENTATION),
                here.endpoint().describe());
        WgDevice near = here.addDevice(net.key());
        WgDevice far = there.addDevice(net.key());
        near.peers()
                .add(
                        far.identity().publicKey(),
                        options("0.0.0.0/0").endpoint(new WgEndpoint(IpAddress.parse("127.0.0.1"), there.port())));
        far.peers().add(near.identity().publicKey(), options("10.0.0.2/32"));
        List<Packet> received = recordSuperSegments(far);
        near.send(tcp(true, 0));
        while (received.isEmpty()) {
            there.poll();
            here.poll();
            LockSupport.parkNanos(100_000);
        }
        received.clear();
        long before = here.endpoint().counter(DatagramCounter.SEGMENTED_SENDS);
        long calls = here.endpoint().counter(DatagramCounter.SEND_CALLS);
        Packet sent = tcp(true, 40 * MSS);

        assertTrue(near.send(sent.segmentSize(MSS).checksumPending(true)));
        while (received.isEmpty()) {
            there.poll();
            LockSupport.parkNanos(100_000);
        }

        assertEquals(1, here.endpoint().counter(DatagramCounter.SEGMENTED_SENDS) - before);
        assertEquals(1, here.endpoint().counter(DatagramCounter.SEND_CALLS) - calls);
        assertEquals(40, here.endpoint().counter(DatagramCounter.SEGMENTS));
        assertSame(sent, Objects.requireNonNull(received.get(0)));
        assertEquals(1, received.size());
        here.close();
        there.close();
    }
}
