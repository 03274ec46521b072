// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static io.pktkit.nat.engine.NatWorld.ACK;
import static io.pktkit.nat.engine.NatWorld.HOST;
import static io.pktkit.nat.engine.NatWorld.OTHER_HOST;
import static io.pktkit.nat.engine.NatWorld.OTHER_SERVER;
import static io.pktkit.nat.engine.NatWorld.PUBLIC;
import static io.pktkit.nat.engine.NatWorld.SERVER;
import static io.pktkit.nat.engine.NatWorld.SYN;
import static io.pktkit.nat.engine.NatWorld.tcp;
import static io.pktkit.nat.engine.NatWorld.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.engine.NatWorld.Sent;
import io.pktkit.nat.helper.HelperFlow;
import io.pktkit.nat.helper.HelperPayload;
import io.pktkit.nat.helper.NatHelper;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.nat.observe.NatForwardException.Reason;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.nat.policy.Filtering;
import io.pktkit.nat.policy.NatLimits;
import io.pktkit.nat.policy.NatTimeouts;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Forwards, and addresses that belong to one host. */
class ForwardTest {

    private static final Duration FOR_EVER = Duration.ZERO;
    private static final IpAddress OWN = IpAddress.parse("203.0.113.9");

    private final NatWorld world = new NatWorld(config -> config.filtering(Filtering.ADDRESS_AND_PORT_DEPENDENT));

    private NatMapping forward(int outsidePort, IpAddress host, int hostPort, Duration lease)
            throws NatForwardException {
        return world.engine
                .mappings()
                .forward(world.inside, IpProtocol.TCP, PUBLIC, outsidePort, host, hostPort, lease, world.now);
    }

    private Reason refused(int outsidePort, IpAddress host, int hostPort) {
        return assertThrows(NatForwardException.class, () -> forward(outsidePort, host, hostPort, FOR_EVER))
                .reason();
    }

    @Test
    void shouldLetAnybodyInToAForwardWhateverTheFiltering() throws NatForwardException {
        forward(80, HOST, 8080, FOR_EVER);

        Sent syn = world.passedIn(tcp(SERVER, 1234, PUBLIC, 80, SYN));
        assertEquals(HOST, syn.packet().destination());
        assertEquals(8080, syn.destinationPort());
        Sent answer = world.passedOut(tcp(HOST, 8080, SERVER, 1234, SYN | ACK));
        assertEquals(80, answer.sourcePort());
        world.pass(Duration.ofDays(1000));
        world.passedIn(tcp(OTHER_SERVER, 1234, PUBLIC, 80, SYN));
    }

    /** Opens a port for whom the host writes to, for as many seconds as the first octet says. */
    private static final class Opener implements NatHelper {

        @Override
        public String name() {
            return "opener";
        }

        @Override
        public boolean wants(HelperFlow flow) {
            return flow.insidePort() == 7;
        }

        @Override
        public void payload(HelperFlow flow, HelperPayload payload) {
            flow.open(IpProtocol.UDP, 5000, flow.remote(), 0, Duration.ofSeconds(payload.at(0)));
        }
    }

    @Test
    void shouldStayOpenToItsRemoteAmongManyOpenings() throws NatForwardException {
        NatWorld helped =
                new NatWorld(config -> config.helper(new Opener()).filtering(Filtering.ADDRESS_AND_PORT_DEPENDENT));
        helped.now = -Duration.ofDays(7).toNanos(); // clocks may be negative
        helped.engine
                .mappings()
                .forward(helped.inside, IpProtocol.UDP, PUBLIC, 5000, HOST, 5000, SERVER, null, FOR_EVER, helped.now);
        long seed = 41;
        Random random = new Random(seed);
        for (int i = 0; i < 3000; i++) {
            String context = "seed=" + seed + " i=" + i;
            IpAddress client = IpAddress.ofIpv4(0xC000_0201 + i % 250);
            ByteBuffer seconds = ByteBuffer.allocate(1).put(0, (byte) (random.nextBoolean() ? 1 : 250));
            helped.passedOut(PacketBuilder.udp(HOST, 7, client, 9, seconds));
            assertNull(helped.in(udp(client, 8, PUBLIC, 5000)), context);
            assertNull(helped.in(udp(SERVER, 8, PUBLIC, 5000)), context);
            assertSame(NatDrop.FILTERED, helped.in(udp(OTHER_SERVER, 8, PUBLIC, 5000)), context);
            helped.passNanos(random.nextInt(3) * 1_000_000_000L);
        }
    }

    @Test
    void shouldLetInOneRemoteAlone() throws NatForwardException {
        NatWorld open = new NatWorld();
        NatMapping made = open.engine
                .mappings()
                .forward(open.inside, IpProtocol.TCP, PUBLIC, 80, HOST, 8080, SERVER, null, FOR_EVER, open.now);

        open.passedIn(tcp(SERVER, 1234, PUBLIC, 80, SYN));
        open.passedOut(tcp(HOST, 8080, SERVER, 1234, SYN | ACK));
        open.passedIn(tcp(SERVER, 1235, PUBLIC, 80, SYN));
        open.in(tcp(OTHER_SERVER, 1234, PUBLIC, 80, SYN));
        assertEquals(0, open.sent.size(), "though filtering is endpoint-independent");
        open.passedOut(tcp(HOST, 8080, OTHER_SERVER, 99, SYN));
        open.passedIn(tcp(OTHER_SERVER, 99, PUBLIC, 80, SYN | ACK));
        open.in(tcp(OTHER_SERVER, 1234, PUBLIC, 80, SYN));
        assertEquals(0, open.sent.size(), "from another port than the host has spoken to");

        NatMapping renewed = open.engine
                .mappings()
                .forward(open.inside, IpProtocol.TCP, PUBLIC, 80, HOST, 8080, null, null, FOR_EVER, open.now);
        assertEquals(made.id(), renewed.id());
        open.passedIn(tcp(OTHER_SERVER, 1234, PUBLIC, 80, SYN));
    }

    @Test
    void shouldSendTheHostsOwnTrafficFromTheForwardedPort() throws NatForwardException {
        forward(80, HOST, 8080, FOR_EVER);

        assertEquals(80, world.passedOut(tcp(HOST, 8080, SERVER, 1, SYN)).sourcePort());
    }

    @Test
    void shouldRefuseThePortOfAnother() throws NatForwardException {
        forward(80, HOST, 8080, FOR_EVER);
        world.connect(HOST, 5000, SERVER, 80);

        assertSame(Reason.FORWARDED_TO_ANOTHER, refused(80, OTHER_HOST, 8080));
        assertSame(Reason.FORWARDED_TO_ANOTHER, refused(80, HOST, 8081));
        assertSame(Reason.PORT_IN_USE, refused(5000, OTHER_HOST, 8080));
        assertSame(Reason.ENDPOINT_HAS_FORWARD, refused(81, HOST, 8080));
        assertEquals(2, world.engine.size());
    }

    @Test
    void shouldTakeOverThePortThatTheEndpointHasAlready() throws NatForwardException {
        int outside = world.connect(HOST, 5000, SERVER, 80);

        forward(outside, HOST, 5000, FOR_EVER);

        world.passedIn(tcp(SERVER, 80, PUBLIC, outside, ACK));
        world.passedIn(tcp(OTHER_SERVER, 9, PUBLIC, outside, SYN));
    }

    @Test
    void shouldLetSessionsOfADisplacedMappingGoOn() throws NatForwardException {
        int before = world.connect(HOST, 5000, SERVER, 80);

        forward(80, HOST, 5000, FOR_EVER);

        assertEquals(before, world.passedOut(tcp(HOST, 5000, SERVER, 80, ACK)).sourcePort());
        assertEquals(5000, world.passedIn(tcp(SERVER, 80, PUBLIC, before, ACK)).destinationPort());
        assertEquals(80, world.passedOut(tcp(HOST, 5000, OTHER_SERVER, 80, SYN)).sourcePort());
        assertEquals(2, world.engine.mappings().list().size());
    }

    @Test
    void shouldGiveTheEndpointItsFormerPortBackAfterAForward() throws NatForwardException { // RFC 5382 REQ-5
        int before = world.connect(HOST, 5000, SERVER, 80);
        NatMapping made = forward(80, HOST, 5000, FOR_EVER);
        world.passedOut(tcp(HOST, 5000, OTHER_SERVER, 80, SYN));

        assertTrue(world.engine.mappings().remove(made, world.now));

        assertEquals(5000, world.passedIn(tcp(SERVER, 80, PUBLIC, before, ACK)).destinationPort());
        assertEquals(
                before, world.passedOut(tcp(HOST, 5000, OTHER_SERVER, 81, SYN)).sourcePort());
        assertSame(NatDrop.NO_MAPPING, world.in(tcp(OTHER_SERVER, 80, PUBLIC, 80, ACK)));
        assertEquals(1, world.engine.size());
        assertEquals(1, world.inside.mappings());

        forward(80, HOST, 5000, Duration.ofHours(9));
        world.pass(Duration.ofHours(9));
        world.timer();
        assertEquals(0, world.engine.size(), "what is over by then is not taken up again");
        assertEquals(0, world.inside.mappings());
    }

    @Test
    void shouldFindTheFormerPortBehindAForwardThatHasLapsed() throws NatForwardException { // RFC 4787 REQ-1
        int before = world.connect(HOST, 5000, SERVER, 80);
        forward(80, HOST, 5000, Duration.ofMinutes(1));
        world.pass(Duration.ofMinutes(1));
        assertEquals(before, world.passedOut(tcp(HOST, 5000, SERVER, 80, ACK)).sourcePort());

        forward(80, HOST, 5000, Duration.ofMinutes(1));
        world.pass(Duration.ofMinutes(1));
        forward(81, HOST, 5000, FOR_EVER);
        assertEquals(81, world.passedOut(tcp(HOST, 5000, OTHER_SERVER, 80, SYN)).sourcePort());
        assertEquals(before, world.passedOut(tcp(HOST, 5000, SERVER, 80, ACK)).sourcePort());
        assertEquals(2, world.engine.mappings().list().size());
    }

    @Test
    void shouldRenewALeaseAndKeepSessions() throws NatForwardException {
        NatMapping first = forward(80, HOST, 8080, Duration.ofMinutes(1));
        world.passedIn(tcp(SERVER, 1234, PUBLIC, 80, SYN));
        world.passedOut(tcp(HOST, 8080, SERVER, 1234, SYN | ACK));
        world.pass(Duration.ofSeconds(59));

        NatMapping again = forward(80, HOST, 8080, Duration.ofMinutes(1));

        assertEquals(first.id(), again.id());
        world.passNanos(Duration.ofMinutes(1).toNanos() - 1);
        world.passedIn(tcp(SERVER, 1234, PUBLIC, 80, ACK));
        world.passNanos(1);
        assertSame(NatDrop.NO_MAPPING, world.in(tcp(SERVER, 1234, PUBLIC, 80, ACK)));
        assertEquals(0, world.engine.sessions(), "a lapse ends the sessions too");
        forward(80, HOST, 8080, Duration.ofMinutes(1));
        world.pass(Duration.ofMinutes(1));
        world.timer();
        assertEquals(0, world.engine.size());
    }

    @Test
    void shouldEndSessionsWithAForward() throws NatForwardException {
        NatMapping made = forward(80, HOST, 8080, FOR_EVER);
        world.passedIn(tcp(SERVER, 1234, PUBLIC, 80, SYN));
        world.passedOut(tcp(HOST, 8080, SERVER, 1234, SYN | ACK));

        assertTrue(world.engine.mappings().remove(made, world.now));

        assertSame(NatDrop.NO_MAPPING, world.in(tcp(SERVER, 1234, PUBLIC, 80, ACK)));
        assertFalse(world.engine.mappings().remove(made, world.now));
        assertNotEquals(made.id(), forward(80, OTHER_HOST, 8080, FOR_EVER).id());
    }

    @Test
    void shouldForwardForHostsOverTheirLimit() throws NatForwardException {
        for (int port = 1; port <= 200; port++) {
            forward(port, HOST, port, FOR_EVER);
        }
        assertEquals(200, world.inside.mappings());
    }

    @Test
    void shouldGiveAHostAnAddressOfItsOwn() { // RFC 3022 section 2.1, Basic NAT
        IpAddress own = IpAddress.parse("203.0.113.9");
        NatWorld basic = new NatWorld(config -> config.outside(own));
        basic.engine.mappings().oneToOne(basic.inside, HOST, own);
        for (int port = 1; port < 65_536; port += 1000) {
            Sent out = basic.passedOut(udp(HOST, port, SERVER, 53));
            assertEquals(own, out.packet().source());
            assertEquals(port, out.sourcePort());
        }
        Sent in = basic.passedIn(tcp(SERVER, 999, own, 22, SYN));
        assertEquals(HOST, in.packet().destination());
        assertEquals(22, in.destinationPort());
        Sent ping = basic.passedIn(NatWorld.ping(SERVER, own, true, 3));
        assertEquals(HOST, ping.packet().destination());
        assertEquals(
                own,
                basic.passedOut(NatWorld.ping(HOST, SERVER, false, 3)).packet().source());
        for (int host = 3; host < 60; host++) {
            IpAddress other = IpAddress.parse("10.0.0." + host);
            assertEquals(
                    PUBLIC,
                    basic.passedOut(udp(other, 5000, SERVER, 53)).packet().source());
        }
        assertThrows(
                IllegalStateException.class, () -> basic.engine.mappings().oneToOne(basic.inside, OTHER_HOST, own));
        assertNull(basic.out(udp(OTHER_HOST, 5000, own, 7)), "turned back to the owner");
        assertEquals(HOST, basic.one().packet().destination());
    }

    @Test
    void shouldNotLetStrangersUseUpMappings() { // RFC 6888 REQ-4
        NatLimits limits = NatLimits.DEFAULT.withMappings(1000, 500, 80).withMappingRate(8);
        NatWorld basic = new NatWorld(config -> config.outside(OWN).limits(limits));
        basic.engine.mappings().oneToOne(basic.inside, HOST, OWN);
        basic.passedIn(tcp(SERVER, 99, OWN, 3000, NatWorld.RST));
        assertEquals(0, basic.engine.size(), "a reset begins nothing");
        for (int port = 1; port <= 200; port++) {
            Sent in = basic.passedIn(udp(SERVER, 53, OWN, port));
            assertEquals(HOST, in.packet().destination());
            assertEquals(port, in.destinationPort());
        }
        assertEquals(10, basic.engine.size(), "an eighth is for strangers");
        assertEquals(10, basic.engine.sessions(), "nothing is remembered of the others");

        for (int port = 1000; port < 1080; port++) {
            Sent out = basic.passedOut(udp(HOST, port, SERVER, 53));
            assertEquals(port, out.sourcePort());
        }
        assertEquals(90, basic.engine.size());
        assertSame(NatDrop.LIMIT, basic.out(udp(HOST, 1080, SERVER, 53)));

        basic.passedOut(udp(HOST, 1, SERVER, 53));
        basic.passedIn(udp(SERVER, 53, OWN, 201));
        assertEquals(91, basic.engine.size(), "what the host has answered is no stranger's");
        basic.pass(NatTimeouts.DEFAULT.udp());
        basic.timer();
        assertEquals(0, basic.engine.size());
        basic.passedIn(udp(SERVER, 53, OWN, 1));
        assertEquals(1, basic.engine.size(), "what has ended no longer counts");
    }

    @Test
    void shouldNotLetPingsUseUpMappings() { // RFC 6888 REQ-4
        NatLimits limits = NatLimits.DEFAULT.withMappings(1000, 500, 80);
        NatWorld basic = new NatWorld(config -> config.outside(OWN).limits(limits));
        basic.engine.mappings().oneToOne(basic.inside, HOST, OWN);
        for (int id = 1; id <= 200; id++) {
            assertEquals(
                    id, basic.passedIn(NatWorld.ping(SERVER, OWN, true, id)).destinationPort());
            basic.out(NatWorld.ping(HOST, SERVER, false, id));
        }
        assertEquals(10, basic.engine.size(), "an eighth is for strangers, though the host answers all");
        for (int port = 1000; port < 1080; port++) {
            basic.passedOut(udp(HOST, port, SERVER, 53));
        }

        for (int i = 0; i < 10; i++) {
            basic.pass(NatTimeouts.DEFAULT.icmpQuery().minusNanos(1));
            assertEquals(
                    OWN,
                    basic.passedOut(NatWorld.ping(HOST, SERVER, false, 1))
                            .packet()
                            .source());
        }
        basic.pass(NatTimeouts.DEFAULT.icmpQuery());
        basic.timer();
        assertEquals(0, basic.engine.size(), "what answers keeps it alive as long");
    }

    @Test
    void shouldRememberStrangersOfOneHostBesideThoseOfAnother() {
        IpAddress another = IpAddress.parse("203.0.113.10");
        NatWorld basic = new NatWorld(
                config -> config.outside(OWN).outside(another).limits(NatLimits.DEFAULT.withMappings(1000, 120, 80)));
        basic.engine.mappings().oneToOne(basic.inside, HOST, OWN);
        basic.engine.mappings().oneToOne(basic.inside, OTHER_HOST, another);
        for (int port = 1; port <= 200; port++) {
            basic.passedIn(udp(SERVER, 53, OWN, port));
        }
        assertEquals(10, basic.engine.size());
        for (int port = 1; port <= 200; port++) {
            basic.passedIn(udp(SERVER, 53, another, port));
        }
        assertEquals(15, basic.engine.size(), "an eighth of the namespace's");
    }

    @Test
    void shouldLeaveAnEndpointToItsForward() throws NatForwardException {
        NatWorld basic = new NatWorld(config -> config.outside(OWN));
        basic.engine.mappings().oneToOne(basic.inside, HOST, OWN);
        basic.engine.mappings().forward(basic.inside, IpProtocol.TCP, PUBLIC, 80, HOST, 8080, FOR_EVER, basic.now);

        assertSame(NatDrop.UNSOLICITED_SYN, basic.in(tcp(SERVER, 999, OWN, 8080, SYN)));
        assertEquals(1, basic.engine.size());
        basic.passedIn(tcp(SERVER, 999, PUBLIC, 80, SYN));
        Sent answer = basic.passedOut(tcp(HOST, 8080, SERVER, 999, SYN | ACK));
        assertEquals(PUBLIC, answer.packet().source());
        assertEquals(80, answer.sourcePort());
    }

    @Test
    void shouldRegainItsAllowanceWhileIdle() { // RFC 6888 REQ-4
        NatWorld basic = new NatWorld(config -> config.outside(OWN).limits(NatLimits.DEFAULT.withMappingRate(1)));
        basic.engine.mappings().oneToOne(basic.inside, HOST, OWN);
        for (int i = 0; i < 30; i++) {
            basic.passedOut(NatWorld.ping(HOST, SERVER, true, i));
            basic.pass(Duration.ofMinutes(2));
            basic.timer();
            assertEquals(0, basic.engine.size());
        }
        for (int i = 0; i < 10; i++) {
            basic.passedOut(NatWorld.ping(HOST, SERVER, true, i));
        }
        assertSame(NatDrop.LIMIT, basic.out(NatWorld.ping(HOST, SERVER, true, 10)));
    }

    @Test
    void shouldShareWhenItsOwnAddressGoes() {
        NatWorld basic = new NatWorld(config -> config.outside(OWN));
        basic.engine.mappings().oneToOne(basic.inside, HOST, OWN);
        assertEquals(OWN, basic.passedOut(udp(HOST, 5000, SERVER, 53)).packet().source());

        basic.engine.outside(List.of(PUBLIC), basic.now);

        assertEquals(
                PUBLIC, basic.passedOut(udp(HOST, 5000, SERVER, 53)).packet().source());
        basic.engine.mappings().remove(basic.engine.mappings().list().get(0), basic.now);
        basic.engine.outside(List.of(PUBLIC, OWN), basic.now);
        basic.engine.mappings().oneToOne(basic.inside, HOST, OWN);
        assertEquals(OWN, basic.passedOut(udp(HOST, 6000, SERVER, 53)).packet().source());
    }

    @Test
    void shouldPairNobodyWithAnAddressThatHasBecomeAnothers() throws NatForwardException {
        NatWorld basic = new NatWorld(config -> config.outside(OWN));
        Sent first = basic.passedOut(udp(HOST, 5000, SERVER, 53));
        IpAddress before = first.packet().source();
        IpAddress other = before.equals(PUBLIC) ? OWN : PUBLIC;
        basic.engine.mappings().forward(basic.inside, IpProtocol.TCP, other, 80, HOST, 8080, FOR_EVER, basic.now);
        basic.engine.mappings().remove(basic.engine.mappings().list().get(0), basic.now);

        basic.engine.mappings().oneToOne(basic.inside, OTHER_HOST, before);

        assertEquals(
                other, basic.passedOut(udp(HOST, 5000, SERVER, 53)).packet().source());
        assertEquals(
                before,
                basic.passedOut(udp(OTHER_HOST, 6000, SERVER, 53)).packet().source());
    }
}
