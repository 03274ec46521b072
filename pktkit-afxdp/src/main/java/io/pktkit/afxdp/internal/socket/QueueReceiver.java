// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.socket;

import io.pktkit.afxdp.internal.ring.ConsumerRing;
import io.pktkit.afxdp.internal.ring.ProducerRing;
import io.pktkit.wire.Frame;
import java.nio.ByteBuffer;

/** Takes frames out of the RX ring, lends them, and gives their chunks back through the FILL ring. One thread's. */
final class QueueReceiver {

    private final ByteBuffer chunks;
    private final ConsumerRing received;
    private final ProducerRing fill;
    private final XdpSocketCalls calls;
    private final long chunkMask;
    private final Frame frame = new Frame();

    /** Who gets the frames. Called on the queue's thread. */
    interface Receiver {

        /** A frame, on loan. */
        void onFrame(Frame frame);

        /** A descriptor that says what cannot be. */
        void onInvalid();
    }

    /** The call that a ring may need. */
    @FunctionalInterface
    interface XdpSocketCalls {
        int pull();
    }

    QueueReceiver(ByteBuffer chunks, int chunkSize, ConsumerRing received, ProducerRing fill, XdpSocketCalls calls) {
        this.chunks = chunks;
        this.chunkMask = -(long) chunkSize;
        this.received = received;
        this.fill = fill;
        this.calls = calls;
    }

    /** Lends what is there, up to a bound: how many frames that were. */
    int receive(Receiver receiver, int most) {
        int count = Math.min(received.available(), most);
        for (int i = 0; i < count; i++) {
            long address = received.address(i);
            int length = received.length(i);
            if (address >= 0 && length >= 0 && address <= chunks.capacity() - length) {
                receiver.onFrame(frame.wrap(chunks, (int) address, length));
            } else {
                receiver.onInvalid();
            }
            // A chunk more than the kernel has got cannot be: there are as many as the ring has entries.
            if (!fill.isFull()) {
                fill.put(address & chunkMask);
            }
        }
        if (count > 0) {
            received.release(count);
            fill.submit();
            if (fill.needsWakeup()) {
                calls.pull();
            }
        }
        return count;
    }
}
