// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.vtcp.TcpFailure;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.net.BindException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TcpListenerTest {
    private static final long SECOND = 1_000_000_000L;

    private final HostPair pair = new HostPair();

    private TcpListener listen(int backlog, int halfOpen) throws IOException {
        return pair.right.listen(null, null, 80, new TcpListener.Options(backlog, halfOpen, 10 * SECOND), () -> {});
    }

    /** A SYN whose supposed sender does not exist, so that what it is answered with gets lost. */
    private void forgedSyn(int i) {
        pair.loss = packet -> !packet.destination().equals(HostPair.LEFT)
                && !packet.destination().equals(HostPair.RIGHT);
        IpAddress source = IpAddress.ofIpv4(0x0a010000 + i);
        pair.toRight(PacketBuilder.tcp(
                source, 1000, HostPair.RIGHT, 80, i, 0, TcpSegment.SYN, 65535, ByteBuffer.allocate(0)));
    }

    private static ByteBuffer bytes(int length) {
        return ByteBuffer.allocate(length);
    }

    @Test
    void shouldHoldTheHandshakeWhileTheBacklogIsFullAndResetNobody() throws IOException {
        TcpListener listener = listen(2, 16);
        List<HostConnection> clients = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            clients.add(pair.connect(80, new TcpEvents() {}));
        }
        pair.run();
        assertEquals(2, listener.waiting());

        for (int i = 0; i < 6; i++) {
            HostConnection accepted = listener.accept();
            for (int second = 0; accepted == null && second < 9; second++) {
                pair.advance(SECOND);
                accepted = listener.accept();
            }
            assertNotNull(accepted, "connection " + i);
        }

        assertTrue(clients.stream().allMatch(client -> client.failure() == null));
        assertTrue(pair.drops.contains(DropReason.QUEUE_FULL));
    }

    @Test
    void shouldServeRealClientsByCookieDuringAFlood() throws IOException {
        TcpListener listener = listen(8, 16);
        for (int i = 0; i < 1000; i++) {
            forgedSyn(i);
        }
        assertEquals(16, listener.halfOpen());
        assertEquals(16, pair.right.connections());

        HostConnection client = pair.connect(80, new TcpEvents() {});
        pair.run();
        client.write(ByteBuffer.wrap(new byte[100]), pair.now);
        pair.advance(SECOND);

        HostConnection accepted = listener.accept();
        assertNotNull(accepted);
        assertEquals(client.tuple(), accepted.tuple().reversed());
        assertEquals(100, accepted.read(ByteBuffer.allocate(200), pair.now));
    }

    @Test
    void shouldForgetUnfinishedHandshakesWithoutAReset() throws IOException {
        TcpListener listener = listen(8, 16);
        for (int i = 0; i < 4; i++) {
            forgedSyn(i);
        }
        assertEquals(4, listener.halfOpen());
        List<Integer> flags = new ArrayList<>();
        pair.loss = packet -> {
            TcpSegment segment = packet.tcp();
            flags.add(segment == null ? 0 : segment.flags());
            return true;
        };

        pair.advance(20 * SECOND);

        assertEquals(0, listener.halfOpen());
        assertEquals(0, pair.right.connections());
        assertTrue(flags.stream().noneMatch(f -> (f & TcpSegment.RST) != 0), flags.toString());
        assertEquals(TcpHost.NEVER, pair.right.nextDeadlineNanos());
    }

    @Test
    void shouldKeepOnlySoMuchPayloadOfSyns() throws IOException {
        TcpListener listener = listen(8, 16);
        List<Integer> taken = new ArrayList<>();
        pair.loss = packet -> {
            TcpSegment segment = packet.tcp();
            if (segment != null && segment.has(TcpSegment.ACK)) {
                taken.add(segment.acknowledgmentNumber() - 1);
                return true;
            }
            return false;
        };
        for (int i = 0; i < 10; i++) {
            pair.toRight(PacketBuilder.tcp(
                    HostPair.LEFT, 1000 + i, HostPair.RIGHT, 80, 0, 0, TcpSegment.SYN, 65535, bytes(60_000)));
        }

        assertEquals(
                TcpListener.MAX_SYN_BYTES / 60_000,
                taken.stream().filter(length -> length == 60_000).count());
        assertEquals(10, listener.halfOpen());
        taken.clear();
        pair.advance(10 * SECOND); // they are forgotten
        taken.clear();
        pair.toRight(
                PacketBuilder.tcp(HostPair.LEFT, 999, HostPair.RIGHT, 80, 0, 0, TcpSegment.SYN, 65535, bytes(60_000)));
        assertEquals(List.of(60_000), taken);
    }

    @Test
    void shouldPreferTheListenerWithTheAddress() throws IOException {
        TcpListener any = listen(8, 8);
        TcpListener own = pair.right.listen(null, HostPair.RIGHT, 80, TcpListener.Options.DEFAULT, () -> {});
        assertThrows(BindException.class, () -> listen(8, 8));

        pair.connect(80, new TcpEvents() {});
        pair.run();
        assertEquals(1, own.waiting());
        own.close(pair.now);
        pair.connect(80, new TcpEvents() {});
        pair.run();

        assertEquals(1, any.waiting());
    }

    @Test
    void shouldResetWhatNobodyHasAcceptedWhenClosed() throws IOException {
        TcpListener listener = listen(8, 8);
        HostConnection client = pair.connect(80, new TcpEvents() {});
        pair.run();
        assertNull(client.failure());

        listener.close(pair.now);
        pair.run();

        assertEquals(TcpFailure.RESET, client.failure());
        assertTrue(listener.isClosed());
        HostConnection late = pair.connect(80, new TcpEvents() {});
        pair.run();
        assertEquals(TcpFailure.REFUSED, late.failure());
    }

    @Test
    void shouldDropFromTheQueueWhatWasResetThere() throws IOException {
        TcpListener listener = listen(8, 8);
        HostConnection client = pair.connect(80, new TcpEvents() {});
        pair.run();
        assertEquals(1, listener.waiting());

        client.abort(pair.now);
        pair.run();

        assertEquals(0, listener.waiting());
        assertNull(listener.accept());
        assertFalse(listener.isClosed());
    }
}
