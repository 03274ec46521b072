// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static io.pktkit.l2adapter.TestNet.ANY6;
import static io.pktkit.l2adapter.TestNet.EVIL_MAC;
import static io.pktkit.l2adapter.TestNet.FAR6;
import static io.pktkit.l2adapter.TestNet.HOST6;
import static io.pktkit.l2adapter.TestNet.LINK_LOCAL;
import static io.pktkit.l2adapter.TestNet.MAC;
import static io.pktkit.l2adapter.TestNet.NA;
import static io.pktkit.l2adapter.TestNet.NS;
import static io.pktkit.l2adapter.TestNet.OVERRIDE;
import static io.pktkit.l2adapter.TestNet.PEER6;
import static io.pktkit.l2adapter.TestNet.PEER_MAC;
import static io.pktkit.l2adapter.TestNet.SOLICITED;
import static io.pktkit.l2adapter.TestNet.ndp;
import static io.pktkit.l2adapter.TestNet.rechecksum;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules of Neighbor Discovery; those on reachability, which IPv4 shares, are elsewhere. */
class NdpTest {

    private static final MacAddress ZERO = MacAddress.ZERO;
    private static final IpAddress GROUP = IpAddress.parse("ff02::1:ff00:1");
    private static final IpAddress OTHER6 = IpAddress.parse("2001:db8::77");

    private final TestNet net = new TestNet();

    private void assertConsumedInVain(ByteBuffer packet) {
        assertFalse(net.injectIp(PEER_MAC, MAC, packet));

        assertTrue(net.frames.isEmpty(), () -> TestNet.describe(net.frames).toString());
        assertTrue(net.host.packets.isEmpty(), "the adapter's business, valid or not");
        assertTrue(net.adapter.neighbors().isEmpty());
        assertEquals(1, net.dropped(DropReason.MALFORMED));
    }

    private void assertInvalid(Consumer<ByteBuffer> edit) {
        ByteBuffer packet = ndp(NS, 0, PEER6, HOST6, HOST6, PEER_MAC);
        edit.accept(packet);
        assertConsumedInVain(packet);
    }

    private Packet takeAdvertisement(MacAddress to) {
        Frame frame = net.takeOne();
        assertEquals(to, frame.destination());
        assertEquals(MAC, frame.source());
        return new Packet().wrap(ByteBuffer.wrap(frame.packet().toBytes()));
    }

    @Test
    void shouldAnswerSolicitation() {
        net.solicit(PEER_MAC, PEER6, HOST6);

        Packet answer = takeAdvertisement(PEER_MAC);
        assertEquals(ndp(NA, SOLICITED | OVERRIDE, HOST6, PEER6, HOST6, MAC), ByteBuffer.wrap(answer.toBytes()));
        assertEquals(PEER_MAC, net.neighbor(PEER6).macAddress());
        assertEquals(NeighborState.STALE, net.state(PEER6));
    }

    @Test
    void shouldAnswerForLinkLocalAddressOfTheMac() {
        net.solicit(PEER_MAC, IpAddress.parse("fe80::9"), LINK_LOCAL);

        assertEquals(LINK_LOCAL, takeAdvertisement(PEER_MAC).source());
    }

    @Test
    void shouldAnswerForLinkLocalAddressWithoutConfiguredOne() {
        TestNet bare = new TestNet("", "");

        bare.solicit(PEER_MAC, IpAddress.parse("fe80::9"), LINK_LOCAL);

        assertEquals(1, bare.frames.size());
    }

    /** RFC 4861 section 4.4, the R flag. */
    @Test
    void shouldSayThatItIsARouterWhereItIs() {
        TestNet routing = new TestNet(TestNet.HOST4 + "/24", HOST6 + "/64", builder -> builder.router(true));

        routing.solicit(PEER_MAC, PEER6, HOST6);
        Packet answer =
                new Packet().wrap(ByteBuffer.wrap(routing.takeOne().packet().toBytes()));
        assertEquals(
                ndp(NA, (1 << 31) | SOLICITED | OVERRIDE, HOST6, PEER6, HOST6, MAC), ByteBuffer.wrap(answer.toBytes()));

        routing.injectIp(PEER_MAC, MacAddress.parse("33:33:ff:00:00:01"), ndp(NS, 0, ANY6, GROUP, HOST6, ZERO));
        assertEquals(
                (1 << 31) | OVERRIDE,
                routing.takeOne().packet().buffer().getInt(14 + 44),
                "to who looks for duplicates");
    }

    @Test
    void shouldNeitherAnswerNorLearnFromSolicitationForOthers() {
        net.solicit(PEER_MAC, PEER6, OTHER6);

        assertTrue(net.frames.isEmpty());
        assertTrue(net.adapter.neighbors().isEmpty());
        assertTrue(net.host.packets.isEmpty());
    }

    @Test
    void shouldAnswerUnicastSolicitationWithoutOptionToCachedMac() {
        net.resolve(PEER_MAC, PEER6);

        net.injectIp(EVIL_MAC, MAC, ndp(NS, 0, PEER6, HOST6, HOST6, ZERO));

        takeAdvertisement(PEER_MAC);
    }

    @Test
    void shouldAnswerUnicastSolicitationWithoutOptionToSourceOfFrame() {
        net.injectIp(PEER_MAC, MAC, ndp(NS, 0, PEER6, HOST6, HOST6, ZERO));

        takeAdvertisement(PEER_MAC);
        assertTrue(net.adapter.neighbors().isEmpty(), "the frame's source is not an address that was told");
    }

    @Test
    void shouldNotAnswerToGroupMac() {
        net.injectIp(MacAddress.parse("01:00:5e:00:00:01"), MAC, ndp(NS, 0, PEER6, HOST6, HOST6, ZERO));

        assertTrue(net.frames.isEmpty());
    }

    @Test
    void shouldNotLearnOffLinkSource() {
        net.solicit(PEER_MAC, FAR6, HOST6);

        assertTrue(net.adapter.neighbors().isEmpty());
    }

    @Test
    void shouldAnswerDuplicateAddressDetectionToAllNodes() {
        net.injectIp(PEER_MAC, MacAddress.parse("33:33:ff:00:00:01"), ndp(NS, 0, ANY6, GROUP, HOST6, ZERO));

        Packet answer = takeAdvertisement(MacAddress.parse("33:33:00:00:00:01"));
        assertEquals(
                ndp(NA, OVERRIDE, HOST6, IpAddress.parse("ff02::1"), HOST6, MAC), ByteBuffer.wrap(answer.toBytes()));
        assertEquals(0, net.adapter.addressConflicts());
        assertTrue(net.adapter.neighbors().isEmpty());
    }

    @Test
    void shouldIgnoreDuplicateAddressDetectionToUnicast() {
        assertConsumedInVain(ndp(NS, 0, ANY6, HOST6, HOST6, ZERO));
    }

    @Test
    void shouldIgnoreDuplicateAddressDetectionWithLinkLayerAddress() {
        assertConsumedInVain(ndp(NS, 0, ANY6, GROUP, HOST6, PEER_MAC));
    }

    @ParameterizedTest
    @ValueSource(ints = {254, 64, 1, 0})
    void shouldIgnoreOtherHopLimits(int hopLimit) {
        assertInvalid(packet -> packet.put(7, (byte) hopLimit));
    }

    @Test
    void shouldIgnoreWrongChecksum() {
        assertInvalid(packet -> packet.putShort(42, (short) (packet.getShort(42) + 1)));
    }

    @Test
    void shouldIgnoreOtherCode() {
        assertInvalid(packet -> rechecksum(packet.put(41, (byte) 1)));
    }

    @Test
    void shouldIgnoreMulticastTarget() {
        assertInvalid(packet -> {
            GROUP.writeTo(packet, 48);
            rechecksum(packet);
        });
    }

    @Test
    void shouldIgnoreMulticastSource() {
        assertConsumedInVain(ndp(NS, 0, GROUP, HOST6, HOST6, PEER_MAC));
    }

    @Test
    void shouldIgnoreOptionOfLengthZero() {
        assertInvalid(packet -> rechecksum(packet.put(65, (byte) 0)));
    }

    @Test
    void shouldIgnoreOptionThatOverruns() {
        assertInvalid(packet -> rechecksum(packet.put(65, (byte) 2)));
    }

    @Test
    void shouldIgnoreLinkLayerAddressOfGroup() {
        assertInvalid(packet -> rechecksum(packet.put(66, (byte) 1)));
    }

    @Test
    void shouldIgnoreOurOwnMacAsSomebodyElses() {
        assertConsumedInVain(ndp(NS, 0, PEER6, HOST6, HOST6, MAC));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 23})
    void shouldIgnoreShortMessage(int length) {
        ByteBuffer packet =
                ByteBuffer.wrap(Arrays.copyOf(TestNet.bytes(ndp(NS, 0, PEER6, HOST6, HOST6, ZERO)), 40 + length));
        packet.putShort(4, (short) length);
        if (length >= 4) {
            rechecksum(packet);
        }

        assertConsumedInVain(packet);
    }

    @Test
    void shouldIgnoreTrailingByteAfterOptions() {
        ByteBuffer packet = ByteBuffer.wrap(Arrays.copyOf(TestNet.bytes(ndp(NS, 0, PEER6, HOST6, HOST6, ZERO)), 65));
        packet.put(64, (byte) 1).putShort(4, (short) 25);

        assertConsumedInVain(rechecksum(packet));
    }

    @Test
    void shouldIgnoreFragmentedMessage() {
        byte[] whole = TestNet.bytes(ndp(NS, 0, PEER6, HOST6, HOST6, PEER_MAC));
        ByteBuffer packet = ByteBuffer.allocate(whole.length + 8);
        packet.put(0, whole, 0, 40).put(48, whole, 40, whole.length - 40);
        packet.put(6, (byte) 44).putShort(4, (short) (whole.length - 40 + 8)).put(40, (byte) 58);

        assertConsumedInVain(packet); // a fragment that is the whole of it, RFC 6980
    }

    @Test
    void shouldSkipUnknownOptions() {
        byte[] known = TestNet.bytes(ndp(NS, 0, PEER6, HOST6, HOST6, PEER_MAC));
        ByteBuffer packet = ByteBuffer.allocate(known.length + 16);
        packet.put(0, known, 0, 64).put(64, (byte) 14).put(65, (byte) 2).put(80, known, 64, 8);
        packet.putShort(4, (short) (packet.capacity() - 40));

        net.injectIp(PEER_MAC, MAC, rechecksum(packet));

        assertEquals(PEER_MAC, net.neighbor(PEER6).macAddress());
    }

    @Test
    void shouldCountSolicitationFromOurAddressAsConflict() {
        net.solicit(EVIL_MAC, HOST6, HOST6);

        assertEquals(1, net.adapter.addressConflicts());
        assertTrue(net.frames.isEmpty());
        assertTrue(net.adapter.neighbors().isEmpty());
    }

    @Test
    void shouldCountAdvertisementOfOurAddressAsConflict() {
        net.advertise(EVIL_MAC, HOST6, OVERRIDE);

        assertEquals(1, net.adapter.addressConflicts());
        assertTrue(net.adapter.neighbors().isEmpty());
    }

    @Test
    void shouldIgnoreAdvertisementNobodyAskedFor() {
        net.advertise(PEER_MAC, PEER6, SOLICITED | OVERRIDE);
        net.advertise(PEER_MAC, PEER6, OVERRIDE);

        assertTrue(net.adapter.neighbors().isEmpty());
    }

    @Test
    void shouldIgnoreSolicitedAdvertisementToGroup() {
        net.emitTo(PEER6, 1);
        net.take();

        net.injectIp(
                PEER_MAC,
                MacAddress.parse("33:33:00:00:00:01"),
                ndp(NA, SOLICITED | OVERRIDE, PEER6, IpAddress.parse("ff02::1"), PEER6, PEER_MAC));

        assertEquals(NeighborState.INCOMPLETE, net.state(PEER6));
    }

    @Test
    void shouldIgnoreFirstAdvertisementWithoutMac() {
        net.emitTo(PEER6, 1);

        net.injectIp(PEER_MAC, MAC, ndp(NA, SOLICITED | OVERRIDE, PEER6, HOST6, PEER6, ZERO));

        assertEquals(NeighborState.INCOMPLETE, net.state(PEER6));
    }

    @Test
    void shouldNotReplaceMacWithoutOverride() {
        net.resolve(PEER_MAC, PEER6);

        net.advertise(EVIL_MAC, PEER6, 0);

        assertEquals(PEER_MAC, net.neighbor(PEER6).macAddress());
        assertEquals(NeighborState.STALE, net.state(PEER6));
    }

    @Test
    void shouldNotReplaceUnprovenMacUnasked() {
        net.solicit(PEER_MAC, PEER6, HOST6);

        net.advertise(EVIL_MAC, PEER6, 0);
        net.advertise(EVIL_MAC, PEER6, OVERRIDE);
        net.solicit(EVIL_MAC, PEER6, HOST6);

        assertEquals(PEER_MAC, net.neighbor(PEER6).macAddress());
    }

    @Test
    void shouldDropSolicitationForOthersAsNotForUs() {
        assertFalse(net.injectIp(PEER_MAC, MAC, ndp(NS, 0, PEER6, HOST6, OTHER6, PEER_MAC)));

        assertEquals(1, net.dropped(DropReason.NOT_FOR_US));
    }

    @Test
    void shouldHonourOverrideInAnswers() {
        net.emitTo(PEER6, 1);
        net.solicit(EVIL_MAC, PEER6, HOST6);

        net.advertise(PEER_MAC, PEER6, SOLICITED);
        assertEquals(EVIL_MAC, net.neighbor(PEER6).macAddress());

        net.advertise(PEER_MAC, PEER6, SOLICITED | OVERRIDE);
        assertEquals(PEER_MAC, net.neighbor(PEER6).macAddress());
        assertEquals(NeighborState.REACHABLE, net.state(PEER6));
    }

    @Test
    void shouldNotRewriteConfirmedNeighbourUnasked() {
        net.resolve(PEER_MAC, PEER6);

        net.advertise(EVIL_MAC, PEER6, OVERRIDE);
        net.advertise(EVIL_MAC, PEER6, OVERRIDE | SOLICITED);
        net.solicit(EVIL_MAC, PEER6, HOST6);

        assertEquals(PEER_MAC, net.neighbor(PEER6).macAddress());
    }

    @Test
    void shouldConfirmCachedMacByAdvertisementWithoutMac() {
        net.resolve(PEER_MAC, PEER6);
        net.advance(31);
        net.emitTo(PEER6, 1);
        net.advance(5.5);
        assertEquals(NeighborState.PROBE, net.state(PEER6));

        net.injectIp(PEER_MAC, MAC, ndp(NA, SOLICITED, PEER6, HOST6, PEER6, ZERO));

        assertEquals(NeighborState.REACHABLE, net.state(PEER6));
        assertEquals(PEER_MAC, net.neighbor(PEER6).macAddress());
    }

    @Test
    void shouldFlushQueueOnSolicitationOfTheNeighbour() {
        net.emitTo(PEER6, 1);
        net.take();

        net.solicit(PEER_MAC, PEER6, HOST6);

        assertEquals(
                List.of(1),
                TestNet.marks(net.take(), frame -> frame.destination().equals(PEER_MAC)));
    }

    @Test
    void shouldFlushQueueOnUnsolicitedAdvertisementButNotConfirm() {
        net.emitTo(PEER6, 1);
        net.take();

        net.advertise(PEER_MAC, PEER6, 0);

        assertEquals(List.of(1), net.takeMarks());
        assertEquals(NeighborState.DELAY, net.state(PEER6));
    }
}
