// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Attachment;
import io.pktkit.device.Interposer;
import io.pktkit.device.Receiver;
import io.pktkit.device.Registration;
import io.pktkit.device.Sender;
import io.pktkit.hub.HubPort;
import io.pktkit.hub.L2Hub;
import io.pktkit.link.Links;
import io.pktkit.link.PipeL2;
import io.pktkit.link.PipeL3;
import io.pktkit.time.ManualTime;
import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Links that come and go while there is traffic. */
@Timeout(120)
class RemovalTest {

    private static final Impairment NONE = Impairment.none();
    private static final Impairment SLOW = NONE.delay(Duration.ofMillis(10));
    private static final int MAX_UNDER_WAY = 1 << 16;

    @Test
    void shouldPassOnWhatItHoldsInOrderWhenTakenOut() {
        Bench bench = new Bench(SLOW.reorder(0, Duration.ofMillis(5)), SLOW);
        bench.sendAll(3, 40);
        bench.link.update(Direction.SEND, NONE.reorder(1, Duration.ofMillis(5)));
        bench.send(3, 40); // held back for less than the others: it would arrive first
        bench.inject(4, 40);
        bench.inject(5, 40);

        bench.link.close();
        bench.link.close();

        assertEquals(List.of(3, 0, 1, 2), bench.sentNumbers());
        assertEquals(List.of(4, 5), bench.receivedNumbers());
        assertEquals(0, bench.time.pending(), "no alarm is left");
        assertEquals(4, bench.stats().passed());
        bench.send(6, 40);
        assertEquals(List.of(3, 0, 1, 2, 6), bench.sentNumbers(), "the way is short again");
        assertEquals(4, bench.stats().offered());
        assertEquals(Timers.NEVER, bench.link.poll());
    }

    @Test
    void shouldPassOnTheRestWhenTakenOutByItsReceiver() {
        Bench bench = new Bench(SLOW, SLOW);
        List<Integer> got = new ArrayList<>();
        bench.setNear(packet -> {
            got.add(packet.buffer().getInt(packet.offset()));
            bench.link.close();
        });
        for (int i = 0; i < 3; i++) {
            bench.inject(i, 40);
            bench.time.advanceNanos(1000);
        }
        bench.send(9, 40);

        assertTrue(bench.time.runNext());

        assertEquals(List.of(0, 1, 2), got);
        assertEquals(List.of(9), bench.sentNumbers());
        assertEquals(0, bench.time.pending());
    }

    @Test
    void shouldBePutInWhileThereIsTraffic() {
        Bench bench = new Bench(NONE, NONE);
        bench.send(0, 40);
        ImpairedLink<Packet> second = ImpairedLink.on(bench.attachment, SLOW, SLOW, bench.time);
        bench.link.update(SLOW);
        bench.send(1, 40);
        bench.inject(2, 40);
        bench.runAll();
        second.close();
        bench.send(3, 40);
        bench.runAll();

        assertEquals(List.of(0, 1, 3), bench.sentNumbers());
        assertEquals(List.of(0L, 20_000_000L, 30_000_000L), bench.sentTimes(), "two delays, and then one");
        assertEquals(List.of(2), bench.receivedNumbers());
    }

    /** What waits in a link goes on when its neighbour leaves, and meets it if it stays. */
    @Test
    void shouldGoOnWhenItsNeighbourLeaves() {
        Bench bench = new Bench(SLOW, SLOW);
        List<String> seen = new ArrayList<>();
        Registration capture = bench.attachment.interpose(new Note(seen));
        bench.inject(0, 40);
        bench.time.advanceNanos(10_000_000);
        bench.inject(1, 40);
        capture.close();
        bench.runAll();

        assertEquals(List.of(0, 1), bench.receivedNumbers());
        assertEquals(List.of("received"), seen);
    }

    @Test
    void shouldStandOnTheEndsOfCablesAndOnPortsOfHubs() {
        ManualTime time = new ManualTime();
        List<String> seen = new ArrayList<>();
        PipeL3 left = new PipeL3(packet -> seen.add("left"));
        PipeL3 right = new PipeL3(packet -> seen.add("right"));
        Links.Cable<Packet> cable = Links.connect(left, right);
        ImpairedLink.on(cable.first(), SLOW, NONE, time);
        PipeL2 station = new PipeL2(MacAddress.parse("02:00:00:00:00:01"), frame -> seen.add("station"));
        PipeL2 other = new PipeL2(MacAddress.parse("02:00:00:00:00:02"), frame -> seen.add("other"));
        L2Hub hub = new L2Hub(time);
        hub.connect(station);
        HubPort port = hub.connect(other);
        ImpairedLink<Frame> link = ImpairedLink.on(port, SLOW, SLOW, time);
        Frame broadcast =
                new Frame().wrap(ByteBuffer.allocate(60)).destinationMac(-1).sourceMac(1L << 41);

        left.inject(Bench.numbered(0, 40));
        right.inject(Bench.numbered(1, 40));
        other.inject(broadcast);
        station.inject(broadcast);
        assertEquals(List.of("right"), seen);
        time.advanceNanos(10_000_000);

        assertEquals(
                List.of("left", "other", "station"),
                seen.subList(1, seen.size()).stream().sorted().toList());
        assertEquals(1, link.stats(Direction.SEND).passed());
        assertEquals(1, link.stats(Direction.RECEIVE).passed());
    }

    @RepeatedTest(20)
    void shouldLoseNothingWhileLinksComeAndGo() throws InterruptedException {
        AtomicLong arrived = new AtomicLong();
        AtomicLong left = new AtomicLong();
        AtomicLong sent = new AtomicLong();
        AtomicBoolean stop = new AtomicBoolean();
        CountDownLatch running = new CountDownLatch(2);
        PipeL3 busy = new PipeL3(packet -> left.incrementAndGet());
        Attachment<Packet> attachment = busy.attach(packet -> arrived.incrementAndGet());
        Thread[] threads = new Thread[2];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> {
                Packet packet = Bench.numbered(7, 40);
                while (!stop.get()) {
                    // What waits must fit the queues however long nobody empties them.
                    while (sent.get() - Math.min(arrived.get(), left.get()) > MAX_UNDER_WAY) {
                        Thread.onSpinWait();
                    }
                    busy.inject(packet);
                    assertTrue(attachment.send(packet));
                    sent.incrementAndGet();
                    running.countDown();
                }
            });
            threads[i].start();
        }
        running.await();
        Impairment brief = NONE.jitter(Duration.ofNanos(20_000)).queue(2 * MAX_UNDER_WAY, 1L << 40);

        for (int i = 0; i < 50; i++) {
            ImpairedLink<Packet> outer = ImpairedLink.on(attachment, brief, brief, SystemTimers.shared());
            ImpairedLink<Packet> inner = ImpairedLink.on(attachment, brief, brief, SystemTimers.shared());
            outer.poll();
            outer.close();
            inner.close();
        }
        stop.set(true);
        for (Thread thread : threads) {
            thread.join();
        }

        assertEquals(sent.get(), arrived.get());
        assertEquals(sent.get(), left.get());
    }

    private static final class Note implements Interposer<Packet> {

        private final List<String> seen;

        private Note(List<String> seen) {
            this.seen = seen;
        }

        @Override
        public void fromDevice(Packet packet, Receiver<Packet> next) {
            seen.add("received");
            next.receive(packet);
        }

        @Override
        public boolean toDevice(Packet packet, Sender<Packet> next) {
            seen.add("sent");
            return next.send(packet);
        }
    }
}
