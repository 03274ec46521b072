// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.l2adapter.Neighbor;
import io.pktkit.l2adapter.NeighborState;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.KeyedHash;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The cache without the adapter around it: what its owner relies on. */
class NeighborCacheTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long MAC = 0x0200_0000_0002L;
    private static final long OTHER = 0x0266_6666_6666L;
    private static final long LOW = 0x0A00_0002L;
    private static final NeighborLimits LIMITS = new NeighborLimits(8, 4, 16, 4000, 8000);

    private final List<String> asked = new ArrayList<>();
    private final List<DropReason> shed = new ArrayList<>();
    private final List<QueuedPacket> unreachable = new ArrayList<>();
    private final NeighborCache cache = new NeighborCache(IpFamily.IPV4, LIMITS, new Recorder(), new KeyedHash());
    private long now = -3 * SECOND; // so that a time of 0 is nothing special

    private final class Recorder implements NeighborSink {
        @Override
        public void solicit(long high, long low, long mac) {
            asked.add(mac == NeighborCache.NO_MAC ? "all" : Long.toHexString(mac));
        }

        @Override
        public void transmit(QueuedPacket packet, long mac) {
            assertEquals(MAC, mac);
        }

        @Override
        public void unreachable(QueuedPacket packet) {
            unreachable.add(packet);
        }

        @Override
        public void shed(DropReason reason) {
            shed.add(reason);
        }
    }

    private static QueuedPacket packet(int length, boolean own) {
        IpAddress from = IpAddress.parse("10.0.0.1");
        ByteBuffer bytes = PacketBuilder.udp(from, 1, IpAddress.ofIpv4((int) LOW), 2, ByteBuffer.allocate(length - 28));
        return QueuedPacket.copyOf(new Packet().wrap(bytes), own);
    }

    private NeighborState state() {
        List<Neighbor> all = cache.snapshot();
        assertEquals(1, all.size());
        return all.get(0).state();
    }

    private void tick(long seconds) {
        long until = now + seconds * SECOND;
        for (long next = cache.nextDeadlineNanos();
                next != Timers.NEVER && next - until <= 0;
                next = cache.nextDeadlineNanos()) {
            now = next;
            cache.onTick(now);
        }
        now = until;
    }

    private void bring(NeighborState state) {
        if (state == NeighborState.INCOMPLETE) {
            cache.enqueue(0, LOW, packet(100, false), now);
            return;
        }
        cache.enqueue(0, LOW, packet(100, false), now);
        cache.answered(0, LOW, MAC, true, true, now);
        if (state != NeighborState.REACHABLE) {
            tick(30);
        }
        if (state == NeighborState.DELAY || state == NeighborState.PROBE) {
            cache.use(0, LOW, now);
        }
        if (state == NeighborState.PROBE) {
            tick(5);
        }
        assertEquals(state, state());
    }

    /** What the lock-free path may do by itself: using these changes nothing, their timers run without it. */
    @ParameterizedTest
    @EnumSource(NeighborState.class)
    void shouldNeedTheLockOnlyWhereUsingChangesSomething(NeighborState state) {
        bring(state);

        boolean free = state != NeighborState.STALE && state != NeighborState.INCOMPLETE;
        assertEquals(free ? MAC : NeighborCache.NO_MAC, cache.readyMac(0, LOW));
        cache.use(0, LOW, now);
        if (free) {
            assertEquals(state, state(), "using it changed nothing indeed");
        }
    }

    @Test
    void shouldNeedNoLockWhileAContestedOneIsChallenged() {
        bring(NeighborState.DELAY);
        cache.heard(0, LOW, OTHER, true, now);

        assertEquals(NeighborState.PROBE, state());
        assertEquals(MAC, cache.readyMac(0, LOW));
        tick(1);
        assertEquals(NeighborCache.NO_MAC, cache.readyMac(0, LOW));
        assertEquals(NeighborCache.NO_MAC, cache.use(0, LOW, now));
        assertEquals(List.of("all", "20000000002", "20000000002", "20000000002", "all"), asked);
    }

    @Test
    void shouldNotHandOutARemovedEntrysMac() {
        bring(NeighborState.REACHABLE);

        cache.clear(false);

        assertEquals(NeighborCache.NO_MAC, cache.readyMac(0, LOW));
        assertEquals(NeighborCache.NO_MAC, cache.peek(0, LOW));
    }

    @Test
    void shouldDoWhatIsDueWhenTrafficComesBeforeTheTimer() {
        bring(NeighborState.REACHABLE);
        now += 30 * SECOND;

        assertEquals(MAC, cache.use(0, LOW, now));

        assertEquals(NeighborState.DELAY, state());
    }

    @Test
    void shouldChallengeAgainAfterFiveSecondsAndNotBefore() {
        bring(NeighborState.DELAY);
        cache.heard(0, LOW, OTHER, true, now);
        cache.answered(0, LOW, MAC, true, true, now);
        asked.clear();
        long verified = now;

        now = verified + 5 * SECOND - 1;
        cache.heard(0, LOW, OTHER, true, now);
        cache.use(0, LOW, now);
        assertEquals(NeighborState.DELAY, state());
        assertEquals(List.of(), asked);

        now = verified + 5 * SECOND;
        cache.heard(0, LOW, OTHER, true, now);
        assertEquals(NeighborState.PROBE, state());
        assertEquals(1, asked.size());
    }

    @Test
    void shouldKeepOwnPacketsOnlyWhenItForgets() {
        cache.enqueue(0, LOW, packet(100, false), now);
        cache.enqueue(0, LOW, packet(200, true), now);
        cache.enqueue(0, LOW, packet(300, false), now);
        cache.enqueue(0, LOW + 1, packet(400, false), now);

        cache.clear(true);

        assertEquals(1, cache.snapshot().size());
        assertEquals(1, cache.snapshot().get(0).queuedPackets());
        assertEquals(200 + QueuedPacket.OVERHEAD_BYTES, cache.queuedBytes());
        assertEquals(List.of(DropReason.NO_ROUTE, DropReason.NO_ROUTE, DropReason.NO_ROUTE), shed);
        tick(3);
        assertEquals(1, unreachable.size());
        assertEquals(0, cache.queuedBytes());
    }

    @Test
    void shouldRefuseAPacketThatCannotFit() {
        assertTrue(cache.fits(3936));
        cache.enqueue(0, LOW, packet(3936, false), now);

        assertThrows(IllegalArgumentException.class, () -> cache.enqueue(0, LOW, packet(3937, false), now));
    }

    @Test
    void shouldPinBeforeThereIsAnEntry() {
        cache.pin(IpAddress.ofIpv4((int) LOW), now);
        assertEquals(List.of(), asked, "nobody wants it yet");

        cache.enqueue(0, LOW, packet(100, false), now);
        cache.pin(null, now);
        cache.pin(null, now);

        assertEquals(List.of("all"), asked);
        assertEquals(false, cache.snapshot().get(0).gateway());
        assertEquals(now + SECOND, cache.nextDeadlineNanos());
    }
}
