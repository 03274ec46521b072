// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What happens between the guest's SYN and the answer to it; raw segments, virtual time. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlirpDialTest {
    private static final int ISS = 1000;

    private final ManualTime time = new ManualTime();

    private SilentPort silent;

    @BeforeEach
    void open() throws Exception {
        silent = new SilentPort();
    }

    @AfterEach
    void close() throws IOException {
        silent.close();
    }

    private Slirp slirp(SlirpLimits limits) throws IOException {
        return Slirp.open(Slirps.config()
                .timers(time)
                .limits(limits)
                .allowHost(80, silent.address())
                .build());
    }

    private Guest rawGuest(Slirp slirp) throws IOException {
        Guest guest = new Guest(slirp, Slirps.GUEST, time, 1500);
        guest.raw = true;
        return guest;
    }

    private static void send(Guest guest, int sourcePort, int sequence, int flags) {
        guest.send(PacketBuilder.tcp(
                guest.address, sourcePort, Slirps.GATEWAY, 80, sequence, 0, flags, 65535, ByteBuffer.allocate(0)));
    }

    private static TcpSegment segment(Packet packet) {
        TcpSegment segment = packet.tcp();
        assertNotNull(segment);
        return segment;
    }

    @Test
    void shouldAbsorbRepeatedSynsAndSayNothingWhileDialing() throws Exception {
        try (Slirp slirp = slirp(SlirpLimits.DEFAULT);
                Guest guest = rawGuest(slirp)) {
            for (int i = 0; i < 5; i++) {
                send(guest, 4000, ISS, TcpSegment.SYN);
                time.advance(Duration.ofSeconds(1));
            }

            assertEquals(1, slirp.snapshot().dialing());
            assertTrue(guest.inbox.isEmpty());
        }
    }

    @Test
    void shouldForgetADialTheGuestCancels() throws Exception {
        try (Slirp slirp = slirp(SlirpLimits.DEFAULT);
                Guest guest = rawGuest(slirp)) {
            send(guest, 4000, ISS, TcpSegment.SYN);
            send(guest, 4000, ISS + 5000, TcpSegment.RST);
            assertEquals(1, slirp.snapshot().dialing(), "a reset that is not for this SYN");

            send(guest, 4000, ISS + 1, TcpSegment.RST);

            assertEquals(0, slirp.snapshot().dialing());
            Await.until(() -> slirp.snapshot().tcpConnections() == 0);
            assertTrue(guest.inbox.isEmpty(), "a reset is never answered");
        }
    }

    @Test
    void shouldResetWhatCannotBeReachedInTime() throws Exception {
        try (Slirp slirp = slirp(SlirpLimits.DEFAULT);
                Guest guest = rawGuest(slirp)) {
            send(guest, 4000, ISS, TcpSegment.SYN);
            time.advance(Duration.ofSeconds(29));
            assertTrue(guest.inbox.isEmpty());

            time.advance(Duration.ofSeconds(1));

            TcpSegment reset = segment(guest.receive());
            assertEquals(TcpSegment.RST | TcpSegment.ACK, reset.flags());
            assertEquals(ISS + 1, reset.acknowledgmentNumber());
            assertEquals(4000, reset.destinationPort());
            Await.until(() -> slirp.snapshot().tcpConnections() == 0);
        }
    }

    @Test
    void shouldLeaveSynsUnansweredAboveTheShareOfDials() throws Exception {
        SlirpLimits limits = new SlirpLimits(4, 100, 8, 100, 4);
        try (Slirp slirp = slirp(limits);
                Guest greedy = rawGuest(slirp);
                Guest other = rawGuest(slirp)) {
            for (int i = 0; i < 50; i++) {
                send(greedy, 4000 + i, ISS, TcpSegment.SYN);
            }
            assertEquals(4, greedy.attachment.snapshot().dialing());
            assertEquals(46, greedy.attachment.snapshot().traffic().dropped(DropReason.QUEUE_FULL));

            send(other, 4000, ISS, TcpSegment.SYN);

            assertEquals(1, other.attachment.snapshot().dialing());
            assertTrue(greedy.inbox.isEmpty());
        }
    }

    @Test
    void shouldRefuseConnectionsAboveTheShareOfConnections() throws Exception {
        SlirpLimits limits = new SlirpLimits(4, 8, 100, 100, 4);
        try (Slirp slirp = slirp(limits);
                Guest guest = rawGuest(slirp)) {
            for (int i = 0; i < 5; i++) {
                send(guest, 4000 + i, ISS, TcpSegment.SYN);
            }

            TcpSegment reset = segment(guest.receive());
            assertEquals(4004, reset.destinationPort());
            assertEquals(4, slirp.snapshot().tcpConnections());
            assertEquals(1, slirp.snapshot().traffic().dropped(DropReason.TABLE_FULL));
        }
    }

    @Test
    void shouldAnswerTheSynOnlyAfterTheHostHasAccepted() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, Slirps.LOOPBACK);
                Slirp slirp = Slirp.open(Slirps.config()
                        .timers(time)
                        .allowHost(80, new InetSocketAddress(Slirps.LOOPBACK, server.getLocalPort()))
                        .build());
                Guest guest = rawGuest(slirp)) {
            send(guest, 4000, ISS, TcpSegment.SYN);

            TcpSegment answer = segment(guest.receive());
            assertEquals(TcpSegment.SYN | TcpSegment.ACK, answer.flags() & 0x3f);
            assertEquals(ISS + 1, answer.acknowledgmentNumber());
            assertNotNull(server.accept());
        }
    }

    /** Two dial; one completes its handshake a millisecond before the ten seconds are over, and the other never. */
    @ParameterizedTest
    @CsvSource({"10.0.2.2, 10.0.2.16, 10.0.2.15", "fd00::2, fd00::16, fd00::15"})
    void shouldGiveUpAHandshakeThatIsNotCompletedInTenSeconds(String to, String silent, String late) throws Exception {
        IpAddress gateway = IpAddress.parse(to);
        try (ServerSocket server = new ServerSocket(0, 50, Slirps.LOOPBACK);
                Slirp slirp = Slirp.open(Slirps.config()
                        .timers(time)
                        .allowHost(80, new InetSocketAddress(Slirps.LOOPBACK, server.getLocalPort()))
                        .build());
                Guest guest = new Guest(slirp, late, time, 1500)) {
            guest.raw = true;
            send(guest, IpAddress.parse(silent), gateway, ISS, 0, TcpSegment.SYN);
            answerTo(IpAddress.parse(silent), guest);
            send(guest, guest.address, gateway, ISS, 0, TcpSegment.SYN);
            Packet answer = answerTo(guest.address, guest);
            int expected = segment(answer).sequenceNumber() + 1;

            time.advance(Duration.ofMillis(9_999));
            send(guest, guest.address, gateway, ISS + 1, expected, TcpSegment.ACK);
            time.advance(Duration.ofMillis(1));

            Await.until(() -> slirp.snapshot().tcpConnections() == 1);
            assertEquals("ESTABLISHED", slirp.flows().get(0).state());
            assertEquals(guest.address, slirp.flows().get(0).source());
        }
    }

    /** SYNs of invented sources to a host that accepts: what it answers is answered by nobody. */
    @ParameterizedTest
    @CsvSource({"10.0.2.2, 10.0.2.16, 10.0.2.15", "fd00::2, fd00::16, fd00::15"})
    void shouldNotLetHandshakesThatNobodyCompletesKeepAGuestOut(String to, String invented, String real)
            throws Exception {
        SlirpLimits limits = new SlirpLimits(4, 8, 100, 100, 4);
        IpAddress gateway = IpAddress.parse(to);
        IpAddress first = IpAddress.parse(invented);
        try (ServerSocket server = new ServerSocket(0, 50, Slirps.LOOPBACK);
                Slirp slirp = Slirp.open(Slirps.config()
                        .timers(time)
                        .limits(limits)
                        .allowHost(80, new InetSocketAddress(Slirps.LOOPBACK, server.getLocalPort()))
                        .build());
                Guest guest = new Guest(slirp, real, time, 1500)) {
            guest.raw = true;
            for (int i = 0; i < 8; i++) {
                IpAddress source = IpAddress.of(first.family(), first.high(), first.low() + i);
                send(guest, source, gateway, ISS, 0, TcpSegment.SYN);
                assertEquals(
                        TcpSegment.SYN | TcpSegment.ACK,
                        segment(guest.receive()).flags() & 0x3f);
            }
            assertEquals(8, slirp.snapshot().tcpConnections(), "all there are");

            send(guest, guest.address, gateway, ISS, 0, TcpSegment.SYN);
            Packet answer = answerTo(guest.address, guest);
            assertEquals(TcpSegment.SYN | TcpSegment.ACK, segment(answer).flags() & 0x3f);
            send(guest, guest.address, gateway, ISS + 1, segment(answer).sequenceNumber() + 1, TcpSegment.ACK);
            time.advance(Duration.ofSeconds(10));

            Await.until(() -> slirp.snapshot().tcpConnections() == 1);
            assertEquals("ESTABLISHED", slirp.flows().get(0).state(), "who completed his is still there");
            assertEquals(guest.address, slirp.flows().get(0).source());
        }
    }

    private static void send(Guest guest, IpAddress from, IpAddress to, int sequence, int acknowledgment, int flags) {
        guest.send(
                PacketBuilder.tcp(from, 4000, to, 80, sequence, acknowledgment, flags, 65535, ByteBuffer.allocate(0)));
    }

    private static Packet answerTo(IpAddress source, Guest guest) throws InterruptedException {
        Packet packet = guest.receive();
        while (!packet.destination().equals(source)) {
            packet = guest.receive(); // the end of what made room
        }
        return packet;
    }

    @Test
    void shouldResetStraysButNeverAnswerAReset() throws Exception {
        try (Slirp slirp = slirp(SlirpLimits.DEFAULT);
                Guest guest = rawGuest(slirp)) {
            IpAddress anywhere = IpAddress.parse("192.0.2.1");
            ByteBuffer none = ByteBuffer.allocate(0);
            guest.send(PacketBuilder.tcp(guest.address, 1, anywhere, 2, 7, 9, TcpSegment.RST, 0, none));
            guest.send(PacketBuilder.tcp(guest.address, 1, anywhere, 2, 7, 9, TcpSegment.ACK, 0, none));

            TcpSegment reset = segment(guest.receive());
            assertEquals(TcpSegment.RST, reset.flags());
            assertEquals(9, reset.sequenceNumber());
            assertTrue(guest.inbox.isEmpty());
        }
    }
}
