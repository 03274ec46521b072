// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpFailure;
import io.pktkit.vtcp.TcpState;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IcmpErrors;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.net.BindException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TcpHostTest {
    private static final long SECOND = 1_000_000_000L;

    /** Notes the names of what it is told. */
    private static final class Log implements TcpEvents {
        final List<String> events = new ArrayList<>();

        @Override
        public void onEstablished(HostConnection connection, long nowNanos) {
            events.add("established");
        }

        @Override
        public void onReadable(HostConnection connection, long nowNanos) {
            events.add("readable");
        }

        @Override
        public void onWritable(HostConnection connection, long nowNanos) {
            events.add("writable");
        }

        @Override
        public void onClosed(HostConnection connection, long nowNanos) {
            events.add("closed");
        }
    }

    private static ByteBuffer bytes(int length) {
        return ByteBuffer.allocate(length);
    }

    @Test
    void shouldTellEachChangeOnceFromOpenToClose() throws IOException {
        HostPair pair = new HostPair();
        TcpListener listener = pair.right.listen(null, null, 80, TcpListener.Options.DEFAULT, () -> {});
        Log client = new Log();
        Log server = new Log();
        HostConnection connecting = pair.connect(80, client);
        assertEquals(List.of(), client.events);
        pair.run();
        HostConnection accepted = listener.accept();
        assertNotNull(accepted);
        accepted.setEvents(server);
        connecting.write(bytes(100), pair.now);
        pair.advance(SECOND);
        assertEquals(100, accepted.read(bytes(200), pair.now));
        connecting.shutdownOutput(pair.now);
        pair.advance(SECOND);
        assertEquals(-1, accepted.read(bytes(200), pair.now));
        accepted.shutdownOutput(pair.now);
        pair.advance(SECOND);

        assertEquals(List.of("established", "readable", "closed"), client.events);
        assertEquals(List.of("readable", "readable", "closed"), server.events);
        assertNull(connecting.failure());
        assertEquals(TcpState.TIME_WAIT, connecting.state());
        assertEquals(0, pair.left.connections());
        assertEquals(1, pair.left.timeWaiting());
        assertEquals(0, pair.right.connections());
        pair.advance(61 * SECOND);
        assertEquals(0, pair.left.timeWaiting());
        assertEquals(TcpHost.NEVER, pair.left.nextDeadlineNanos());
    }

    @Test
    void shouldCallWritersBackWhenThereIsRoomWorthIt() throws IOException {
        HostPair pair = new HostPair();
        TcpListener listener = pair.right.listen(null, null, 80, TcpListener.Options.DEFAULT, () -> {});
        int[] written = new int[1];
        int[] calls = new int[1];
        int total = 20 << 20;
        TcpEvents writer = new TcpEvents() {
            @Override
            public void onEstablished(HostConnection connection, long nowNanos) {
                onWritable(connection, nowNanos);
            }

            @Override
            public void onWritable(HostConnection connection, long nowNanos) {
                calls[0]++;
                written[0] += connection.write(bytes(total - written[0]), nowNanos);
            }
        };
        pair.connect(80, writer);
        pair.run();
        HostConnection accepted = listener.accept();
        assertNotNull(accepted);
        int[] read = new int[1];
        accepted.setEvents(new TcpEvents() {
            @Override
            public void onReadable(HostConnection connection, long nowNanos) {
                read[0] += connection.read(bytes(1 << 20), nowNanos);
            }
        });

        pair.advance(60 * SECOND);

        assertEquals(total, written[0]);
        assertEquals(total, read[0]);
        assertTrue(calls[0] < total / 40_000, "woken " + calls[0] + " times for " + total + " bytes");
    }

    @Test
    void shouldWakeAWriterThatWantsLittleUnsent() throws IOException {
        HostPair pair = new HostPair();
        pair.right.listen(null, null, 80, TcpListener.Options.DEFAULT, () -> {});
        TcpConfig settings = TcpConfig.builder().notSentLowWater(16_384).build();
        Log log = new Log();
        HostConnection sender = pair.left.connect(settings, HostPair.LEFT, 0, HostPair.RIGHT, 80, log, pair.now);
        pair.run();

        sender.write(bytes(2 << 20), pair.now); // more than the buffer takes
        pair.advance(SECOND);

        assertEquals(List.of("established", "writable"), log.events);
    }

    @Test
    void shouldGoOnWhenAHandlerThrows() throws IOException {
        HostPair pair = new HostPair();
        TcpListener listener = pair.right.listen(null, null, 80, TcpListener.Options.DEFAULT, () -> {});
        Log closing = new Log();
        HostConnection connecting = pair.connect(80, new TcpEvents() {
            @Override
            public void onEstablished(HostConnection connection, long nowNanos) {
                connection.write(bytes(100), nowNanos);
                throw new IllegalStateException("meant to");
            }

            @Override
            public void onReadable(HostConnection connection, long nowNanos) {
                throw new IllegalStateException("meant to");
            }

            @Override
            public void onClosed(HostConnection connection, long nowNanos) {
                closing.onClosed(connection, nowNanos);
            }
        });
        pair.advance(SECOND);
        HostConnection accepted = listener.accept();
        assertNotNull(accepted);
        assertEquals(100, accepted.readable());

        accepted.write(bytes(100), pair.now);
        pair.advance(SECOND);
        assertEquals(100, accepted.info().counters().bytesAcked(), "by an acknowledgment that was held back");
        accepted.abort(pair.now);
        pair.advance(SECOND);

        assertEquals(List.of("closed"), closing.events);
        assertEquals(TcpFailure.RESET, connecting.failure());
        assertEquals(0, pair.left.connections());
    }

    @Test
    void shouldReportARefusedConnection() throws IOException {
        HostPair pair = new HostPair();
        Log client = new Log();
        HostConnection connection = pair.connect(81, client);
        pair.run();

        assertEquals(List.of("closed"), client.events);
        assertEquals(TcpFailure.REFUSED, connection.failure());
        assertEquals(0, pair.left.connections());
    }

    @Test
    void shouldNeverHandOutAPortInUseForThatRemote() throws IOException {
        HostPair pair = new HostPair();
        pair.loss = packet -> true;
        Set<Integer> ports = new HashSet<>();
        for (int i = 0; i < TcpHostConfig.DEFAULT_MAX_CONNECTIONS; i++) {
            int port = pair.connect(80, new Log()).tuple().localPort();
            assertTrue(port >= 49152 && port <= 65535 && ports.add(port), "port=" + port);
        }

        assertThrows(IOException.class, () -> pair.connect(80, new Log()));
        assertEquals(TcpHostConfig.DEFAULT_MAX_CONNECTIONS, pair.left.connections());
    }

    @Test
    void shouldRefuseALocalPortInUse() throws IOException {
        HostPair pair = new HostPair();
        pair.left.connect(null, HostPair.LEFT, 1234, HostPair.RIGHT, 80, new Log(), pair.now);

        assertThrows(
                BindException.class,
                () -> pair.left.connect(null, HostPair.LEFT, 1234, HostPair.RIGHT, 80, new Log(), pair.now));
        pair.left.connect(null, HostPair.LEFT, 1234, HostPair.RIGHT, 81, new Log(), pair.now);
    }

    @Test
    void shouldForgetTheOldestInTimeWait() throws IOException {
        TcpHostConfig small = TcpHostConfig.of(TcpConfig.defaults()).withMaxTimeWait(3);
        HostPair bounded = new HostPair(small);
        TcpListener server = bounded.right.listen(null, null, 80, TcpListener.Options.DEFAULT, () -> {});
        List<HostConnection> closers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            HostConnection client = bounded.connect(80, new Log());
            bounded.run();
            HostConnection closer = server.accept();
            assertNotNull(closer);
            closers.add(closer);
            closer.shutdownOutput(bounded.now);
            bounded.run();
            client.shutdownOutput(bounded.now);
            bounded.run();
        }

        assertEquals(3, bounded.right.timeWaiting());
        assertEquals(0, bounded.right.connections());
        assertTrue(closers.stream().allMatch(HostConnection::isOver));
    }

    @Test
    void shouldNotCountWhatItHasForgottenAgainWhenItIsUsed() throws IOException {
        HostPair pair = new HostPair(TcpHostConfig.of(TcpConfig.defaults()).withMaxTimeWait(1));
        HostConnection forgotten = inTimeWait(pair);
        HostConnection kept = inTimeWait(pair);

        forgotten.release(pair.now);

        assertEquals(1, pair.right.timeWaiting());
        assertEquals(0, pair.right.connections());
        pair.advance(600 * SECOND);
        assertEquals(0, pair.right.timeWaiting());
        assertEquals(TcpState.CLOSED, kept.state());
    }

    /** A connection of the right host that it has closed first. */
    private static HostConnection inTimeWait(HostPair pair) throws IOException {
        TcpListener server = pair.right.listen(null, null, 80, TcpListener.Options.DEFAULT, () -> {});
        HostConnection client = pair.connect(80, new Log());
        pair.run();
        HostConnection closer = server.accept();
        assertNotNull(closer);
        server.close(pair.now);
        closer.shutdownOutput(pair.now);
        pair.run();
        client.shutdownOutput(pair.now);
        pair.run();
        assertEquals(TcpState.TIME_WAIT, closer.state());
        return closer;
    }

    @Test
    void shouldHaveADeadlineWhereTheClockReadsNever() throws IOException {
        HostPair sample = new HostPair();
        sample.connect(80, new Log());
        long timeout = sample.left.nextDeadlineNanos() - sample.now;
        HostPair pair = new HostPair();
        pair.loss = packet -> true;
        pair.now = Long.MAX_VALUE - timeout;

        pair.connect(80, new Log());

        assertEquals(Long.MIN_VALUE, pair.left.nextDeadlineNanos());
        pair.advance(timeout);
        assertEquals(Long.MIN_VALUE, pair.left.nextDeadlineNanos());
        pair.advance(1);
        assertEquals(2 * timeout, pair.left.nextDeadlineNanos() - pair.now);
    }

    @Test
    void shouldForgetAHandshakeWhoseTimeEndsWhereTheClockReadsNever() throws IOException {
        HostPair pair = new HostPair();
        TcpListener.Options options = new TcpListener.Options(1, 1, SECOND / 2);
        TcpListener listener = pair.right.listen(null, null, 80, options, () -> {});
        pair.now = Long.MAX_VALUE - SECOND / 2;
        pair.connect(80, new Log());
        pair.loss = packet -> packet.destination().equals(HostPair.LEFT);
        pair.run();
        assertEquals(1, listener.halfOpen());

        pair.advance(SECOND / 2 + 1);

        assertEquals(0, listener.halfOpen());
    }

    @Test
    void shouldGiveATupleInTimeWaitToANewConnection() throws IOException {
        HostPair pair = new HostPair();
        TcpListener listener = pair.right.listen(null, null, 80, TcpListener.Options.DEFAULT, () -> {});
        for (int i = 0; i < 3; i++) {
            HostConnection client =
                    pair.left.connect(null, HostPair.LEFT, 1234, HostPair.RIGHT, 80, new Log(), pair.now);
            pair.run();
            HostConnection server = listener.accept();
            assertNotNull(server, "round=" + i);
            assertEquals(TcpState.ESTABLISHED, server.state());
            server.shutdownOutput(pair.now);
            pair.run();
            client.shutdownOutput(pair.now);
            pair.run();
            assertEquals(1, pair.right.timeWaiting());
            pair.advance(SECOND);
        }
    }

    @Test
    void shouldKeepOneDeadlineOverManyIdleConnections() throws IOException {
        HostPair pair = new HostPair(
                TcpHostConfig.of(TcpConfig.builder().keepAlive(true).build()));
        int count = 2000;
        TcpListener.Options options = new TcpListener.Options(count, count, 10 * SECOND);
        TcpListener listener = pair.right.listen(null, null, 80, options, () -> {});
        for (int i = 0; i < count; i++) {
            pair.connect(80, new Log());
        }
        pair.run();
        assertEquals(count, listener.waiting());

        pair.advance(900 * SECOND); // three rounds of keepalive

        assertEquals(count, pair.right.connections());
        assertEquals(count, listener.waiting());
    }

    @Test
    void shouldFailAnOpenAtAnUnreachablePortAndIgnoreForgedQuotes() throws IOException {
        HostPair pair = new HostPair();
        Log client = new Log();
        HostConnection connection = pair.connect(80, client);
        Packet syn = pair.toRight.poll();
        assertNotNull(syn);
        Packet forged = new Packet().wrap(ByteBuffer.wrap(syn.toBytes()));
        TcpSegment quoted = forged.tcp();
        assertNotNull(quoted);
        quoted.sequenceNumber(quoted.sequenceNumber() + 77);

        assertTrue(pair.left.onIcmpError(error(forged, IcmpError.portUnreachable()), pair.now));
        assertNull(connection.failure());
        assertTrue(pair.left.onIcmpError(error(syn, IcmpError.portUnreachable()), pair.now));

        assertEquals(TcpFailure.UNREACHABLE, connection.failure());
        assertEquals(List.of("closed"), client.events);
    }

    @Test
    void shouldFailOnlyAnOpenWhenTheNetworkKnowsNoWay() throws IOException {
        HostPair pair = new HostPair();
        pair.right.listen(null, null, 80, TcpListener.Options.DEFAULT, () -> {});
        HostConnection standing = pair.connect(80, new Log());
        pair.run();
        standing.write(bytes(1), pair.now);
        Packet data = pair.toRight.poll();
        HostConnection opening = pair.connect(81, new Log());
        Packet syn = pair.toRight.poll();
        assertNotNull(data);
        assertNotNull(syn);

        assertTrue(pair.left.onIcmpError(error(syn, IcmpError.timeExceeded()), pair.now));
        assertNull(opening.failure());
        assertTrue(pair.left.onIcmpError(error(syn, IcmpError.hostUnreachable()), pair.now));
        assertTrue(pair.left.onIcmpError(error(data, IcmpError.hostUnreachable()), pair.now));

        assertEquals(TcpFailure.UNREACHABLE, opening.failure());
        assertNull(standing.failure());
    }

    private static Packet error(Packet about, IcmpError error) {
        ByteBuffer target = ByteBuffer.allocate(IcmpErrors.MAX_LENGTH);
        int length = IcmpErrors.write(about, HostPair.RIGHT, error, target, 0);
        return new Packet().wrap(target, 0, length);
    }

    @Test
    void shouldResetEverythingWhenClosed() throws IOException {
        HostPair pair = new HostPair();
        TcpListener listener = pair.right.listen(null, null, 80, TcpListener.Options.DEFAULT, () -> {});
        Log client = new Log();
        HostConnection connection = pair.connect(80, client);
        pair.run();
        assertNotNull(listener.accept());

        pair.right.close(pair.now);
        pair.run();

        assertEquals(TcpFailure.RESET, connection.failure());
        assertEquals(0, pair.right.connections());
        assertEquals(TcpHost.NEVER, pair.right.nextDeadlineNanos());
        assertThrows(IOException.class, () -> pair.right.listen(null, null, 80, TcpListener.Options.DEFAULT, () -> {}));
    }

    @Test
    void shouldNumberPacketsThatMayBeFragmentedUniquely() throws IOException {
        HostPair pair = new HostPair();
        pair.loss = packet -> true;
        Set<Integer> identifications = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            pair.connect(80, new Log());
            Packet packet = pair.toRight.poll();
            assertNotNull(packet);
            assertTrue(packet.dontFragment() || identifications.add(packet.identification()));
        }
        assertNotEquals(0, pair.left.connections());
        assertFalse(pair.left.nextDeadlineNanos() == TcpHost.NEVER);
    }

    @Test
    void shouldNotTellOneDestinationByNumbersHowMuchGoesToOthers() throws IOException {
        HostPair pair = new HostPair();
        int before = identificationTo(pair, HostPair.RIGHT);
        int told = 0;
        for (int other = 3; other < 43; other++) {
            identificationTo(pair, IpAddress.parse("10.0.0." + other));
            int after = identificationTo(pair, HostPair.RIGHT);
            told += after == ((before + 1) & 0xffff) ? 0 : 1;
            before = after;
        }

        assertTrue(told < 10, "told of " + told + " packets of 40"); // some may share a counter by chance
    }

    private static int identificationTo(HostPair pair, IpAddress destination) throws IOException {
        pair.left.connect(null, HostPair.LEFT, 0, destination, 80, new Log(), pair.now);
        Packet packet = pair.toRight.poll();
        assertNotNull(packet);
        return packet.identification();
    }
}
