// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import java.util.concurrent.atomic.AtomicInteger;

/** Whose turn it is to work on something, of whom there is one at a time. Nobody waits for it; who may not miss it asks for the next. */
final class Turn {
    private static final int FREE = 0;
    private static final int TAKEN = 1;
    private static final int WANTED = 2;

    private final AtomicInteger state = new AtomicInteger(FREE);

    /** Whether the turn is the caller's from now on. */
    boolean take() {
        return state.compareAndSet(FREE, TAKEN);
    }

    /** Like {@link #take}; if it is not, {@link #release} says so to whoever has it. */
    boolean takeOrAsk() {
        while (!take()) {
            if (state.get() == WANTED || state.compareAndSet(TAKEN, WANTED)) {
                return false;
            }
        }
        return true;
    }

    /** Gives it back, and tells whether another has asked for it meanwhile. */
    boolean release() {
        return state.getAndSet(FREE) == WANTED;
    }
}
