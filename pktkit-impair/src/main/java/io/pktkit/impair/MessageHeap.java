// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Waiting messages, the first to leave on top: a binary heap, because jitter puts messages anywhere. Guarded. */
final class MessageHeap {

    private @Nullable Message[] messages = new Message[16];
    private int size;

    int size() {
        return size;
    }

    @Nullable
    Message first() {
        return messages[0];
    }

    void add(Message message) {
        if (size == messages.length) {
            messages = Arrays.copyOf(messages, 2 * size);
        }
        int at = size;
        size++;
        while (at > 0) {
            int parent = (at - 1) >>> 1;
            Message above = messages[parent];
            if (above == null || !message.isBefore(above)) {
                break;
            }
            messages[at] = above;
            at = parent;
        }
        messages[at] = message;
    }

    @Nullable
    Message poll() {
        Message first = messages[0];
        if (first == null) {
            return null;
        }
        size--;
        Message last = messages[size];
        messages[size] = null;
        if (size > 0 && last != null) {
            sink(last);
        }
        return first;
    }

    private void sink(Message message) {
        int at = 0;
        int child = 1;
        while (child < size) {
            Message below = messages[child];
            Message other = child + 1 < size ? messages[child + 1] : null;
            if (below != null && other != null && other.isBefore(below)) {
                child++;
                below = other;
            }
            if (below == null || !below.isBefore(message)) {
                break;
            }
            messages[at] = below;
            at = child;
            child = 2 * at + 1;
        }
        messages[at] = message;
    }
}
