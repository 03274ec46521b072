// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import static io.pktkit.vclient.TwoClients.get;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dns.DnsName;
import io.pktkit.dns.stub.DnsLookupException;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IcmpErrors;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpSegment;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A client whose packets vanish, in virtual time. */
@Timeout(60)
class VirtualTimeTest {
    /** The clock wraps during the longer tests. */
    private final ManualTime time =
            new ManualTime(Long.MAX_VALUE - Duration.ofMillis(6_543).toNanos());

    private final VirtualClient client = new VirtualClient(VirtualClientConfig.DEFAULT.withTimers(time));
    private final ExecutorService threads = Executors.newCachedThreadPool();

    /** Whom SYNs went to, and when, in milliseconds. */
    private final ConcurrentLinkedQueue<String> opened = new ConcurrentLinkedQueue<>();

    private final AtomicInteger asked = new AtomicInteger();
    private final long start = time.nowNanos();

    @BeforeEach
    void setUp() {
        client.setPrefix(IpPrefix.parse("10.0.0.1/24"));
        client.setPrefix(IpPrefix.parse("fd00::1/64"));
        client.attach(this::onPacket);
    }

    private void onPacket(Packet packet) {
        TcpSegment segment = packet.tcp();
        if (segment != null && segment.has(TcpSegment.SYN)) {
            opened.add(packet.destination() + " at " + (time.nowNanos() - start) / 1_000_000);
        }
        if (packet.udp() != null) {
            asked.incrementAndGet();
        }
    }

    @AfterEach
    void tearDown() {
        threads.shutdown();
        assertEquals(0, client.usage().connections());
        assertEquals(0, client.usage().udpSockets());
        assertEquals(0, time.pending());
        client.close();
    }

    /** Lets time pass up to just before the end of a single wait, and then to it. */
    private void assertEndsAfter(Future<?> work, Duration duration) {
        TwoClients.awaitWaiting(client, 1);
        time.advanceNanos(duration.toNanos() - 1);
        assertFalse(work.isDone());
        time.advanceNanos(1);
    }

    @Test
    void shouldGiveUpConnectingAtItsDeadline() {
        Future<Socket> dialling = threads.submit(() -> client.dial("10.0.0.9", 80, Duration.ofSeconds(5)));
        assertEndsAfter(dialling, Duration.ofSeconds(5));

        assertThrows(SocketTimeoutException.class, () -> get(dialling));
    }

    /** What the link layer of the client says after it has asked in vain for a neighbour, under the client's own address. */
    @Test
    void shouldEndADialAtOnceWhenTheHostIsReportedUnreachable() {
        AtomicReference<Packet> syn = new AtomicReference<>();
        Objects.requireNonNull(client.attachment()).close();
        client.attach(packet -> syn.set(new Packet().wrap(ByteBuffer.wrap(packet.toBytes()))));
        for (String remote : List.of("10.0.0.9", "fd00::9")) {
            Future<Socket> dialling = threads.submit(() -> client.dial(remote, 80, Duration.ofSeconds(30)));
            TwoClients.awaitWaiting(client, 1);
            Packet sent = Objects.requireNonNull(syn.get());
            ByteBuffer error = ByteBuffer.allocate(IcmpErrors.MAX_LENGTH);
            IcmpError why = sent.isIpv4() ? IcmpError.hostUnreachable() : IcmpError.addressUnreachable();
            int length = IcmpErrors.write(sent, sent.source(), why, error, 0);

            assertTrue(client.send(new Packet().wrap(error, 0, length)));

            NoRouteToHostException e = assertThrows(NoRouteToHostException.class, () -> get(dialling));
            assertTrue(e.toString().contains(": " + remote), e.toString());
        }
        assertEquals(start, time.nowNanos());
    }

    @Test
    void shouldGiveUpConnectingWithoutADeadlineWhenTheEngineDoes() throws Exception {
        Socket socket = client.socketFactory().createSocket();
        Future<Boolean> dialling = threads.submit(() -> {
            socket.connect(new InetSocketAddress("10.0.0.9", 80));
            return true;
        });
        TwoClients.awaitWaiting(client, 1);

        TwoClients.awaitThat(() -> dialling.isDone() || (time.runNext() && dialling.isDone()));

        assertThrows(ConnectException.class, () -> get(dialling));
        assertTrue(opened.size() > 3, opened.toString());
    }

    /** RFC 1191 section 6.3 and RFC 8201 section 5.2: paths change, and what one was said to take is forgotten. */
    @Test
    void shouldForgetWhatAPathTakesAfterTenMinutes() throws Exception {
        List<Packet> sent = new ArrayList<>();
        Objects.requireNonNull(client.attachment()).close();
        client.attach(packet -> sent.add(new Packet().wrap(ByteBuffer.wrap(packet.toBytes()))));
        ByteBuffer payload = ByteBuffer.allocate(1400);
        for (String remote : List.of("10.0.0.9", "fd00::9")) {
            try (VirtualDatagramSocket socket = client.openDatagram(0)) {
                IpAddress target = IpAddress.parse(remote);
                socket.send(target, 9, payload.duplicate());
                assertEquals(1, sent.size(), "whole at first");
                ByteBuffer error = ByteBuffer.allocate(IcmpErrors.MAX_LENGTH);
                int length =
                        IcmpErrors.write(sent.get(0), sent.get(0).source(), IcmpError.packetTooBig(1300), error, 0);
                assertTrue(client.send(new Packet().wrap(error, 0, length)));

                sent.clear();
                time.advanceNanos(Duration.ofMinutes(10).toNanos() - 1);
                socket.send(target, 9, payload.duplicate());
                assertEquals(2, sent.size(), "in fragments");

                sent.clear();
                time.advanceNanos(1);
                socket.send(target, 9, payload.duplicate());
                assertEquals(1, sent.size(), "whole again");
                sent.clear();
            }
        }
    }

    @Test
    void shouldTryAddressesInTurn() {
        client.resolver()
                .setHost(
                        DnsName.parse("many.test"),
                        List.of(
                                IpAddress.parse("fd00::a"),
                                IpAddress.parse("10.0.0.10"),
                                IpAddress.parse("fd00::b"),
                                IpAddress.parse("10.0.0.11")));
        Future<Socket> dialling = threads.submit(() -> client.dial("many.test", 80, Duration.ofMillis(900)));
        for (int tried = 1; tried <= 4; tried++) {
            int count = tried;
            TwoClients.awaitThat(() -> opened.size() == count && client.usage().waiting() == 1);
            time.advance(Duration.ofMillis(tried < 4 ? 250 : 150));
        }

        assertThrows(SocketTimeoutException.class, () -> get(dialling));
        assertEquals(
                List.of("fd00::a at 0", "10.0.0.10 at 250", "fd00::b at 500", "10.0.0.11 at 750"), List.copyOf(opened));
    }

    @Test
    void shouldGiveUpALookupAtItsDeadline() {
        client.setDnsServers(List.of(IpAddress.parse("10.0.0.53"), IpAddress.parse("10.0.0.54")));
        Future<List<IpAddress>> resolving = threads.submit(() -> client.resolve("silent.test"));
        int queries = 0;
        for (int seconds : List.of(1, 1, 2, 2, 4)) { // two servers in turn, more patient each round
            queries += 2; // for two families
            int sent = queries;
            TwoClients.awaitThat(() -> asked.get() == sent && client.usage().waiting() == 1);
            time.advance(Duration.ofSeconds(seconds));
        }

        DnsLookupException e = assertThrows(DnsLookupException.class, () -> get(resolving));
        assertEquals(DnsLookupException.Reason.TIMED_OUT, e.reason());
    }

    /** The request is sent without the lock, just before the thread is one of those that wait. */
    @Test
    void shouldNotWaitAtAClientThatIsClosedMeanwhile() {
        Objects.requireNonNull(client.attachment()).close();
        client.attach(packet -> client.close());

        SocketException e = assertThrows(
                SocketException.class, () -> client.ping(IpAddress.parse("10.0.0.9"), Duration.ofSeconds(2)));

        assertTrue(String.valueOf(e.getMessage()).contains("the host is closed"), e.getMessage());
    }

    @Test
    void shouldGiveUpReceivingAndPingingAtTheirDeadlines() throws Exception {
        try (VirtualDatagramSocket socket = client.openDatagram(0)) {
            Future<VirtualDatagram> receiving = threads.submit(() -> socket.receive(Duration.ofSeconds(1)));
            assertEndsAfter(receiving, Duration.ofSeconds(1));
            assertThrows(SocketTimeoutException.class, () -> get(receiving));
        }
        Future<Duration> pinging =
                threads.submit(() -> client.ping(IpAddress.parse("10.0.0.9"), Duration.ofSeconds(2)));
        assertEndsAfter(pinging, Duration.ofSeconds(2));
        assertThrows(SocketTimeoutException.class, () -> get(pinging));
    }
}
