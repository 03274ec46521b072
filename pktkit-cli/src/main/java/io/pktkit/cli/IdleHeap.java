// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import java.util.function.LongSupplier;

/**
 * Gives memory back after a load. A collector that is never asked for room never collects, and the data path asks for next to
 * none: so the heap would stay as large as the busiest minute made it. A whole collection of the few megabytes that live takes
 * some milliseconds; it is done when nothing goes on, and only if the heap has grown since the last one. One thread.
 */
final class IdleHeap {
    /** Frames between two looks, which are seconds apart, that are still rest: the chatter of guests that do nothing. */
    private static final long RESTING = 1000;

    /** Growth in bytes that is worth a collection. */
    private static final long GROWN = 8 << 20;

    private final LongSupplier committed;
    private final Runnable collect;
    private long lastFrames;
    private long lastCommitted;

    /** With the memory of this process. */
    IdleHeap() {
        this(Runtime.getRuntime()::totalMemory, System::gc);
    }

    IdleHeap(LongSupplier committed, Runnable collect) {
        this.committed = committed;
        this.collect = collect;
        lastCommitted = committed.getAsLong();
    }

    /** Looks, some seconds after it looked last; {@code frames} is how many there have been in all. */
    void look(long frames) {
        boolean resting = frames - lastFrames < RESTING;
        lastFrames = frames;
        if (resting && committed.getAsLong() - lastCommitted >= GROWN) {
            collect.run();
            lastCommitted = committed.getAsLong();
        }
    }
}
