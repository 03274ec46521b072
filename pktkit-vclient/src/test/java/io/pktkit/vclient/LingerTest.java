// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import static io.pktkit.vclient.TwoClients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.time.ManualTime;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Closing with a time to linger, in virtual time, on a link that can be cut. */
@Timeout(60)
class LingerTest {
    private final ManualTime time = new ManualTime(0);
    private final VirtualClientConfig config = VirtualClientConfig.DEFAULT.withTimers(time);
    private final VirtualClient alice = new VirtualClient(config);
    private final VirtualClient bob = new VirtualClient(config);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Integer> flags = Collections.synchronizedList(new ArrayList<>());
    private volatile boolean cut;
    private Socket client = new Socket();
    private Socket server = new Socket();

    @BeforeEach
    void connect() throws Exception {
        alice.setPrefix(IpPrefix.parse("10.0.0.1/24"));
        bob.setPrefix(IpPrefix.parse("10.0.0.2/24"));
        alice.attach(packet -> {
            flags.add(Objects.requireNonNull(packet.tcp()).flags());
            forward(packet, bob);
        });
        bob.attach(packet -> forward(packet, alice));
        ServerSocket listener = bob.listen(80);
        client = alice.dial("10.0.0.2", 80);
        server = listener.accept();
        listener.close();
    }

    private void forward(Packet packet, VirtualClient to) {
        if (!cut) {
            to.send(new Packet().wrap(ByteBuffer.wrap(packet.toBytes())));
        }
    }

    @AfterEach
    void tearDown() throws IOException {
        threads.shutdown();
        assertEquals(0, alice.usage().waiting());
        assertEquals(0, alice.usage().connections());
        server.close();
        alice.close();
        bob.close();
    }

    private Future<Boolean> closing() {
        return threads.submit(() -> {
            client.close();
            return true;
        });
    }

    @Test
    void shouldReturnOnceAllIsDelivered() throws Exception {
        client.setSoLinger(true, 5);
        client.getOutputStream().write(new byte[100]);

        client.close();

        assertEquals(0, time.nowNanos());
        assertEquals(100, server.getInputStream().readAllBytes().length);
        server.close();
    }

    @Test
    void shouldWaitAndResetWhenTheTimeIsOver() throws Exception {
        client.setSoLinger(true, 5);
        cut = true;
        client.getOutputStream().write(new byte[100]);
        Future<Boolean> closing = closing();
        TwoClients.awaitWaiting(alice, 1);

        time.advanceNanos(Duration.ofSeconds(5).toNanos() - 1);
        assertFalse(closing.isDone());
        assertTrue(flags.stream().noneMatch(f -> (f & TcpSegment.RST) != 0), flags.toString());
        cut = false;
        time.advanceNanos(1);

        assertTrue(get(closing));
        assertTrue((flags.get(flags.size() - 1) & TcpSegment.RST) != 0, flags.toString());
    }

    @Test
    void shouldReturnWhenTheLinkComesBackInTime() throws Exception {
        client.setSoLinger(true, 60);
        cut = true;
        client.getOutputStream().write(new byte[100]);
        Future<Boolean> closing = closing();
        TwoClients.awaitWaiting(alice, 1);
        time.advance(Duration.ofSeconds(3));
        assertFalse(closing.isDone());

        cut = false;
        TwoClients.awaitThat(() -> closing.isDone() || !time.runNext());

        assertTrue(get(closing));
        assertEquals(100, server.getInputStream().readAllBytes().length);
        server.close();
    }

    @Test
    void shouldLeaveOtherThreadsAloneWhileItWaits() throws Exception {
        client.setSoLinger(true, 5);
        Future<Integer> reading = threads.submit(() -> client.getInputStream().read());
        TwoClients.awaitWaiting(alice, 1);
        cut = true;
        client.getOutputStream().write(1);
        Future<Boolean> closing = closing();

        assertThrows(SocketException.class, () -> get(reading));
        TwoClients.awaitWaiting(alice, 1);
        assertEquals(1, alice.usage().connections()); // which takes the lock
        time.advance(Duration.ofSeconds(5));
        assertTrue(get(closing));
    }

    @Test
    void shouldReturnWhenTheClientIsClosed() throws Exception {
        client.setSoLinger(true, 5);
        cut = true;
        client.getOutputStream().write(1);
        Future<Boolean> closing = closing();
        TwoClients.awaitWaiting(alice, 1);

        alice.close();

        assertTrue(get(closing));
    }

    @Test
    void shouldEndTheWaitButNotTheDeliveryOnAnInterrupt() throws Exception {
        client.setSoLinger(true, 60);
        cut = true;
        client.getOutputStream().write(new byte[100]);
        Thread closer = new Thread(() -> {
            try {
                client.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        closer.start();
        TwoClients.awaitWaiting(alice, 1);
        closer.interrupt();
        closer.join();
        assertEquals(1, alice.usage().connections());

        cut = false;
        TwoClients.awaitThat(() -> alice.usage().connections() == 0 || !time.runNext());

        assertEquals(100, server.getInputStream().readAllBytes().length);
        server.close();
    }

    @Test
    void shouldNotWaitWithoutTheOption() throws Exception {
        cut = true;
        client.getOutputStream().write(new byte[100]);
        client.close();
        cut = false;

        TwoClients.awaitThat(() -> alice.usage().connections() == 0 || !time.runNext());

        assertEquals(100, server.getInputStream().readAllBytes().length);
        server.close();
    }

    @Test
    void shouldTellTheTime() throws Exception {
        client.setSoLinger(true, 7);
        assertEquals(7, client.getSoLinger());
        client.setSoLinger(false, 0);
        assertEquals(-1, client.getSoLinger());
        server.close();
        client.close();
    }
}
