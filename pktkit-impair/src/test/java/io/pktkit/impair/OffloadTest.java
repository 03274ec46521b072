// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Attachment;
import io.pktkit.device.DropReason;
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
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A link sees what a wire would see. */
class OffloadTest {

    private static final Impairment NONE = Impairment.none();

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCutBeforeTheDiceAreThrown(boolean v4) {
        Impairment half = NONE.loss(0.5).seed(3);
        Bench whole = new Bench(half, half);
        Bench pieces = new Bench(half, half);
        List<String> expected = new ArrayList<>();
        List<String> got = new ArrayList<>();
        pieces.setFar(packet -> expected.add("sent " + payload(packet)));
        pieces.setNear(packet -> expected.add("received " + payload(packet)));
        whole.setFar(packet -> got.add("sent " + payload(packet)));
        whole.setNear(packet -> got.add("received " + payload(packet)));

        whole.attachment.send(udp(v4, 0, 64).segmentSize(1).checksumPending(true));
        whole.device.inject(udp(v4, 0, 64).segmentSize(1));
        for (int i = 0; i < 64; i++) {
            pieces.attachment.send(udp(v4, i, 1));
        }
        for (int i = 0; i < 64; i++) {
            pieces.device.inject(udp(v4, i, 1));
        }

        assertEquals(expected, got);
        assertEquals(pieces.stats(), whole.stats());
        assertEquals(64, whole.stats().offered());
        long lost = whole.stats().lost();
        assertTrue(lost > 10 && lost < 54, "lost=" + lost);
        assertEquals(lost, whole.device.stats().snapshot().sendDropped(DropReason.LINK_LOSS));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTakeTheTimeOfThePiecesForTheirHeadersToo(boolean cut) {
        Bench bench = Bench.sending(NONE.rate(8000)); // a byte takes 1 ms

        Packet packet = udp(true, 0, 200);
        bench.attachment.send(cut ? packet.segmentSize(100) : packet);
        bench.runAll();

        assertEquals(cut ? List.of(128_000_000L, 256_000_000L) : List.of(228_000_000L), bench.sentTimes());
    }

    @Test
    void shouldLeaveAsItIsWhatPassesAPerfectLink() {
        Bench bench = new Bench(NONE, NONE);
        List<Integer> sizes = new ArrayList<>();
        bench.setFar(packet -> sizes.add(packet.checksumPending() ? packet.segmentSize() : -1));

        bench.attachment.send(udp(true, 0, 64).segmentSize(10).checksumPending(true));
        bench.link.update(NONE.delay(Duration.ofMillis(1)));
        bench.attachment.send(udp(true, 0, 64));
        bench.link.update(NONE);
        bench.attachment.send(udp(true, 0, 20).segmentSize(10).checksumPending(true));
        bench.runAll();

        assertEquals(List.of(10, -1, -1, -1), sizes, "what must wait is cut first");
    }

    /** A bit that is flipped before the checksum is written would arrive as if nothing had happened. */
    @Test
    void shouldFinishTheChecksumBeforeItDamages() {
        Bench bench = Bench.sending(NONE.corrupt(1).seed(5));
        List<byte[]> got = new ArrayList<>();
        bench.setFar(packet -> got.add(packet.checksumPending() ? new byte[0] : packet.toBytes()));
        BitSet finished = BitSet.valueOf(udp(true, 0, 1000).toBytes());

        for (int i = 0; i < 200; i++) {
            Packet packet = udp(true, 0, 1000);
            Objects.requireNonNull(packet.udp()).checksum(0x1234);
            byte[] before = packet.toBytes();
            assertTrue(bench.attachment.send(packet.checksumPending(true)));

            assertArrayEquals(before, packet.toBytes(), "what is lent stays as it is");
            BitSet difference = BitSet.valueOf(got.get(i));
            difference.xor(finished);
            assertEquals(1, difference.cardinality(), "message " + i);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldCutFramesAndKeepTheirHeaders(boolean tagged) {
        MacAddress mac = MacAddress.parse("02:00:00:00:00:01");
        ManualTime time = new ManualTime();
        List<String> got = new ArrayList<>();
        PipeL2 pipe = new PipeL2(MacAddress.ZERO, frame -> got.add(frame + " " + payload(frame.packet())));
        Attachment<Frame> attachment = pipe.attach(frame -> {});
        Impairment slow = NONE.delay(Duration.ofMillis(1));
        ImpairedLink.on(attachment, slow, slow, time);
        ByteBuffer ip = udp(true, 1, 3).buffer();
        ByteBuffer plain = FrameBuilder.frame(MacAddress.BROADCAST, mac, EtherType.IPV4, ip);
        Frame frame = new Frame().wrap(tagged ? FrameBuilder.pushVlan(new Frame().wrap(plain), 100, 0) : plain);

        attachment.send(frame.segmentSize(2).checksumPending(true));
        time.advanceNanos(1_000_000);

        String vlan = tagged ? ", vlan=100" : "";
        int header = tagged ? 18 : 14;
        String start = "Frame{02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff, IPv4" + vlan + ", length=";
        assertEquals(List.of(start + (header + 30) + "} 1 2", start + (header + 29) + "} 3"), got);
    }

    @Test
    void shouldKeepHowTheLinkAddressedWhatItCuts() {
        Bench bench = Bench.sending(NONE.delay(Duration.ofMillis(1)));
        List<LinkCast> got = new ArrayList<>();
        bench.setFar(packet -> got.add(packet.linkCast()));

        bench.attachment.send(udp(true, 0, 20).segmentSize(10).linkCast(LinkCast.BROADCAST));
        bench.runAll();

        assertEquals(List.of(LinkCast.BROADCAST, LinkCast.BROADCAST), got);
    }

    @Test
    void shouldDropAndCountWhatCannotBeCut() {
        Bench bench = new Bench(NONE.loss(0.5), NONE.loss(0.5));
        Packet none = new Packet().wrap(ByteBuffer.allocate(100));

        assertFalse(bench.attachment.send(none.segmentSize(10)));
        bench.device.inject(none.segmentSize(10));

        assertEquals(1, bench.device.stats().snapshot().sendDropped(DropReason.MALFORMED));
        assertEquals(1, bench.device.stats().snapshot().receiveDropped(DropReason.MALFORMED));
        assertEquals(0, bench.stats().offered());
    }

    @Test
    void shouldTellWhenAPieceFoundNoRoom() {
        Bench bench = Bench.sending(NONE.delay(Duration.ofMillis(1)).queue(3, 1 << 20));

        assertTrue(bench.attachment.send(udp(true, 0, 30).segmentSize(10)));
        assertFalse(bench.attachment.send(udp(true, 0, 20).segmentSize(10)));
        assertEquals(2, bench.device.stats().dropped(DropReason.QUEUE_FULL));
    }

    /** The payload is the numbers from a first one on. */
    private static Packet udp(boolean v4, int first, int length) {
        ByteBuffer payload = ByteBuffer.allocate(length);
        for (int i = 0; i < length; i++) {
            payload.put(i, (byte) (first + i));
        }
        IpAddress a = IpAddress.parse(v4 ? "10.0.0.1" : "2001:db8::1");
        IpAddress b = IpAddress.parse(v4 ? "10.0.0.2" : "2001:db8::2");
        return new Packet().wrap(PacketBuilder.udp(a, 1, b, 2, payload));
    }

    private static String payload(Packet packet) {
        UdpDatagram udp = Objects.requireNonNull(packet.udp());
        assertEquals(ChecksumStatus.VALID, packet.verifyTransportChecksum());
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < udp.payloadLength(); i++) {
            text.append(i == 0 ? "" : " ").append(packet.buffer().get(udp.payloadOffset() + i));
        }
        return text.toString();
    }
}
