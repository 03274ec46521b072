// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import java.util.PriorityQueue;
import java.util.Random;

/** Virtual time, what is going to happen in it, and the one source of randomness. */
final class World {
    private record Event(long at, long order, Runnable action) {}

    final Random random;
    /** The time, with any origin. It overflows as a clock may. */
    long now;
    /** Time that leaps have added, so that they do not count as time spent. */
    long leapt;
    /** Whether paths have stopped doing harm, so that a finite number of retries is enough. */
    boolean clean;

    private final PriorityQueue<Event> events =
            new PriorityQueue<>((a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.order, b.order));
    private long order;

    World(long seed, long now) {
        this.random = new Random(seed);
        this.now = now;
    }

    void schedule(long delay, Runnable action) {
        events.add(new Event(now + delay, order++, action));
    }

    /** Schedules a leap of the clock: what was to happen meanwhile happens late. */
    void scheduleLeap(long delay, long by) {
        schedule(delay, () -> {
            now += by;
            leapt += by;
        });
    }

    /** When the next event is due, or {@code Long.MAX_VALUE}. */
    long next() {
        return events.isEmpty() ? Long.MAX_VALUE : events.peek().at;
    }

    /** Lets time pass, and the next event happen if it is due then. */
    void advance(long to) {
        now = Math.max(now, to);
        if (next() <= now) {
            events.remove().action.run();
        }
    }

    /** True once in so many times, while paths do harm. */
    boolean harms(double probability) {
        return probability > 0 && !clean && random.nextDouble() < probability;
    }

    long upTo(long limit) {
        return limit <= 0 ? 0 : (long) (random.nextDouble() * limit);
    }
}
