// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.Burst;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Sends what the guests of one namespace have queued, on the thread that brought it: at the end of its burst or, outside one, at once.
 * Another thread would have to be woken, and while it waits for a processor the guest's packets are read only to be dropped.
 *
 * <p>One thread sends at a time, so that the datagrams of an endpoint keep their order; who finds another one sending leaves it the rest.
 * What needs more than an open socket is for the loop: the first datagram, one to another destination, an empty one.
 */
final class UdpUplink implements Burst.BatchDevice {
    /** Bytes that may wait for the end of a burst: a part of what each queue holds. */
    private static final int MOST_WAITING = 64 << 10;

    private final Namespace namespace;

    // Guarded by the namespace's lock.
    private final ArrayDeque<UdpMapping> waiting = new ArrayDeque<>();
    private int waitingBytes;
    private boolean sending;

    UdpUplink(Namespace namespace) {
        this.namespace = namespace;
    }

    /** Has an endpoint's queue sent; not again before it has had its turn. Under the namespace's lock. */
    void add(UdpMapping mapping) {
        waiting.addLast(mapping);
    }

    /** An endpoint that waits has more. Under the namespace's lock. */
    void added(int bytes) {
        waitingBytes += bytes;
    }

    /** Whether the calling thread is to {@link #flush} as soon as it has released the namespace's lock, which it holds. */
    boolean isDue() {
        return !waiting.isEmpty() && !sending && (waitingBytes >= MOST_WAITING || !Burst.flushLater(this));
    }

    @Override
    public void flush() {
        if (!begin()) {
            return;
        }
        PayloadBatch batch = namespace.stack().takeBatch();
        boolean finished = false;
        try {
            UdpMapping mapping = next(batch);
            while (mapping != null) {
                mapping.socket().sendTaken(batch);
                mapping = next(batch);
            }
            finished = true;
        } finally {
            if (!finished) {
                end();
            }
            namespace.stack().giveBatch(batch);
        }
    }

    private boolean begin() {
        namespace.shell().enter();
        try {
            if (sending || waiting.isEmpty()) {
                return false;
            }
            sending = true;
            return true;
        } finally {
            namespace.shell().leave();
        }
    }

    private void end() {
        namespace.shell().enter();
        try {
            sending = false;
        } finally {
            namespace.shell().leave();
        }
    }

    /** The endpoint whose turn it is, and in the batch what it has; null, and no longer sending, when nothing waits. */
    private @Nullable UdpMapping next(PayloadBatch batch) {
        batch.clear();
        namespace.shell().enter();
        try {
            waitingBytes = 0;
            UdpMapping first = waiting.pollFirst();
            while (first != null) {
                first.take(batch);
                if (batch.size() > 0) {
                    if (first.hasMore()) {
                        waiting.addLast(first);
                    }
                    return first;
                }
                first = waiting.pollFirst();
            }
            sending = false;
            return null;
        } finally {
            namespace.shell().leave();
        }
    }
}
