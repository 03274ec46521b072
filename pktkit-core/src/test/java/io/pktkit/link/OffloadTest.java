// SPDX-License-Identifier: MIT
package io.pktkit.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.DropReason;
import io.pktkit.device.Offload;
import io.pktkit.hub.L2Hub;
import io.pktkit.hub.L3Hub;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.LinkCast;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OffloadTest {

    private static final String[] V4 = {"10.0.0.1", "10.0.1.7"};
    private static final String[] V6 = {"2001:db8::1", "2001:db8:1::7"};

    private final PipeL3 source = new PipeL3();

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldFinishAChecksumForADeviceThatDoesNot(boolean v4) {
        Sink plain = new Sink(Set.of());
        Links.connect(source, plain);
        Packet packet = udp(v4, 100);
        Objects.requireNonNull(packet.udp()).checksum(0x1234);
        byte[] before = packet.toBytes();

        assertTrue(source.inject(packet.checksumPending(true)));

        assertEquals(ChecksumStatus.VALID, plain.got.get(0).verifyTransportChecksum());
        org.junit.jupiter.api.Assertions.assertArrayEquals(before, packet.toBytes(), "what is lent stays as it is");
    }

    /** What makes its packets itself may leave them unfinished where they are finished on the way. */
    @Test
    void shouldTellADeviceWhatIsFinishedForIt() {
        Set<Offload> all = Set.of(Offload.CHECKSUM, Offload.SEGMENTATION);
        Maker alone = new Maker();
        assertEquals(Set.of(), alone.taken());
        alone.attach(packet -> {});
        assertEquals(Set.of(), alone.taken());
        Maker linked = new Maker();
        Links.Cable<Packet> cable = Links.connect(linked, new Sink(Set.of()));
        assertEquals(all, linked.taken());
        cable.close();
        assertEquals(Set.of(), linked.taken());
        L3Hub hub = new L3Hub();
        hub.connect(linked);
        assertEquals(all, linked.taken());
    }

    private static final class Maker extends AbstractL3Device {
        @Override
        public boolean send(Packet packet) {
            return true;
        }

        Set<Offload> taken() {
            return receiverOffloads();
        }
    }

    @Test
    void shouldLeaveTheWorkToADeviceThatTakesIt() {
        Sink able = new Sink(Set.of(Offload.CHECKSUM, Offload.SEGMENTATION));
        Links.connect(source, able);

        source.inject(udp(true, 3000).checksumPending(true).segmentSize(1000));

        assertEquals(1, able.got.size());
        assertEquals(3028, able.got.get(0).length());
        assertTrue(able.pending);
    }

    @ParameterizedTest
    @CsvSource({"true, 4000, 1460", "true, 1460, 1460", "true, 0, 1460", "false, 4001, 1440", "false, 5000, 1000"})
    void shouldCutTcpAsANetworkCardWould(boolean v4, int length, int size) {
        Sink plain = new Sink(Set.of());
        Links.connect(source, plain);
        byte[] payload = payload(length);
        int flags = TcpSegment.ACK | TcpSegment.PSH | TcpSegment.FIN | TcpSegment.CWR;
        Packet packet = tcp(v4, payload, flags);

        source.inject(packet.segmentSize(size).checksumPending(true));

        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        int pieces = Math.max(1, (length + size - 1) / size);
        assertEquals(pieces, plain.got.size());
        for (int i = 0; i < pieces; i++) {
            Packet piece = plain.got.get(i);
            TcpSegment segment = Objects.requireNonNull(piece.tcp());
            assertEquals(ChecksumStatus.VALID, piece.verifyTransportChecksum());
            assertEquals(v4 ? ChecksumStatus.VALID : ChecksumStatus.NOT_CHECKABLE, piece.verifyIpv4Checksum());
            assertEquals(piece.length(), piece.declaredLength());
            assertEquals(0x7FFF_FFF0 + i * size, segment.sequenceNumber());
            boolean last = i == pieces - 1;
            assertEquals(last, segment.has(TcpSegment.FIN) && segment.has(TcpSegment.PSH));
            assertEquals(i == 0, segment.has(TcpSegment.CWR));
            assertEquals(v4 ? i : 0, piece.identification());
            byte[] bytes = piece.toBytes();
            joined.write(bytes, bytes.length - segment.payloadLength(), segment.payloadLength());
        }
        org.junit.jupiter.api.Assertions.assertArrayEquals(payload, joined.toByteArray());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCutUdpIntoDatagrams(boolean v4) {
        Sink plain = new Sink(Set.of());
        Links.connect(source, plain);

        source.inject(udp(v4, 2500).segmentSize(1000));

        assertEquals(
                List.of(1008, 1008, 508),
                plain.got.stream()
                        .map(p -> Objects.requireNonNull(p.udp()).udpLength())
                        .toList());
        plain.got.forEach(p -> assertEquals(ChecksumStatus.VALID, p.verifyTransportChecksum()));
    }

    @Test
    void shouldRefuseWhatCannotBeCut() {
        Sink plain = new Sink(Set.of());
        Links.connect(source, plain);
        Packet icmp = new Packet()
                .wrap(PacketBuilder.icmpEcho(address(V4[0]), address(V4[1]), true, 1, 1, ByteBuffer.allocate(2000)));
        Packet truncated = udp(true, 2000);

        source.inject(icmp.segmentSize(1000));
        source.inject(tcp(true, payload(20_000), TcpSegment.ACK).segmentSize(1));
        source.inject(new Packet().wrap(truncated.buffer(), 0, 1000).segmentSize(500));
        source.inject(udp(true, 100).segmentSize(-1));

        assertEquals(0, plain.got.size());
        assertEquals(2, plain.stats().dropped(DropReason.UNSUPPORTED));
        assertEquals(2, plain.stats().dropped(DropReason.MALFORMED));
    }

    /** A device that cuts but does not sum gets the whole with its checksum, and is still told where to cut. */
    @Test
    void shouldKeepTheSegmentSizeForADeviceThatOnlyCuts() {
        Sink cutting = new Sink(Set.of(Offload.SEGMENTATION));
        Links.connect(source, cutting);

        source.inject(tcp(true, payload(20_000), TcpSegment.ACK)
                .segmentSize(1000)
                .checksumPending(true)
                .linkCast(LinkCast.MULTICAST));

        Packet whole = cutting.got.get(0);
        assertEquals(1, cutting.got.size());
        assertEquals(1000, whole.segmentSize());
        assertFalse(cutting.pending);
        assertEquals(LinkCast.MULTICAST, whole.linkCast());
        assertEquals(ChecksumStatus.VALID, whole.verifyTransportChecksum());
    }

    @Test
    void shouldFinishFramesOfAHubToo() {
        L2Hub hub = new L2Hub(new ManualTime());
        PipeL2 from = new PipeL2(MacAddress.ZERO);
        List<byte[]> got = new ArrayList<>();
        PipeL2 to = new PipeL2(MacAddress.ZERO, frame -> got.add(frame.toBytes()));
        hub.connect(from);
        hub.connect(to);
        ByteBuffer bytes = FrameBuilder.frame(
                MacAddress.BROADCAST,
                MacAddress.of(0x02_00_00_00_00_01L),
                EtherType.IPV4,
                udp(true, 2000).buffer());

        from.inject(new Frame().wrap(bytes).segmentSize(1500).checksumPending(true));
        from.inject(new Frame().wrap(bytes).checksumPending(true));

        assertEquals(
                List.of(14 + 28 + 1500, 14 + 28 + 500, 14 + 28 + 2000),
                got.stream().map(b -> b.length).toList());
        for (byte[] frame : got) {
            Packet packet = new Frame().wrap(ByteBuffer.wrap(frame)).packet();
            assertEquals(ChecksumStatus.VALID, packet.verifyTransportChecksum());
        }
    }

    @Test
    void shouldCutTheLinkWhenItIsClosed() {
        Sink plain = new Sink(Set.of());
        var link = Links.connect(source, plain);
        assertTrue(source.inject(udp(true, 10)));

        link.close();
        link.close();
        source.inject(udp(true, 10));

        assertEquals(1, plain.got.size());
        assertEquals(1, source.stats().dropped(DropReason.NO_HANDLER));
        assertFalse(plain.pending);
    }

    private static Packet udp(boolean v4, int length) {
        String[] ends = v4 ? V4 : V6;
        return new Packet()
                .wrap(PacketBuilder.udp(
                        address(ends[0]), 1000, address(ends[1]), 2000, ByteBuffer.wrap(payload(length))));
    }

    private static Packet tcp(boolean v4, byte[] payload, int flags) {
        String[] ends = v4 ? V4 : V6;
        return new Packet()
                .wrap(PacketBuilder.tcp(
                        address(ends[0]),
                        1000,
                        address(ends[1]),
                        2000,
                        0x7FFF_FFF0,
                        7,
                        flags,
                        1000,
                        ByteBuffer.wrap(payload)));
    }

    private static IpAddress address(String text) {
        return IpAddress.parse(text);
    }

    private static byte[] payload(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    /** A device with some offloads that keeps copies of what it is sent. */
    private static final class Sink extends AbstractL3Device {

        private final Set<Offload> offloads;
        private final List<Packet> got = new ArrayList<>();
        private boolean pending;

        private Sink(Set<Offload> offloads) {
            this.offloads = offloads;
        }

        @Override
        public Set<Offload> offloads() {
            return offloads;
        }

        @Override
        public boolean send(Packet packet) {
            got.add(new Packet().wrap(ByteBuffer.wrap(packet.toBytes())).facts(packet));
            pending |= packet.checksumPending();
            return true;
        }
    }
}
