// SPDX-License-Identifier: MIT
package io.pktkit.nat.pcp;

import static io.pktkit.nat.pcp.PcpMessages.ask;
import static io.pktkit.nat.pcp.PcpMessages.forAnother;
import static io.pktkit.nat.pcp.PcpMessages.map;
import static io.pktkit.nat.pcp.PcpMessages.octets;
import static io.pktkit.nat.pcp.PcpMessages.peer;
import static io.pktkit.nat.pcp.PcpMessages.port;
import static io.pktkit.nat.pcp.PcpMessages.result;
import static io.pktkit.nat.pcp.PcpMessages.seconds;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.iphost.UdpPort;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.nat.service.PortLeaseLimits;
import io.pktkit.nat.service.ServiceWorld;
import io.pktkit.nat.service.ServiceWorld.Guest;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** PEER and THIRD_PARTY of RFC 6887, sections 12 and 13.1. */
class PcpPeerTest {

    private static final IpAddress REMOTE = IpAddress.parse("198.51.100.7");

    private ServiceWorld world = new ServiceWorld((all, leases) -> new PcpService(leases));
    private ServiceWorld.Link link = link(world);
    private Guest alice = link.guest("10.0.0.2");
    private Guest bob = link.guest("10.0.0.3");

    private static ServiceWorld.Link link(ServiceWorld of) {
        try {
            return of.link();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void serve(PcpPolicy policy, PortLeaseLimits limits) {
        world.close();
        world = new ServiceWorld(limits, (all, leases) -> new PcpService(leases, policy));
        link = link(world);
        alice = link.guest("10.0.0.2");
        bob = link.guest("10.0.0.3");
    }

    @AfterEach
    void close() {
        world.close();
    }

    private @Nullable NatMapping outside(int protocol, int port) {
        return world.nat.mappings().findOutside(protocol, ServiceWorld.PUBLIC, port);
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    @Test
    void shouldMakeTheMappingThatSendingWouldMake() throws IOException {
        // Figure 2, then figure 11: version 2, PEER, a lifetime of an hour, the client; a nonce, TCP, port 5000, any
        // port and
        // address outside, and the remote's port and address.
        byte[] request = hex("02 02 0000 00000e10 00000000000000000000ffff0a000002"
                + "000102030405060708090a0b 06 000000 1388 0000 00000000000000000000ffff00000000"
                + "01bb 0000 00000000000000000000ffffc6336407");
        // Figure 3, then figure 12: the same, with what was assigned.
        byte[] expected = hex("02 82 00 00 00000e10 00000000 000000000000000000000000"
                + "000102030405060708090a0b 06 000000 1388 1388 00000000000000000000ffffcb007101"
                + "01bb 0000 00000000000000000000ffffc6336407");
        assertArrayEquals(expected, ask(alice, request));

        NatMapping mapping = Objects.requireNonNull(outside(IpProtocol.TCP, 5000));
        assertEquals(alice.address, mapping.inside());
        assertEquals(NatMapping.Origin.DYNAMIC, mapping.origin());
        world.time.advance(Duration.ofSeconds(3599));
        assertNotNull(outside(IpProtocol.TCP, 5000), "kept without a packet");
        world.time.advance(Duration.ofSeconds(1));
        assertNull(outside(IpProtocol.TCP, 5000), "then it lives by being used");
    }

    @Test
    void shouldKeepTheMappingThatIsThere() throws IOException {
        UdpPort used = alice.udp(4000, null);
        alice.send(used, REMOTE, 53, new byte[] {1});
        byte[] answer =
                ask(alice, peer(alice, 7, 17, 4000, 0, REMOTE, 53, 7200, 0).array());
        assertEquals(0, result(answer));
        assertEquals(4000, port(answer));
        assertEquals(7200, seconds(answer));
        world.time.advance(Duration.ofMinutes(90));
        assertNotNull(outside(IpProtocol.UDP, 4000), "beyond the five minutes of UDP");
        assertEquals(
                1800,
                seconds(ask(alice, peer(alice, 7, 17, 4000, 0, REMOTE, 53, 0, 0).array())),
                "a lifetime of 0 ends nothing");
        world.time.advance(Duration.ofMinutes(29));
        assertNotNull(outside(IpProtocol.UDP, 4000));
        world.time.advance(Duration.ofMinutes(1));
        assertNull(outside(IpProtocol.UDP, 4000));
    }

    @Test
    void shouldGoOnAsAnyMappingAfterItsLifetime() throws IOException {
        assertEquals(
                0,
                result(ask(
                        alice,
                        peer(alice, 7, 17, 4000, 4444, REMOTE, 53, 600, 0).array())));
        UdpPort used = alice.udp(4000, null);
        alice.datagrams.clear();
        world.outside.inject(new Packet()
                .wrap(PacketBuilder.udp(
                        REMOTE, 53, ServiceWorld.PUBLIC, 4444, ByteBuffer.wrap("before".getBytes(US_ASCII)))));
        assertEquals(List.of("before"), alice.texts(), "the remote comes in though nothing was sent");
        world.time.advance(Duration.ofSeconds(599));
        alice.send(used, REMOTE, 53, new byte[] {1});
        world.time.advance(Duration.ofSeconds(299));
        NatMapping mapping = Objects.requireNonNull(outside(17, 4444), "kept by what is sent, RFC 6887 section 12.3");
        assertEquals(List.of(mapping), world.nat.mappings().list(), "it was sent from the port that was assigned");
        world.time.advance(Duration.ofSeconds(1));
        assertNull(outside(17, 4444));
    }

    @Test
    void shouldGiveAnotherPortOnlyIfNoneIsNamed() throws IOException {
        UdpPort used = bob.udp(4000, null);
        bob.send(used, REMOTE, 53, new byte[] {1});
        assertEquals(
                11,
                result(ask(
                        alice,
                        peer(alice, 7, 17, 4000, 4000, REMOTE, 53, 600, 0).array())),
                "bob has it");
        assertEquals(
                0,
                world.nat.mappings().list().stream()
                        .filter(each -> each.inside().equals(alice.address))
                        .count());
        assertEquals(
                11,
                result(ask(
                        alice, peer(alice, 7, 17, 4000, 80, REMOTE, 53, 600, 0).array())),
                "privileged");
        ByteBuffer elsewhere = peer(alice, 7, 17, 4000, 0, REMOTE, 53, 600, 0);
        elsewhere.putLong(52, 0xFFFF_0000_0000L | 0xC633_6409L);
        assertEquals(11, result(ask(alice, octets(elsewhere))), "an address that is not ours");
        assertEquals(
                0,
                world.nat.mappings().list().stream()
                        .filter(each -> each.inside().equals(alice.address))
                        .count());
        byte[] any = ask(alice, peer(alice, 7, 17, 4000, 0, REMOTE, 53, 600, 0).array());
        assertTrue(result(any) == 0 && port(any) != 4000, Arrays.toString(any));
        assertEquals(
                11,
                result(ask(
                        alice,
                        peer(alice, 7, 17, 4000, 4002, REMOTE, 53, 600, 0).array())),
                "an endpoint has one port");
        byte[] named =
                ask(alice, peer(alice, 7, 17, 4001, 4444, REMOTE, 53, 600, 0).array());
        assertTrue(result(named) == 0 && port(named) == 4444, Arrays.toString(named));
    }

    @Test
    void shouldBelongToItsNonce() throws IOException {
        assertEquals(
                0,
                result(ask(
                        alice, peer(alice, 7, 6, 5000, 0, REMOTE, 443, 600, 0).array())));
        assertEquals(
                2,
                result(ask(
                        alice, peer(alice, 8, 6, 5000, 0, REMOTE, 443, 600, 0).array())));
        assertEquals(2, result(ask(alice, map(alice, 8, 6, 5000, 0, 600, 0).array())), "nor by MAP");
        assertEquals(
                0, result(ask(bob, peer(bob, 8, 6, 5000, 0, REMOTE, 443, 600, 0).array())), "bob's own port");
        byte[] mapped = ask(alice, map(alice, 7, 6, 5000, 0, 3600, 0).array());
        assertTrue(result(mapped) == 0 && port(mapped) == 5000, "MAP takes what the endpoint has");
        byte[] leased =
                ask(alice, peer(alice, 7, 6, 5000, 0, REMOTE, 443, 600, 0).array());
        assertEquals(3600, seconds(leased), "a lease is not made shorter");
        assertEquals(
                NatMapping.Origin.FORWARD,
                Objects.requireNonNull(outside(6, 5000)).origin());
        world.time.advance(Duration.ofHours(1));
        assertEquals(
                0,
                result(ask(
                        alice, peer(alice, 8, 6, 5000, 0, REMOTE, 443, 600, 0).array())),
                "it is over");
    }

    @Test
    void shouldBelongToNobodyWhenItsMappingIsGone() throws IOException {
        serve(PcpPolicy.DEFAULT, new PortLeaseLimits(99, 99, 2, 1024, 65_535, Duration.ofDays(1)));
        for (int port = 4000; port < 4002; port++) {
            assertEquals(
                    0,
                    result(ask(
                            alice,
                            peer(alice, 7, 17, port, 0, REMOTE, 53, 7200, 0).array())));
        }
        assertEquals(
                2,
                result(ask(
                        alice, peer(alice, 8, 17, 4000, 0, REMOTE, 53, 7200, 0).array())));

        world.nat.outside(List.of(IpAddress.parse("203.0.113.9")));

        byte[] answer =
                ask(alice, peer(alice, 8, 17, 4000, 0, REMOTE, 53, 600, 0).array());
        assertEquals(0, result(answer));
        assertEquals(600, seconds(answer), "whatever the one before had");
        assertEquals(
                0,
                result(ask(
                        alice, peer(alice, 8, 17, 4002, 0, REMOTE, 53, 600, 0).array())),
                "what is gone takes no room");
    }

    @Test
    void shouldRefuseWhatIsNoPeer() throws IOException {
        assertEquals(
                3,
                result(ask(
                        alice, peer(alice, 7, 0, 5000, 0, REMOTE, 443, 600, 0).array())),
                "no protocol");
        assertEquals(
                3,
                result(ask(alice, peer(alice, 7, 6, 0, 0, REMOTE, 443, 600, 0).array())),
                "no port");
        assertEquals(
                3,
                result(ask(alice, peer(alice, 7, 6, 5000, 0, REMOTE, 0, 600, 0).array())),
                "no remote port");
        IpAddress any = IpAddress.parse("0.0.0.0");
        assertEquals(
                3,
                result(ask(alice, peer(alice, 7, 6, 5000, 0, any, 443, 600, 0).array())));
        IpAddress group = IpAddress.parse("224.0.0.1");
        assertEquals(
                3,
                result(ask(alice, peer(alice, 7, 6, 5000, 0, group, 443, 600, 0).array())));
        IpAddress loopback = IpAddress.parse("127.0.0.1");
        assertEquals(
                2,
                result(ask(
                        alice, peer(alice, 7, 6, 5000, 0, loopback, 443, 600, 0).array())));
        assertEquals(
                9,
                result(ask(
                        alice, peer(alice, 7, 132, 5000, 0, REMOTE, 443, 600, 0).array())),
                "SCTP");
        assertEquals(3, result(ask(alice, Arrays.copyOf(octets(peer(alice, 7, 6, 1, 0, REMOTE, 2, 3, 0)), 76))));
        ByteBuffer exact = peer(alice, 7, 6, 5000, 0, REMOTE, 443, 600, 4).put(80, (byte) 2);
        assertEquals(3, result(ask(alice, octets(exact))), "PREFER_FAILURE is implied, section 12.1");
        assertEquals(12, result(ask(bob, octets(peer(alice, 7, 6, 5000, 0, REMOTE, 443, 600, 0)))), "not from there");
        ByteBuffer filter = peer(alice, 7, 6, 5000, 0, REMOTE, 443, 600, 24)
                .put(80, (byte) 3)
                .putShort(82, (short) 20);
        assertEquals(5, result(ask(alice, octets(filter))), "FILTER is MAP's");
        assertEquals(0, world.nat.mappings().list().size());
    }

    @Test
    void shouldBoundPeers() throws IOException {
        PortLeaseLimits limits = new PortLeaseLimits(8, 3, 2, 1024, 65_535, Duration.ofDays(1));
        serve(PcpPolicy.DEFAULT, limits);
        assertEquals(
                0,
                result(ask(
                        alice, peer(alice, 7, 6, 5000, 0, REMOTE, 443, 600, 0).array())));
        assertEquals(
                0,
                result(ask(
                        alice, peer(alice, 7, 6, 5001, 0, REMOTE, 443, 600, 0).array())));
        assertEquals(
                10,
                result(ask(
                        alice, peer(alice, 7, 6, 5002, 0, REMOTE, 443, 600, 0).array())),
                "of a host");
        assertEquals(
                0,
                result(ask(
                        alice, peer(alice, 7, 6, 5001, 0, REMOTE, 443, 600, 0).array())),
                "renewed");
        assertEquals(
                0, result(ask(bob, peer(bob, 7, 6, 5000, 0, REMOTE, 443, 600, 0).array())));
        assertEquals(
                10,
                result(ask(bob, peer(bob, 7, 6, 5001, 0, REMOTE, 443, 600, 0).array())),
                "of a namespace");
        world.time.advance(Duration.ofMinutes(10));
        assertEquals(
                0,
                result(ask(
                        alice, peer(alice, 7, 6, 5002, 0, REMOTE, 443, 600, 0).array())),
                "they are over");
        int refused = 0;
        for (int i = 0; i < 20; i++) {
            IpAddress remote = IpAddress.ofIpv4(0xC633_6401 + i);
            byte[] answer =
                    ask(alice, peer(alice, 7, 6, 5002, 0, remote, 443, 600, 0).array());
            refused += result(answer) == 10 ? 1 : 0;
        }
        assertEquals(11, refused, "remotes of one mapping: none is forgotten for another");
    }

    @Test
    void shouldBeOffIfToldTo() throws IOException {
        serve(PcpPolicy.DEFAULT.withPeer(false), PortLeaseLimits.DEFAULT);
        byte[] answer =
                ask(alice, peer(alice, 7, 6, 5000, 0, REMOTE, 443, 600, 0).array());
        assertEquals(2, result(answer));
        assertEquals(1800, seconds(answer), "a long lifetime error");
        assertEquals(0, world.nat.mappings().list().size());
    }

    @Test
    void shouldRefuseThirdPartiesByDefault() throws IOException {
        assertEquals(5, result(ask(alice, octets(forAnother(map(alice, 7, 6, 80, 8080, 600, 20), 60, bob.address)))));
        assertEquals(
                5,
                result(ask(
                        alice, octets(forAnother(peer(alice, 7, 6, 80, 0, REMOTE, 443, 600, 20), 80, bob.address)))));
        assertEquals(0, world.nat.mappings().list().size());
    }

    @Test
    void shouldServeThirdPartiesByPolicy() throws IOException {
        serve(
                PcpPolicy.DEFAULT.withThirdParty((namespace, client, host) ->
                        namespace == link.port.namespace() && client.equals(alice.address)),
                PortLeaseLimits.DEFAULT);
        byte[] request = hex("02 01 0000 00000258 00000000000000000000ffff0a000002"
                + "000102030405060708090a0b 06 000000 0050 1f90 00000000000000000000ffff00000000"
                + "01 00 0010 00000000000000000000ffff0a000003");
        byte[] expected = hex("02 81 00 00 00000258 00000000 000000000000000000000000"
                + "000102030405060708090a0b 06 000000 0050 1f90 00000000000000000000ffffcb007101"
                + "01 00 0010 00000000000000000000ffff0a000003");
        assertArrayEquals(expected, ask(alice, request), "the option comes back, section 7.3");
        assertEquals(bob.address, Objects.requireNonNull(outside(6, 8080)).inside());

        assertEquals(2, result(ask(bob, octets(forAnother(map(bob, 7, 6, 80, 0, 600, 20), 60, alice.address)))), "bob");
        assertEquals(
                3,
                result(ask(alice, octets(forAnother(map(alice, 7, 6, 80, 0, 600, 20), 60, alice.address)))),
                "himself");
        IpAddress nobody = IpAddress.parse("192.0.2.1");
        assertEquals(2, result(ask(alice, octets(forAnother(map(alice, 7, 6, 80, 0, 600, 20), 60, nobody)))));
        ByteBuffer twice = forAnother(forAnother(map(alice, 7, 6, 80, 0, 600, 40), 60, bob.address), 80, bob.address);
        assertEquals(6, result(ask(alice, octets(twice))), "twice");
        assertEquals(
                6,
                result(ask(
                        alice,
                        octets(forAnother(map(alice, 7, 6, 80, 0, 600, 20), 60, bob.address)
                                .putShort(62, (short) 12)))));
        byte[] kept = ask(alice, octets(forAnother(peer(alice, 9, 17, 4000, 0, REMOTE, 53, 600, 20), 80, bob.address)));
        assertEquals(0, result(kept));
        assertEquals(100, kept.length);
        assertEquals(bob.address, Objects.requireNonNull(outside(17, 4000)).inside());

        byte[] gone = request.clone();
        Arrays.fill(gone, 4, 8, (byte) 0);
        assertEquals(0, result(ask(alice, gone)));
        assertNull(outside(6, 8080));
    }

    @Test
    void shouldSurviveAnyOctets() throws IOException {
        long seed = 12;
        serve(PcpPolicy.DEFAULT.withThirdParty((namespace, client, host) -> true), PortLeaseLimits.DEFAULT);
        SplittableRandom random = new SplittableRandom(seed);
        byte[] good = octets(forAnother(peer(alice, 7, 6, 5000, 0, REMOTE, 443, 600, 20), 80, bob.address));
        for (int round = 0; round < 2000; round++) {
            byte[] bytes = Arrays.copyOf(good, random.nextInt(good.length + 1));
            for (int i = random.nextInt(5); i > 0 && bytes.length > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            byte[] answer = ask(alice, bytes);
            assertTrue(answer.length <= Math.max(24, bytes.length + 4), "seed=" + seed + " round=" + round);
        }
        assertTrue(world.nat.mappings().list().size() <= PortLeaseLimits.DEFAULT.perNamespace(), "seed=" + seed);
    }
}
