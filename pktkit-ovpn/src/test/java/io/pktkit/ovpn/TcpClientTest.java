// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.ovpn.client.AuthAttempt;
import io.pktkit.ovpn.internal.session.TestCerts;
import io.pktkit.ovpn.internal.session.TestClient;
import io.pktkit.ovpn.internal.wire.Opcode;
import io.pktkit.time.Alarm;
import io.pktkit.time.ManualTime;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients over TCP: over the loopback, with alarms in virtual time. */
@Timeout(60)
class TcpClientTest {

    private static final byte[] OUT = VirtualServer.packet("10.8.0.2", "192.0.2.99");

    /** One session of a source that is not in yet, and so four that begin in a minute. */
    private static final OvpnLimits ONE_OUTSIDE = new OvpnLimits(9, 9, 9, 1, 100, 9, 9);

    private final ManualTime time = new ManualTime();
    private final LinkedBlockingQueue<byte[]> delivered = new LinkedBlockingQueue<>();
    private final List<AutoCloseable> open = new ArrayList<>();

    /** Alarms go off when a test says so; callbacks have threads, so that a test may wait for what the server sends. */
    private final Timers timers = new Timers() {
        @Override
        public long nowNanos() {
            return time.nowNanos();
        }

        @Override
        public Alarm newAlarm(Runnable callback) {
            return time.newAlarm(callback);
        }
    };

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open) {
            each.close();
        }
    }

    private OvpnServer server(Consumer<OvpnServerConfig.Builder> more) throws IOException {
        TestCerts.Holder own = TestCerts.server();
        DatagramConfig loopback = DatagramConfig.builder()
                .address(IpAddress.parse("127.0.0.1"))
                .port(0)
                .build();
        OvpnServerConfig.Builder config = OvpnServerConfig.builder(own.chain(), own.key())
                .clientCertificates(List.of(TestCerts.authority()))
                .subnet(IpPrefix.parse("10.8.0.1/24"))
                .udp(loopback)
                .tcp(loopback)
                .time(timers, Clock.systemUTC());
        more.accept(config);
        OvpnServer server = OvpnServer.shared(config.build());
        server.device().attach(packet -> delivered.add(packet.toBytes()));
        open.add(server);
        return server;
    }

    /** A client and its connection, which a thread answers what the server says. */
    private final class Peer {

        final TestClient client = new TestClient(0x77);
        final List<byte[]> received = new ArrayList<>();
        private final Socket socket;
        private boolean ended;

        /** Whether it acknowledges nothing any more once it was told something. */
        private volatile boolean mute;

        Peer(OvpnServer server) throws IOException {
            this(server, "alice");
        }

        Peer(OvpnServer server, @Nullable String name) throws IOException {
            client.certificate = name == null ? null : TestCerts.client(name);
            socket = new Socket(InetAddress.getLoopbackAddress(), server.tcpPort());
            open.add(0, socket);
            client.start(time.nowNanos());
            flush();
            Thread reader = new Thread(this::read, "reader of a client");
            reader.setDaemon(true);
            reader.start();
        }

        private void read() {
            try {
                DataInputStream in = new DataInputStream(socket.getInputStream());
                while (true) {
                    byte[] packet = in.readNBytes(in.readUnsignedShort());
                    synchronized (this) {
                        byte[] payload = client.receive(packet, time.nowNanos());
                        if (payload != null) {
                            received.add(payload);
                        }
                        flush();
                        notifyAll();
                    }
                }
            } catch (IOException e) {
                synchronized (this) {
                    ended = true;
                    notifyAll();
                }
            }
        }

        /** Waits until the client has come so far. */
        synchronized void until(BooleanSupplier reached) throws InterruptedException {
            while (!reached.getAsBoolean()) {
                assertFalse(ended, () -> "the connection has ended: " + client.messages);
                wait();
            }
        }

        synchronized void untilEnded() throws InterruptedException {
            while (!ended) {
                wait();
            }
        }

        synchronized boolean hasEnded() {
            return ended;
        }

        private void flush() throws IOException {
            if (mute && !client.messages.isEmpty()) {
                return;
            }
            for (byte[] packet : List.copyOf(client.out)) {
                send(packet);
            }
            client.out.clear();
        }

        synchronized void send(byte[] packet) throws IOException {
            ByteArrayOutputStream framed = new ByteArrayOutputStream();
            framed.write(packet.length >>> 8);
            framed.write(packet.length);
            framed.write(packet);
            socket.getOutputStream().write(framed.toByteArray());
        }
    }

    /**
     * Its data comes by its connection alone. By UDP, too, it would be taken apart by two threads at once, and what is found
     * good of one packet be said of another.
     */
    @Test
    void shouldTakeNothingOverUdpFromAClientOfTcp() throws Exception {
        OvpnServer server = server(config -> {});
        Peer alice = new Peer(server);
        alice.until(alice.client::isUp);
        try (DatagramSocket elsewhere = new DatagramSocket()) {
            byte[] data = alice.client.data(OUT, true);
            elsewhere.send(new DatagramPacket(
                    data, data.length, InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), server.port()));
            while (server.drops(OvpnDrop.UNKNOWN_PEER) == 0 && delivered.isEmpty()) {
                Thread.onSpinWait();
            }
        }
        assertTrue(delivered.isEmpty());
        alice.send(alice.client.data(OUT, true));
        assertArrayEquals(OUT, delivered.take());
        assertEquals(0, server.failures());
    }

    /** What the socket does not take at once is finished, or dropped as a whole: the stream is never lost. */
    @Test
    void shouldDropWholePacketsWhenTheClientDoesNotRead() throws Exception {
        OvpnServer server = server(config -> {});
        Peer alice = new Peer(server);
        alice.until(alice.client::isUp);
        List<byte[]> sent = new ArrayList<>();
        synchronized (alice) {
            // Its reader waits for this monitor.
            for (int i = 0, refused = 0; refused < 100; i++) {
                ByteBuffer payload = ByteBuffer.allocate(1000 + i % 300).putInt(i);
                ByteBuffer built = PacketBuilder.udp(
                        IpAddress.parse("192.0.2.99"), 1, IpAddress.parse("10.8.0.2"), 2, payload.rewind());
                Packet packet = new Packet().wrap(built, 0, built.remaining());
                if (server.device().send(packet)) {
                    sent.add(packet.toBytes());
                } else {
                    refused++;
                }
            }
            alice.until(() -> alice.received.size() == sent.size());
        }
        for (int i = 0; i < sent.size(); i++) {
            assertArrayEquals(sent.get(i), alice.received.get(i), "packet " + i);
        }
        alice.send(alice.client.data(OUT, true));
        assertArrayEquals(OUT, delivered.take());
        assertEquals(0, server.failures());
    }

    /** A connection without a session ends after a handshake's time; a session has its own, which a late verdict moves. */
    @Test
    void shouldWaitForALateVerdict() throws Exception {
        LinkedBlockingQueue<AuthAttempt> asked = new LinkedBlockingQueue<>();
        OvpnServer server = server(config -> config.authenticator(asked::add));
        Peer alice = new Peer(server);
        AuthAttempt attempt = asked.take();
        attempt.pending(300, "", answer -> {});
        alice.until(() -> alice.client.messages.contains("AUTH_PENDING,timeout 300"));
        time.advance(Duration.ofSeconds(200));
        attempt.accept();
        alice.until(alice.client::isUp);
        assertEquals(1, server.clients().size());
        assertEquals(0, server.failures());
    }

    /** Who is refused stays a while to hear it, but not when its connection has ended: there is no way to it any more. */
    @Test
    void shouldEndWhoIsRefusedWithItsConnection() throws Exception {
        LinkedBlockingQueue<AuthAttempt> asked = new LinkedBlockingQueue<>();
        OvpnServer server = server(config -> config.authenticator(asked::add));
        Peer alice = new Peer(server);
        alice.mute = true;
        asked.take().reject("no");
        alice.until(() -> alice.client.messages.contains("AUTH_FAILED,no"));
        alice.socket.close();
        while (server.sessions() > 0) {
            assertFalse(Thread.interrupted(), "it is still there");
            Thread.onSpinWait();
        }
        assertEquals(0, server.failures());
    }

    /** Handshakes of a source are counted, but not those that led in: many may share an address translator. */
    @Test
    void shouldLetInAsManyOfASourceAsMayComeIn() throws Exception {
        OvpnServer server = server(config -> config.limits(ONE_OUTSIDE));
        for (int i = 0; i < 6; i++) {
            Peer alice = new Peer(server);
            alice.until(alice.client::isUp);
            end(server, alice);
        }
        assertEquals(0, server.drops(OvpnDrop.RESET_RATE));
        assertEquals(0, server.failures());
    }

    /** As with an old token or a challenge: who has a certificate may be refused on the way in. */
    @Test
    void shouldLetInAsManyOfASourceAsHaveACertificateAndAreRefusedFirst() throws Exception {
        AtomicBoolean again = new AtomicBoolean();
        OvpnServer server = server(config -> config.limits(ONE_OUTSIDE).authenticator(attempt -> {
            if (again.get()) {
                attempt.accept();
            } else {
                attempt.reject("SESSION: token expired");
            }
        }));
        for (int i = 0; i < 6; i++) {
            again.set(false);
            Peer refused = new Peer(server);
            refused.until(() -> refused.client.messages.contains("AUTH_FAILED,SESSION: token expired"));
            end(server, refused);
            again.set(true);
            Peer alice = new Peer(server);
            alice.until(alice.client::isUp);
            end(server, alice);
        }
        assertEquals(0, server.drops(OvpnDrop.RESET_RATE));
        assertEquals(0, server.failures());
    }

    /** Anybody can come with an old token, or a name that leads to a challenge. */
    @Test
    void shouldCountWhoIsRefusedWithoutACertificate() throws Exception {
        OvpnServer server = server(config -> config.limits(ONE_OUTSIDE)
                .noClientCertificates()
                .authenticator(attempt -> attempt.reject("SESSION: token expired")));
        for (int i = 0; i < 4; i++) {
            Peer refused = new Peer(server, null);
            refused.until(() -> refused.client.messages.contains("AUTH_FAILED,SESSION: token expired"));
            end(server, refused);
        }
        Peer stranger = new Peer(server, null);
        stranger.untilEnded();
        assertEquals(1, server.drops(OvpnDrop.RESET_RATE));
        assertEquals(0, server.failures());
    }

    private static void end(OvpnServer server, Peer peer) throws IOException {
        peer.socket.close();
        while (server.sessions() > 0) {
            assertFalse(Thread.interrupted(), "it is still there");
            Thread.onSpinWait();
        }
    }

    /** What a client says while the control thread is busy is dropped beyond a few packets, which come again; it stays. */
    @Test
    void shouldKeepAClientThatSaysMoreThanIsRead() throws Exception {
        AtomicBoolean hold = new AtomicBoolean();
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        OvpnServer server = server(config -> config.revoked(() -> {
            if (hold.get()) {
                held.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException closed) {
                    Thread.currentThread().interrupt();
                }
            }
            return List.of();
        }));
        Peer alice = new Peer(server);
        alice.until(alice.client::isUp);
        hold.set(true);
        Peer bob = new Peer(server, "bob");
        held.await();
        byte[] acknowledgment = new byte[14];
        acknowledgment[0] = Opcode.first(Opcode.ACK_V1, 0);
        for (int i = 0; i < 100; i++) {
            alice.send(acknowledgment);
        }
        while (server.drops(OvpnDrop.QUEUE_FULL) < 60) {
            assertFalse(alice.hasEnded(), "the connection has ended");
            Thread.onSpinWait();
        }
        hold.set(false);
        goOn.countDown();
        bob.until(bob.client::isUp);
        alice.send(alice.client.data(OUT, true));
        assertArrayEquals(OUT, delivered.take());
        assertEquals(2, server.clients().size());
        assertEquals(0, server.failures());
    }
}
