// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static io.pktkit.nat.engine.NatWorld.ACK;
import static io.pktkit.nat.engine.NatWorld.FIN;
import static io.pktkit.nat.engine.NatWorld.HOST;
import static io.pktkit.nat.engine.NatWorld.OTHER_HOST;
import static io.pktkit.nat.engine.NatWorld.OTHER_SERVER;
import static io.pktkit.nat.engine.NatWorld.PUBLIC;
import static io.pktkit.nat.engine.NatWorld.RST;
import static io.pktkit.nat.engine.NatWorld.SERVER;
import static io.pktkit.nat.engine.NatWorld.SYN;
import static io.pktkit.nat.engine.NatWorld.tcp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.engine.NatWorld.Sent;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.policy.Filtering;
import io.pktkit.nat.policy.NatTimeouts;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpSegment;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The requirements of RFC 5382 and RFC 7857, and the state machine of RFC 6146 that the latter asks for. */
class TcpRfc5382Test {

    private static final NatTimeouts TIMES = NatTimeouts.DEFAULT;
    private static final Duration PROBED = TIMES.tcpEstablished().plus(TIMES.tcpClosing());

    /** Whether the server's segments still come through, without changing anything. */
    private static boolean isOpen(NatWorld world, int outside) {
        return world.engine
                        .core()
                        .findOutside(world.engine.core().outsides().all().get(0), 0, outside, world.now)
                != null;
    }

    @Test
    void shouldMapAnEndpointToOneWhateverItConnectsTo() { // REQ-1
        NatWorld world = new NatWorld();

        int first = world.connect(HOST, 5000, SERVER, 80);
        int second = world.connect(HOST, 5000, OTHER_SERVER, 443);

        assertEquals(first, second);
    }

    @Test
    void shouldPassASimultaneousOpen() { // REQ-2
        NatWorld world = new NatWorld(config -> config.filtering(Filtering.ADDRESS_AND_PORT_DEPENDENT));

        int outside = world.passedOut(tcp(HOST, 5000, SERVER, 80, SYN)).sourcePort();
        world.passedIn(tcp(SERVER, 80, PUBLIC, outside, SYN));
        world.passedOut(tcp(HOST, 5000, SERVER, 80, SYN | ACK));
        world.passedIn(tcp(SERVER, 80, PUBLIC, outside, SYN | ACK));

        world.passNanos(TIMES.tcpEstablished().toNanos() - 1);
        assertTrue(isOpen(world, outside), "established, not opening");
    }

    @Test
    void shouldBeginNothingBySegmentsThatOpenNothing() { // REQ-2, RFC 6146 section 3.5.2.2
        NatWorld world = new NatWorld();
        for (int flags : new int[] {0, ACK, FIN, RST, SYN | FIN, SYN | RST, ACK | RST}) {
            assertSame(NatDrop.NO_MAPPING, world.out(tcp(HOST, 5000, SERVER, 80, flags)), "flags=" + flags);
        }
        assertEquals(0, world.engine.size());
    }

    @Test
    void shouldLetAnybodyInByDefaultAndFilterIfToldTo() { // REQ-3
        for (Filtering mode : Filtering.values()) {
            NatWorld world = new NatWorld(config -> config.filtering(IpProtocol.TCP, mode));
            int outside = world.connect(HOST, 5000, SERVER, 80);

            NatDrop samePort = world.in(tcp(OTHER_SERVER, 80, PUBLIC, outside, SYN));
            NatDrop sameAddress = world.in(tcp(SERVER, 81, PUBLIC, outside, SYN));

            assertSame(mode == Filtering.ENDPOINT_INDEPENDENT ? null : NatDrop.UNSOLICITED_SYN, samePort);
            assertSame(mode == Filtering.ADDRESS_AND_PORT_DEPENDENT ? NatDrop.UNSOLICITED_SYN : null, sameAddress);
            assertNull(world.in(NatWorld.udp(OTHER_SERVER, 1, PUBLIC, world.mapUdp(HOST, 9, SERVER, 9))));
        }
    }

    @Test
    void shouldHoldAnUnsolicitedSynForSixSeconds() { // REQ-4
        NatWorld world = new NatWorld();

        assertSame(NatDrop.UNSOLICITED_SYN, world.in(tcp(SERVER, 80, PUBLIC, 4000, SYN)));
        assertTrue(world.sent.isEmpty());
        world.passNanos(TIMES.tcpIncomingSyn().toNanos() - 1);
        world.timer();
        assertTrue(world.sent.isEmpty());
        assertEquals(world.now + 1, world.engine.nextDeadlineNanos());
        world.passNanos(1);
        world.timer();

        Sent error = world.one();
        assertNull(error.to());
        assertEquals(3, error.icmp().type());
        assertEquals(3, error.icmp().code());
        assertEquals(SERVER, error.packet().destination());
        assertEquals(
                4000,
                Objects.requireNonNull(error.icmp().quotedPacket()).buffer().getShort(20 + 8 + 20 + 2));
    }

    @Test
    void shouldAnswerNoHeldSynFromAnAddressThatIsGone() {
        NatWorld world = new NatWorld();
        world.in(tcp(SERVER, 80, PUBLIC, 4000, SYN));
        world.engine.outside(List.of(IpAddress.parse("203.0.113.9")), world.now);
        world.pass(TIMES.tcpIncomingSyn());
        world.timer();
        assertTrue(world.sent.isEmpty());
    }

    @Test
    void shouldForgetAHeldSynWhenTheHostOpensTheSame() { // REQ-4
        NatWorld world = new NatWorld();
        world.in(tcp(SERVER, 80, PUBLIC, 4000, SYN));

        assertEquals(4000, world.passedOut(tcp(HOST, 4000, SERVER, 80, SYN)).sourcePort());
        world.pass(TIMES.tcpIncomingSyn());
        world.timer();

        assertTrue(world.sent.isEmpty());
        world.passedIn(tcp(SERVER, 80, PUBLIC, 4000, SYN));
    }

    @Test
    void shouldHoldNoMoreSynsThanItMay() { // REQ-4
        NatWorld world = new NatWorld();
        for (int port = 1; port <= 5000; port++) {
            world.in(tcp(SERVER, port, PUBLIC, 4000, SYN));
            world.in(tcp(SERVER, port, PUBLIC, 4000, SYN));
        }
        world.pass(TIMES.tcpIncomingSyn());
        world.timer();

        assertEquals(50, world.sent.size(), "as many as the rate of errors allows at once");
        assertEquals(10_000, world.engine.drops(NatDrop.UNSOLICITED_SYN));
    }

    @Test
    void shouldKeepAnOpenConnectionForTwoHoursAndFourMinutes() { // REQ-5
        NatWorld world = new NatWorld();
        int outside = world.connect(HOST, 5000, SERVER, 80);

        world.passNanos(TIMES.tcpEstablished().toNanos() - 1);
        world.timer();
        assertTrue(world.sent.isEmpty());
        world.passedIn(tcp(SERVER, 80, PUBLIC, outside, ACK));
        world.passNanos(TIMES.tcpEstablished().toNanos() - 1);
        world.passedOut(tcp(HOST, 5000, SERVER, 80, ACK));

        assertTrue(TIMES.tcpEstablished().compareTo(Duration.ofMinutes(124)) >= 0);
    }

    @Test
    void shouldProbeAnIdleConnectionAndThenGiveItFourMinutes() { // RFC 6146 section 3.5.2.2
        NatWorld world = new NatWorld();
        int outside = world.connect(HOST, 5000, SERVER, 80);

        world.pass(TIMES.tcpEstablished());
        world.timer();
        Sent probe = world.one();
        TcpSegment segment = Objects.requireNonNull(probe.packet().tcp());
        assertSame(world.link, probe.to());
        assertEquals(SERVER, probe.packet().source());
        assertEquals(ACK, segment.flags());
        assertEquals(1999, segment.sequenceNumber(), "an octet that the host has had");
        assertEquals(1000, segment.acknowledgmentNumber());
        assertEquals(0, segment.payloadLength());
        world.passNanos(TIMES.tcpClosing().toNanos() - 1);
        assertTrue(isOpen(world, outside));
        world.passNanos(1);
        assertSame(NatDrop.NO_MAPPING, world.in(tcp(SERVER, 80, PUBLIC, outside, ACK)));
    }

    @Test
    void shouldSendTheProbeOfALookAtTheMappingsWithTheNextCall() {
        NatWorld world = new NatWorld();
        for (int port = 5000; port < 5100; port++) {
            world.connect(HOST, port, SERVER, 80);
        }
        world.pass(TIMES.tcpEstablished());
        int size = world.output.size();

        for (int port = 5000; port < 5100; port++) {
            assertNotNull(world.engine.mappings().find(world.inside, IpProtocol.TCP, HOST, port, world.now));
        }

        assertEquals(size, world.output.size(), "which another thread may use by now");
        assertTrue(Timers.isDue(world.engine.nextDeadlineNanos(), world.now));
        world.timer();
        assertEquals(64, world.sent.size(), "as many as may wait");
        assertEquals(5000, world.sent.get(0).destinationPort());
        assertFalse(Timers.isDue(world.engine.nextDeadlineNanos(), world.now));
        world.timer();
        assertTrue(world.sent.isEmpty());
    }

    @Test
    void shouldKeepAConnectionThatAnswersItsProbe() { // RFC 6146 section 3.5.2.2
        NatWorld world = new NatWorld();
        int outside = world.connect(HOST, 5000, SERVER, 80);
        world.pass(TIMES.tcpEstablished());
        world.timer();

        world.passedOut(tcp(HOST, 5000, SERVER, 80, ACK));

        world.passNanos(TIMES.tcpEstablished().toNanos() - 1);
        assertTrue(isOpen(world, outside));
    }

    @Test
    void shouldKeepAHalfOpenConnectionForFourMinutes() { // REQ-5, RFC 7857 section 2.1
        NatWorld world = new NatWorld();
        int outside = world.passedOut(tcp(HOST, 5000, SERVER, 80, SYN)).sourcePort();

        world.passNanos(TIMES.tcpOpening().toNanos() - 1);
        assertTrue(isOpen(world, outside));
        world.passNanos(1);
        assertSame(NatDrop.UNSOLICITED_SYN, world.in(tcp(SERVER, 80, PUBLIC, outside, SYN)));
    }

    @Test
    void shouldHaveTimersOfItsOwnForOpeningAndClosing() { // RFC 7857 section 2.1
        Duration opening = Duration.ofMinutes(5);
        Duration closing = Duration.ofMinutes(6);
        NatWorld world =
                new NatWorld(config -> config.timeouts(TIMES.withTcp(TIMES.tcpEstablished(), opening, closing)));
        int half = world.passedOut(tcp(HOST, 5000, SERVER, 80, SYN)).sourcePort();
        int ended = world.connect(HOST, 5001, SERVER, 80);
        world.passedOut(tcp(HOST, 5001, SERVER, 80, FIN | ACK));
        world.passedIn(tcp(SERVER, 80, PUBLIC, ended, FIN | ACK));

        world.pass(opening);
        assertTrue(!isOpen(world, half) && isOpen(world, ended));
        world.pass(closing.minus(opening));
        assertTrue(!isOpen(world, ended));
    }

    @Test
    void shouldKeepAHalfClosedConnectionLikeAnOpenOne() { // REQ-5
        NatWorld world = new NatWorld();
        int outside = world.connect(HOST, 5000, SERVER, 80);
        world.passedOut(tcp(HOST, 5000, SERVER, 80, FIN | ACK));

        world.passNanos(TIMES.tcpEstablished().toNanos() - 1);
        world.passedIn(tcp(SERVER, 80, PUBLIC, outside, ACK));
        world.passNanos(TIMES.tcpEstablished().toNanos() - 1);

        assertTrue(isOpen(world, outside));
    }

    @Test
    void shouldKeepAClosedConnectionForFourMinutesWhateverComes() { // REQ-5
        NatWorld world = new NatWorld();
        int outside = world.connect(HOST, 5000, SERVER, 80);
        world.passedIn(tcp(SERVER, 80, PUBLIC, outside, FIN | ACK));
        world.passedOut(tcp(HOST, 5000, SERVER, 80, FIN | ACK));

        world.passNanos(TIMES.tcpClosing().toNanos() - 1);
        world.passedIn(tcp(SERVER, 80, PUBLIC, outside, ACK));
        world.passedOut(tcp(HOST, 5000, SERVER, 80, ACK));
        world.passNanos(1);

        assertTrue(!isOpen(world, outside), "nothing refreshes it");
    }

    @Test
    void shouldBeginAnewWhenAClosedConnectionsPortsAreUsedAgain() { // spec 3.1
        NatWorld world = new NatWorld();
        int outside = world.connect(HOST, 5000, SERVER, 80);
        world.passedIn(tcp(SERVER, 80, PUBLIC, outside, FIN | ACK));
        world.passedOut(tcp(HOST, 5000, SERVER, 80, FIN | ACK));

        assertEquals(outside, world.connect(HOST, 5000, SERVER, 80));

        world.passNanos(TIMES.tcpEstablished().toNanos() - 1);
        assertTrue(isOpen(world, outside));
    }

    @Test
    void shouldPassAResetAndLinger() { // RFC 7857 section 2.2
        NatWorld world = new NatWorld();
        int outside = world.connect(HOST, 5000, SERVER, 80);

        assertEquals(
                RST,
                Objects.requireNonNull(world.passedIn(tcp(SERVER, 80, PUBLIC, outside, RST))
                                .packet()
                                .tcp())
                        .flags());

        world.passNanos(TIMES.tcpClosing().toNanos() - 1);
        world.in(tcp(SERVER, 80, PUBLIC, outside, RST));
        assertTrue(isOpen(world, outside));
        world.passNanos(1);
        assertTrue(!isOpen(world, outside), "further resets change nothing");
    }

    @Test
    void shouldReturnToEstablishedAfterAForgedReset() { // RFC 7857 section 2.2
        NatWorld world = new NatWorld();
        int outside = world.connect(HOST, 5000, SERVER, 80);
        world.passedIn(tcp(SERVER, 80, PUBLIC, outside, RST));

        world.passedOut(tcp(HOST, 5000, SERVER, 80, ACK));

        world.passNanos(TIMES.tcpEstablished().toNanos() - 1);
        assertTrue(isOpen(world, outside));
    }

    @Test
    void shouldIgnoreResetsOfStrangers() { // spec 3.1
        NatWorld world = new NatWorld();
        int outside = world.connect(HOST, 5000, SERVER, 80);

        world.in(tcp(OTHER_SERVER, 80, PUBLIC, outside, RST));

        world.passNanos(TIMES.tcpEstablished().toNanos() - 1);
        assertTrue(isOpen(world, outside));
        assertEquals(1, world.engine.sessions());
    }

    @Test
    void shouldNotRefreshByTheAnswerToWhatCameUnasked() { // RFC 7857 section 7
        NatWorld world = new NatWorld();
        int outside = world.connect(HOST, 5000, SERVER, 80);
        for (int i = 0; i < 20; i++) {
            world.pass(TIMES.tcpEstablished().dividedBy(10));
            world.in(tcp(OTHER_SERVER, 100 + i, PUBLIC, outside, SYN));
            world.out(tcp(HOST, 5000, OTHER_SERVER, 100 + i, RST | ACK));
        }

        assertTrue(TIMES.tcpEstablished().multipliedBy(2).compareTo(PROBED) > 0);
        assertTrue(!isOpen(world, outside), "resets keep nothing alive");
    }

    @Test
    void shouldTakeAnotherPortAtRandomOfTheSameParity() { // RFC 7857 sections 8 and 9, RFC 6056
        NatWorld world = new NatWorld(config -> config.preservePorts(false));
        Set<Integer> steps = new HashSet<>();
        int last = 0;
        for (int port = 20_001; port < 20_201; port += 2) {
            int outside = world.passedOut(tcp(HOST, port, SERVER, 80, SYN)).sourcePort();
            assertEquals(1, outside & 1);
            steps.add(outside - last);
            last = outside;
        }
        assertTrue(steps.size() > 90, "steps=" + steps.size());
    }

    @Test
    void shouldRenumberWhatMayBeFragmentedAlone() { // RFC 7857 section 10, RFC 6864 section 5.3
        NatWorld world = new NatWorld();
        Set<Integer> ids = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            var packet = tcp(i % 2 == 0 ? HOST : OTHER_HOST, 5000, SERVER, 80, SYN);
            new Packet().wrap(packet).identification(77);
            ids.add(world.passedOut(packet).packet().identification());
        }
        assertEquals(100, ids.size());
        var atomic = tcp(HOST, 5000, SERVER, 80, SYN);
        new Packet().wrap(atomic).identification(77).dontFragment(true);
        assertEquals(77, world.passedOut(atomic).packet().identification());
    }

    @Test
    void shouldNotGiveOnePortToTwo() { // REQ-7
        NatWorld world = new NatWorld();

        assertNotEquals(world.connect(HOST, 5000, SERVER, 80), world.connect(OTHER_HOST, 5000, OTHER_SERVER, 80));
    }

    @Test
    void shouldTurnConnectionsBack() { // REQ-8
        NatWorld world = new NatWorld();
        int server = world.connect(HOST, 5000, SERVER, 80);

        assertNull(world.out(tcp(OTHER_HOST, 6000, PUBLIC, server, SYN)));
        Sent syn = world.one();
        assertEquals(PUBLIC, syn.packet().source());
        assertEquals(HOST, syn.packet().destination());
        assertNull(world.out(tcp(HOST, 5000, PUBLIC, syn.sourcePort(), SYN | ACK)));
        assertEquals(OTHER_HOST, world.one().packet().destination());
        assertEquals(6000, world.one().destinationPort());
        assertEquals(server, world.one().sourcePort());
        assertNull(world.out(tcp(OTHER_HOST, 6000, PUBLIC, server, ACK)));
    }

    @Test
    void shouldKeepAConnectionThroughErrors() { // REQ-9, REQ-10
        NatWorld world = new NatWorld();
        int outside = world.connect(HOST, 5000, SERVER, 80);
        Sent data = world.passedOut(tcp(HOST, 5000, SERVER, 80, ACK));

        Sent error = world.passedIn(NatWorld.error(OTHER_SERVER, PUBLIC, 3, 1, data.packet()));

        assertEquals(HOST, error.packet().destination());
        Packet quoted = Objects.requireNonNull(error.icmp().quotedPacket());
        assertEquals(HOST, quoted.source());
        assertEquals(5000, Objects.requireNonNull(quoted.tcp()).sourcePort());
        world.passNanos(TIMES.tcpEstablished().toNanos() - 1);
        assertTrue(isOpen(world, outside));
    }

    @Test
    void shouldDropAHeaderThatIsCutShort() { // RFC 1858
        NatWorld world = new NatWorld();
        var segment = tcp(HOST, 5000, SERVER, 80, SYN);
        segment.put(32, (byte) 0xF0);

        assertSame(NatDrop.MALFORMED, world.out(segment));
    }
}
