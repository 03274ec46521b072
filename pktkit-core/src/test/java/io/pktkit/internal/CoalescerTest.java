// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.internal.CoalescedTraffic.Out;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.Frame;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpSegment;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is joined, what is not, and in which order all of it comes out. */
class CoalescerTest {

    private static final int ACK = TcpSegment.ACK;

    private final List<Out> out = new ArrayList<>();
    private final Coalescer<Packet, String> coalescer =
            Coalescer.ofPackets((owner, packet) -> out.add(Out.of(owner, packet)));
    private final CoalescedTraffic traffic = new CoalescedTraffic();

    private void add(byte[]... packets) {
        for (byte[] packet : packets) {
            coalescer.add("peer", CoalescedTraffic.inJunk(packet));
        }
    }

    /** The lengths of what came out, those of super-segments with the size of their segments. */
    private List<String> shape() {
        return out.stream()
                .map(one -> one.segmentSize() == 0 ? "" + one.length() : one.length() + "/" + one.segmentSize())
                .toList();
    }

    private void assertSame(byte[]... packets) {
        List<byte[]> pieces = new ArrayList<>();
        out.forEach(one -> pieces.addAll(one.cut()));
        assertEquals(packets.length, pieces.size(), shape().toString());
        for (int i = 0; i < packets.length; i++) {
            assertArrayEquals(packets[i], pieces.get(i), "piece " + i);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldJoinWhatFollowsAndCutItAsItWas(boolean v4) {
        traffic.v4 = v4;
        byte[][] packets = {
            traffic.tcp(1000, ACK),
            traffic.tcp(1000, ACK),
            traffic.tcp(1000, ACK),
            traffic.tcp(400, ACK | TcpSegment.PSH)
        };

        add(packets);

        int headers = (v4 ? 20 : 40) + 32;
        assertEquals(List.of(headers + 3400 + "/1000"), shape(), "it is complete before the end of the burst");
        assertTrue(out.get(0).pending());
        assertEquals(0, coalescer.held());
        assertSame(packets);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldJoinDatagramsOfOneLength(boolean v4) {
        traffic.v4 = v4;
        byte[][] packets = {traffic.udp(500), traffic.udp(500), traffic.udp(499), traffic.udp(499)};

        add(packets);
        coalescer.flush();

        int headers = (v4 ? 20 : 40) + 8;
        assertEquals(List.of(headers + 1499 + "/500", "" + (headers + 499)), shape());
        assertSame(packets);
    }

    @Test
    void shouldHoldUntilTheEndOfTheBurst() {
        byte[] only = traffic.tcp(1000, ACK);

        add(only);

        assertEquals(0, out.size());
        coalescer.flush();
        assertEquals(List.of("1052"), shape());
        assertSame(only);
        coalescer.flush();
        assertEquals(1, out.size());
    }

    @Test
    void shouldPassAtOnceWhatNothingCanBeJoinedTo() {
        add(traffic.tcp(0, ACK));
        add(traffic.tcp(100, ACK | TcpSegment.PSH));
        add(traffic.tcp(100, ACK | TcpSegment.FIN));
        add(traffic.tcp(0, TcpSegment.SYN));
        add(traffic.tcp(100, TcpSegment.SYN | ACK));
        add(traffic.tcp(100, ACK | TcpSegment.URG));
        add(traffic.tcp(100, ACK | TcpSegment.RST));
        add(traffic.tcp(100, ACK | TcpSegment.CWR));
        add(traffic.tcp(100, 0));
        add(traffic.udp(0));

        assertEquals(10, out.size());
        assertEquals(0, coalescer.held());
    }

    /** What must be equal, changed in the third of four: it begins anew, and so does the fourth that is as the first two. */
    @SuppressWarnings("ImmutableEnumChecker") // functions without a state
    enum Change {
        SOURCE_PORT(packet -> CoalescedTraffic.tcpOf(packet, tcp -> tcp.sourcePort(77)), true),
        ACKNOWLEDGMENT(packet -> CoalescedTraffic.tcpOf(packet, tcp -> tcp.acknowledgmentNumber(1))),
        WINDOW(packet -> CoalescedTraffic.tcpOf(packet, tcp -> tcp.window(1))),
        ECE(packet -> CoalescedTraffic.tcpOf(packet, tcp -> tcp.flags(ACK | TcpSegment.ECE))),
        AE(packet -> CoalescedTraffic.tcpOf(packet, tcp -> tcp.flags(ACK | TcpSegment.AE))),
        RESERVED_BIT(packet -> CoalescedTraffic.tcpOf(
                packet,
                tcp -> tcp.buffer().put(tcp.offset() + 12, (byte) (tcp.buffer().get(tcp.offset() + 12) | 2)))),
        URGENT_POINTER(packet -> CoalescedTraffic.tcpOf(packet, tcp -> tcp.urgentPointer(9))),
        OPTION(packet -> CoalescedTraffic.tcpOf(packet, tcp -> tcp.buffer().put(tcp.optionsOffset() + 11, (byte) 9))),
        HOP_LIMIT(packet -> packet.hopLimit(9)),
        TRAFFIC_CLASS(packet -> packet.trafficClass(8)),
        ECN(packet -> packet.ecn(3)),
        DONT_FRAGMENT(packet -> packet.dontFragment(!packet.dontFragment())),
        IDENTIFICATION(packet -> packet.identification(packet.identification() + 5)),
        GAP(packet -> CoalescedTraffic.tcpOf(packet, tcp -> tcp.sequenceNumber(tcp.sequenceNumber() + 1))),
        DUPLICATE(packet -> CoalescedTraffic.tcpOf(packet, tcp -> tcp.sequenceNumber(tcp.sequenceNumber() - 100)));

        private final UnaryOperator<Packet> change;
        private final boolean otherFlow;

        Change(UnaryOperator<Packet> change) {
            this(change, false);
        }

        Change(UnaryOperator<Packet> change, boolean otherFlow) {
            this.change = change;
            this.otherFlow = otherFlow;
        }

        byte[] apply(byte[] packet) {
            Packet changed = change.apply(new Packet().wrap(ByteBuffer.wrap(packet.clone())));
            changed.recomputeTransportChecksum();
            return changed.toBytes();
        }
    }

    @ParameterizedTest
    @EnumSource(Change.class)
    void shouldJoinNothingToWhatHasAnotherHeader(Change change) {
        byte[] first = traffic.tcp(100, ACK);
        byte[] second = traffic.tcp(100, ACK);
        byte[] third = change.apply(traffic.tcp(100, ACK));
        byte[] fourth = traffic.tcp(100, ACK);

        add(first, second, third, fourth);
        coalescer.flush();

        if (change.otherFlow) {
            assertEquals(List.of("252/100", "152", "152"), shape());
        } else {
            assertEquals("252/100", shape().get(0));
            assertEquals("152", shape().get(1));
            assertSame(first, second, third, fourth);
        }
    }

    @Test
    void shouldPassDamageAsItIs() {
        for (int damaged = 0; damaged < 3; damaged++) {
            for (boolean header : new boolean[] {true, false}) {
                out.clear();
                byte[][] packets = {traffic.tcp(100, ACK), traffic.tcp(100, ACK), traffic.tcp(100, ACK)};
                packets[damaged][header ? 10 : 151] ^= 1;

                add(packets);
                coalescer.flush();

                // Two of three are neighbours unless the one in the middle is damaged.
                assertEquals(damaged == 1 ? 3 : 2, out.size(), shape().toString());
                assertSame(packets);
            }
        }
    }

    @Test
    void shouldNotGiveAChecksumToADatagramWithoutOne() {
        byte[] first = CoalescedTraffic.udpOf(traffic.udp(100), udp -> udp.checksum(0));
        byte[] second = CoalescedTraffic.udpOf(traffic.udp(100), udp -> udp.checksum(0));

        add(first, second);
        coalescer.flush();

        assertEquals(List.of("128", "128"), shape());
        assertSame(first, second);
    }

    @Test
    void shouldJoinAcrossTheWrapOfTheSequenceNumber() {
        traffic.sequence = -150;
        byte[][] packets = {traffic.tcp(100, ACK), traffic.tcp(100, ACK), traffic.tcp(100, ACK)};

        add(packets);
        coalescer.flush();

        assertEquals(List.of("352/100"), shape());
        assertSame(packets);
    }

    @Test
    void shouldJoinFixedIdentificationsWhereTheyMeanNothing() {
        traffic.countsIdentification = false;
        byte[][] atomic = {traffic.tcp(100, ACK), traffic.tcp(100, ACK), traffic.tcp(100, ACK)};
        traffic.dontFragment = false;
        byte[][] others = {traffic.tcp(100, ACK), traffic.tcp(100, ACK)};

        add(atomic);
        add(others);
        coalescer.flush();

        assertEquals(List.of("352/100", "152", "152"), shape());
    }

    /** A third that counts on from two that do not is neither. */
    @Test
    void shouldNotMixBothKindsOfIdentification() {
        byte[] first = traffic.tcp(100, ACK);
        byte[] second = traffic.tcp(100, ACK);
        byte[] third = traffic.tcp(100, ACK);
        int id = new Packet().wrap(ByteBuffer.wrap(first)).identification();
        byte[] same =
                new Packet().wrap(ByteBuffer.wrap(second)).identification(id).toBytes();
        byte[] counting =
                new Packet().wrap(ByteBuffer.wrap(third)).identification(id + 2).toBytes();

        add(first, same, counting);
        coalescer.flush();

        assertEquals(List.of("252/100", "152"), shape());
    }

    @Test
    void shouldStopAtTheLongestPacketAndAtManyPieces() {
        for (int i = 0; i < 50; i++) {
            add(traffic.tcp(1448, ACK));
        }
        coalescer.flush();
        assertEquals(List.of((52 + 45 * 1448) + "/1448", (52 + 5 * 1448) + "/1448"), shape());
        out.clear();

        for (int i = 0; i < HeldFlow.MAX_PIECES + 2; i++) {
            add(traffic.tcp(10, ACK));
        }
        coalescer.flush();
        assertEquals(List.of("692/10", "72/10"), shape());
    }

    @Test
    void shouldKeepFlowsApartAndNotMoreThanItMay() {
        List<CoalescedTraffic> flows = new ArrayList<>();
        for (int i = 0; i <= Coalescer.MAX_FLOWS; i++) {
            CoalescedTraffic flow = new CoalescedTraffic();
            flow.sourcePort = 2000 + i;
            flows.add(flow);
        }
        for (int i = 0; i < Coalescer.MAX_FLOWS; i++) {
            add(flows.get(i).tcp(100, ACK), flows.get(i).tcp(100, ACK));
        }
        assertEquals(Coalescer.MAX_FLOWS, coalescer.held());
        assertEquals(0, out.size());

        add(flows.get(Coalescer.MAX_FLOWS).tcp(100, ACK));

        assertEquals(Coalescer.MAX_FLOWS, coalescer.held());
        assertEquals(List.of("252/100"), shape());
        assertEquals(2000, out.get(0).sourcePort(), "the oldest");
    }

    @Test
    void shouldKeepOwnersApart() {
        coalescer.add("a", CoalescedTraffic.inJunk(traffic.tcp(100, ACK)));
        coalescer.add("b", CoalescedTraffic.inJunk(traffic.tcp(100, ACK)));
        coalescer.add("a", CoalescedTraffic.inJunk(traffic.tcp(100, ACK)));
        coalescer.flush();

        assertEquals(List.of("152", "152", "152"), shape());
        assertEquals(List.of("a", "b", "a"), out.stream().map(Out::owner).toList());
    }

    @Test
    void shouldLetNothingOvertakeWhatIsHeld() {
        byte[] data = traffic.tcp(100, ACK);
        byte[] acknowledgment = traffic.tcp(0, ACK);
        byte[] more = traffic.tcp(100, ACK);
        byte[] fragment = new Packet().wrap(ByteBuffer.wrap(traffic.udp(64))).toBytes();
        fragment[6] = 0x20;

        add(data, acknowledgment, more, fragment);

        assertEquals(List.of("152", "52", "152", "92"), shape());
        assertSame(data, acknowledgment, more, fragment);
    }

    @Test
    void shouldPassWhatIsUnfinishedAsItIs() {
        coalescer.add("peer", CoalescedTraffic.inJunk(traffic.tcp(100, ACK)));
        coalescer.add("peer", CoalescedTraffic.inJunk(traffic.tcp(100, ACK)).checksumPending(true));
        coalescer.add("peer", CoalescedTraffic.inJunk(traffic.tcp(100, ACK)).segmentSize(50));

        assertEquals(List.of("152", "152", "152/50"), shape());
        assertTrue(out.get(1).pending());
    }

    @Test
    void shouldPassExtensionHeadersAndIpv4OptionsBehindWhatIsHeld() {
        traffic.v4 = false;
        byte[] data = traffic.tcp(100, ACK);
        byte[] plain = traffic.tcp(100, ACK);
        byte[] extended = new byte[plain.length + 8];
        System.arraycopy(plain, 0, extended, 0, 40);
        System.arraycopy(plain, 40, extended, 48, plain.length - 40);
        extended[6] = 60;
        extended[5] = (byte) (extended[5] + 8);
        extended[40] = 6;

        add(data, extended, traffic.tcp(100, ACK));
        coalescer.flush();

        assertEquals(List.of("172", "180", "172"), shape());
    }

    @Test
    void shouldSayWhatIsTrueOfWhatItJoined() {
        add(traffic.udp(100), traffic.udp(100));
        coalescer.flush();

        Packet joined = new Packet().wrap(ByteBuffer.wrap(out.get(0).bytes()));
        assertEquals(ChecksumStatus.VALID, joined.verifyIpv4Checksum());
        assertEquals(228, joined.declaredLength());
        assertEquals(208, Objects.requireNonNull(joined.udp()).udpLength());
        assertTrue(joined.recomputeTransportChecksum());
        assertTrue(out.get(0).rewritable());
    }

    @Test
    void shouldJoinFramesOfOneHeader() {
        List<Integer> lengths = new ArrayList<>();
        Coalescer<Frame, Integer> frames = Coalescer.ofFrames((owner, frame) -> {
            lengths.add(frame.length() * (frame.segmentSize() == 0 ? 1 : -1));
            assertEquals(0x0800, frame.packet().isIpv4() ? 0x0800 : 0);
        });
        frames.add(1, traffic.frame(traffic.tcp(100, ACK), 5, 0));
        frames.add(1, traffic.frame(traffic.tcp(100, ACK), 5, 0));
        frames.add(1, traffic.frame(traffic.tcp(100, ACK), 6, 0));
        frames.add(1, traffic.frame(traffic.tcp(100, ACK), 6, 3));
        frames.flush();

        assertEquals(List.of(-(14 + 252), 14 + 152, 14 + 152 + 3), lengths);
    }

    @Test
    void shouldPassWhatComesWhileItDelivers() {
        List<Integer> lengths = new ArrayList<>();
        List<Coalescer<Packet, String>> self = new ArrayList<>();
        Packet inner = CoalescedTraffic.inJunk(traffic.udp(10));
        Coalescer<Packet, String> outer = Coalescer.ofPackets((owner, packet) -> {
            lengths.add(packet.length());
            if (owner.equals("outer")) {
                self.get(0).add("inner", inner);
            }
        });
        self.add(outer);

        outer.add("outer", CoalescedTraffic.inJunk(traffic.tcp(100, ACK)));
        outer.flush();

        assertEquals(List.of(152, 38), lengths);
        assertEquals(0, outer.held());
    }

    @Test
    void shouldGoOnAfterOneThatThrows() {
        Coalescer<Packet, String> throwing = Coalescer.ofPackets((owner, packet) -> {
            throw new IllegalStateException("on purpose");
        });
        throwing.add("a", CoalescedTraffic.inJunk(traffic.tcp(100, ACK)));
        org.junit.jupiter.api.Assertions.assertThrows(IllegalStateException.class, throwing::flush);
        assertEquals(0, throwing.held());
        throwing.add("a", CoalescedTraffic.inJunk(traffic.tcp(100, ACK)));
        assertEquals(1, throwing.held());
    }

    @Test
    void shouldAllocateNothing() throws ReflectiveOperationException {
        Packet[] packets = new Packet[40];
        for (int i = 0; i < packets.length; i++) {
            packets[i] = CoalescedTraffic.inJunk(i % 10 == 9 ? traffic.udp(100) : traffic.tcp(1000, ACK));
        }
        long[] bytes = new long[1];
        Coalescer<Packet, String> quiet = Coalescer.ofPackets((owner, packet) -> bytes[0] += packet.length());
        long before = 0;
        int rounds = 20_000;
        for (int i = 0; i < 2 * rounds; i++) {
            if (i == rounds) {
                before = allocated();
            }
            for (Packet packet : packets) {
                quiet.add("peer", packet);
            }
            quiet.flush();
        }
        long more = allocated() - before;

        assertTrue(more < rounds, more + " bytes in " + rounds + " rounds");
        assertTrue(bytes[0] > 0);
    }

    /** By reflection, because the module under test does not require the management modules. */
    private static long allocated() throws ReflectiveOperationException {
        Object bean = Class.forName("java.lang.management.ManagementFactory")
                .getMethod("getThreadMXBean")
                .invoke(null);
        Method method =
                Class.forName("com.sun.management.ThreadMXBean").getMethod("getThreadAllocatedBytes", long.class);
        return (long) method.invoke(bean, Thread.currentThread().getId());
    }
}
