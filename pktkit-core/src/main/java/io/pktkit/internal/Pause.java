// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A wait until it is over, or for good. One thread waits; any thread ends it. */
final class Pause {

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition over = lock.newCondition();
    private boolean waiting;
    private boolean ended;

    /** Says that {@link #await} is to wait, before whatever ends the pause is started. */
    void begin() {
        lock.lock();
        try {
            waiting = true;
        } finally {
            lock.unlock();
        }
    }

    void await() {
        lock.lock();
        try {
            while (waiting && !ended) {
                over.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Ends this pause, or all. */
    void end(boolean forGood) {
        lock.lock();
        try {
            waiting = false;
            ended |= forGood;
            over.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
