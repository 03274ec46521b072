// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import static io.pktkit.wg.tunnel.VirtualNet.at;
import static io.pktkit.wg.tunnel.VirtualNet.inJunk;
import static io.pktkit.wg.tunnel.VirtualNet.options;
import static io.pktkit.wg.tunnel.VirtualNet.packet;
import static io.pktkit.wg.tunnel.VirtualNet.record;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.wg.WgDrop;
import io.pktkit.wg.WgPeer;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One device for three peers whose allowed IPs are within each other's. */
class WgDeviceTest {

    private static final List<String> PREFIXES = List.of("10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24");
    private static final List<String> PREFIXES6 = List.of("fd00::/16", "fd00:1::/32", "fd00:1:2::/48");

    private final VirtualNet net = new VirtualNet();
    private final WgDevice server = net.port("192.0.2.1").addDevice(net.key());
    private final List<Packet> arrived = record(server);
    private final List<WgDevice> clients = new ArrayList<>();
    private final List<List<Packet>> arrivedAt = new ArrayList<>();
    private final List<WgPeer> peers = new ArrayList<>();

    @BeforeEach
    void join() throws IOException {
        for (int i = 0; i < 3; i++) {
            String address = "192.0.2.1" + i;
            WgDevice client = net.port(address).addDevice(net.key());
            client.peers()
                    .add(
                            server.identity().publicKey(),
                            options("0.0.0.0/0", "::/0").endpoint(at("192.0.2.1")));
            peers.add(server.peers()
                    .add(
                            client.identity().publicKey(),
                            options(PREFIXES.get(i), PREFIXES6.get(i)).endpoint(at(address))));
            clients.add(client);
            arrivedAt.add(record(client));
        }
    }

    @AfterEach
    void close() {
        net.close();
    }

    @ParameterizedTest
    @CsvSource({
        "10.9.9.9, 0",
        "10.1.9.9, 1",
        "10.1.2.9, 2",
        "10.1.3.0, 1",
        "10.2.0.0, 0",
        "fd00:9::9, 0",
        "fd00:1:9::9, 1",
        "fd00:1:2::9, 2"
    })
    void shouldSendToThePeerWithTheLongestPrefix(String destination, int index) {
        String source = destination.indexOf(':') >= 0 ? "fdff::1" : "172.16.0.1";
        Packet packet = packet(source, destination, 100);
        byte[] before = packet.buffer().array().clone();

        assertTrue(server.send(packet));
        net.settle();

        for (int i = 0; i < 3; i++) {
            assertEquals(i == index ? 1 : 0, arrivedAt.get(i).size(), "client " + i);
        }
        assertArrayEquals(packet.toBytes(), arrivedAt.get(index).get(0).toBytes());
        assertArrayEquals(before, packet.buffer().array(), "what was lent is as it was");
        assertEquals(1, server.stats().snapshot().sentPackets());
    }

    @ParameterizedTest
    @CsvSource({
        "10.9.9.9, 0",
        "10.1.9.9, 1",
        "10.1.2.9, 2",
        "fd00:9::9, 0",
        "fd00:1:9::9, 1",
        "fd00:1:2::9, 2",
    })
    void shouldTakeASourceFromThePeerWithTheLongestPrefixOnly(String source, int index) {
        String destination = source.indexOf(':') >= 0 ? "fdff::1" : "172.16.0.1";
        for (int i = 0; i < 3; i++) {
            assertTrue(clients.get(i).send(packet(source, destination, 60 + i)));
        }
        net.settle();

        assertEquals(1, arrived.size());
        assertArrayEquals(
                packet(source, destination, 60 + index).toBytes(),
                arrived.get(0).toBytes());
        assertEquals(2, net.ports.get(0).drops(WgDrop.SOURCE_NOT_ALLOWED));
    }

    @Test
    void shouldTellWhoIsAttachedThatNobodyIsThere() {
        server.setPrefix(IpPrefix.parse("172.16.0.7/24"));
        for (String[] pair : new String[][] {{"172.16.0.1", "8.8.8.8"}, {"fdff::1", "2001:db8::1"}}) {
            arrived.clear();
            Packet packet = packet(pair[0], pair[1], 20);

            assertFalse(server.send(packet));

            assertError(packet, packet.isIpv4() ? 3 : 1, packet.isIpv4() ? 1 : 3);
            assertEquals(
                    packet.isIpv4() ? "172.16.0.7" : pair[1],
                    arrived.get(0).source().toString());
        }
        assertEquals(2, server.stats().dropped(DropReason.NO_ROUTE));
    }

    @Test
    void shouldTellThatAPeerWithoutEndpointIsUnreachable() {
        peers.get(0).setEndpoint(null, net.time.nowNanos());
        Packet packet = packet("172.16.0.1", "10.9.9.9", 20);

        assertFalse(server.send(packet));

        assertError(packet, 3, 1);
        assertEquals("192.0.0.8", arrived.get(0).source().toString(), "RFC 7600 section 4.8");
        assertEquals(1, server.stats().dropped(DropReason.UNREACHABLE));
    }

    @Test
    void shouldAnswerWhatIsTooLongAndMustNotBeCut() {
        Packet packet = packet("172.16.0.1", "10.9.9.9", 1421 - 28).dontFragment(true);
        Packet packet6 = packet("fdff::1", "fd00:9::9", 1421 - 48);

        assertFalse(server.send(packet));
        assertError(packet, 3, 4);
        assertEquals(1420, Objects.requireNonNull(arrived.get(0).icmp()).restOfHeader());
        arrived.clear();
        assertFalse(server.send(packet6));
        assertError(packet6, IcmpMessage.V6_PACKET_TOO_BIG, 0);
        assertEquals(1420, Objects.requireNonNull(arrived.get(0).icmp()).restOfHeader());

        assertTrue(server.send(packet("172.16.0.1", "10.9.9.9", 1420 - 28).dontFragment(true)));
        assertEquals(2, server.stats().dropped(DropReason.TOO_BIG));
    }

    @Test
    void shouldCutWhatIsTooLongAndMayBeCut() {
        Packet packet = packet("172.16.0.1", "10.9.9.9", 3000).dontFragment(false);

        assertTrue(server.send(packet));
        net.settle();

        assertEquals(3, arrivedAt.get(0).size());
        assertEquals(1, server.stats().snapshot().sentPackets());
        int total = 0;
        for (Packet piece : arrivedAt.get(0)) {
            assertTrue(piece.isFragment());
            total += piece.totalLength() - 20;
        }
        assertEquals(3008, total);
    }

    @Test
    void shouldCarryTheLongestPacketThatFitsADatagram() {
        for (WgDevice device : List.of(server, clients.get(0))) {
            device.setMtu(65_475);
            assertThrows(IllegalArgumentException.class, () -> device.setMtu(65_476));
        }
        // At both sides of what needs another way of sending.
        for (int length : new int[] {65_475, 65_474, 65_461, 65_460, 65_459, 65_000}) {
            Packet packet = packet("172.16.0.1", "10.9.9.9", length - 28);
            assertTrue(server.send(packet));
            net.settle();
            List<Packet> there = arrivedAt.get(0);
            assertArrayEquals(packet.toBytes(), there.get(there.size() - 1).toBytes(), "length=" + length);
        }
        assertEquals(6, arrivedAt.get(0).size());
    }

    @Test
    void shouldRefuseWhatIsNoPacket() {
        Packet truncated =
                new Packet().wrap(packet("172.16.0.1", "10.9.9.9", 20).buffer(), 11, 40);
        assertFalse(server.send(truncated));
        assertFalse(server.send(new Packet()));
        assertFalse(server.send(inJunk(ByteBuffer.wrap(new byte[40])
                        .put(0, (byte) 0x45)
                        .putShort(2, (short) 40)
                        .putInt(16, 0x0a090909))
                .segmentSize(8)));
        assertEquals(1, server.stats().dropped(DropReason.MALFORMED));
        assertEquals(1, server.stats().dropped(DropReason.TRUNCATED));
        assertEquals(1, server.stats().dropped(DropReason.UNSUPPORTED));
        assertEquals(0, arrived.size());
    }

    @Test
    void shouldNotLetPeersReachEachOtherUnlessAsked() {
        server.setPrefix(IpPrefix.parse("10.1.2.200/8"));
        Objects.requireNonNull(server.attachment()).close();
        List<Packet> seen = new ArrayList<>();
        server.attach(received -> {
            seen.add(VirtualNet.copy(received));
            if (received.icmp() == null) {
                server.send(received); // a router that sends it where it belongs
            }
        });
        Packet packet = packet("10.9.9.9", "10.1.9.9", 50);

        assertTrue(clients.get(0).send(packet));
        net.settle();
        assertEquals(2, seen.size(), "the packet, and the answer to its return");
        assertEquals(0, arrivedAt.get(1).size());
        assertEquals(1, server.stats().dropped(DropReason.FILTERED));
        assertEquals(13, Objects.requireNonNull(seen.get(1).icmp()).code(), "administratively prohibited");
        // Later, on whichever thread, it is the same.
        assertFalse(server.send(packet));
        // To itself, and from the device's own address, though that is within a peer's prefix.
        assertTrue(server.send(packet("10.9.9.9", "10.9.9.8", 50)));
        assertTrue(server.send(packet("10.1.2.200", "10.1.9.9", 50)));
        net.settle();
        assertEquals(1, arrivedAt.get(1).size());

        server.setPeerTraffic(PeerTraffic.PASS);
        assertTrue(clients.get(0).send(packet));
        net.settle();
        assertEquals(2, arrivedAt.get(1).size());
        assertArrayEquals(packet.toBytes(), arrivedAt.get(1).get(1).toBytes());
    }

    @Test
    void shouldForwardBetweenPeersWhenAsked() {
        server.setPrefix(IpPrefix.parse("10.1.9.1/8"));
        server.setPeerTraffic(PeerTraffic.FORWARD);
        Packet packet = packet("10.9.9.9", "10.1.9.9", 50);

        assertTrue(clients.get(0).send(packet));
        assertTrue(clients.get(0).send(packet("10.9.9.9", "10.1.9.1", 50)));
        net.settle();

        assertEquals(1, arrived.size(), "what is to the device itself");
        assertEquals("10.1.9.1", arrived.get(0).destination().toString());
        Packet there = arrivedAt.get(1).get(0);
        assertEquals(63, there.hopLimit());
        assertEquals(ChecksumStatus.VALID, there.verifyIpv4Checksum());
        assertArrayEquals(packet.hopLimit(63).toBytes(), there.toBytes());

        assertTrue(clients.get(0).send(packet("10.9.9.9", "10.1.9.9", 50).hopLimit(1)));
        net.settle();
        assertEquals(1, arrivedAt.get(1).size());
        Packet error = arrivedAt.get(0).get(0);
        assertEquals(11, Objects.requireNonNull(error.icmp()).type());
        assertEquals("10.1.9.1", error.source().toString());
    }

    /** As a router: RFC 1812 section 5.2.6. */
    @Test
    void shouldCutBetweenPeersWhatMayBeCut() {
        server.setPeerTraffic(PeerTraffic.FORWARD);
        server.setMtu(1280);

        assertTrue(clients.get(0).send(packet("10.9.9.9", "10.1.9.9", 1372).dontFragment(false)));
        net.settle();
        assertEquals(List.of(), arrivedAt.get(0), "no error");
        assertEquals(
                List.of(1276, 144),
                arrivedAt.get(1).stream().map(Packet::totalLength).toList());
        for (Packet piece : arrivedAt.get(1)) {
            assertEquals(63, piece.hopLimit());
            assertEquals(ChecksumStatus.VALID, piece.verifyIpv4Checksum());
        }

        assertTrue(clients.get(0).send(packet("10.9.9.9", "10.1.9.9", 1372).dontFragment(true)));
        assertTrue(clients.get(0).send(packet("fd00:9::9", "fd00:1:9::9", 1352)));
        net.settle();
        assertEquals(2, arrivedAt.get(1).size());
        assertEquals(
                List.of(3, 2), // with code 4 of RFC 792, and of RFC 4443
                arrivedAt.get(0).stream()
                        .map(error -> Objects.requireNonNull(error.icmp()).type())
                        .toList());
    }

    @Test
    void shouldMovePrefixesBetweenPeersAtOnce() {
        server.send(packet("172.16.0.1", "10.1.2.9", 10));
        net.settle();
        peers.get(0).addAllowedIp(IpPrefix.parse("10.1.2.0/24"));
        server.send(packet("172.16.0.1", "10.1.2.9", 11));
        clients.get(2).send(packet("10.1.2.9", "172.16.0.1", 10));
        clients.get(0).send(packet("10.1.2.9", "172.16.0.1", 11));
        net.settle();

        assertEquals(1, arrivedAt.get(2).size());
        assertEquals(1, arrivedAt.get(0).size());
        assertEquals(1, arrived.size());
        assertEquals(39, arrived.get(0).totalLength());
    }

    @Test
    void shouldRemoveAPeer() throws IOException {
        server.send(packet("172.16.0.1", "10.1.2.9", 10));
        net.settle();
        server.peers().remove(peers.get(2));

        clients.get(2).send(packet("10.1.2.9", "172.16.0.1", 10));
        server.send(packet("172.16.0.1", "10.1.2.9", 11));
        net.settle();
        assertEquals(0, arrived.size());
        assertEquals(1, arrivedAt.get(1).size(), "the next longest prefix");
        assertThrows(
                IllegalArgumentException.class,
                () -> server.peers().add(peers.get(1).publicKey(), options()),
                "twice");

        server.peers().add(peers.get(2).publicKey(), options("10.1.2.0/24").endpoint(at("192.0.2.12")));
        net.run(Duration.ofSeconds(10));
        server.send(packet("172.16.0.1", "10.1.2.9", 12));
        net.run(Duration.ofSeconds(10));
        assertEquals(2, arrivedAt.get(2).size());
    }

    @Test
    void shouldContainWhatAReceiverThrows() {
        Objects.requireNonNull(server.attachment()).close();
        List<Packet> taken = new ArrayList<>();
        server.attach(received -> {
            if (received.totalLength() == 48) {
                throw new IllegalStateException("on purpose");
            }
            taken.add(VirtualNet.copy(received));
        });
        for (int i = 19; i <= 21; i++) {
            clients.get(0).send(packet("10.9.9.9", "172.16.0.1", i));
        }
        net.settle();

        assertEquals(2, taken.size());
        assertEquals(1, server.stats().dropped(DropReason.HANDLER_FAILED));
    }

    @Test
    void shouldEndWithItsDevice() {
        server.send(packet("172.16.0.1", "10.9.9.9", 10));
        net.settle();
        server.close();
        server.close();

        assertFalse(server.send(packet("172.16.0.1", "10.9.9.9", 10)));
        clients.get(0).send(packet("10.9.9.9", "172.16.0.1", 10));
        net.settle();
        assertEquals(0, arrived.size());
        assertEquals(List.of(), net.ports.get(0).engine().identities());
        assertThrows(
                IllegalStateException.class,
                () -> server.peers().add(clients.get(0).identity().publicKey(), options()));
    }

    /** The whole error, as far as the quoted packet reaches. */
    private void assertError(Packet about, int type, int code) {
        assertEquals(1, arrived.size());
        Packet error = arrived.get(0);
        IcmpMessage icmp = Objects.requireNonNull(error.icmp());
        assertEquals(type, icmp.type());
        assertEquals(code, icmp.code());
        assertEquals(IpAddress.parse(about.source().toString()), error.destination());
        assertEquals(ChecksumStatus.VALID, error.verifyTransportChecksum());
    }
}
