// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.ovpn.internal.session.TestCerts;
import io.pktkit.ovpn.internal.wire.Opcode;
import io.pktkit.time.Alarm;
import io.pktkit.time.ManualTime;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What strangers do to a TCP port: over the loopback, in virtual time. */
@Timeout(300)
class TcpAttackTest {

    private static final int PER_SOURCE = 4;

    private final ManualTime time = new ManualTime();

    /** Alarms that were made and not closed: timers may hold them, and what they are of, whether they are armed or not. */
    private final AtomicInteger alarms = new AtomicInteger();

    private final Timers timers = new Timers() {
        @Override
        public long nowNanos() {
            return time.nowNanos();
        }

        @Override
        public Executor callbacks() {
            return time.callbacks();
        }

        @Override
        public Alarm newAlarm(Runnable callback) {
            Alarm made = time.newAlarm(callback);
            AtomicBoolean open = new AtomicBoolean(true);
            alarms.incrementAndGet();
            return new Alarm() {
                @Override
                public void arm(long deadlineNanos) {
                    made.arm(deadlineNanos);
                }

                @Override
                public void disarm() {
                    made.disarm();
                }

                @Override
                public void close() {
                    made.close();
                    if (open.getAndSet(false)) {
                        alarms.decrementAndGet();
                    }
                }
            };
        }
    };

    private OvpnServer server;

    @BeforeEach
    void open() throws IOException {
        TestCerts.Holder own = TestCerts.server();
        DatagramConfig loopback = DatagramConfig.builder()
                .address(IpAddress.parse("127.0.0.1"))
                .port(0)
                .build();
        server = OvpnServer.shared(OvpnServerConfig.builder(own.chain(), own.key())
                .clientCertificates(List.of(TestCerts.authority()))
                .udp(null)
                .tcp(loopback)
                .limits(new OvpnLimits(64, 64, 32, 16, 100, 64, PER_SOURCE))
                .time(timers, Clock.systemUTC())
                .build());
    }

    @AfterEach
    void close() {
        server.close();
        assertEquals(0, server.failures());
    }

    private Socket dial() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), server.tcpPort());
    }

    private static void assertEnded(Socket socket) throws IOException {
        try (InputStream in = socket.getInputStream()) {
            assertTrue(in.read() < 0, "the server has nothing to say");
        } catch (IOException reset) {
            // An end, too: what was sent is not read any more.
            assertTrue(socket.isConnected());
        }
    }

    /** Of 64 KiB, of none, and of more than a control packet has: the connection ends at the header. */
    @Test
    void shouldEndAConnectionWithAFrameThatNoClientSends() throws IOException {
        for (int length : new int[] {0xffff, 0, 2049}) {
            try (Socket socket = dial()) {
                socket.getOutputStream().write(new byte[] {(byte) (length >>> 8), (byte) length});
                assertEnded(socket);
            }
        }
        assertEquals(3, server.drops(OvpnDrop.MALFORMED));
    }

    @Test
    void shouldEndAConnectionThatBeginsWithSomethingElse() throws IOException {
        try (Socket socket = dial()) {
            socket.getOutputStream()
                    .write(new byte[] {0, 14, Opcode.first(Opcode.CONTROL_V1, 0), 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1
                    });
            assertEnded(socket);
        }
        try (Socket socket = dial()) {
            // TLS without OpenVPN: its first bytes are taken for a length.
            socket.getOutputStream().write(new byte[] {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3});
            assertEnded(socket);
        }
        assertEquals(1, server.drops(OvpnDrop.UNKNOWN_SESSION));
    }

    /** One byte, and then nothing: a source has so many of these, and none for longer than a handshake. */
    @Test
    void shouldNotBeHeldUpBySlowOnes() throws IOException {
        List<Socket> slow = new ArrayList<>();
        for (int i = 0; i < PER_SOURCE; i++) {
            Socket socket = dial();
            socket.getOutputStream().write(0);
            slow.add(socket);
        }
        try (Socket more = dial()) {
            assertEnded(more);
        }
        assertEquals(1, server.drops(OvpnDrop.NO_ROOM));
        time.advance(Duration.ofSeconds(61));
        for (Socket socket : slow) {
            assertEnded(socket);
            socket.close();
        }
        try (Socket again = dial()) {
            again.getOutputStream().write(new byte[] {0, 0});
            assertEnded(again);
        }
        assertEquals(1, server.drops(OvpnDrop.NO_ROOM), "there is room again");
    }

    /** Each is a handshake, and a connection that has ended makes room for the next: so many begin in a minute. */
    @Test
    void shouldBeginAFewSessionsOfASourceInAMinute() throws IOException {
        for (int i = 0; i < 4 * 16; i++) {
            assertTrue(begins(), "session " + i);
        }
        assertFalse(begins());
        assertEquals(1, server.drops(OvpnDrop.RESET_RATE));
        time.advance(Duration.ofSeconds(60));
        assertTrue(begins());
    }

    /** Whether the server answers a reset; when this returns, the connection and its session are gone. */
    private boolean begins() throws IOException {
        boolean answered;
        try (Socket socket = dial()) {
            socket.getOutputStream().write(new byte[] {
                0, 14, Opcode.first(Opcode.CONTROL_HARD_RESET_CLIENT_V2, 0), 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0
            });
            answered = socket.getInputStream().read() >= 0;
        }
        while (server.sessions() > 0) {
            assertFalse(Thread.interrupted(), "it is still there");
            Thread.onSpinWait();
        }
        return answered;
    }

    /** Who comes and goes leaves nothing behind, not even for a handshake's time. */
    @Test
    void shouldForgetConnectionsThatHaveEnded() throws IOException {
        int before = alarms.get();
        for (int i = 0; i < 50; i++) {
            try (Socket socket = dial()) {
                socket.getOutputStream().write(new byte[] {0, 0});
                assertEnded(socket);
            }
        }
        server.close();
        assertTrue(alarms.get() <= before, () -> alarms + " alarms, and before there were " + before);
    }
}
