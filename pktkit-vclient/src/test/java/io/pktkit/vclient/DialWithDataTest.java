// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dns.DnsName;
import io.pktkit.time.ManualTime;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Dialling with something to say, with Fast Open and without, in virtual time. */
@Timeout(60)
class DialWithDataTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final ManualTime time = new ManualTime(0);
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** Payload bytes of each SYN that alice sent. */
    private final List<Integer> syns = Collections.synchronizedList(new ArrayList<>());

    private VirtualClient alice = new VirtualClient();
    private VirtualClient bob = new VirtualClient();

    @BeforeEach
    void setUp() {
        connect(true);
    }

    private void connect(boolean fastOpen) {
        TcpConfig tcp = TcpConfig.builder().fastOpen(fastOpen).noDelay(true).build();
        VirtualClientConfig config =
                VirtualClientConfig.DEFAULT.withTimers(time).withTcp(tcp);
        alice.close();
        bob.close();
        alice = new VirtualClient(config);
        bob = new VirtualClient(config);
        alice.setPrefix(IpPrefix.parse("10.0.0.1/24"));
        bob.setPrefix(IpPrefix.parse("10.0.0.2/24"));
        alice.attach(packet -> {
            TcpSegment segment = packet.tcp();
            if (segment != null && segment.has(TcpSegment.SYN)) {
                syns.add(segment.payloadLength());
            }
            bob.send(new Packet().wrap(ByteBuffer.wrap(packet.toBytes())));
        });
        bob.attach(packet -> alice.send(new Packet().wrap(ByteBuffer.wrap(packet.toBytes()))));
    }

    @AfterEach
    void tearDown() {
        threads.shutdown();
        assertEquals(0, alice.usage().waiting());
        alice.close();
        bob.close();
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static byte[] exchange(VirtualClient from, ServerSocket listener, byte[] first) throws IOException {
        try (Socket socket = from.dial("10.0.0.2", 80, first, LIMIT);
                Socket accepted = listener.accept()) {
            socket.shutdownOutput();
            byte[] read = accepted.getInputStream().readAllBytes();
            accepted.getOutputStream().write(read.length & 0xff);
            assertEquals(read.length & 0xff, socket.getInputStream().read());
            return read;
        }
    }

    @Test
    void shouldSendTheFirstBytesWithTheSynTheSecondTime() throws IOException {
        byte[] first = random(500);
        try (ServerSocket listener = bob.listen(80)) {
            assertArrayEquals(first, exchange(alice, listener, first));
            assertArrayEquals(first, exchange(alice, listener, first));
        }
        assertEquals(List.of(0, 500), syns);
    }

    @Test
    void shouldSendThemAfterTheHandshakeUnlessFastOpenIsOn() throws IOException {
        connect(false);
        byte[] first = random(500);
        try (ServerSocket listener = bob.listen(80)) {
            assertArrayEquals(first, exchange(alice, listener, first));
            assertArrayEquals(first, exchange(alice, listener, first));
        }
        assertEquals(List.of(0, 0), syns);
    }

    @Test
    void shouldSendMoreThanTheSendBufferHolds() throws Exception {
        byte[] first = random(3 << 20);
        try (ServerSocket listener = bob.listen(80)) {
            exchange(alice, listener, random(1));
            Future<byte[]> reading = threads.submit(() -> {
                try (Socket accepted = listener.accept()) {
                    return accepted.getInputStream().readAllBytes();
                }
            });
            alice.dial("10.0.0.2", 80, first, LIMIT).close();
            assertArrayEquals(first, TwoClients.get(reading));
        }
        assertTrue(syns.get(1) > 1300, syns.toString());
    }

    @Test
    void shouldDialWithNothingToSay() throws IOException {
        try (ServerSocket listener = bob.listen(80)) {
            assertEquals(0, exchange(alice, listener, new byte[0]).length);
        }
        assertEquals(List.of(0), syns);
    }

    @Test
    void shouldGiveTheBytesToTheAddressThatAnswersOnly() throws Exception {
        alice.resolver()
                .setHost(DnsName.parse("two.test"), List.of(IpAddress.parse("10.0.0.9"), IpAddress.parse("10.0.0.2")));
        byte[] first = random(100);
        try (ServerSocket listener = bob.listen(80)) {
            Future<Socket> dialling = threads.submit(() -> alice.dial("two.test", 80, first, LIMIT));
            TwoClients.awaitWaiting(alice, 1);
            time.advance(Duration.ofMillis(250));
            try (Socket socket = TwoClients.get(dialling);
                    Socket accepted = listener.accept()) {
                socket.shutdownOutput();
                assertArrayEquals(first, accepted.getInputStream().readAllBytes());
            }
        }
    }

    @Test
    void shouldTellOfARefusal() {
        assertThrows(ConnectException.class, () -> alice.dial("10.0.0.2", 80, random(10), LIMIT));
        assertEquals(0, alice.usage().connections());
    }
}
