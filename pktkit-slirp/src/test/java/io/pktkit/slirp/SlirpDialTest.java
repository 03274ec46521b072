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
