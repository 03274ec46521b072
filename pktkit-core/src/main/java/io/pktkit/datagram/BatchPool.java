// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The batches of an endpoint, made when first needed and never more than a limit. Any thread.
 *
 * <p>A batch belongs to the thread that claimed it until it was flushed. A thread looks from a place of its own, where it
 * mostly finds what it had before. Thread locals were rejected: each endpoint would hold memory for each thread that ever
 * sent through it, until that thread dies.
 */
final class BatchPool {

    private final AtomicReferenceArray<@Nullable DatagramBatch> batches;
    private final Supplier<DatagramBatch> maker;

    BatchPool(int limit, Supplier<DatagramBatch> maker) {
        batches = new AtomicReferenceArray<>(limit);
        this.maker = maker;
    }

    /** The calling thread's batch, or a free one that now is; null if all are taken. */
    @Nullable
    DatagramBatch claim() {
        Thread self = Thread.currentThread();
        int home = home(self);
        DatagramBatch first = batches.get(home);
        if (first != null && first.isOwnedBy(self)) {
            return first;
        }
        DatagramBatch owned = ownedBy(self, home);
        return owned != null ? owned : free(self, home);
    }

    private @Nullable DatagramBatch ownedBy(Thread self, int home) {
        for (int i = 1; i < batches.length(); i++) {
            DatagramBatch batch = batches.get((home + i) % batches.length());
            if (batch != null && batch.isOwnedBy(self)) {
                return batch;
            }
        }
        return null;
    }

    private @Nullable DatagramBatch free(Thread self, int home) {
        for (int i = 0; i < batches.length(); i++) {
            int slot = (home + i) % batches.length();
            DatagramBatch batch = batches.get(slot);
            if (batch == null) {
                batch = fill(slot);
            }
            if (batch.claim(self)) {
                return batch;
            }
        }
        return null;
    }

    /** Made under a lock, so that threads that come at once do not each make one to throw it away. */
    private synchronized DatagramBatch fill(int slot) {
        DatagramBatch batch = batches.get(slot);
        if (batch == null) {
            batch = maker.get();
            batches.set(slot, batch);
        }
        return batch;
    }

    private int home(Thread thread) {
        return (int) (thread.getId() % batches.length());
    }
}
