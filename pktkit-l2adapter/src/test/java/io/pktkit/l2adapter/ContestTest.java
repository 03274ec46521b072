// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static io.pktkit.l2adapter.TestNet.EVIL_MAC;
import static io.pktkit.l2adapter.TestNet.FAR4;
import static io.pktkit.l2adapter.TestNet.GATEWAY4;
import static io.pktkit.l2adapter.TestNet.GATEWAY_MAC;
import static io.pktkit.l2adapter.TestNet.HOST4;
import static io.pktkit.l2adapter.TestNet.MAC;
import static io.pktkit.l2adapter.TestNet.PEER4;
import static io.pktkit.l2adapter.TestNet.PEER6;
import static io.pktkit.l2adapter.TestNet.PEER_MAC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.l2adapter.internal.NeighborLimits;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.MacAddress;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Two stations claim one address: the one that moved is found within a second or so, and who only says so gets nothing. */
class ContestTest {

    private static final MacAddress NEW_MAC = MacAddress.parse("02:00:00:00:00:22");

    private static final NeighborLimits SMALL = new NeighborLimits(8, 4, 16, 4000, 8000);

    private final TestNet net = new TestNet();

    static Stream<IpAddress> peers() {
        return Stream.of(PEER4, PEER6);
    }

    static Stream<Arguments> peersInEachState() {
        return peers().flatMap(peer -> Stream.of(
                        NeighborState.REACHABLE, NeighborState.STALE, NeighborState.DELAY, NeighborState.PROBE)
                .map(state -> Arguments.of(peer, state)));
    }

    /** A neighbour that proved itself, in a state. */
    private void bring(IpAddress peer, NeighborState state) {
        net.resolve(PEER_MAC, peer);
        if (state != NeighborState.REACHABLE) {
            net.advance(30);
        }
        if (state == NeighborState.DELAY || state == NeighborState.PROBE) {
            net.emitTo(peer, 1);
        }
        if (state == NeighborState.PROBE) {
            net.advance(5);
        }
        assertEquals(state, net.state(peer));
        net.take();
    }

    /** Has the host send ten packets a second until one gets to a station. */
    private double secondsUntilHeardAt(MacAddress mac, IpAddress peer) {
        for (int i = 0; i < 200; i++) {
            net.take();
            net.emitTo(peer, 99);
            if (!TestNet.marks(net.take(), frame -> frame.destination().equals(mac))
                    .isEmpty()) {
                return i / 10.0;
            }
            net.advance(0.1);
        }
        throw new AssertionError("not found: " + net.adapter.neighbors());
    }

    @ParameterizedTest
    @MethodSource("peersInEachState")
    void shouldFindWhoMovedASecondAfterItIsUsed(IpAddress peer, NeighborState state) {
        bring(peer, state);
        net.live(NEW_MAC, peer);
        net.claim(NEW_MAC, peer);

        double seconds = secondsUntilHeardAt(NEW_MAC, peer);

        assertTrue(seconds >= 0.9 && seconds <= 1.2, "seconds=" + seconds);
        assertEquals(NeighborState.REACHABLE, net.state(peer));
        assertEquals(NEW_MAC, net.neighbor(peer).macAddress());
    }

    @ParameterizedTest
    @MethodSource("peersInEachState")
    void shouldKeepWhoIsAliveInEachState(IpAddress peer, NeighborState state) {
        bring(peer, state);
        net.live(PEER_MAC, peer);

        for (int i = 0; i < 100; i++) {
            net.claim(EVIL_MAC, peer);
            net.confirm(EVIL_MAC, peer);
            assertEquals(PEER_MAC, net.destinationOf(peer), "packet " + i);
            net.confirm(EVIL_MAC, peer);
            net.advance(0.37);
        }
        assertEquals(PEER_MAC, net.neighbor(peer).macAddress());
    }

    @ParameterizedTest
    @MethodSource("peers")
    void shouldAskTheOldMacThreeTimesWithinASecondAndThenEverybody(IpAddress peer) {
        bring(peer, NeighborState.REACHABLE);
        net.claim(EVIL_MAC, peer);
        assertTrue(net.frames.isEmpty() || peer.isIpv4() || net.takeSolicitations() == 0);
        net.take();

        assertEquals(PEER_MAC, net.destinationOf(peer));
        assertEquals(NeighborState.PROBE, net.state(peer));
        net.advance(0.999);
        assertEquals(2, net.takeSolicitations(), "and one with the packet");
        assertEquals(PEER_MAC, net.destinationOf(peer), "it is used on while it is asked");
        net.advance(0.001);
        List<byte[]> sent = net.take();
        assertEquals(1, sent.size());
        assertTrue(TestNet.isSolicitation(sent.get(0))
                && TestNet.frame(sent.get(0)).isMulticast());
        assertEquals(NeighborState.INCOMPLETE, net.state(peer));
        assertNull(net.neighbor(peer).macAddress());
        assertNull(net.destinationOf(peer), "packets wait");
        net.claim(EVIL_MAC, peer);
        assertEquals(NeighborState.INCOMPLETE, net.state(peer), "only an answer counts");

        net.advance(2.999);
        assertTrue(net.knows(peer));
        net.advance(0.001);
        assertFalse(net.knows(peer));
        assertEquals(1, net.host.packets.size(), "the host is told");
    }

    @ParameterizedTest
    @MethodSource("peers")
    void shouldBelieveAnswerOfOldMacToTheRequestToEverybody(IpAddress peer) {
        bring(peer, NeighborState.REACHABLE);
        net.claim(EVIL_MAC, peer);
        net.emitTo(peer, 1);
        net.advance(1);
        assertEquals(NeighborState.INCOMPLETE, net.state(peer));

        net.confirm(PEER_MAC, peer);

        assertEquals(NeighborState.REACHABLE, net.state(peer));
        assertEquals(PEER_MAC, net.neighbor(peer).macAddress());
    }

    @ParameterizedTest
    @MethodSource("peers")
    void shouldSendNothingBecauseOfClaimsAlone(IpAddress peer) {
        bring(peer, NeighborState.REACHABLE);
        for (int i = 0; i < 300; i++) {
            net.claim(EVIL_MAC, peer);
            net.advance(0.1);
        }

        assertEquals(0, net.takeSolicitations());
        assertEquals(PEER_MAC, net.neighbor(peer).macAddress());
        assertEquals(900, net.adapter.neighborStats(peer.family()).refusedChanges());
    }

    @ParameterizedTest
    @MethodSource("peers")
    void shouldVerifyOnceInFiveSecondsUnderSteadyClaims(IpAddress peer) {
        bring(peer, NeighborState.REACHABLE);
        net.live(PEER_MAC, peer);
        long asked = 0;
        for (int i = 0; i < 600; i++) {
            net.claim(EVIL_MAC, peer);
            net.emitTo(peer, 1);
            asked += net.takeSolicitations();
            net.advance(0.1);
            asked += net.takeSolicitations();
        }

        assertTrue(asked >= 11 && asked <= 13, "asked in a minute=" + asked);
    }

    @ParameterizedTest
    @MethodSource("peers")
    void shouldFindWhoMovesRightAfterItWasVerified(IpAddress peer) {
        bring(peer, NeighborState.REACHABLE);
        net.live(PEER_MAC, peer);
        net.claim(EVIL_MAC, peer);
        net.emitTo(peer, 1);
        assertEquals(NeighborState.REACHABLE, net.state(peer));

        net.live(NEW_MAC, peer);
        net.claim(NEW_MAC, peer);
        double seconds = secondsUntilHeardAt(NEW_MAC, peer);

        assertTrue(seconds >= 5.9 && seconds <= 6.2, "seconds=" + seconds);
    }

    @ParameterizedTest
    @MethodSource("peers")
    void shouldAskEverybodyAboutWhoNeverProvedAnything(IpAddress peer) {
        net.claim(PEER_MAC, peer);
        net.claim(EVIL_MAC, peer);
        if (peer.isIpv6()) {
            net.solicit(PEER_MAC, peer, TestNet.HOST6);
        }
        assertEquals(PEER_MAC, net.neighbor(peer).macAddress());
        net.take();

        net.emitTo(peer, 1);

        assertTrue(net.takeOne().isMulticast());
        assertEquals(NeighborState.INCOMPLETE, net.state(peer));
        net.claim(EVIL_MAC, peer);
        assertEquals(NeighborState.INCOMPLETE, net.state(peer), "only an answer counts");
        net.take();
        net.confirm(PEER_MAC, peer);
        assertEquals(List.of(1), net.takeMarks());
    }

    @ParameterizedTest
    @MethodSource("peers")
    void shouldAskEverybodyAtOnceAboutAnUnprovenNeighbourInUse(IpAddress peer) {
        net.claim(PEER_MAC, peer);
        net.emitTo(peer, 1);
        assertEquals(NeighborState.DELAY, net.state(peer));
        net.take();

        net.claim(EVIL_MAC, peer);

        assertEquals(NeighborState.INCOMPLETE, net.state(peer));
        assertEquals(
                1,
                net.take().stream()
                        .filter(TestNet::isSolicitation)
                        .filter(bytes -> TestNet.frame(bytes).isMulticast())
                        .count());
    }

    @Test
    void shouldWaitForTheAnswerToAnOpenRequestToEverybody() {
        net.emitTo(PEER4, 1);
        net.arpRequest(EVIL_MAC, PEER4, HOST4); // ends the waiting
        net.take();

        net.arpRequest(PEER_MAC, PEER4, HOST4);

        assertEquals(0, net.takeSolicitations(), "it was asked for a moment ago");
        assertEquals(NeighborState.DELAY, net.state(PEER4));
        net.arpReply(PEER_MAC, PEER4);
        assertEquals(PEER_MAC, net.neighbor(PEER4).macAddress());
    }

    @Test
    void shouldVerifyWhoWasClaimedInAnswerToAProbeOfAnother() {
        bring(PEER4, NeighborState.PROBE);
        net.arpReply(EVIL_MAC, PEER4);

        assertEquals(1, net.adapter.neighborStats(IpFamily.IPV4).refusedChanges());
        assertEquals(1, net.takeSolicitations(), "the old MAC address is asked anew");
        net.advance(1);
        assertEquals(NeighborState.INCOMPLETE, net.state(PEER4));
    }

    private static IpAddress made(int i) {
        return IpAddress.ofIpv4(HOST4.toIpv4Bits() + 10 + i);
    }

    /** Claims 100 neighbours that are in use; returns how many requests that costs at once. */
    private long contestMany() {
        for (int i = 0; i < 100; i++) {
            net.resolve(PEER_MAC, made(i));
        }
        for (int i = 0; i < 100; i++) {
            net.inject(FrameBuilder.arp(MAC, ArpPacket.REPLY, EVIL_MAC, made(i), MAC, HOST4));
            net.emitTo(made(i), i);
        }
        return net.takeSolicitations();
    }

    @Test
    void shouldLimitVerificationsOfAllTogether() {
        assertEquals(32, contestMany());
        assertEquals(
                68,
                net.adapter.neighbors().stream()
                        .filter(neighbor -> neighbor.state() == NeighborState.DELAY)
                        .count());

        net.advance(5);
        assertTrue(net.adapter.neighbors().stream().allMatch(neighbor -> neighbor.state() != NeighborState.DELAY));
    }

    @Test
    void shouldVerifyTheGatewayThoughTheLimitIsUsedUp() {
        net.adapter.setGateway(GATEWAY4);
        net.resolve(GATEWAY_MAC, GATEWAY4);
        contestMany();

        net.claim(NEW_MAC, GATEWAY4);
        net.emitTo(FAR4, 1);

        assertEquals(NeighborState.PROBE, net.state(GATEWAY4));
        assertEquals(1, net.takeSolicitations());
    }

    @Test
    void shouldCountWhatTheTableAndItsBoundsDid() {
        net.resolve(PEER_MAC, PEER4);
        net.arpRequest(EVIL_MAC, PEER4, HOST4);
        net.emitTo(made(1), 1);
        net.advance(3);
        net.emitTo(PEER4, 1);

        NeighborStats stats = net.adapter.neighborStats(IpFamily.IPV4);

        assertEquals(1 + 3 + 1, stats.solicitations());
        assertEquals(1, stats.confirmations());
        assertEquals(1, stats.failures());
        assertEquals(1, stats.refusedChanges());
    }

    @Test
    void shouldMakeRoomForWhoIsAskedForAgain() {
        TestNet net = new TestNet("10.0.0.1/8", "2001:db8::1/64", SMALL);
        net.resolve(PEER_MAC, PEER4);
        net.arpRequest(EVIL_MAC, PEER4, HOST4);
        net.emitTo(PEER4, 1);
        for (int i = 0; i < 4; i++) {
            net.emitTo(made(i), i);
        }

        net.advance(1); // the old MAC address was silent

        assertEquals(NeighborState.INCOMPLETE, net.state(PEER4));
        assertEquals(4, net.adapter.neighbors().size());
        assertEquals(1, net.adapter.neighborStats(IpFamily.IPV4).evictions());
    }

    @Test
    void shouldEvictWhoIsContestedLate() {
        TestNet net = new TestNet("10.0.0.1/8", "2001:db8::1/64", SMALL);
        net.resolve(PEER_MAC, PEER4);
        net.arpRequest(EVIL_MAC, PEER4, HOST4);
        net.emitTo(PEER4, 1);
        assertEquals(NeighborState.PROBE, net.state(PEER4));
        for (int i = 0; i < 20; i++) {
            net.arpRequest(EVIL_MAC, made(i), HOST4);
            net.emitTo(made(i), i);
        }

        assertEquals(PEER_MAC, net.neighbor(PEER4).macAddress());
    }
}
