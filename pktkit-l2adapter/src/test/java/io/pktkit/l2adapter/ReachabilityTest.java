// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static io.pktkit.l2adapter.TestNet.EVIL_MAC;
import static io.pktkit.l2adapter.TestNet.PEER4;
import static io.pktkit.l2adapter.TestNet.PEER6;
import static io.pktkit.l2adapter.TestNet.PEER_MAC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Neighbour unreachability detection, RFC 4861 section 7.3, alike for both families. */
class ReachabilityTest {

    private static final MacAddress NEW_MAC = MacAddress.parse("02:00:00:00:00:22");

    private final TestNet net = new TestNet();

    static Stream<IpAddress> peers() {
        return Stream.of(PEER4, PEER6);
    }

    /** Has the host send one packet every half second, which a neighbour at a MAC address answers for or not. */
    private double secondsUntilHeardAt(MacAddress mac, IpAddress peer, double limit) {
        for (double at = 0; at < limit; at += 0.5) {
            net.emitTo(peer, 1);
            for (byte[] bytes : net.take()) {
                Frame frame = TestNet.frame(bytes);
                boolean reaches = frame.isMulticast() || frame.destination().equals(mac);
                if (reaches && TestNet.isSolicitation(bytes)) {
                    net.confirm(mac, peer);
                } else if (reaches) {
                    return at;
                }
            }
            net.advance(0.5);
        }
        throw new AssertionError("not found within " + limit + " s: " + net.adapter.neighbors());
    }

    @ParameterizedTest
    @MethodSource("peers")
    void shouldWalkThroughAllStates(IpAddress peer) {
        net.resolve(PEER_MAC, peer);
        net.advance(29.9);
        assertEquals(NeighborState.REACHABLE, net.state(peer));
        net.advance(0.1);
        assertEquals(NeighborState.STALE, net.state(peer));
        net.advance(10);
        assertTrue(net.frames.isEmpty(), "nobody is probed that nobody sends to");

        net.emitTo(peer, 1);
        assertEquals(NeighborState.DELAY, net.state(peer));
        assertEquals(List.of(1), net.takeMarks());
        net.advance(4.9);
        assertEquals(NeighborState.DELAY, net.state(peer));
        assertTrue(net.frames.isEmpty());

        net.advance(0.1);
        assertEquals(NeighborState.PROBE, net.state(peer));
        net.emitTo(peer, 2);
        net.advance(2.9);
        List<byte[]> sent = net.take();
        assertEquals(3, sent.stream().filter(TestNet::isSolicitation).count());
        assertEquals(List.of(2), TestNet.marks(sent, frame -> true), "used while it is probed");
        for (byte[] bytes : sent) {
            assertEquals(PEER_MAC, TestNet.frame(bytes).destination(), "probes are unicast");
        }

        net.advance(0.1);
        assertFalse(net.knows(peer));
        net.emitTo(peer, 3);
        assertTrue(net.takeOne().isMulticast(), "resolved afresh");
    }

    @ParameterizedTest
    @MethodSource("peers")
    void shouldStayReachableWhenProbeIsAnswered(IpAddress peer) {
        net.resolve(PEER_MAC, peer);
        net.advance(30);
        net.emitTo(peer, 1);
        net.advance(5);

        net.confirm(PEER_MAC, peer);
        assertEquals(NeighborState.REACHABLE, net.state(peer));
        net.take();

        net.advance(29.9);
        assertEquals(NeighborState.REACHABLE, net.state(peer));
        assertTrue(net.frames.isEmpty());
    }

    @ParameterizedTest
    @MethodSource("peers")
    void shouldNotBeMovedByAnswerToProbeFromAnotherStation(IpAddress peer) {
        net.resolve(PEER_MAC, peer);
        net.advance(30);
        net.emitTo(peer, 1);
        net.advance(5);

        net.confirm(EVIL_MAC, peer);

        assertEquals(PEER_MAC, net.neighbor(peer).macAddress());
        assertEquals(NeighborState.PROBE, net.state(peer));
    }

    @ParameterizedTest
    @MethodSource("peers")
    void shouldForgetUnusedNeighbourAfterFiveMinutes(IpAddress peer) {
        net.resolve(PEER_MAC, peer);
        net.advance(30 + 299);
        assertTrue(net.knows(peer));

        net.advance(1);

        assertFalse(net.knows(peer));
        assertEquals(0, net.time.pending(), "an empty cache needs no timer");
    }

    @ParameterizedTest
    @MethodSource("peers")
    void shouldFindMovedNeighbourThatAnnouncesItself(IpAddress peer) {
        net.resolve(PEER_MAC, peer);
        if (peer.isIpv4()) {
            net.arpRequest(NEW_MAC, peer, peer);
        } else {
            net.advertise(NEW_MAC, peer, TestNet.OVERRIDE);
        }

        double seconds = secondsUntilHeardAt(NEW_MAC, peer, 60);

        assertTrue(seconds <= 9, "seconds=" + seconds);
    }

    @ParameterizedTest
    @MethodSource("peers")
    void shouldFindSilentlyMovedNeighbourAfterReachableTime(IpAddress peer) {
        net.resolve(PEER_MAC, peer);
        net.advance(30);

        double seconds = secondsUntilHeardAt(NEW_MAC, peer, 60);

        assertTrue(seconds >= 8 && seconds <= 9, "seconds=" + seconds);
    }

    @ParameterizedTest
    @MethodSource("peers")
    void shouldVerifyNeighbourLearnedWhileItWasAskedFor(IpAddress peer) {
        net.emitTo(peer, 1);
        if (peer.isIpv4()) {
            net.arpRequest(EVIL_MAC, peer, TestNet.HOST4);
        } else {
            net.solicit(EVIL_MAC, peer, TestNet.HOST6);
        }
        assertEquals(NeighborState.DELAY, net.state(peer));

        net.advance(8);

        assertFalse(net.knows(peer), "never answered our own probes");
    }

    @ParameterizedTest
    @MethodSource("peers")
    void shouldAskThreeTimesASecondApart(IpAddress peer) {
        net.emitTo(peer, 1);
        assertEquals(1, net.takeSolicitations());
        net.advance(0.99);
        assertEquals(0, net.takeSolicitations());
        net.advance(0.01);
        assertEquals(1, net.takeSolicitations());
        net.emitTo(peer, 2);
        assertEquals(0, net.takeSolicitations(), "more packets do not mean more requests");
        net.advance(1);
        assertEquals(1, net.takeSolicitations());
        net.advance(60);
        assertEquals(0, net.takeSolicitations());
    }

    @ParameterizedTest
    @MethodSource("peers")
    void shouldConfirmByLateAnswerWithinTheThreeSeconds(IpAddress peer) {
        net.emitTo(peer, 1);
        net.advance(2.9);
        net.take();

        net.confirm(PEER_MAC, peer);

        assertEquals(List.of(1), net.takeMarks());
        assertEquals(NeighborState.REACHABLE, net.state(peer));
    }
}
