// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.Burst;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Sends on what the guests' connections of one namespace have brought, on the thread that brought it: at the end of its burst or,
 * outside one, at once. {@link UdpUplink} does so for datagrams; streams go this way only as long as it is little, which is what a
 * request is, and who uploads much has the loop to write while its packets are read.
 */
final class TcpUplink implements Burst.BatchDevice {
    private final Namespace namespace;

    // Guarded by the namespace's lock.
    private final ArrayDeque<TcpFlow> waiting = new ArrayDeque<>();
    private boolean bringing;

    TcpUplink(Namespace namespace) {
        this.namespace = namespace;
    }

    /** A guest's packet is being looked at, or not any more. Under the namespace's lock. */
    void bringing(boolean now) {
        bringing = now;
    }

    /**
     * Takes a flow that has something to send on. Under the namespace's lock; false if there is no thread that would. On the loop's own
     * there is nobody to wake, and a guest that answers on the thread that calls it would have its turn before all others.
     */
    boolean offer(TcpFlow flow) {
        if (!bringing || namespace.stack().loop().isCurrent()) {
            return false;
        }
        if (!flow.queued) {
            flow.queued = true;
            waiting.addLast(flow);
        }
        return true;
    }

    /** Whether the calling thread is to {@link #flush} as soon as it has released the namespace's lock, which it holds. */
    boolean isDue() {
        return !waiting.isEmpty() && !Burst.flushLater(this);
    }

    @Override
    public void flush() {
        PayloadBatch batch = namespace.stack().takeBatch();
        try {
            for (TcpFlow flow = next(); flow != null; flow = next()) {
                flow.socket().sendOn(batch.buffer());
            }
        } finally {
            namespace.stack().giveBatch(batch);
        }
    }

    private @Nullable TcpFlow next() {
        namespace.shell().enter();
        try {
            TcpFlow first = waiting.pollFirst();
            if (first != null) {
                first.queued = false;
            }
            return first;
        } finally {
            namespace.shell().leave();
        }
    }
}
