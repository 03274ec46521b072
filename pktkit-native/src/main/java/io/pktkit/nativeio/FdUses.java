// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** The count of the calls on a {@link NativeFd}, apart from it so that its cleaner can hold it. Any thread. */
final class FdUses {

    /** Sign bit: closing. The rest: the uses, where being open is one. */
    private static final int CLOSING = Integer.MIN_VALUE;

    final int fd;
    final CountDownLatch released = new CountDownLatch(1);
    private final AtomicInteger state = new AtomicInteger(1);

    FdUses(int fd) {
        this.fd = fd;
    }

    /** Begins a use; false when closing. */
    boolean acquire() {
        int seen;
        do {
            seen = state.get();
            if (seen < 0) {
                return false;
            }
        } while (!state.compareAndSet(seen, seen + 1));
        return true;
    }

    /** Ends a use; the last one closes. */
    void release() {
        if (state.decrementAndGet() == CLOSING) {
            // EINTR and EIO of close(2) leave the descriptor closed on Linux: there is nothing to try again.
            Posix.close(fd);
            released.countDown();
        }
    }

    /** Called once, by the cleanable. */
    void close() {
        state.getAndUpdate(seen -> seen | CLOSING);
        release();
    }

    boolean isClosed() {
        return state.get() < 0;
    }
}
