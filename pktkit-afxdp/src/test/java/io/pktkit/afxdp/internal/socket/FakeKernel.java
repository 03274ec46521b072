// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.socket;

import io.pktkit.afxdp.internal.ring.Layout;
import io.pktkit.nativeio.Errno;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** The other side of the four rings of a socket, in memory of this process: it sends and receives when it is told. */
final class FakeKernel {

    static final int CHUNK = 2048;
    static final int ENTRIES = 8;

    private static final int PRODUCER = 0;
    private static final int CONSUMER = 64;
    private static final int FLAGS = 128;
    private static final int FIRST = 192;

    final ByteBuffer chunks = ByteBuffer.allocateDirect(2 * ENTRIES * CHUNK);
    final Layout fill;
    final Layout completion;
    final Layout rx;
    final Layout tx;

    /** What was sent, as text. */
    final List<String> sent = new ArrayList<>();

    /** How many frames one call sends; then it answers EAGAIN. */
    int budget = Integer.MAX_VALUE;

    /** What a call answers instead, if it is not 0. */
    int error;

    int kicks;
    int pulls;

    /** Addresses that were sent, and whose chunks come back by {@link #complete}. */
    private final List<Long> flying = new ArrayList<>();

    /** All cursors start a little before 2^32. */
    FakeKernel() {
        fill = ring(8);
        completion = ring(8);
        rx = ring(16);
        tx = ring(16);
        wakeup(tx, true);
    }

    private static Layout ring(int entrySize) {
        ByteBuffer memory =
                ByteBuffer.allocateDirect(FIRST + ENTRIES * entrySize).order(ByteOrder.nativeOrder());
        memory.putInt(PRODUCER, -5).putInt(CONSUMER, -5);
        return new Layout(memory, ENTRIES, PRODUCER, CONSUMER, FLAGS, FIRST, entrySize);
    }

    static void wakeup(Layout ring, boolean needed) {
        ring.memory().putInt(FLAGS, needed ? 1 : 0);
    }

    private static int at(Layout ring, int cursor) {
        return FIRST + (cursor & (ENTRIES - 1)) * ring.entrySize();
    }

    static int unread(Layout ring) {
        return ring.memory().getInt(PRODUCER) - ring.memory().getInt(CONSUMER);
    }

    int kick() {
        kicks++;
        if (error != 0) {
            return -error;
        }
        int left = budget;
        while (unread(tx) > 0) {
            if (left-- == 0) {
                return -Errno.EAGAIN;
            }
            int cursor = tx.memory().getInt(CONSUMER);
            long address = tx.memory().getLong(at(tx, cursor));
            int length = tx.memory().getInt(at(tx, cursor) + 8);
            byte[] bytes = new byte[length];
            chunks.get((int) address, bytes);
            sent.add(new String(bytes, 14, length - 14, java.nio.charset.StandardCharsets.US_ASCII));
            flying.add(address);
            tx.memory().putInt(CONSUMER, cursor + 1);
        }
        return 0;
    }

    /** Gives back the chunks of what was sent. */
    void complete() {
        for (long address : flying) {
            int cursor = completion.memory().getInt(PRODUCER);
            completion.memory().putLong(at(completion, cursor), address).putInt(PRODUCER, cursor + 1);
        }
        flying.clear();
    }

    /** Receives a frame into the next chunk of the FILL ring; false when there is none. */
    boolean receive(byte[] frame, int headroom) {
        if (unread(fill) == 0) {
            return false;
        }
        int cursor = fill.memory().getInt(CONSUMER);
        long address = fill.memory().getLong(at(fill, cursor)) + headroom;
        fill.memory().putInt(CONSUMER, cursor + 1);
        chunks.put((int) address, frame);
        descriptor(address, frame.length);
        return true;
    }

    void descriptor(long address, int length) {
        int cursor = rx.memory().getInt(PRODUCER);
        rx.memory()
                .putLong(at(rx, cursor), address)
                .putInt(at(rx, cursor) + 8, length)
                .putInt(PRODUCER, cursor + 1);
    }

    int pull() {
        pulls++;
        return 0;
    }
}
