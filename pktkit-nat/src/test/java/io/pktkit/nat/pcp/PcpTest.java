// SPDX-License-Identifier: MIT
package io.pktkit.nat.pcp;

import static io.pktkit.nat.pcp.PcpMessages.ask;
import static io.pktkit.nat.pcp.PcpMessages.map;
import static io.pktkit.nat.pcp.PcpMessages.octets;
import static io.pktkit.nat.pcp.PcpMessages.pcp;
import static io.pktkit.nat.pcp.PcpMessages.peer;
import static io.pktkit.nat.pcp.PcpMessages.port;
import static io.pktkit.nat.pcp.PcpMessages.result;
import static io.pktkit.nat.pcp.PcpMessages.seconds;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.iphost.UdpPort;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.nat.service.PortLeaseLimits;
import io.pktkit.nat.service.ServiceWorld;
import io.pktkit.nat.service.ServiceWorld.Guest;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** NAT-PMP by RFC 6886 and PCP by RFC 6887. */
class PcpTest {

    private static final IpAddress REMOTE = IpAddress.parse("198.51.100.7");

    private final ServiceWorld world = new ServiceWorld((all, leases) -> new PcpService(leases));
    private final ServiceWorld.Link link = link();
    private final Guest alice = link.guest("10.0.0.2");
    private final Guest bob = link.guest("10.0.0.3");

    private ServiceWorld.Link link() {
        try {
            return world.link();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @AfterEach
    void close() {
        world.close();
    }

    private static byte[] bytes(int... octets) {
        byte[] bytes = new byte[octets.length];
        for (int i = 0; i < octets.length; i++) {
            bytes[i] = (byte) octets[i];
        }
        return bytes;
    }

    private static byte[] pmp(int opcode, int inside, int outside, int seconds) {
        return ByteBuffer.allocate(12)
                .put((byte) 0)
                .put((byte) opcode)
                .putShort((short) 0)
                .putShort((short) inside)
                .putShort((short) outside)
                .putInt(seconds)
                .array();
    }

    private static byte[] pmpAnswer(int opcode, int result, int epoch, int inside, int outside, int seconds) {
        return ByteBuffer.allocate(16)
                .put((byte) 0)
                .put((byte) (128 + opcode))
                .putShort((short) result)
                .putInt(epoch)
                .putShort((short) inside)
                .putShort((short) outside)
                .putInt(seconds)
                .array();
    }

    private @Nullable NatMapping outside(int protocol, int port) {
        return world.nat.mappings().findOutside(protocol, ServiceWorld.PUBLIC, port);
    }

    @Test
    void shouldTellTheOutsideAddress() throws IOException {
        world.time.advance(Duration.ofSeconds(17));
        assertArrayEquals(
                bytes(0, 128, 0, 0, 0, 0, 0, 17, 203, 0, 113, 1), ask(alice, bytes(0, 0)), "RFC 6886 section 3.2");
    }

    @Test
    void shouldMapByNatPmp() throws IOException {
        assertArrayEquals(pmpAnswer(2, 0, 0, 80, 8080, 7200), ask(alice, pmp(2, 80, 8080, 7200)));
        assertEquals(
                alice.address,
                Objects.requireNonNull(outside(IpProtocol.TCP, 8080)).inside());
        assertArrayEquals(pmpAnswer(1, 0, 0, 80, 8080, 600), ask(alice, pmp(1, 80, 9999, 600)), "the same as for TCP");
        assertArrayEquals(
                pmpAnswer(2, 0, 0, 80, 8080, 100), ask(alice, pmp(2, 80, 1234, 100)), "renewal keeps the port");

        byte[] other = ask(bob, pmp(2, 81, 8080, 600));
        int port = ByteBuffer.wrap(other).getShort(10) & 0xFFFF;
        assertTrue(other[3] == 0 && port != 8080 && port >= 1024, Arrays.toString(other));

        world.time.advance(Duration.ofSeconds(99));
        assertNotNull(outside(IpProtocol.TCP, 8080));
        world.time.advance(Duration.ofSeconds(1));
        assertNull(outside(IpProtocol.TCP, 8080), "it has lapsed");
        assertArrayEquals(pmpAnswer(1, 0, 100, 80, 0, 0), ask(alice, pmp(1, 80, 0, 0)));
        assertNull(outside(IpProtocol.UDP, 8080));
        assertArrayEquals(pmpAnswer(1, 0, 100, 80, 0, 0), ask(alice, pmp(1, 80, 0, 0)), "gone already is success");
    }

    @Test
    void shouldRemoveAllOfAHostAndNoOthers() throws IOException {
        ask(alice, pmp(2, 80, 8080, 600));
        ask(alice, pmp(2, 81, 8081, 600));
        ask(bob, pmp(2, 80, 9080, 600));
        ask(bob, pmp(2, 0, 0, 0));
        assertEquals(2, world.leases.size());
        assertArrayEquals(pmpAnswer(2, 0, 0, 0, 0, 0), ask(alice, pmp(2, 0, 0, 0)));
        assertEquals(0, world.leases.size());
    }

    @Test
    void shouldRefuseByNatPmp() throws IOException {
        assertArrayEquals(bytes(0, 131, 0, 5), ask(alice, bytes(0, 3)));
        assertEquals(0, ask(alice, bytes(0, 128)).length, "a response");
        assertEquals(0, ask(alice, bytes(0)).length);
        assertEquals(0, ask(alice, bytes(0, 1, 0, 0)).length);
        assertEquals(2, ask(alice, pmp(2, 0, 8080, 600))[3]);
        Guest mallory = link.guest("192.0.2.9");
        assertEquals(0, ask(mallory, pmp(2, 80, 8080, 600)).length, "a forged source");
    }

    @Test
    void shouldMapByPcp() throws IOException {
        byte[] answer = ask(alice, map(alice, 7, 6, 80, 8080, 3600, 0).array());

        ByteBuffer expected = map(alice, 7, 6, 80, 8080, 3600, 0);
        expected.put(1, (byte) 0x81).putInt(8, 0).putInt(12, 0).putLong(16, 0);
        expected.putLong(52, 0xFFFF_0000_0000L | 0xCB00_7101L);
        assertArrayEquals(octets(expected), answer, "RFC 6887 sections 7.2 and 11.1");
        NatMapping mapping = Objects.requireNonNull(outside(6, 8080));
        assertEquals(80, mapping.insidePort());

        assertEquals(8080, port(ask(alice, map(alice, 7, 6, 80, 9090, 3600, 0).array())), "the port that it has");
        assertEquals(2, result(ask(alice, map(alice, 8, 6, 80, 8080, 3600, 0).array())), "another nonce");
        assertEquals(2, result(ask(alice, map(alice, 8, 6, 80, 8080, 0, 0).array())), "nor to delete");
        assertEquals(0, result(ask(bob, map(bob, 7, 6, 80, 8080, 0, 0).array())), "he has none");
        assertNotNull(outside(6, 8080));
        assertEquals(0, result(ask(alice, map(alice, 7, 6, 80, 0, 0, 0).array())));
        assertNull(outside(6, 8080));
    }

    @Test
    void shouldBoundLifetimes() throws IOException {
        assertEquals(120, seconds(ask(alice, map(alice, 7, 6, 80, 8080, 1, 0).array())));
        assertEquals(
                86_400, seconds(ask(alice, map(alice, 7, 6, 80, 8080, -1, 0).array())));
        world.time.advance(Duration.ofSeconds(86_399));
        assertNotNull(outside(6, 8080));
        world.time.advance(Duration.ofSeconds(1));
        assertNull(outside(6, 8080));
    }

    @Test
    void shouldHonourPreferFailure() throws IOException {
        ask(bob, map(bob, 1, 6, 80, 8080, 600, 0).array());
        ByteBuffer request = map(alice, 7, 6, 80, 8080, 600, 4).put(60, (byte) 2);
        assertEquals(11, result(ask(alice, octets(request))));
        request.putShort(42, (short) 8081);
        assertEquals(0, result(ask(alice, octets(request))));
        request.putLong(52, 0xFFFF_0000_0000L | 0xC633_6407L).putShort(42, (short) 8081);
        assertEquals(11, result(ask(alice, octets(request))), "another address");
        byte[] plain = ask(alice, map(alice, 9, 6, 90, 8080, 600, 0).array());
        assertTrue(result(plain) == 0 && port(plain) != 8080);
    }

    @Test
    void shouldFilterByOneRemoteAddress() throws IOException {
        ByteBuffer request = map(alice, 7, 17, 80, 8080, 600, 24);
        request.put(60, (byte) 3).putShort(62, (short) 20).put(65, (byte) 128);
        request.putLong(76, 0xFFFF_0000_0000L | (REMOTE.toIpv4Bits() & 0xFFFF_FFFFL));
        assertEquals(0, result(ask(alice, octets(request))));
        assertEquals(
                REMOTE,
                Objects.requireNonNull(world.leases.find(link.port.namespace(), 17, 8080))
                        .from());
        assertEquals(0, result(ask(alice, map(alice, 7, 17, 80, 8080, 600, 0).array())));
        assertEquals(
                REMOTE,
                Objects.requireNonNull(world.leases.find(link.port.namespace(), 17, 8080))
                        .from(),
                "kept by a renewal");
        assertEquals(0, result(ask(alice, octets(request.put(65, (byte) 0)))));
        assertNull(Objects.requireNonNull(world.leases.find(link.port.namespace(), 17, 8080))
                .from());
    }

    /** Puts FILTER behind the fields of a request. */
    private static ByteBuffer filter(ByteBuffer request, int at, int prefix, int port, String remote) {
        request.put(at, (byte) 3).putShort(at + 2, (short) 20).put(at + 5, (byte) prefix);
        request.putShort(at + 6, (short) port);
        IpAddress address = IpAddress.parse(remote);
        return address.isIpv6()
                ? request.putLong(at + 8, address.high()).putLong(at + 16, address.low())
                : request.putLong(at + 8, 0)
                        .putLong(at + 16, 0xFFFF_0000_0000L | (address.toIpv4Bits() & 0xFFFF_FFFFL));
    }

    private @Nullable IpAddress letIn(int port) {
        return Objects.requireNonNull(world.leases.find(link.port.namespace(), 17, port))
                .from();
    }

    @Test
    void shouldAddFiltersUpToOne() throws IOException {
        String other = "198.51.100.8";
        ByteBuffer first = filter(map(alice, 7, 17, 80, 8080, 600, 24), 60, 128, 0, REMOTE.toString());
        assertEquals(0, result(ask(alice, octets(first))));
        assertEquals(0, result(ask(alice, octets(first))), "the same again");
        ByteBuffer added = filter(map(alice, 7, 17, 80, 8080, 600, 24), 60, 128, 0, other);
        assertEquals(13, result(ask(alice, octets(added))), "added to the one that there is");
        assertEquals(REMOTE, letIn(8080), "nothing has changed");
        ByteBuffer changed = filter(filter(map(alice, 7, 17, 80, 8080, 600, 48), 60, 0, 0, "::"), 84, 128, 0, other);
        byte[] answer = ask(alice, octets(changed));
        assertEquals(0, result(answer));
        assertArrayEquals(Arrays.copyOfRange(octets(changed), 60, 108), Arrays.copyOfRange(answer, 60, 108));
        assertEquals(IpAddress.parse(other), letIn(8080));
        assertEquals(0, result(ask(alice, octets(filter(changed, 84, 0, 0, "::")))));
        assertNull(letIn(8080));
        assertEquals(0, result(ask(alice, octets(first))));
        assertEquals(REMOTE, letIn(8080), "of a mapping that had none");
    }

    @Test
    void shouldRefuseFiltersThatItCannotMake() throws IOException {
        ByteBuffer two = filter(map(alice, 7, 17, 80, 8080, 600, 48), 60, 128, 0, REMOTE.toString());
        assertEquals(13, result(ask(alice, octets(filter(two, 84, 128, 0, "198.51.100.8")))), "two at once");
        ByteBuffer one = map(alice, 7, 17, 80, 8080, 600, 24);
        assertEquals(13, result(ask(alice, octets(filter(one, 60, 120, 0, REMOTE.toString())))), "a network");
        assertEquals(13, result(ask(alice, octets(filter(one, 60, 128, 53, REMOTE.toString())))), "a port");
        assertEquals(13, result(ask(alice, octets(filter(one, 60, 128, 0, "2001:db8::1")))), "IPv6");
        assertEquals(6, result(ask(alice, octets(filter(one, 60, 129, 0, REMOTE.toString())))));
        filter(one, 60, 128, 0, REMOTE.toString());
        assertEquals(6, result(ask(alice, octets(one.duplicate().putShort(62, (short) 16)))), "too short");
        one.putShort(62, (short) 20);
        assertEquals(0, world.leases.size(), "none of them has made anything");

        assertEquals(0, result(ask(alice, octets(filter(two, 84, 128, 0, REMOTE.toString())))), "one twice");
        assertEquals(6, result(ask(alice, octets(one.putInt(4, 0)))), "nothing to filter");
        assertEquals(REMOTE, letIn(8080), "which is no removal");
    }

    @Test
    void shouldChangeNothingForAnOptionThatIsWrong() throws IOException {
        ByteBuffer request =
                map(alice, 7, 6, 80, 8080, 600, 12).put(60, (byte) 2).put(64, (byte) 127);
        byte[] answer = ask(alice, octets(request));
        request.put(1, (byte) 0x81).put(3, (byte) 5).putInt(4, 1800).putLong(16, 0);
        assertArrayEquals(octets(request), answer, "the whole request, section 7.3");
        ByteBuffer twice = map(alice, 7, 6, 80, 8080, 600, 8).put(60, (byte) 2).put(64, (byte) 2);
        assertEquals(6, result(ask(alice, octets(twice))));
        assertEquals(0, world.leases.size());
        ByteBuffer padded = map(alice, 7, 6, 80, 8080, 600, 16).put(60, (byte) 200);
        padded.put(61, (byte) 99).putShort(62, (short) 5).put(72, (byte) 2);
        byte[] taken = ask(alice, octets(padded));
        assertEquals(0, result(taken));
        assertArrayEquals(bytes(2, 0, 0, 0), Arrays.copyOfRange(taken, 60, taken.length), "behind a padded one");
        ByteBuffer removal = map(alice, 7, 6, 80, 8080, 0, 4).put(60, (byte) 2);
        assertEquals(6, result(ask(alice, octets(removal))));
        assertEquals(1, world.leases.size());
        assertEquals(5, result(ask(alice, pcp(alice, 0, 0, 4).put(24, (byte) 2).array())), "ANNOUNCE");
        assertEquals(
                0, result(ask(alice, pcp(alice, 0, 0, 4).put(24, (byte) 200).array())));
    }

    @Test
    void shouldRefuseByPcp() throws IOException {
        ByteBuffer good = map(alice, 7, 6, 80, 8080, 600, 0);
        assertEquals(1, result(ask(alice, octets(good.duplicate().put(0, (byte) 3)))), "version");
        good.put(0, (byte) 2);
        assertEquals(12, result(ask(bob, octets(good))), "another address in it");
        assertEquals(3, result(ask(alice, Arrays.copyOf(octets(good), 56))), "too short");
        assertEquals(3, result(ask(alice, Arrays.copyOf(octets(good), 61))), "no multiple of four");
        assertEquals(4, result(ask(alice, pcp(alice, 3, 600, 56).array())), "AUTHENTICATION");
        assertEquals(
                5,
                result(ask(
                        alice,
                        map(alice, 7, 6, 80, 8080, 600, 20)
                                .put(60, (byte) 1)
                                .putShort(62, (short) 16)
                                .array())),
                "THIRD_PARTY");
        assertEquals(
                6,
                result(ask(
                        alice,
                        map(alice, 7, 6, 80, 8080, 600, 4)
                                .put(60, (byte) 2)
                                .putShort(62, (short) 9)
                                .array())));
        byte[] optional = ask(
                alice, map(alice, 7, 6, 80, 8080, 600, 4).put(60, (byte) 200).array());
        assertEquals(0, result(optional), "optional");
        assertEquals(60, optional.length, "and not acted on, so that it does not come back");
        assertEquals(9, result(ask(alice, map(alice, 7, 132, 80, 8080, 600, 0).array())), "SCTP");
        assertEquals(9, result(ask(alice, map(alice, 7, 6, 0, 0, 600, 0).array())), "all ports");
        assertEquals(3, result(ask(alice, map(alice, 7, 0, 80, 0, 600, 0).array())));
        byte[] privileged = ask(alice, map(alice, 9, 6, 81, 80, 600, 0).array());
        assertTrue(result(privileged) == 0 && port(privileged) >= 1024);
        assertEquals(-1, result(ask(alice, octets(good.put(1, (byte) 0x81)))), "a response");
        assertEquals(0, result(ask(alice, pcp(alice, 0, 0, 0).array())), "ANNOUNCE");
    }

    @Test
    void shouldRefuseToRemoveWhatTheOwnerForwards() throws IOException, NatForwardException {
        world.nat
                .mappings()
                .forward(
                        link.port.namespace(),
                        IpProtocol.TCP,
                        ServiceWorld.PUBLIC,
                        80,
                        alice.address,
                        8080,
                        Duration.ZERO);
        assertEquals(2, result(ask(alice, map(alice, 7, 6, 8080, 0, 0, 0).array())), "RFC 6887 section 15");
        assertArrayEquals(pmpAnswer(2, 2, 0, 8080, 0, 0), ask(alice, pmp(2, 8080, 0, 0)), "RFC 6886 section 3.4");
        assertArrayEquals(pmpAnswer(2, 0, 0, 0, 0, 0), ask(alice, pmp(2, 0, 0, 0)), "all of its own, which is none");
        assertEquals(0, result(ask(alice, map(alice, 7, 6, 8081, 0, 0, 0).array())), "never there");
        assertNotNull(outside(IpProtocol.TCP, 80));
    }

    @Test
    void shouldRefuseOverALimit() throws IOException {
        PortLeaseLimits limits = new PortLeaseLimits(8, 8, 2, 1024, 65_535, Duration.ofDays(1));
        try (ServiceWorld small = new ServiceWorld(limits, (all, leases) -> new PcpService(leases))) {
            Guest guest = small.link().guest("10.0.0.2");
            assertEquals(0, result(ask(guest, map(guest, 1, 6, 80, 0, 600, 0).array())));
            assertEquals(0, result(ask(guest, map(guest, 1, 6, 81, 0, 600, 0).array())));
            assertEquals(10, result(ask(guest, map(guest, 1, 6, 82, 0, 600, 0).array())));
            assertEquals(4, ask(guest, pmp(2, 83, 0, 600))[3]);
        }
    }

    @Test
    void shouldSayThatItHasStarted() throws IOException {
        Guest listener = world.link().guest("10.0.0.9");
        listener.udp(PcpService.CLIENT_PORT, null);
        world.time.advance(Duration.ofMillis(250));
        assertEquals(2, listener.datagrams.size());
        assertArrayEquals(bytes(0, 128, 0, 0, 0, 0, 0, 0, 203, 0, 113, 1), listener.datagrams.get(0));
        assertEquals(24, listener.datagrams.get(1).length);
        world.time.advance(Duration.ofMinutes(10));
        assertEquals(20, listener.datagrams.size());
    }

    @Test
    void shouldForwardToTheLinkThatAsksAndKeepThatWhenAnotherGoes() throws IOException {
        int shared = world.nat.addNamespace();
        ServiceWorld.Link first = world.link(shared);
        ServiceWorld.Link second = world.link(shared);
        Guest carol = second.guest("10.0.0.4");
        carol.udp(80, null);
        assertEquals(0, result(ask(carol, pmp(1, 80, 8080, 600))));
        carol.datagrams.clear();

        world.knock(8080);

        assertEquals(1, carol.datagrams.size(), "though it has sent nothing outside");
        Guest dave = second.guest("10.0.0.5");
        dave.udp(81, null);
        byte[] answer = ask(
                dave, peer(dave, 1, IpProtocol.UDP, 81, 0, REMOTE, 9, 600, 0).array());
        assertEquals(0, result(answer));
        dave.datagrams.clear();
        world.knock(port(answer));
        assertEquals(1, dave.datagrams.size(), "by PEER too");
        first.port.close();
        assertNotNull(outside(IpProtocol.UDP, 8080));
        second.port.close();
        assertNull(outside(IpProtocol.UDP, 8080), "nobody is left who could renew it");
    }

    @Test
    void shouldSayThatItsAddressHasChanged() throws IOException {
        alice.udp(PcpService.CLIENT_PORT, null);
        world.time.advance(Duration.ofMinutes(10));
        ask(alice, pmp(2, 80, 8080, 7200));
        alice.datagrams.clear();

        world.nat.outside(List.of(REMOTE));

        assertEquals(0, world.nat.mappings().list().size(), "the lease went with the address");
        world.time.advance(Duration.ofMillis(250));
        assertEquals(2, alice.datagrams.size());
        assertArrayEquals(bytes(0, 128, 0, 0, 0, 0, 0, 0, 198, 51, 100, 7), alice.datagrams.get(0), "a new epoch");
        assertEquals(0, ByteBuffer.wrap(alice.datagrams.get(1)).getInt(8), "of PCP too");
        world.time.advance(Duration.ofMinutes(10));
        assertEquals(20, alice.datagrams.size());
        world.nat.outside(List.of(REMOTE));
        world.time.advance(Duration.ofMinutes(10));
        assertEquals(20, alice.datagrams.size(), "nothing has changed");
    }

    @Test
    void shouldSurviveAnyOctets() throws IOException {
        long seed = 6887;
        SplittableRandom random = new SplittableRandom(seed);
        byte[] good = map(alice, 7, 6, 80, 8080, 600, 24)
                .put(60, (byte) 3)
                .putShort(62, (short) 20)
                .array();
        UdpPort port = alice.udp(0, null);
        for (int round = 0; round < 2000; round++) {
            byte[] bytes = Arrays.copyOf(good, random.nextInt(good.length + 1));
            for (int i = random.nextInt(5); i > 0 && bytes.length > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            alice.datagrams.clear();
            alice.send(port, ServiceWorld.GATEWAY, PcpService.SERVER_PORT, bytes);
            assertTrue(alice.datagrams.size() <= 1, "seed=" + seed);
            for (byte[] answer : List.copyOf(alice.datagrams)) {
                assertTrue(answer.length <= Math.max(24, bytes.length + 4), "seed=" + seed);
            }
        }
    }
}
