// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.Reassembler;
import io.pktkit.wire.UdpDatagram;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlirpUdpTest {
    private static final int GUEST_PORT = 5000;

    private final ManualTime time = new ManualTime();
    private DatagramSocket first;
    private DatagramSocket second;

    @BeforeEach
    void open() throws IOException {
        first = new DatagramSocket(0, Slirps.LOOPBACK);
        second = new DatagramSocket(0, Slirps.LOOPBACK);
    }

    @AfterEach
    void close() {
        first.close();
        second.close();
    }

    private SlirpConfig.Builder config() {
        return Slirps.config()
                .timers(time)
                .allowHost(1001, new InetSocketAddress(Slirps.LOOPBACK, first.getLocalPort()))
                .allowHost(1002, new InetSocketAddress(Slirps.LOOPBACK, second.getLocalPort()))
                .allowHost(53, new InetSocketAddress(Slirps.LOOPBACK, first.getLocalPort()));
    }

    private Guest guest(Slirp slirp, String address) throws IOException {
        return new Guest(slirp, address, time, 1500);
    }

    /** Receives on a host's socket; where from is where the stack's socket is. */
    private static DatagramPacket take(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[65536], 65536);
        socket.receive(packet);
        return packet;
    }

    private static byte[] payload(DatagramPacket packet) {
        return Arrays.copyOf(packet.getData(), packet.getLength());
    }

    private static void reply(DatagramSocket socket, SocketAddress to, byte[] payload) throws IOException {
        socket.send(new DatagramPacket(payload, payload.length, to));
    }

    private static byte[] payload(Packet packet) {
        UdpDatagram udp = Slirps.udp(packet);
        assertEquals(ChecksumStatus.VALID, packet.verifyTransportChecksum());
        byte[] bytes = new byte[udp.payloadLength()];
        udp.buffer().get(udp.payloadOffset(), bytes);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1400})
    void shouldCarryDatagramsBothWays(int length) throws Exception {
        try (Slirp slirp = Slirp.open(config().build());
                Guest guest = guest(slirp, Slirps.GUEST)) {
            byte[] question = Slirps.bytes(length, 1);
            guest.sendUdp(GUEST_PORT, Slirps.GATEWAY, 1001, question);
            DatagramPacket arrived = take(first);
            assertArrayEquals(question, payload(arrived));

            byte[] answer = Slirps.bytes(length, 2);
            reply(first, arrived.getSocketAddress(), answer);

            Packet packet = guest.receive();
            assertArrayEquals(answer, payload(packet));
            assertEquals(Slirps.GATEWAY, packet.source());
            assertEquals(guest.address, packet.destination());
            assertEquals(1001, Slirps.udp(packet).sourcePort());
            assertEquals(GUEST_PORT, Slirps.udp(packet).destinationPort());
        }
    }

    @Test
    void shouldServeAnEndpointOnAfterThePolicyHasFailedOnIt() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        EgressPolicy failing = (protocol, destination, port) -> {
            if (asked.incrementAndGet() == 1) {
                throw new AssertionError("the policy is broken");
            }
            return true;
        };
        try (Slirp slirp = Slirp.open(config().egress(failing.includingHost()).build());
                Guest guest = guest(slirp, Slirps.GUEST)) {
            IpAddress loopback = IpAddress.of(Slirps.LOOPBACK.getAddress());
            guest.sendUdp(GUEST_PORT, loopback, first.getLocalPort(), new byte[] {1});
            assertTrue(Slirps.icmp(guest.receive()).isError());
            guest.sendUdp(GUEST_PORT, loopback, first.getLocalPort(), new byte[] {2});

            assertArrayEquals(new byte[] {2}, payload(take(first)));
        }
    }

    /** A port that nobody has but the guest's own socket: what it sends there it would hear again. */
    @ParameterizedTest
    @CsvSource({"127.0.0.1, 10.0.2.15", "::1, fd00::15"})
    void shouldTakeItsOwnSocketForNobody(String address, String guestAddress) throws Exception {
        IpAddress loopback = IpAddress.parse(address);
        EgressPolicy all = (protocol, destination, port) -> true;
        try (DatagramSocket host = new DatagramSocket(0, loopback.toInetAddress());
                Slirp slirp = Slirp.open(config().egress(all.includingHost()).build());
                Guest guest = guest(slirp, guestAddress)) {
            guest.sendUdp(GUEST_PORT, loopback, host.getLocalPort(), new byte[1]);
            int own = take(host).getPort();

            guest.sendUdp(GUEST_PORT, loopback, own, new byte[2]);

            assertTrue(Slirps.icmp(guest.receive()).isError());
        }
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1, 10.0.2.15", "::1, fd00::15"})
    void shouldAskThePolicyForEachDatagram(String loopback, String guestAddress) throws Exception {
        AtomicBoolean allowed = new AtomicBoolean(true);
        EgressPolicy changing = (protocol, destination, port) -> allowed.get();
        try (DatagramSocket host = new DatagramSocket(new InetSocketAddress(loopback, 0));
                Slirp slirp =
                        Slirp.open(config().egress(changing.includingHost()).build());
                Guest guest = guest(slirp, guestAddress)) {
            IpAddress destination = IpAddress.parse(loopback);
            guest.sendUdp(GUEST_PORT, destination, host.getLocalPort(), new byte[] {1});
            assertArrayEquals(new byte[] {1}, payload(take(host)));

            allowed.set(false);
            guest.sendUdp(GUEST_PORT, destination, host.getLocalPort(), new byte[] {2});

            assertTrue(Slirps.icmp(guest.receive()).isError());
            assertEquals(1, slirp.snapshot().traffic().dropped(DropReason.FILTERED));
        }
    }

    @Test
    void shouldCarryDatagramsOfAnIpv6Guest() throws Exception {
        try (Slirp slirp = Slirp.open(config().build());
                Guest guest = guest(slirp, Slirps.GUEST6)) {
            guest.sendUdp(GUEST_PORT, Slirps.GATEWAY6, 1001, new byte[] {1});
            reply(first, take(first).getSocketAddress(), new byte[] {2});

            Packet packet = guest.receive();
            assertArrayEquals(new byte[] {2}, payload(packet));
            assertEquals(Slirps.GATEWAY6, packet.source());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {Slirps.GUEST, Slirps.GUEST6})
    void shouldFragmentALargeReply(String address) throws Exception {
        try (Slirp slirp = Slirp.open(config().build());
                Guest guest = guest(slirp, address);
                Reassembler reassembler = new Reassembler()) {
            IpAddress gateway = guest.address.isIpv4() ? Slirps.GATEWAY : Slirps.GATEWAY6;
            guest.sendUdp(GUEST_PORT, gateway, 1001, new byte[] {1});
            byte[] answer = Slirps.bytes(65507, 3);
            reply(first, take(first).getSocketAddress(), answer);

            Packet whole = null;
            while (whole == null) {
                Packet fragment = guest.receive();
                assertTrue(fragment.length() <= 1500, "length=" + fragment.length());
                whole = reassembler.add(fragment, 0);
            }
            assertArrayEquals(answer, payload(whole));
        }
    }

    @Test
    void shouldKeepOnePortForAllRemotesOfAnEndpoint() throws Exception {
        try (Slirp slirp = Slirp.open(config().build());
                Guest guest = guest(slirp, Slirps.GUEST)) {
            guest.sendUdp(GUEST_PORT, Slirps.GATEWAY, 1001, new byte[] {1});
            SocketAddress toFirst = take(first).getSocketAddress();
            guest.sendUdp(GUEST_PORT, Slirps.GATEWAY, 1002, new byte[] {2});
            SocketAddress toSecond = take(second).getSocketAddress();
            assertEquals(toFirst, toSecond, "RFC 4787, REQ-1");
            assertEquals(1, slirp.snapshot().udpMappings());

            reply(first, toFirst, new byte[] {3});
            assertEquals(1001, Slirps.udp(guest.receive()).sourcePort());
            reply(second, toFirst, new byte[] {4});
            assertEquals(1002, Slirps.udp(guest.receive()).sourcePort());

            guest.sendUdp(GUEST_PORT + 1, Slirps.GATEWAY, 1001, new byte[] {5});
            assertNotEquals(toFirst, take(first).getSocketAddress());
        }
    }

    @Test
    void shouldDropDatagramsOfStrangers() throws Exception {
        try (DatagramSocket stranger = new DatagramSocket(0, Slirps.LOOPBACK);
                Slirp slirp = Slirp.open(config().build());
                Guest guest = guest(slirp, Slirps.GUEST)) {
            guest.sendUdp(GUEST_PORT, Slirps.GATEWAY, 1001, new byte[] {1});
            guest.sendUdp(GUEST_PORT, Slirps.GATEWAY, 1002, new byte[] {1});
            SocketAddress mapped = take(first).getSocketAddress();
            take(second);

            reply(stranger, mapped, new byte[] {2});
            Await.until(() -> slirp.snapshot().traffic().dropped(DropReason.FILTERED) == 1);
            reply(first, mapped, new byte[] {3}); // only now: two sockets may overtake each other

            assertArrayEquals(new byte[] {3}, payload(guest.receive()));
            assertEquals(1, slirp.snapshot().traffic().dropped(DropReason.FILTERED));
        }
    }

    @Test
    void shouldAcceptDatagramsOfStrangersWhenToldSo() throws Exception {
        try (DatagramSocket stranger = new DatagramSocket(0, Slirps.LOOPBACK);
                Slirp slirp = Slirp.open(
                        config().udpFiltering(UdpFiltering.ENDPOINT_INDEPENDENT).build());
                Guest guest = guest(slirp, Slirps.GUEST)) {
            guest.sendUdp(GUEST_PORT, Slirps.GATEWAY, 1001, new byte[] {1});
            int port = take(first).getPort();

            reply(stranger, new InetSocketAddress(Slirps.LOOPBACK, port), new byte[] {2});

            Packet packet = guest.receive();
            assertArrayEquals(new byte[] {2}, payload(packet));
            assertEquals(stranger.getLocalPort(), Slirps.udp(packet).sourcePort());
        }
    }

    @Test
    void shouldTellTheGuestOfAClosedPortAndKeepTheEndpoint() throws Exception {
        int closed = second.getLocalPort();
        try (Slirp slirp = Slirp.open(config().build());
                Guest guest = guest(slirp, Slirps.GUEST)) {
            second.close();
            guest.sendUdp(GUEST_PORT, Slirps.GATEWAY, 1002, new byte[] {1});
            assertUnreachable(guest.receive(), 3, 1002);

            second = new DatagramSocket(closed, Slirps.LOOPBACK);
            guest.sendUdp(GUEST_PORT, Slirps.GATEWAY, 1002, new byte[] {2});

            assertArrayEquals(new byte[] {2}, payload(take(second)));
            assertEquals(1, slirp.snapshot().udpMappings());
        }
    }

    @Test
    void shouldAnswerForPortsOfTheGatewayThatNobodyServes() throws Exception {
        try (Slirp slirp = Slirp.open(config().build());
                Guest guest = guest(slirp, Slirps.GUEST)) {
            guest.sendUdp(GUEST_PORT, Slirps.GATEWAY, 9, new byte[] {1});

            assertUnreachable(guest.receive(), 3, 9);
            assertEquals(0, slirp.snapshot().udpMappings());
        }
    }

    @Test
    void shouldSayThatADestinationIsProhibited() throws Exception {
        try (Slirp slirp = Slirp.open(config().build());
                Guest guest = guest(slirp, Slirps.GUEST)) {
            guest.sendUdp(GUEST_PORT, IpAddress.parse("127.0.0.1"), first.getLocalPort(), new byte[] {1});

            Packet packet = guest.receive();
            assertUnreachable(packet, 13, first.getLocalPort());
            assertEquals(Slirps.GATEWAY, packet.source());
        }
    }

    @Test
    void shouldEndAnIdleEndpointNotBeforeItsTimeAndNameServersSooner() throws Exception {
        try (Slirp slirp = Slirp.open(config().build());
                Guest guest = guest(slirp, Slirps.GUEST)) {
            guest.sendUdp(GUEST_PORT, Slirps.GATEWAY, 1001, new byte[] {1});
            guest.sendUdp(GUEST_PORT + 1, Slirps.GATEWAY, 53, new byte[] {2});
            take(first);
            take(first);

            time.advance(Duration.ofSeconds(9));
            assertEquals(2, slirp.snapshot().udpMappings());
            time.advance(Duration.ofSeconds(6));
            assertEquals(1, slirp.snapshot().udpMappings());
            time.advance(Duration.ofSeconds(104));
            assertEquals(1, slirp.snapshot().udpMappings(), "RFC 4787, REQ-5: two minutes");
            time.advance(Duration.ofSeconds(6));
            assertEquals(0, slirp.snapshot().udpMappings());
            assertEquals(0, time.pending(), "no timer without anything to time");
        }
    }

    @Test
    void shouldKeepAnEndpointThatIsAnswered() throws Exception {
        try (Slirp slirp = Slirp.open(config().build());
                Guest guest = guest(slirp, Slirps.GUEST)) {
            guest.sendUdp(GUEST_PORT, Slirps.GATEWAY, 1001, new byte[] {1});
            SocketAddress mapped = take(first).getSocketAddress();
            for (int minute = 0; minute < 5; minute++) {
                time.advance(Duration.ofMinutes(1));
                reply(first, mapped, new byte[] {2});
                guest.receive();
            }

            assertEquals(1, slirp.snapshot().udpMappings());
        }
    }

    @Test
    void shouldBoundEndpointsPerNamespace() throws Exception {
        SlirpLimits limits = new SlirpLimits(4, 100, 100, 8, 4);
        try (Slirp slirp = Slirp.open(config().limits(limits).build());
                Guest greedy = guest(slirp, Slirps.GUEST);
                Guest other = guest(slirp, Slirps.GUEST)) {
            for (int i = 0; i < 50; i++) {
                greedy.sendUdp(GUEST_PORT + i, Slirps.GATEWAY, 1001, new byte[] {1});
            }
            assertEquals(4, greedy.attachment.snapshot().udpMappings());
            assertEquals(46, greedy.attachment.snapshot().traffic().dropped(DropReason.TABLE_FULL));

            other.sendUdp(GUEST_PORT, Slirps.GATEWAY, 1002, new byte[] {7});

            assertArrayEquals(new byte[] {7}, payload(take(second)));
        }
    }

    private static void assertUnreachable(Packet packet, int code, int port) {
        IcmpMessage icmp = Slirps.icmp(packet);
        assertEquals(ChecksumStatus.VALID, packet.verifyTransportChecksum());
        assertEquals(IcmpMessage.V4_DESTINATION_UNREACHABLE, icmp.type());
        assertEquals(code, icmp.code());
        Packet quoted = icmp.quotedPacket();
        assertNotNull(quoted);
        assertEquals(IpAddress.parse(Slirps.GUEST), quoted.source());
        assertEquals(GUEST_PORT, Slirps.udp(quoted).sourcePort());
        assertEquals(port, Slirps.udp(quoted).destinationPort());
    }
}
