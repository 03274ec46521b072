// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.DropReason;
import io.pktkit.device.ForwardingDepth;
import io.pktkit.link.Links;
import io.pktkit.link.PipeL2;
import io.pktkit.link.PipeL3;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LoopTest {

    private static final long SMALL_STACK_BYTES = 256 * 1024;
    private static final long DEFAULT_STACK_BYTES = 1024 * 1024;

    private final ManualTime time = new ManualTime();

    @Test
    void shouldCutTwoPipesThatAreLinked() throws InterruptedException {
        PipeL2[] ends = new PipeL2[2];
        ends[0] = new PipeL2(MacAddress.ZERO, frame -> ends[0].inject(frame));
        ends[1] = new PipeL2(MacAddress.ZERO, frame -> ends[1].inject(frame));
        Links.connect(ends[0], ends[1]);

        onSmallStack(() -> ends[0].inject(broadcast()));

        assertEquals(
                1, ends[0].stats().dropped(DropReason.LOOP) + ends[1].stats().dropped(DropReason.LOOP));
        assertEquals(
                16,
                ends[0].stats().snapshot().sentPackets()
                        + ends[1].stats().snapshot().sentPackets());
    }

    @Test
    void shouldCutTwoPipesOfPackets() throws InterruptedException {
        PipeL3[] ends = new PipeL3[2];
        ends[0] = new PipeL3(packet -> ends[0].inject(packet), IpPrefix.parse("10.0.0.1/24"));
        ends[1] = new PipeL3(packet -> ends[1].inject(packet));
        Links.connect(ends[0], ends[1]);

        onSmallStack(() -> ends[0].inject(RouterNode.packet("10.0.0.1", "10.0.0.2", 255)));

        assertEquals(
                1, ends[0].stats().dropped(DropReason.LOOP) + ends[1].stats().dropped(DropReason.LOOP));
    }

    @Test
    void shouldCutTwoHubsThatAreJoinedTwice() throws InterruptedException {
        L2Hub a = new L2Hub(time);
        L2Hub b = new L2Hub(time);
        Station outside = new Station(1);
        a.connect(outside);
        join(a, b);
        join(a, b);

        onSmallStack(() -> outside.inject(broadcast()));

        assertEquals(2, a.stats().loopDrops() + b.stats().loopDrops());
        assertEquals(0, a.stats().refused() + b.stats().refused());
        a.close();
        b.close();
    }

    @Test
    void shouldCutARingOfThreeHubs() throws InterruptedException {
        L2Hub a = new L2Hub(time);
        L2Hub b = new L2Hub(time);
        L2Hub c = new L2Hub(time);
        Station outside = new Station(1);
        a.connect(outside);
        join(a, b);
        join(b, c);
        join(c, a);

        onSmallStack(() -> outside.inject(broadcast()));

        assertEquals(
                2, a.stats().loopDrops() + b.stats().loopDrops() + c.stats().loopDrops());
    }

    @Test
    void shouldCutARingOfRoutersLongBeforeTheHopLimitDoes() throws InterruptedException {
        L3Hub a = new L3Hub(time);
        L3Hub b = new L3Hub(time);
        Wire toB = new Wire();
        Wire toA = new Wire();
        toB.far = toA;
        toA.far = toB;
        L3HubPort towardsB = a.connect(toB);
        b.connect(toA);
        a.setDefaultRoute(towardsB);
        // B sends it back by another port than the one that it came in by.
        Wire back = new Wire();
        Wire again = new Wire();
        back.far = again;
        again.far = back;
        L3HubPort towardsBack = b.connect(back);
        a.connect(again);
        b.setDefaultRoute(towardsBack);
        RouterNode outside = new RouterNode("10.0.0.1/24");
        a.connect(outside);

        onSmallStack(() -> outside.inject(RouterNode.packet("10.0.0.1", "198.51.100.1", 255)));

        assertEquals(16, a.stats().forwarded() + b.stats().forwarded());
        assertEquals(1, a.stats().loopDrops() + b.stats().loopDrops());
    }

    /** Half of a cable between two routers. */
    private static final class Wire extends AbstractL3Device {

        private @Nullable Wire far;

        @Override
        public boolean send(Packet packet) {
            return far != null && far.deliver(packet);
        }
    }

    @Test
    void shouldLetAChainAsLongAsTheHighestLimitThrough() {
        int hops = 30;
        AtomicInteger arrived = new AtomicInteger();
        L2Hub first = new L2Hub(time);
        Station outside = new Station(1);
        first.connect(outside);
        L2Hub last = first;
        for (int i = 1; i < hops; i++) {
            L2Hub next = new L2Hub(time);
            join(last, next);
            last = next;
        }
        last.connect(new Probe(frame -> arrived.incrementAndGet()));

        outside.inject(broadcast());
        assertEquals(0, arrived.get());

        first.setMaxForwardDepth(100);
        outside.inject(broadcast());
        assertEquals(1, arrived.get(), "the limit of the first holds in the hubs after it");
    }

    @Test
    void shouldKeepARaisedLimitThroughLinks() {
        PipeL2[] ends = new PipeL2[2];
        ends[0] = new PipeL2(MacAddress.ZERO, frame -> ends[0].inject(frame));
        ends[1] = new PipeL2(MacAddress.ZERO, frame -> ends[1].inject(frame));
        L2Hub hub = new L2Hub(time);
        hub.setMaxForwardDepth(40);
        Station outside = new Station(1);
        hub.connect(outside);
        Links.connect(ends[0], ends[1]);
        hub.connect(new Probe(ends[0]::inject));

        outside.inject(broadcast());

        assertEquals(
                39,
                ends[0].stats().snapshot().sentPackets()
                        + ends[1].stats().snapshot().sentPackets());
        assertTrue(ForwardingDepth.enter(), "and it is over when the chain is");
        for (int i = 1; i < 16; i++) {
            assertTrue(ForwardingDepth.enter());
        }
        assertFalse(ForwardingDepth.enter());
        for (int i = 0; i < 16; i++) {
            ForwardingDepth.exit();
        }
        assertThrows(IllegalStateException.class, ForwardingDepth::exit);
    }

    @Test
    void shouldRefuseALimitOutOfRange() {
        L2Hub hub = new L2Hub(time);

        assertThrows(IllegalArgumentException.class, () -> hub.setMaxForwardDepth(0));
        assertThrows(IllegalArgumentException.class, () -> hub.setMaxForwardDepth(257));
    }

    @Test
    void shouldSurviveTheHighestLimitOnADefaultStack() throws InterruptedException {
        L2Hub a = new L2Hub(time);
        L2Hub b = new L2Hub(time);
        a.setMaxForwardDepth(ForwardingDepth.MAX_LIMIT);
        Station outside = new Station(1);
        a.connect(outside);
        join(a, b);
        join(a, b);

        onStack(DEFAULT_STACK_BYTES, () -> outside.inject(broadcast()));

        assertEquals(2, a.stats().loopDrops() + b.stats().loopDrops());
        assertEquals(0, a.stats().refused() + b.stats().refused(), "no stack overflow was contained");
        assertEquals(
                2 * ForwardingDepth.MAX_LIMIT + 1,
                a.stats().received() + b.stats().received());
    }

    private static void join(L2Hub a, L2Hub b) {
        Probe[] ends = new Probe[2];
        ends[0] = new Probe(frame -> ends[1].inject(frame));
        ends[1] = new Probe(frame -> ends[0].inject(frame));
        a.connect(ends[0]);
        b.connect(ends[1]);
    }

    private static Frame broadcast() {
        ByteBuffer buffer = ByteBuffer.allocate(64).putLong(0, 0xFFFF_FFFF_FFFF_0200L);
        return new Frame().wrap(buffer, 0, 64);
    }

    private static void onSmallStack(Runnable task) throws InterruptedException {
        onStack(SMALL_STACK_BYTES, task);
    }

    private static void onStack(long bytes, Runnable task) throws InterruptedException {
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        Thread thread = new Thread(null, task, "small-stack", bytes);
        thread.setUncaughtExceptionHandler((where, what) -> failure.set(what));
        thread.start();
        thread.join();
        assertEquals(null, failure.get());
    }
}
