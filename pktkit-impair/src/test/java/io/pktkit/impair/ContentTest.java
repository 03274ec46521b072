// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Attachment;
import io.pktkit.link.PipeL2;
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
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContentTest {

    private static final Impairment MARKING = Impairment.none().mark(1);
    private static final Impairment SLOW = Impairment.none().delay(Duration.ofMillis(1));
    private static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:01");

    @ParameterizedTest
    @CsvSource({"true,0,0", "true,1,3", "true,2,3", "true,3,3", "false,0,0", "false,1,3", "false,2,3", "false,3,3"})
    void shouldMarkEcnCapablePacketsOnly(boolean v4, int ecn, int expected) {
        Bench bench = Bench.sending(MARKING);
        Packet packet = new Packet().wrap(udp(v4)).trafficClass(0x5C | ecn);
        byte[] before = packet.toBytes();

        bench.attachment.send(packet);

        Packet arrived = new Packet().wrap(ByteBuffer.wrap(bench.sent.get(0).bytes()));
        assertEquals(expected, arrived.ecn());
        assertEquals(0x5C >> 2, arrived.dscp());
        assertEquals(v4 ? ChecksumStatus.VALID : ChecksumStatus.NOT_CHECKABLE, arrived.verifyIpv4Checksum());
        assertEquals(ecn == 1 || ecn == 2 ? 1 : 0, bench.stats().marked());
        assertArrayEquals(before, packet.toBytes(), "what is lent stays as it is");
    }

    @Test
    void shouldMarkWhatWaitsTooLong() {
        ByteBuffer bytes = udp(true); // 48 bytes take 1 ms
        Packet packet = new Packet().wrap(bytes).ecn(2);
        Bench bench = Bench.sending(Impairment.none().rate(48 * 8 * 1000).markBeyond(Duration.ofMillis(2)));

        for (int i = 0; i < 5; i++) {
            bench.attachment.send(packet);
        }
        bench.attachment.send(packet.ecn(0));
        bench.time.advanceNanos(6_000_000);
        bench.attachment.send(packet.ecn(1)); // the queue is empty again
        bench.runAll();

        List<Integer> arrived = bench.sent.stream()
                .map(arrival ->
                        new Packet().wrap(ByteBuffer.wrap(arrival.bytes())).ecn())
                .toList();
        assertEquals(List.of(2, 2, 2, 3, 3, 0, 1), arrived);
        assertEquals(2, bench.stats().marked());
    }

    @Test
    void shouldNotRepairAWrongChecksumWhileMarking() {
        Bench bench = Bench.sending(MARKING);
        ByteBuffer bytes = udp(true);
        Packet packet = new Packet().wrap(bytes).ecn(1);
        bytes.putShort(10, (short) (bytes.getShort(10) + 1));

        bench.attachment.send(packet);

        Packet arrived = new Packet().wrap(ByteBuffer.wrap(bench.sent.get(0).bytes()));
        assertEquals(ChecksumStatus.INVALID, arrived.verifyIpv4Checksum());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldMarkInsideOfFrames(boolean tagged) {
        int[] arrived = new int[2];
        PipeL2 pipe = new PipeL2(MAC, got -> arrived[0] = check(got));
        Attachment<Frame> attachment = pipe.attach(got -> arrived[1] = check(got));
        ImpairedLink.on(attachment, MARKING, MARKING, new ManualTime());
        ByteBuffer ip = udp(true);
        new Packet().wrap(ip).ecn(2);
        ByteBuffer plain = FrameBuilder.frame(MAC, MAC, EtherType.IPV4, ip);
        Frame frame = new Frame().wrap(tagged ? FrameBuilder.pushVlan(new Frame().wrap(plain), 100, 0) : plain);

        assertTrue(attachment.send(frame));
        assertTrue(pipe.inject(frame));

        assertArrayEquals(new int[] {3, 3}, arrived);
    }

    @Test
    void shouldNotMarkWhatIsNotIp() {
        Attachment<Frame> attachment = new PipeL2(MAC).attach(frame -> {});
        ImpairedLink<Frame> link = ImpairedLink.on(attachment, MARKING, MARKING, new ManualTime());
        ByteBuffer bytes = ByteBuffer.allocate(60).put(12, (byte) 0x08).put(13, (byte) 0x06);
        for (int i = 14; i < 60; i++) {
            bytes.put(i, (byte) 0x46);
        }

        for (int length = 0; length <= 60; length++) {
            attachment.send(new Frame().wrap(bytes, 0, length));
        }

        assertEquals(0, link.stats(Direction.SEND).marked());
        assertEquals(61, link.stats(Direction.SEND).passed());
    }

    @Test
    void shouldFlipOneBitAnywhere() {
        Bench bench = Bench.sending(Impairment.none().corrupt(1));
        byte[] original = Bench.numbered(7, 5).toBytes();
        BitSet flipped = new BitSet();

        for (int i = 0; i < 2000; i++) {
            Packet packet = Bench.numbered(7, 5);
            bench.attachment.send(packet);
            byte[] now = bench.sent.get(i).bytes();
            BitSet difference = BitSet.valueOf(original);
            difference.xor(BitSet.valueOf(now));

            assertEquals(1, difference.cardinality(), "message " + i);
            assertArrayEquals(original, packet.toBytes());
            flipped.or(difference);
        }
        assertEquals(40, flipped.cardinality());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 255, 256, 257, 2047, 2048, 2049, 9018, 65_535, 131_072, 131_073, 200_000})
    void shouldCopyEachLength(int length) {
        ManualTime time = new ManualTime();
        byte[] @Nullable [] got = new byte[1][];
        PipeL2 pipe = new PipeL2(MAC, frame -> got[0] = frame.toBytes());
        Attachment<Frame> attachment = pipe.attach(frame -> {});
        ImpairedLink.on(attachment, SLOW, SLOW, time);
        byte[] bytes = new byte[length];
        new java.util.Random(length).nextBytes(bytes);

        for (int i = 0; i < 3; i++) {
            got[0] = null;
            ByteBuffer lent = ByteBuffer.wrap(bytes.clone());
            attachment.send(new Frame().wrap(lent));
            java.util.Arrays.fill(lent.array(), (byte) 0xA5);
            time.advanceNanos(1_000_000);

            assertArrayEquals(bytes, got[0]);
        }
        assertEquals(0, pipe.stats().snapshot().errors());
    }

    /** The copy of a packet knows how the link addressed it, and a buffer that is used again does not. */
    @Test
    void shouldKeepHowTheLinkAddressedAPacket() {
        Bench bench = new Bench(SLOW, SLOW);
        List<LinkCast> out = new ArrayList<>();
        List<LinkCast> in = new ArrayList<>();
        bench.setFar(packet -> out.add(packet.linkCast()));
        bench.setNear(packet -> in.add(packet.linkCast()));

        for (int round = 0; round < 2; round++) {
            for (LinkCast cast : LinkCast.values()) {
                bench.attachment.send(new Packet().wrap(udp(true)).linkCast(cast));
                bench.device.inject(new Packet().wrap(udp(true)).linkCast(cast));
                bench.runAll();
            }
        }

        List<LinkCast> twice = new ArrayList<>(List.of(LinkCast.values()));
        twice.addAll(List.of(LinkCast.values()));
        assertEquals(twice, out);
        assertEquals(twice, in);
    }

    private static int check(Frame frame) {
        assertEquals(ChecksumStatus.VALID, frame.packet().verifyIpv4Checksum());
        return frame.packet().ecn();
    }

    private static ByteBuffer udp(boolean v4) {
        IpAddress a = IpAddress.parse(v4 ? "10.0.0.1" : "2001:db8::1");
        IpAddress b = IpAddress.parse(v4 ? "10.0.0.2" : "2001:db8::2");
        return PacketBuilder.udp(a, 1, b, 2, ByteBuffer.allocate(20));
    }
}
