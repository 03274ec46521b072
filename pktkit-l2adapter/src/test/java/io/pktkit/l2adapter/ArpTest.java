// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static io.pktkit.l2adapter.TestNet.ANY4;
import static io.pktkit.l2adapter.TestNet.EVIL_MAC;
import static io.pktkit.l2adapter.TestNet.HOST4;
import static io.pktkit.l2adapter.TestNet.MAC;
import static io.pktkit.l2adapter.TestNet.PEER4;
import static io.pktkit.l2adapter.TestNet.PEER_MAC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules of ARP; those on reachability, which IPv6 shares, are elsewhere. */
class ArpTest {

    private static final IpAddress OTHER4 = IpAddress.parse("10.0.0.77");

    private final TestNet net = new TestNet();

    private static ByteBuffer request() {
        return FrameBuilder.arp(MacAddress.BROADCAST, ArpPacket.REQUEST, PEER_MAC, PEER4, MacAddress.ZERO, HOST4);
    }

    private boolean overhear(MacAddress mac, IpAddress sender) {
        return net.arpRequest(mac, sender, OTHER4);
    }

    @Test
    void shouldAnswerRequestForOurAddress() {
        net.arpRequest(PEER_MAC, PEER4, HOST4);

        Frame frame = net.takeOne();
        ArpPacket arp = TestNet.arp(frame);
        assertEquals(PEER_MAC, frame.destination());
        assertEquals(MAC, frame.source());
        assertEquals(ArpPacket.REPLY, arp.operation());
        assertEquals(MAC.toLong(), arp.senderMac());
        assertEquals(HOST4, arp.senderAddress());
        assertEquals(PEER_MAC.toLong(), arp.targetMac());
        assertEquals(PEER4, arp.targetAddress());
    }

    @Test
    void shouldAnswerPaddedRequest() {
        net.inject(TestNet.pad(request(), 60));

        assertEquals(1, net.frames.size());
    }

    @Test
    void shouldNotAnswerForOthers() {
        overhear(PEER_MAC, PEER4);

        assertTrue(net.frames.isEmpty());
    }

    @Test
    void shouldNotAnswerWithoutAddress() {
        TestNet bare = new TestNet("", "");

        bare.arpRequest(PEER_MAC, PEER4, ANY4);
        bare.arpRequest(PEER_MAC, PEER4, HOST4);

        assertTrue(bare.frames.isEmpty());
    }

    @Test
    void shouldNotAnswerReply() {
        net.arpReply(PEER_MAC, PEER4);

        assertTrue(net.frames.isEmpty());
    }

    @Test
    void shouldAnswerProbeWithoutLearning() {
        net.arpRequest(PEER_MAC, ANY4, HOST4);

        assertEquals(ArpPacket.REPLY, TestNet.arp(net.takeOne()).operation());
        assertTrue(net.adapter.neighbors().isEmpty());
        assertEquals(0, net.adapter.addressConflicts());
    }

    @ParameterizedTest
    @CsvSource({"0, 2", "2, 0x86DD", "4, 0x0804", "6, 3", "6, 0"})
    void shouldIgnoreOtherKindsOfArp(int offset, String value) {
        ByteBuffer request = request();
        request.putShort(Frame.HEADER_LENGTH + offset, (short) (int) Integer.decode(value));

        assertFalse(net.inject(request));

        assertTrue(net.frames.isEmpty());
        assertTrue(net.adapter.neighbors().isEmpty());
        assertEquals(1, net.dropped(DropReason.UNSUPPORTED));
    }

    @Test
    void shouldIgnoreShortArp() {
        net.inject(request().limit(Frame.HEADER_LENGTH + 27));

        assertTrue(net.frames.isEmpty());
        assertEquals(1, net.dropped(DropReason.TRUNCATED));
    }

    @ParameterizedTest
    @ValueSource(strings = {"02:66:66:66:66:66", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01"})
    void shouldIgnoreSenderMacThatIsNotTheEthernetSource(String mac) {
        ByteBuffer request = FrameBuilder.arp(
                MacAddress.BROADCAST, ArpPacket.REQUEST, MacAddress.parse(mac), PEER4, MacAddress.ZERO, HOST4);
        new Frame().wrap(request).sourceMac(PEER_MAC.toLong());

        assertFalse(net.inject(request));

        assertTrue(net.frames.isEmpty());
        assertTrue(net.adapter.neighbors().isEmpty());
        assertEquals(1, net.dropped(DropReason.MALFORMED));
    }

    @ParameterizedTest
    @ValueSource(strings = {"00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01"})
    void shouldIgnoreGroupSenderMacThatIsTheEthernetSource(String mac) {
        net.arpRequest(MacAddress.parse(mac), PEER4, HOST4);

        assertTrue(net.frames.isEmpty());
        assertTrue(net.adapter.neighbors().isEmpty());
        assertEquals(1, net.dropped(DropReason.MALFORMED));
    }

    @Test
    void shouldAddWhoAsksForUsAsStale() {
        net.arpRequest(PEER_MAC, PEER4, HOST4);

        Neighbor peer = net.neighbor(PEER4);
        assertEquals(PEER_MAC, peer.macAddress());
        assertEquals(NeighborState.STALE, peer.state());
    }

    @Test
    void shouldNotLearnFromStrangersOverheard() {
        overhear(PEER_MAC, PEER4);
        net.inject(FrameBuilder.arp(MacAddress.BROADCAST, ArpPacket.REPLY, PEER_MAC, PEER4, EVIL_MAC, OTHER4));
        net.arpRequest(PEER_MAC, PEER4, PEER4);

        assertTrue(net.adapter.neighbors().isEmpty(), "a network's chatter must not fill the cache");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "192.0.2.9",
                "10.0.1.1",
                "224.0.0.1",
                "127.0.0.1",
                "0.0.0.5",
                "10.0.0.255",
                "10.0.0.0",
                "255.255.255.255"
            })
    void shouldNotLearnOffSubnetOrImpossibleSender(String sender) {
        net.arpRequest(PEER_MAC, IpAddress.parse(sender), HOST4);
        net.arpReply(PEER_MAC, IpAddress.parse(sender));

        assertTrue(net.adapter.neighbors().isEmpty());
    }

    @Test
    void shouldNotLearnUnaskedWithoutAddress() {
        TestNet bare = new TestNet("", "");

        IpAddress sender = IpAddress.parse("169.254.1.1");
        bare.inject(FrameBuilder.arp(MAC, ArpPacket.REPLY, PEER_MAC, sender, MAC, ANY4));
        bare.arpRequest(PEER_MAC, sender, ANY4);

        assertTrue(bare.adapter.neighbors().isEmpty());
    }

    @Test
    void shouldLearnLinkLocalSender() {
        net.arpRequest(PEER_MAC, IpAddress.parse("169.254.1.1"), HOST4);

        assertTrue(net.knows(IpAddress.parse("169.254.1.1")));
    }

    @Test
    void shouldNotRewriteUnprovenNeighbourFromOverheardArp() {
        net.arpRequest(PEER_MAC, PEER4, HOST4);

        overhear(EVIL_MAC, PEER4);

        assertEquals(PEER_MAC, net.neighbor(PEER4).macAddress());
        assertEquals(NeighborState.STALE, net.state(PEER4));
    }

    @Test
    void shouldLearnOtherEndOfPointToPointSubnet() {
        net.host.setPrefix(IpPrefix.parse("10.0.0.1/31")); // which has no address of its own and none for all

        net.arpRequest(PEER_MAC, IpAddress.parse("10.0.0.0"), HOST4);

        assertTrue(net.knows(IpAddress.parse("10.0.0.0")));
    }

    @Test
    void shouldTakeReplyForAnAnswerForThreeSeconds() {
        net.emitTo(PEER4, 1);
        net.arpRequest(PEER_MAC, PEER4, HOST4);
        net.advance(3);

        net.arpReply(PEER_MAC, PEER4);

        assertEquals(NeighborState.REACHABLE, net.state(PEER4));
    }

    @Test
    void shouldForgetWhoWasOnlyHeardAfterFiveMinutes() {
        net.arpRequest(PEER_MAC, PEER4, HOST4);
        net.advance(299);
        assertTrue(net.knows(PEER4));

        net.advance(1);

        assertFalse(net.knows(PEER4));
    }

    @Test
    void shouldForgetWhoAnsweredUnaskedAfterFiveMinutes() {
        net.arpReply(PEER_MAC, PEER4);
        net.advance(299);
        assertTrue(net.knows(PEER4));

        net.advance(1);

        assertFalse(net.knows(PEER4));
    }

    @Test
    void shouldNotRewriteConfirmedNeighbourFromOverheardArp() {
        net.resolve(PEER_MAC, PEER4);

        overhear(EVIL_MAC, PEER4);
        net.arpRequest(EVIL_MAC, PEER4, HOST4);
        net.arpRequest(EVIL_MAC, PEER4, PEER4);
        net.arpReply(EVIL_MAC, PEER4);
        net.inject(FrameBuilder.arp(MacAddress.BROADCAST, ArpPacket.REPLY, EVIL_MAC, PEER4, EVIL_MAC, PEER4));

        assertEquals(PEER_MAC, net.neighbor(PEER4).macAddress());
        assertEquals(5, net.adapter.neighborStats(IpFamily.IPV4).refusedChanges());
    }

    @Test
    void shouldVerifyConfirmedNeighbourThatSomebodyElseClaims() {
        net.resolve(PEER_MAC, PEER4);

        overhear(EVIL_MAC, PEER4);

        assertEquals(NeighborState.STALE, net.state(PEER4));
    }

    @Test
    void shouldKeepConfirmedNeighbourReachableOnItsOwnArp() {
        net.resolve(PEER_MAC, PEER4);

        overhear(PEER_MAC, PEER4);

        assertEquals(NeighborState.REACHABLE, net.state(PEER4));
    }

    @Test
    void shouldNotConfirmByUnaskedReply() {
        net.arpReply(PEER_MAC, PEER4);
        assertEquals(NeighborState.STALE, net.state(PEER4), "added, since it is for us, and no more");

        net.arpReply(PEER_MAC, PEER4);
        assertEquals(NeighborState.STALE, net.state(PEER4));
    }

    @Test
    void shouldNotConfirmByReplyToSomebodyElse() {
        net.emitTo(PEER4, 1);

        net.inject(FrameBuilder.arp(MacAddress.BROADCAST, ArpPacket.REPLY, PEER_MAC, PEER4, MAC, HOST4));

        assertEquals(NeighborState.DELAY, net.state(PEER4), "learned and used, though a broadcast is no answer");
    }

    @Test
    void shouldNotConfirmByReplyForAnotherAddress() {
        net.emitTo(PEER4, 1);

        net.inject(FrameBuilder.arp(MAC, ArpPacket.REPLY, PEER_MAC, PEER4, MAC, OTHER4));

        assertEquals(NeighborState.DELAY, net.state(PEER4));
    }

    @Test
    void shouldFlushQueueOnRequestOfTheNeighbour() {
        net.emitTo(PEER4, 1);
        net.take();

        net.arpRequest(PEER_MAC, PEER4, HOST4);

        assertEquals(
                List.of(1),
                TestNet.marks(net.take(), frame -> frame.destination().equals(PEER_MAC)));
    }

    @Test
    void shouldLetOwnAnswerCorrectWhatAnOverheardClaimGave() {
        net.emitTo(PEER4, 1);
        overhear(EVIL_MAC, PEER4);
        assertEquals(EVIL_MAC, net.neighbor(PEER4).macAddress());

        net.arpReply(PEER_MAC, PEER4);

        assertEquals(PEER_MAC, net.neighbor(PEER4).macAddress());
        assertEquals(NeighborState.REACHABLE, net.state(PEER4));
    }

    @Test
    void shouldNotTakeReplyForAnAnswerLongAfterTheRequest() {
        net.emitTo(PEER4, 1);
        net.arpRequest(EVIL_MAC, PEER4, HOST4);
        net.advance(3.1);

        net.arpReply(PEER_MAC, PEER4);

        assertEquals(NeighborState.INCOMPLETE, net.state(PEER4), "two claims and no proof, so everybody is asked");
    }

    @Test
    void shouldCountConflictAndNeitherAnswerNorLearn() {
        net.arpRequest(EVIL_MAC, HOST4, HOST4);
        net.arpRequest(EVIL_MAC, HOST4, PEER4);
        net.arpReply(EVIL_MAC, HOST4);

        assertEquals(3, net.adapter.addressConflicts());
        assertTrue(net.frames.isEmpty());
        assertTrue(net.adapter.neighbors().isEmpty());
    }

    @Test
    void shouldNotCountOwnFrameComingBackAsConflict() {
        net.arpRequest(MAC, HOST4, PEER4);

        assertEquals(0, net.adapter.addressConflicts());
        assertTrue(net.adapter.neighbors().isEmpty());
    }

    @Test
    void shouldFollowChangeOfOurAddress() {
        net.host.setPrefix(IpPrefix.parse("10.0.0.9/24"));

        net.arpRequest(PEER_MAC, PEER4, HOST4);
        assertTrue(net.frames.isEmpty());

        net.arpRequest(PEER_MAC, PEER4, IpAddress.parse("10.0.0.9"));
        assertEquals(1, net.frames.size());
    }

    @Test
    void shouldNotTakeArpInIpForArp() {
        net.inject(FrameBuilder.frame(MAC, PEER_MAC, EtherType.IPV4, request().position(Frame.HEADER_LENGTH)));

        assertTrue(net.frames.isEmpty());
    }
}
