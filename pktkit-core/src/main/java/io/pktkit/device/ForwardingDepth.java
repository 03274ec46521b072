// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.internal.ThreadState;

/**
 * Bounds how many hubs and links one frame passes on one thread.
 *
 * <p>Forwarding is a chain of calls, so a loop in the topology is a recursion. Its depth is counted for each thread
 * and shared by all hubs and links: a loop is cut no matter what it is made of. Within a chain the highest limit of its
 * members holds, so that raising it on one hub is enough for a long chain.
 *
 * <pre>{@code
 * if (!ForwardingDepth.enter()) {
 *     stats.sendDropped(DropReason.LOOP);
 *     return false;
 * }
 * try {
 *     ...
 * } finally {
 *     ForwardingDepth.exit();
 * }
 * }</pre>
 */
public final class ForwardingDepth {

    /** The limit of hubs and links for which no other was set. */
    public static final int DEFAULT_LIMIT = ThreadState.DEFAULT_LIMIT;

    /** The highest limit that may be set. */
    public static final int MAX_LIMIT = ThreadState.MAX_LIMIT;

    private ForwardingDepth() {}

    /**
     * Goes one level deeper, with the default limit.
     *
     * @return false if the chain is as deep as it may be; {@link #exit()} must then not be called
     */
    public static boolean enter() {
        return ThreadState.current().enter(DEFAULT_LIMIT);
    }

    /**
     * Goes one level deeper.
     *
     * @param limit the caller's own limit, 1 to {@link #MAX_LIMIT}
     * @return false if the chain is as deep as it may be; {@link #exit()} must then not be called
     */
    public static boolean enter(int limit) {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("limit must be in [1, " + MAX_LIMIT + "]: limit=" + limit);
        }
        return ThreadState.current().enter(limit);
    }

    /** Goes one level back up; in a {@code finally}, once for each {@code enter} that returned true. */
    public static void exit() {
        ThreadState thread = ThreadState.current();
        if (thread.depth() == 0) {
            throw new IllegalStateException("exit without enter: depth=0");
        }
        thread.leave();
    }

    /**
     * Tells how deep the calling thread is.
     *
     * @return 0 when it is not forwarding
     */
    public static int current() {
        return ThreadState.current().depth();
    }
}
