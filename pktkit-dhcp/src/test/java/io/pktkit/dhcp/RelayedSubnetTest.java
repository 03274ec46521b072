// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.dhcp.internal.DhcpPackets;
import io.pktkit.dhcp.internal.DhcpWriter;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Clients on subnets where the server is not: RFC 2131 sections 4.1 and 4.3.2, RFC 1542, RFC 3046. */
class RelayedSubnetTest {
    private static final int RELAY = address(1); // also the router, 10.0.9.1
    private static final int STATION = 200; // of the relay, on the server's side
    private static final byte[] AGENT = {1, 4, 'e', 't', 'h', '7'};

    private final ServerBench bench = bench(subnet -> subnet);

    private static ServerBench bench(UnaryOperator<DhcpSubnet.Builder> settings) {
        DhcpSubnet.Builder subnet = DhcpSubnet.builder(IpPrefix.parse("10.0.9.0/24"))
                .router(ip(RELAY))
                .range(ip(address(50)), ip(address(52)));
        return new ServerBench(builder -> builder.dnsServers(List.of(IpAddress.parse("10.0.2.1")))
                .subnet(settings.apply(subnet).build()));
    }

    /** 10.0.9.host. */
    private static int address(int host) {
        return 0x0A000900 + host;
    }

    private static IpAddress ip(int bits) {
        return IpAddress.ofIpv4(bits);
    }

    private static Consumer<DhcpWriter> relayed(Consumer<DhcpWriter> more) {
        return writer -> {
            writer.giaddr(RELAY);
            more.accept(writer);
            writer.option(DhcpOptions.RELAY_AGENT_INFORMATION, AGENT);
        };
    }

    private ServerBench.Reply discover(int client) {
        return bench.sendAs(STATION, client, DhcpOptions.DISCOVER, relayed(w -> {}));
    }

    private int lease(int client) {
        int offered = discover(client).yiaddr();
        return bench.sendAs(STATION, client, DhcpOptions.REQUEST, relayed(ServerBench.selecting(offered)))
                .yiaddr();
    }

    /** What a client with an address sends to the server itself, as a router passes it on. */
    private ServerBench.Reply direct(int client, int source, int type, Consumer<DhcpWriter> more) {
        return bench.sendFrame(unicast(bench, client, source, type, more));
    }

    private static Frame unicast(ServerBench bench, int client, int source, int type, Consumer<DhcpWriter> more) {
        byte[] message = ServerBench.message(client, type, writer -> {
            writer.ciaddr(source);
            more.accept(writer);
        });
        Packet packet = DhcpPackets.udp(14, ip(source), 68, ServerBench.SERVER_ADDRESS, 67, message);
        packet.buffer().putShort(12, (short) EtherType.IPV4);
        return new Frame()
                .wrap(packet.buffer(), 0, 14 + packet.length())
                .destinationMac(bench.server.macAddress().toLong())
                .sourceMac(Lan.mac(STATION).toLong());
    }

    @Test
    void shouldChooseThePoolByTheRelay() {
        ServerBench.Reply offer = discover(1);

        assertEquals(address(50), offer.yiaddr());
        assertEquals("10.0.9.1:67 02:00:00:00:00:c8", offer.destination());
        assertEquals(0xFFFFFF00L, offer.message().intOption(DhcpOptions.SUBNET_MASK));
        assertEquals(RELAY, offer.message().intOption(DhcpOptions.ROUTER));
        assertEquals(ServerBench.SERVER, offer.message().intOption(DhcpOptions.SERVER_IDENTIFIER));
        assertEquals(0x0A000201L, offer.message().intOption(DhcpOptions.DNS_SERVERS));
        assertArrayEquals(AGENT, offer.message().option(DhcpOptions.RELAY_AGENT_INFORMATION));
        assertEquals(ServerBench.address(10), bench.discover(1).yiaddr(), "the same station on the server's own link");
    }

    @Test
    void shouldLeaseAndRenewOverTheRouter() {
        int address = lease(1);
        bench.advance(60);

        ServerBench.Reply ack = direct(1, address, DhcpOptions.REQUEST, w -> {});

        assertEquals(DhcpOptions.ACK, ack.type());
        assertEquals(address, ack.yiaddr());
        assertEquals(3600, ack.leaseSeconds(), "the renewal proves the client");
        assertEquals("10.0.9.50:68 02:00:00:00:00:c8", ack.destination(), "by the router, not to chaddr");
        assertEquals(List.of("GRANTED 10.0.9.50", "RENEWED 10.0.9.50"), bench.events);
        assertEquals(ip(address), bench.server.leases().get(0).address());
        assertEquals(
                Lan.mac(1),
                Objects.requireNonNull(bench.server.lease(ip(address))).mac());
    }

    @Test
    void shouldRefuseARenewalWhereTheClientIs() {
        int address = lease(1);

        ServerBench.Reply nak = direct(2, address, DhcpOptions.REQUEST, w -> {});

        assertEquals(DhcpOptions.NAK, nak.type());
        assertEquals("10.0.9.50:68 02:00:00:00:00:c8", nak.destination());
    }

    @Test
    void shouldTakeAReleaseOverTheRouter() {
        int address = lease(1);

        direct(1, address, DhcpOptions.RELEASE, w -> w.intOption(DhcpOptions.SERVER_IDENTIFIER, ServerBench.SERVER));

        assertEquals(List.of("GRANTED 10.0.9.50", "RELEASED 10.0.9.50"), bench.events);
        assertNull(bench.server.lease(ip(address)));
    }

    @Test
    void shouldTellParametersToAHostThatHasItsAddress() {
        ServerBench.Reply ack = direct(1, address(9), DhcpOptions.INFORM, w -> {});

        assertEquals(DhcpOptions.ACK, ack.type());
        assertEquals(0, ack.yiaddr());
        assertEquals("10.0.9.9:68 02:00:00:00:00:c8", ack.destination());
        assertEquals(RELAY, ack.message().intOption(DhcpOptions.ROUTER));
    }

    @Test
    void shouldRefuseAClientThatWasMovedHere() {
        int address = lease(1);

        // Rebinding: broadcast on the server's own link, where that address is not (RFC 2131 section 4.3.2).
        assertEquals(DhcpOptions.NAK, bench.renew(1, address).type());
    }

    @Test
    void shouldRefuseAClientThatWasMovedThere() {
        int here = bench.lease(1);

        ServerBench.Reply nak = bench.sendAs(
                STATION, 1, DhcpOptions.REQUEST, relayed(w -> w.intOption(DhcpOptions.REQUESTED_ADDRESS, here)));

        assertEquals(DhcpOptions.NAK, nak.type());
        assertTrue(nak.message().wantsBroadcast());
        assertEquals("10.0.9.1:67 02:00:00:00:00:c8", nak.destination());
    }

    @Test
    void shouldTellLeasesOfAllSubnetsByAddress() {
        DhcpSubnet lower = DhcpSubnet.builder(IpPrefix.parse("10.0.1.0/24"))
                .range(IpAddress.parse("10.0.1.7"), IpAddress.parse("10.0.1.9"))
                .build();
        ServerBench three = new ServerBench(builder -> builder.subnet(lower));
        three.lease(1);
        three.lease(2);
        three.lease(3);
        three.release(1, ServerBench.address(10));
        three.lease(4);
        three.lease(5); // the address that was given back, after others
        int there = three.sendAs(STATION, 6, DhcpOptions.DISCOVER, w -> w.giaddr(0x0A000101))
                .yiaddr();
        three.sendAs(STATION, 6, DhcpOptions.REQUEST, w -> {
            w.giaddr(0x0A000101);
            ServerBench.selecting(there).accept(w);
        });

        assertEquals(
                List.of("10.0.1.7", "10.0.2.10", "10.0.2.11", "10.0.2.12", "10.0.2.13"),
                three.server.leases().stream()
                        .map(lease -> lease.address().toString())
                        .toList());
    }

    @Test
    void shouldKeepThePoolsApart() {
        for (int client = 1; client <= 3; client++) {
            assertEquals(address(49 + client), lease(client));
        }
        assertTrue(discover(4).isSilence(), "the pool of the other subnet is full");
        assertEquals(ServerBench.address(10), bench.lease(4));
        bench.advance(120);
        assertEquals(0, bench.server.leases().size(), "provisional leases ran out on both");
    }

    @Test
    void shouldGiveAReservationOverTheRelay() {
        ServerBench reserved =
                bench(subnet -> subnet.reservation(new Reservation(Lan.mac(1), ip(address(77)), "printer")));

        ServerBench.Reply offer = reserved.sendAs(STATION, 1, DhcpOptions.DISCOVER, relayed(w -> {}));

        assertEquals(address(77), offer.yiaddr());
        assertEquals(3600, offer.leaseSeconds());
    }

    @Test
    void shouldHearOnlyWhomTheConfigurationNames() {
        ServerBench named = bench(subnet -> subnet.relay(ip(address(2))).from(Lan.mac(STATION)));

        assertTrue(
                named.sendAs(STATION, 1, DhcpOptions.DISCOVER, relayed(w -> {})).isSilence(), "another relay");
        assertTrue(
                named.sendAs(STATION + 1, 1, DhcpOptions.DISCOVER, w -> w.giaddr(address(2)))
                        .isSilence(),
                "another station");
        assertEquals(2, named.server.stats().dropped(DropReason.FILTERED));
        assertEquals(
                address(50),
                named.sendAs(STATION, 1, DhcpOptions.DISCOVER, w -> w.giaddr(address(2)))
                        .yiaddr());
        Frame forged = unicast(named, 1, address(50), DhcpOptions.REQUEST, w -> {});
        forged.sourceMac(Lan.mac(7).toLong());
        assertTrue(named.sendFrame(forged).isSilence());
    }

    @Test
    void shouldNotGiveARelaysAddressAway() {
        ServerBench named = bench(subnet -> subnet.relay(ip(address(50))));

        assertEquals(
                address(51),
                named.sendAs(STATION, 1, DhcpOptions.DISCOVER, w -> w.giaddr(address(50)))
                        .yiaddr());
    }

    @Test
    void shouldGiveTheSubnetsOwnRoutes() {
        DhcpRoute route = new DhcpRoute(IpPrefix.parse("10.0.2.0/24"), ip(address(3)));
        ServerBench routed = bench(subnet -> subnet.route(route));

        byte[] value = routed.sendAs(
                        STATION,
                        1,
                        DhcpOptions.DISCOVER,
                        relayed(w -> w.option(DhcpOptions.PARAMETER_REQUEST_LIST, new byte[] {121})))
                .message()
                .option(DhcpOptions.CLASSLESS_ROUTES);

        assertArrayEquals(new byte[] {24, 10, 0, 2, 10, 0, 9, 3, 0, 10, 0, 9, 1}, value);
        assertNotEquals(route, DhcpRoute.toEverywhere(ip(RELAY)));
    }

    @Test
    void shouldBeSilentOfSubnetsThatItDoesNotKnow() {
        assertTrue(bench.sendAs(STATION, 1, DhcpOptions.DISCOVER, w -> w.giaddr(0x0A000A01))
                .isSilence());
        assertTrue(direct(1, 0x0A000A05, DhcpOptions.RELEASE, w -> {}).isSilence());
    }

    /** Whatever relays and clients say, an address has one holder, on the subnet that it is of, and the pools stay bounded. */
    @Test
    void shouldKeepItsOrderUnderWhateverComes() {
        long seed = 17;
        Random random = new Random(seed);
        int[] places = {
            0, RELAY, address(50), address(99), ServerBench.address(5), ServerBench.address(10), 0x0A000A01, -1
        };
        for (int i = 0; i < 20_000; i++) {
            int relay = places[random.nextInt(places.length)];
            int own = places[random.nextInt(places.length)];
            int wish = places[random.nextInt(places.length)];
            boolean named = random.nextBoolean();
            Consumer<DhcpWriter> more = writer -> {
                writer.giaddr(relay).ciaddr(own);
                if (wish != 0) {
                    writer.intOption(DhcpOptions.REQUESTED_ADDRESS, wish);
                }
                if (named) {
                    writer.intOption(DhcpOptions.SERVER_IDENTIFIER, ServerBench.SERVER);
                }
            };
            int client = 1 + random.nextInt(20);
            int type = 1 + random.nextInt(8);
            if (random.nextBoolean()) {
                bench.sendAs(STATION, client, type, more);
            } else {
                bench.sendFrame(unicast(bench, client, own, type, more));
            }
            if (i % 100 == 0) {
                bench.advance(random.nextInt(40));
                List<ServerLease> leases = bench.server.leases();
                Set<IpAddress> held = leases.stream().map(ServerLease::address).collect(Collectors.toSet());
                assertEquals(leases.size(), held.size(), "seed=" + seed + " i=" + i);
                assertTrue(leases.size() <= 7, "seed=" + seed + " i=" + i + ": " + leases);
            }
        }
    }

    @Test
    void shouldRefuseSubnetsThatOverlap() {
        DhcpServerConfigBuilder builder = DhcpServerConfig.builder(IpPrefix.parse("10.0.2.2/24"));
        builder.subnet(DhcpSubnet.builder(IpPrefix.parse("10.0.9.0/24")).build());

        for (String other : List.of("10.0.9.128/25", "10.0.0.0/16", "10.0.2.0/26")) {
            DhcpSubnet subnet = DhcpSubnet.builder(IpPrefix.parse(other)).build();
            assertThrows(IllegalArgumentException.class, () -> builder.subnet(subnet), other);
        }
        assertThrows(IllegalArgumentException.class, () -> DhcpSubnet.builder(IpPrefix.parse("fd00::/64")));
        assertEquals("10.0.9.254", builder.build().subnets().get(0).rangeEnd().toString());
    }
}
