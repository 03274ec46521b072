// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.AddressState;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Duplicate address detection, RFC 4862 section 5.4 and RFC 4429, in virtual time. */
class DuplicateAddressTest {
    private static final IpAddress HOST_GROUP = IpAddress.parse("ff02::1:ff00:1");
    private static final IpAddress ALL_NODES = IpAddress.parse("ff02::1");
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final int MLD2_REPORT = 143;

    /** On a link that is down, so that a test sees it come up. */
    private static TestNet down(DuplicateDetection mode) {
        TestNet net =
                new TestNet(TestNet.HOST4 + "/24", TestNet.HOST6 + "/64", builder -> builder.duplicateDetection(mode));
        Objects.requireNonNull(net.adapter.attachment()).close();
        return net;
    }

    private static TestNet up(DuplicateDetection mode) {
        TestNet net = down(mode);
        net.adapter.attach(frame -> net.frames.add(frame.toBytes()));
        return net;
    }

    /** The solicitations from nobody among what was sent. */
    private static List<Packet> probes(TestNet net) {
        List<Packet> probes = new ArrayList<>();
        for (byte[] frame : net.frames) {
            Packet packet = new Frame().wrap(ByteBuffer.wrap(frame)).packet();
            if (packet.protocol() == IpProtocol.ICMPV6
                    && Objects.requireNonNull(packet.icmp()).type() == TestNet.NS
                    && packet.source().isUnspecified()) {
                probes.add(packet);
            }
        }
        return probes;
    }

    private static IpAddress target(Packet message) {
        int at = message.transportOffset() + 8;
        return IpAddress.ofIpv6(message.buffer().getLong(at), message.buffer().getLong(at + 8));
    }

    private static @Nullable AddressState state(TestNet net) {
        return net.adapter.ipv6AddressStates().get(TestNet.HOST6);
    }

    /** A solicitation from nobody, which another station sends before it takes the address. */
    private static void probe(TestNet net, IpAddress target) {
        IpAddress group = IpAddress.ofIpv6(0xFF02L << 48, 0x1_FF00_0000L | (target.low() & 0xFF_FFFF));
        inject(net, group, TestNet.ndp(TestNet.NS, 0, TestNet.ANY6, group, target, MacAddress.ZERO));
    }

    private static void advertise(TestNet net, IpAddress target) {
        ByteBuffer packet = TestNet.ndp(TestNet.NA, TestNet.OVERRIDE, target, ALL_NODES, target, TestNet.PEER_MAC);
        inject(net, ALL_NODES, packet);
    }

    private static void inject(TestNet net, IpAddress group, ByteBuffer packet) {
        net.injectIp(TestNet.PEER_MAC, MacAddress.of(0x3333_0000_0000L | (group.low() & 0xFFFF_FFFFL)), packet);
    }

    @ParameterizedTest
    @EnumSource(
            value = DuplicateDetection.class,
            names = {"OPTIMISTIC", "STRICT"})
    void shouldAskForEachAddressOnceTheLinkIsUp(DuplicateDetection mode) {
        TestNet net = down(mode);
        net.time.advance(Duration.ofMinutes(1));
        assertEquals(List.of(), probes(net), "there is nobody to ask");

        net.adapter.attach(frame -> net.frames.add(frame.toBytes()));
        net.time.advance(SECOND.multipliedBy(2));

        List<Packet> probes = probes(net);
        assertEquals(
                List.of(TestNet.LINK_LOCAL, TestNet.HOST6),
                probes.stream().map(DuplicateAddressTest::target).toList());
        for (Packet probe : probes) {
            assertEquals(HOST_GROUP, probe.destination(), "both end in the same 24 bits");
            assertEquals(255, probe.hopLimit());
            assertEquals(24, probe.transportLength(), "no option, section 4.3 of RFC 4861");
            assertEquals(ChecksumStatus.VALID, probe.verifyTransportChecksum());
        }
        net.time.advance(Duration.ofHours(1));
        assertEquals(2, probes(net).size(), "DupAddrDetectTransmits is 1");
    }

    @Test
    void shouldJoinTheGroupBeforeItAsks() {
        TestNet net = up(DuplicateDetection.STRICT);
        net.time.advance(SECOND);

        Packet first = new Frame().wrap(ByteBuffer.wrap(net.frames.get(0))).packet();
        assertEquals(MLD2_REPORT, Objects.requireNonNull(first.icmp()).type());
        assertTrue(first.source().isUnspecified(), "RFC 3810 section 5.2.13: its own is tentative");
    }

    @Test
    void shouldUseNothingThatIsTentative() {
        TestNet net = up(DuplicateDetection.STRICT);
        assertEquals(AddressState.TENTATIVE, net.host.linkAddresses.get(TestNet.HOST6), "and says so");
        assertEquals(AddressState.TENTATIVE, net.host.linkAddresses.get(TestNet.LINK_LOCAL));
        net.time.advance(SECOND);
        net.frames.clear();

        net.host.emit(PacketBuilder.udp(TestNet.HOST6, 1, TestNet.PEER6, 2, ByteBuffer.allocate(1)));
        solicit(net);
        assertEquals(List.of(), net.frames, "neither asks nor answers");

        net.time.advance(SECOND);
        assertEquals(AddressState.GOOD, net.host.linkAddresses.get(TestNet.HOST6));
        assertEquals(AddressState.GOOD, net.host.linkAddresses.get(TestNet.LINK_LOCAL));
        net.frames.clear();
        solicit(net);
        assertEquals(1, net.frames.size());
    }

    /** A neighbour asks for the host's address. */
    private static void solicit(TestNet net) {
        net.solicit(TestNet.PEER_MAC, TestNet.PEER6, TestNet.HOST6);
    }

    @Test
    void shouldChangeNobodysMindWhileOptimistic() {
        TestNet net = up(DuplicateDetection.OPTIMISTIC);
        assertFalse(net.host.linkAddresses.containsKey(TestNet.HOST6), "nothing is wrong with it");
        net.frames.clear();

        net.host.emit(PacketBuilder.udp(TestNet.HOST6, 1, TestNet.PEER6, 2, ByteBuffer.allocate(1)));
        Packet question = new Frame().wrap(ByteBuffer.wrap(net.frames.get(0))).packet();
        assertEquals(TestNet.HOST6, question.source());
        assertEquals(24, question.transportLength(), "RFC 4429 section 3.3: without our station");
        solicit(net);
        assertEquals(0, flags(net, net.frames.size() - 1) & TestNet.OVERRIDE);

        net.time.advance(SECOND.multipliedBy(2));
        net.frames.clear();
        solicit(net);
        assertEquals(TestNet.OVERRIDE, flags(net, 0) & TestNet.OVERRIDE);
    }

    private static int flags(TestNet net, int index) {
        Packet packet = new Frame().wrap(ByteBuffer.wrap(net.frames.get(index))).packet();
        assertEquals(TestNet.NA, Objects.requireNonNull(packet.icmp()).type());
        return packet.buffer().getInt(packet.transportOffset() + 4);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldGiveUpAnAddressThatSomebodyElseHas(boolean advertised) {
        for (DuplicateDetection mode : List.of(DuplicateDetection.OPTIMISTIC, DuplicateDetection.STRICT)) {
            TestNet net = up(mode);
            net.time.advance(Duration.ofMillis(900));
            if (advertised) {
                advertise(net, TestNet.HOST6);
            } else {
                probe(net, TestNet.HOST6);
            }
            assertEquals(AddressState.DUPLICATE, net.host.linkAddresses.get(TestNet.HOST6), "told at once, " + mode);
            net.time.advance(Duration.ofHours(1));
            assertEquals(AddressState.DUPLICATE, state(net), "and stays so");
            assertEquals(AddressState.GOOD, net.host.linkAddresses.get(TestNet.LINK_LOCAL), "the other is ours");
            assertEquals(1, net.adapter.addressConflicts());

            net.frames.clear();
            solicit(net);
            net.host.emit(PacketBuilder.udp(TestNet.HOST6, 1, TestNet.PEER6, 2, ByteBuffer.allocate(1)));
            assertEquals(List.of(), net.frames, "it is not answered for, and not sent from");

            net.host.setPrefix(IpPrefix.parse("2001:db8::77/64"));
            assertFalse(net.host.linkAddresses.containsKey(TestNet.HOST6));
            net.time.advance(SECOND.multipliedBy(3));
            assertEquals(
                    AddressState.GOOD,
                    net.adapter.ipv6AddressStates().get(IpAddress.parse("2001:db8::77")),
                    "another one is tried");
        }
    }

    @Test
    void shouldKeepAnAddressThatIsFoundGood() {
        TestNet net = up(DuplicateDetection.STRICT);
        net.time.advance(SECOND.multipliedBy(3));
        net.frames.clear();

        advertise(net, TestNet.HOST6);
        probe(net, TestNet.HOST6);

        assertEquals(AddressState.GOOD, state(net));
        assertEquals(1, net.frames.size(), "the newcomer is told, section 5.4.3");
        assertEquals(1, net.adapter.addressConflicts());
    }

    @Test
    void shouldNotTakeAQuestionForAClaim() {
        TestNet net = up(DuplicateDetection.STRICT);
        net.time.advance(SECOND);
        solicit(net);
        net.time.advance(SECOND);
        assertEquals(AddressState.GOOD, state(net));
    }

    @Test
    void shouldCheckAgainOnAnotherLink() {
        TestNet net = up(DuplicateDetection.STRICT);
        net.time.advance(SECOND.multipliedBy(3));
        Objects.requireNonNull(net.adapter.attachment()).close();
        assertEquals(AddressState.GOOD, state(net));

        net.adapter.attach(frame -> net.frames.add(frame.toBytes()));
        assertEquals(AddressState.TENTATIVE, state(net));
        assertEquals(AddressState.TENTATIVE, net.host.linkAddresses.get(TestNet.HOST6));
        net.adapter.close();
        assertEquals(AddressState.GOOD, net.host.linkAddresses.get(TestNet.HOST6), "its own business again");
        assertFalse(net.host.linkAddresses.containsKey(TestNet.LINK_LOCAL));
    }

    @Test
    void shouldCheckNothingWhenTold() {
        TestNet net = up(DuplicateDetection.OFF);
        net.time.advance(SECOND.multipliedBy(3));
        assertEquals(List.of(), probes(net));
        advertise(net, TestNet.HOST6);
        assertEquals(AddressState.GOOD, state(net));
    }
}
