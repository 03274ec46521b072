// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.iphost.socket.StreamSocketImpl;
import io.pktkit.link.PipeL3;
import io.pktkit.slirp.EgressPolicy;
import io.pktkit.slirp.SlirpConfig;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ListenerTest {
    private static final IpAddress GUEST = IpAddress.parse("10.0.2.15");
    private static final IpAddress GATEWAY = IpAddress.parse("10.0.2.2");
    private static final int ISS = 1000;

    private final PipeL3 wire = new PipeL3(this::onPacket);
    private SlirpStack stack;
    private Listener listener;
    private volatile int theirs;

    @BeforeEach
    void open() throws IOException {
        stack = new SlirpStack(SlirpConfig.builder()
                .address(IpPrefix.of(GATEWAY, 24))
                .egress(EgressPolicy.denyAll())
                .timers(new ManualTime()) // nothing is repeated, however slow the test is
                .build());
        listener = stack.listen(null, 80);
        stack.connect(wire);
    }

    @AfterEach
    void close() {
        stack.close();
        wire.close();
    }

    private void onPacket(Packet packet) {
        TcpSegment segment = packet.tcp();
        if (segment != null && segment.has(TcpSegment.SYN)) {
            theirs = segment.sequenceNumber() + 1;
        }
    }

    private void handshake(int port) {
        send(port, ISS, 0, TcpSegment.SYN);
        send(port, ISS + 1, theirs, TcpSegment.ACK);
    }

    private void send(int port, int sequence, int acknowledgment, int flags) {
        ByteBuffer packet = PacketBuilder.tcp(
                GUEST, port, GATEWAY, 80, sequence, acknowledgment, flags, 65535, ByteBuffer.allocate(0));
        wire.inject(new Packet().wrap(packet));
    }

    private int accept() throws IOException {
        StreamSocketImpl accepted = listener.next();
        accepted.describe();
        accepted.close();
        return accepted.getPort();
    }

    @Test
    void shouldKeepNothingOfConnectionsThatWereResetWhileNobodyAccepted() throws IOException {
        for (int port = 40000; port < 40100; port++) {
            handshake(port);
            send(port, ISS + 1, theirs, TcpSegment.RST | TcpSegment.ACK);
        }

        assertEquals(1, listener.queued());
        handshake(50000);
        assertEquals(50000, accept());
        assertEquals(0, listener.queued());
    }

    @Test
    void shouldAcceptAllThatWaitInOnePlace() throws IOException {
        for (int port = 40000; port < 40010; port++) {
            handshake(port);
        }

        for (int port = 40000; port < 40010; port++) {
            assertEquals(port, accept());
        }
        assertEquals(0, listener.queued());
    }
}
