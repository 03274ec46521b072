// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static io.pktkit.nat.engine.NatWorld.GATEWAY;
import static io.pktkit.nat.engine.NatWorld.HOST;
import static io.pktkit.nat.engine.NatWorld.OTHER_HOST;
import static io.pktkit.nat.engine.NatWorld.PUBLIC;
import static io.pktkit.nat.engine.NatWorld.SERVER;
import static io.pktkit.nat.engine.NatWorld.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.alg.FtpHelper;
import io.pktkit.nat.alg.SipHelper;
import io.pktkit.nat.engine.NatWorld.Sent;
import io.pktkit.nat.helper.HelperFlow;
import io.pktkit.nat.helper.HelperPayload;
import io.pktkit.nat.helper.NatHelper;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.nat.policy.Filtering;
import io.pktkit.nat.policy.NatLimits;
import io.pktkit.nat.policy.NatTimeouts;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Namespaces: equal addresses, separate shares. */
class TenantTest {

    private static NatLink tenant(NatWorld world) {
        return world.engine.addLink(world.engine.addInside().prefix(IpPrefix.of(GATEWAY, 24)));
    }

    @Test
    void shouldKeepEqualAddressesApart() {
        NatWorld world = new NatWorld();
        List<NatLink> links = new ArrayList<>();
        Set<Integer> ports = new HashSet<>();
        List<Integer> mapped = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            NatLink link = tenant(world);
            links.add(link);
            assertNull(world.out(link, udp(HOST, 5000, SERVER, 53)));
            ports.add(world.one().sourcePort());
            mapped.add(world.one().sourcePort());
        }
        assertEquals(50, ports.size());
        for (int i = 0; i < 50; i++) {
            Sent back = world.passedIn(udp(SERVER, 53, PUBLIC, mapped.get(i)));
            assertSame(links.get(i), back.to());
            assertEquals(HOST, back.packet().destination());
        }
    }

    @Test
    void shouldForgetANamespaceAtOnceAndNoOther() {
        NatWorld world = new NatWorld();
        NatLink other = tenant(world);
        int kept = world.mapUdp(HOST, 5000, SERVER, 53);
        world.out(other, udp(HOST, 6000, SERVER, 53));
        int gone = world.one().sourcePort();

        world.engine.removeInside(other.inside(), world.now);

        assertSame(NatDrop.NO_MAPPING, world.in(udp(SERVER, 53, PUBLIC, gone)));
        assertSame(NatDrop.CLOSED, world.out(other, udp(HOST, 6000, SERVER, 53)));
        assertNull(world.in(udp(SERVER, 53, PUBLIC, kept)));
        assertEquals(1, world.engine.size());
        assertNotEquals(other.inside().id(), world.engine.addInside().id(), "numbers are never used again");
        assertThrows(IllegalStateException.class, () -> world.engine.addLink(other.inside()));
    }

    @Test
    void shouldServeOthersWhenOneHasTakenItsShare() {
        NatWorld world = new NatWorld(config -> config.limits(NatLimits.DEFAULT.withMappings(100, 20, 100)));
        NatLink greedy = tenant(world);
        for (int i = 0; i < 100; i++) {
            world.out(greedy, udp(HOST, 5000 + i, SERVER, 53));
        }
        assertEquals(20, greedy.inside().mappings());
        assertEquals(80, world.engine.drops(NatDrop.LIMIT));
        for (int i = 0; i < 20; i++) {
            assertNull(world.out(udp(HOST, 5000 + i, SERVER, 53)));
        }
    }

    @Test
    void shouldRememberTheRemotesOfOthersWhenOneHasTakenItsShare() {
        NatWorld world = new NatWorld(config -> config.filtering(Filtering.ADDRESS_AND_PORT_DEPENDENT)
                .limits(NatLimits.DEFAULT.withSessions(20, 100, 100)));
        NatLink greedy = tenant(world);
        for (int i = 0; i < 100; i++) {
            assertNull(world.out(greedy, udp(HOST, 5000 + i % 7, SERVER, 1000 + i)));
        }
        assertEquals(10, world.engine.sessions());

        for (int i = 0; i < 10; i++) {
            int outside = world.mapUdp(HOST, 6000 + i, SERVER, 53);
            world.passedIn(udp(SERVER, 53, PUBLIC, outside));
        }
        assertEquals(20, world.engine.sessions());

        world.pass(NatTimeouts.DEFAULT.udp());
        world.timer();
        assertEquals(0, world.engine.sessions());
        assertNull(world.out(greedy, udp(HOST, 5000, SERVER, 53)));
        assertEquals(1, world.engine.sessions(), "what has ended no longer counts");
    }

    @Test
    void shouldRememberStrangersOfOthersWhenThoseOfOneHaveTakenItsShare() {
        NatWorld world = new NatWorld(config -> config.limits(NatLimits.DEFAULT.withSessions(160, 1000, 1000)));
        NatLink sought = tenant(world);
        world.out(sought, udp(HOST, 5000, SERVER, 53));
        int first = world.one().sourcePort();
        for (int i = 1; i <= 100; i++) {
            assertNull(world.in(udp(SERVER, 2000 + i, PUBLIC, first)));
        }
        assertEquals(11, world.engine.sessions());

        int second = world.mapUdp(HOST, 6000, SERVER, 53);
        for (int i = 1; i <= 100; i++) {
            assertNull(world.in(udp(SERVER, 2000 + i, PUBLIC, second)));
        }
        assertEquals(22, world.engine.sessions());
    }

    @Test
    void shouldRememberTheRemotesOfOthersWhenOneAnswersManyStrangers() {
        NatWorld world = new NatWorld(config -> config.limits(NatLimits.DEFAULT.withSessions(160, 1000, 1000)));
        NatLink sought = tenant(world);
        world.out(sought, udp(HOST, 5000, SERVER, 53));
        int outside = world.one().sourcePort();
        for (int port = 2000; port < 2300; port++) {
            assertNull(world.in(udp(SERVER, port, PUBLIC, outside)));
            assertNull(world.out(sought, udp(HOST, 5000, SERVER, port)));
        }
        assertEquals(90, world.engine.sessions(), "half of all, and of the strangers' eighth");

        world.mapUdp(HOST, 6000, SERVER, 53);
        assertEquals(91, world.engine.sessions());
    }

    /** Asks for all that a helper can for each datagram to port 53, and counts what it gets. */
    private static final class Asking implements NatHelper {
        private static final Duration WINDOW = Duration.ofMinutes(1);
        private int opened;
        private int kept;
        private int followed;

        @Override
        public String name() {
            return "asking";
        }

        @Override
        public boolean wants(HelperFlow flow) {
            return flow.remotePort() == 53;
        }

        @Override
        public void payload(HelperFlow flow, HelperPayload payload) {
            if (flow.remotePort() != 53) {
                followed++;
                return;
            }
            opened += flow.open(IpProtocol.TCP, flow.insidePort(), null, 0, WINDOW) < 0 ? 0 : 1;
            kept += flow.keep(512 << 10) ? 1 : 0;
            flow.follow(IpProtocol.UDP, flow.insidePort() + 1, null, WINDOW);
        }
    }

    @Test
    void shouldHelpOthersWhenOneHasTakenItsShare() {
        Asking helper = new Asking();
        int most = 100;
        NatLimits limits =
                new NatLimits(10_000, 10_000, 10_000, 10_000, 10_000, 10_000, 1000, most, most, 10, 10, 10_000);
        NatWorld world = new NatWorld(config -> config.helper(helper).limits(limits));
        NatLink greedy = tenant(world);
        for (int host = 2; host < 202; host++) {
            IpAddress address = IpAddress.parse("10.0.0." + host);
            world.out(greedy, udp(address, 5000, SERVER, 53));
            world.out(greedy, udp(address, 5001, SERVER, 99));
        }
        assertEquals(most / 2, helper.opened);
        assertEquals(32, helper.kept, "16 MiB");
        assertEquals(most / 2, helper.followed);

        world.out(udp(HOST, 5000, SERVER, 53));
        world.out(udp(HOST, 5001, SERVER, 99));
        assertEquals(most / 2 + 1, helper.opened);
        assertEquals(33, helper.kept);
        assertEquals(most / 2 + 1, helper.followed);
        world.pass(Asking.WINDOW);
        world.timer();
        world.out(greedy, udp(IpAddress.parse("10.0.0.250"), 5000, SERVER, 53));
        world.out(greedy, udp(IpAddress.parse("10.0.0.250"), 5001, SERVER, 99));
        assertEquals(most / 2 + 2, helper.opened, "what nobody used is over");
        assertEquals(most / 2 + 2, helper.followed);
    }

    @Test
    void shouldForgetWhatHelpersWaitForWithItsNamespace() {
        NatWorld world = new NatWorld(config -> config.helper(new Asking()));
        NatLink other = tenant(world);
        world.out(other, udp(HOST, 5000, SERVER, 53));
        world.out(udp(HOST, 5000, SERVER, 53));
        assertEquals(2, world.engine.shared().helpers.followedInAll());

        world.engine.removeInside(other.inside(), world.now);

        assertEquals(1, world.engine.shared().helpers.followedInAll());
    }

    @Test
    void shouldTakeOpeningsFromTheHostThatHasMost() {
        NatLimits limits = new NatLimits(9999, 9999, 9999, 9999, 9999, 9999, 999, 20, 8, 10, 10, 9999);
        NatWorld world = new NatWorld(config -> config.helper(new Asking()).limits(limits));
        int[] hosts = {2, 2, 2, 2, 2, 2, 3, 3, 3, 3}; // ten are the share of a namespace
        for (int i = 0; i < hosts.length; i++) {
            world.out(udp(IpAddress.parse("10.0.0." + hosts[i]), 5000 + i, SERVER, 53));
        }
        List<Integer> expected = List.of(5001, 5002, 5003, 5004, 5005, 5006, 5007, 5008, 5009, 6000);
        world.out(udp(IpAddress.parse("10.0.0.4"), 6000, SERVER, 53));
        assertEquals(expected, openings(world), "the oldest of the first host");
        for (int i = 1; i <= 4; i++) {
            world.out(udp(IpAddress.parse("10.0.0.4"), 6000 + i, SERVER, 53));
        }
        assertEquals(10, openings(world).size());
        assertEquals(
                3, openings(world).stream().filter(port -> port >= 6000).count(), "as many as the others, or one less");
    }

    /** Asks for two neighbouring ports. */
    private static final class Pairing implements NatHelper {
        private int opened;

        @Override
        public String name() {
            return "pairing";
        }

        @Override
        public boolean wants(HelperFlow flow) {
            return true;
        }

        @Override
        public void payload(HelperFlow flow, HelperPayload payload) {
            opened = flow.openPair(IpProtocol.UDP, 4000, null, Duration.ofMinutes(1));
        }
    }

    @Test
    void shouldOpenNoPairOfWhichOneMadeRoomForTheOther() {
        Pairing helper = new Pairing();
        NatLimits limits = new NatLimits(9999, 9999, 9999, 9999, 9999, 9999, 999, 8, 1, 10, 10, 9999);
        NatWorld world = new NatWorld(config -> config.helper(helper).limits(limits));
        world.out(udp(HOST, 5000, SERVER, 53));
        assertEquals(-1, helper.opened);
        assertEquals(1, world.engine.size());
    }

    private static List<Integer> openings(NatWorld world) {
        return world.engine.mappings().list().stream()
                .filter(each -> each.protocol() == IpProtocol.TCP)
                .map(NatMapping::insidePort)
                .sorted()
                .toList();
    }

    @Test
    void shouldKeepNoMoreOfStreamsThanANamespaceMay() {
        NatWorld world = new NatWorld(config -> config.helper(new FtpHelper()).helper(new SipHelper()));
        NatLink greedy = tenant(world);
        for (int session = 0; session < 2000; session++) {
            IpAddress host = IpAddress.parse("10.0.0." + (2 + session % 200));
            int port = 40_000 + session / 200;
            world.out(greedy, NatWorld.tcp(host, port, SERVER, 21, NatWorld.SYN));
            String line = "PORT " + host.toString().replace('.', ',') + ",156,65\r\n";
            byte[] text = (line + "x".repeat(1400) + "\r\n" + line).getBytes(StandardCharsets.US_ASCII);
            for (int i = 0; i < 16; i++) {
                int sequence = 1001 + i * text.length;
                world.out(greedy, tcp(host, port, 21, sequence, text));
            }
        }
        int kept = world.engine.shared().helpers.heldInAll();
        assertTrue(kept <= 16 << 20 && kept > 15 << 20, "kept=" + kept);

        world.out(NatWorld.tcp(HOST, 40_000, SERVER, 5060, NatWorld.SYN));
        world.out(tcp(HOST, 40_000, 5060, 1001, "OPTIONS sip:x".getBytes(StandardCharsets.US_ASCII)));
        assertEquals(kept + 13, world.engine.shared().helpers.heldInAll());
    }

    private static ByteBuffer tcp(IpAddress host, int port, int toPort, int sequence, byte[] text) {
        return PacketBuilder.tcp(host, port, SERVER, toPort, sequence, 1, NatWorld.ACK, 100, ByteBuffer.wrap(text));
    }

    @Test
    void shouldTurnPacketsToAnotherNamespaceAsFromOutside() {
        NatWorld world = new NatWorld();
        NatLink other = tenant(world);
        int server = world.mapUdp(HOST, 5000, SERVER, 53);

        assertNull(world.out(other, udp(HOST, 7000, PUBLIC, server)));

        assertSame(world.link, world.one().to());
        assertEquals(PUBLIC, world.one().packet().source());
    }

    @Test
    void shouldFollowAHostFromLinkToLink() {
        NatWorld world = new NatWorld();
        NatLink second = world.engine.addLink(world.inside);
        int outside = world.mapUdp(HOST, 5000, SERVER, 53);
        assertSame(world.link, world.passedIn(udp(SERVER, 53, PUBLIC, outside)).to());

        world.out(second, udp(HOST, 5000, SERVER, 53));

        assertSame(second, world.passedIn(udp(SERVER, 53, PUBLIC, outside)).to());
        world.engine.removeLink(second);
        assertSame(NatDrop.CLOSED, world.in(udp(SERVER, 53, PUBLIC, outside)));
        world.mapUdp(HOST, 5000, SERVER, 53);
        assertNull(world.in(udp(SERVER, 53, PUBLIC, outside)));
    }

    private static void forward(NatWorld world, int port, IpAddress host, @Nullable NatLink at)
            throws NatForwardException {
        world.engine
                .mappings()
                .forward(world.inside, IpProtocol.UDP, PUBLIC, port, host, port, null, at, Duration.ZERO, world.now);
    }

    private static @Nullable NatLink receiver(NatWorld world, int port) {
        return world.passedIn(udp(SERVER, 53, PUBLIC, port)).to();
    }

    @Test
    void shouldForwardToAHostOnASecondLink() throws NatForwardException {
        NatWorld world = new NatWorld();
        NatLink second = world.engine.addLink(world.inside);
        world.out(second, udp(HOST, 5000, SERVER, 53));
        world.out(second, udp(HOST, 5001, SERVER, 53));
        forward(world, 80, HOST, null);
        assertSame(second, receiver(world, 80), "where its packets come from");
        world.out(world.link, udp(HOST, 5000, SERVER, 53));
        forward(world, 81, HOST, null);
        assertSame(world.link, receiver(world, 81), "and came from last");
        world.out(second, udp(HOST, 5001, SERVER, 53));
        forward(world, 82, HOST, null);
        assertSame(second, receiver(world, 82), "whichever port they are from");

        forward(world, 90, OTHER_HOST, second);
        assertSame(second, receiver(world, 90), "where it was heard otherwise");
        forward(world, 91, OTHER_HOST, null);
        assertSame(second, receiver(world, 91));
        forward(world, 90, OTHER_HOST, world.link);
        assertSame(world.link, receiver(world, 90), "renewed from elsewhere");
        world.engine.removeLink(second);
        forward(world, 83, HOST, null);
        assertSame(world.link, receiver(world, 83), "the one that is left");
        NatLink foreign = tenant(world);
        assertThrows(IllegalArgumentException.class, () -> forward(world, 84, HOST, foreign));
    }

    @Test
    void shouldForwardToWhereAHostWasSeenLast() throws NatForwardException {
        NatWorld world = new NatWorld();
        NatLink second = world.engine.addLink(world.inside);
        world.mapUdp(HOST, 5000, SERVER, 53);
        forward(world, 80, HOST, null);
        forward(world, 90, OTHER_HOST, null);
        world.engine.removeLink(world.link);
        assertSame(NatDrop.CLOSED, world.in(udp(SERVER, 53, PUBLIC, 80)), "not seen since");
        assertSame(second, receiver(world, 90), "never seen");

        world.out(second, udp(HOST, 6000, SERVER, 53));

        assertSame(second, receiver(world, 80));
        assertSame(second, receiver(world, 5000), "of which it was no packet");
        Sent error =
                world.passedIn(NatWorld.error(SERVER, PUBLIC, 3, 3, new Packet().wrap(udp(PUBLIC, 5000, SERVER, 53))));
        assertSame(second, error.to());
        NatLink third = world.engine.addLink(world.inside);
        world.out(third, udp(HOST, 6001, SERVER, 53));
        assertSame(third, receiver(world, 80), "whether the link before is there or not");
        world.engine.removeLink(third);
        world.engine.removeLink(second);
        assertSame(NatDrop.CLOSED, world.in(udp(SERVER, 53, PUBLIC, 90)));
    }

    @Test
    void shouldReachTheOwnAddressOfAHostOnASecondLink() {
        IpAddress own = IpAddress.parse("203.0.113.9");
        NatWorld world = new NatWorld(config -> config.outside(own));
        NatLink second = world.engine.addLink(world.inside);
        world.engine.mappings().oneToOne(world.inside, HOST, own);
        assertSame(world.link, world.passedIn(udp(SERVER, 53, own, 7)).to(), "not heard yet");

        world.out(second, udp(HOST, 5000, SERVER, 53));

        assertSame(second, world.passedIn(udp(SERVER, 53, own, 8)).to());
    }
}
