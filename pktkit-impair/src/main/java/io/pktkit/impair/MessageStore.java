// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import io.pktkit.internal.FreeBuffers;
import io.pktkit.wire.Pdu;
import java.util.ArrayDeque;

/** Makes the copies of a {@link LinkQueue} and uses them again. Guarded by the queue's owner. */
final class MessageStore {

    /** How much is kept of each size; more than that at once is a burst that need not stay in memory. */
    private static final int KEPT_BYTES_PER_SIZE = 1 << 20;

    private static final int KEPT_MESSAGES = 4096;

    private final FreeBuffers buffers = new FreeBuffers(KEPT_BYTES_PER_SIZE);
    private final ArrayDeque<Message> messages = new ArrayDeque<>();

    Message copy(Pdu pdu) {
        Message free = messages.pollLast();
        Message message = free != null ? free : new Message();
        message.fill(pdu, buffers.take(pdu.length()));
        return message;
    }

    void give(Message message) {
        buffers.give(message.empty());
        if (messages.size() < KEPT_MESSAGES) {
            messages.addLast(message);
        }
    }

    void clear() {
        buffers.clear();
        messages.clear();
    }
}
