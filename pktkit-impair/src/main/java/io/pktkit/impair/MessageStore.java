// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import io.pktkit.internal.FreeBuffers;
import io.pktkit.wire.Pdu;
import org.jspecify.annotations.Nullable;

/** Makes the copies of a {@link LinkQueue} and uses them again. Guarded by the queue's owner. */
final class MessageStore {

    /** How much is kept of each size; more than that at once is a burst that need not stay in memory. */
    private static final int KEPT_BYTES_PER_SIZE = 2 << 20;

    private static final int KEPT_MESSAGES = 4096;

    private final FreeBuffers buffers = new FreeBuffers(KEPT_BYTES_PER_SIZE);

    /** The free messages, the latest given first, each with the next one. */
    private @Nullable Message free;

    private int kept;

    Message copy(Pdu pdu) {
        Message message = free;
        if (message == null) {
            message = new Message();
        } else {
            free = message.nextFree;
            kept--;
        }
        message.fill(pdu, buffers.take(pdu.length()));
        return message;
    }

    void give(Message message) {
        buffers.give(message.empty());
        if (kept < KEPT_MESSAGES) {
            kept++;
            message.nextFree = free;
            free = message;
        }
    }

    void clear() {
        buffers.clear();
        free = null;
        kept = 0;
    }
}
