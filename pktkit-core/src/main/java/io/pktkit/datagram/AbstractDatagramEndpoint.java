// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

import io.pktkit.device.Burst;
import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.device.FailureLog;
import io.pktkit.internal.CallbackGate;
import io.pktkit.internal.StripedCounters;
import io.pktkit.internal.ThreadState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What all endpoints share: the receiving loop, closing, batches and counters. A provider adds the sockets.
 *
 * <p>A close shuts the gate, wakes the receiver, waits for it at the gate and only then releases the sockets, so that no
 * callback runs afterwards. A receiver that is in its handler is waited for too, unless it is the one who closes.
 */
public abstract class AbstractDatagramEndpoint implements DatagramEndpoint {

    private static final FailureLog FAILURES = new FailureLog(DatagramEndpoint.class, "datagram handler");
    private static final DatagramHandler NOBODY = datagram -> {};

    private final CallbackGate gate = new CallbackGate();
    private final DeviceStats stats = new DeviceStats();
    private final StripedCounters counters = new StripedCounters(DatagramCounter.values().length);
    private final BatchPool batches;
    private final AtomicBoolean receiving = new AtomicBoolean();
    private final AtomicBoolean released = new AtomicBoolean();
    private final AtomicBoolean woken = new AtomicBoolean();

    /** Of the thread that is receiving. */
    private DatagramHandler handler = NOBODY;

    /** Whether it was given something since its last end of a burst. */
    private boolean inBurst;

    /**
     * Makes an endpoint that nothing was sent through yet.
     *
     * @param maxBatches how many threads can fill a batch at the same time
     */
    @SuppressWarnings("this-escape") // the pool makes no batch before the first is sent
    protected AbstractDatagramEndpoint(int maxBatches) {
        batches = new BatchPool(maxBatches, this::newBatch);
    }

    @Override
    public final int receive(DatagramHandler taker) throws IOException {
        return receive(taker, true);
    }

    @Override
    public final int poll(DatagramHandler taker) throws IOException {
        return receive(taker, false);
    }

    @Override
    public final void wake() {
        woken.set(true);
        wakeReceiver();
    }

    @Override
    public final boolean send(ByteBuffer data, int offset, int length, DatagramPath to, int trafficClass) {
        DatagramBatch batch = batch();
        if (batch == null) {
            return false;
        }
        int at = batch.reserve(length, to, trafficClass);
        if (at < 0) {
            return false;
        }
        batch.buffer().put(at, data, offset, length);
        return batch.commit(length);
    }

    @Override
    public final @Nullable DatagramBatch batch() {
        DatagramBatch batch = batches.claim();
        if (batch == null) {
            stats.sendDropped(DropReason.NO_BUFFER);
        }
        return batch;
    }

    @Override
    public final DeviceStats stats() {
        return stats;
    }

    @Override
    public final long counter(DatagramCounter which) {
        return counters.sum(index(which));
    }

    @Override
    public final boolean isClosed() {
        return gate.isClosed();
    }

    @Override
    public final void close() {
        gate.shut();
        wakeReceiver();
        CallbackGate.afterLast(List.of(gate), this::releaseOnce);
    }

    private void releaseOnce() {
        if (released.compareAndSet(false, true)) {
            release();
        }
    }

    /** {@return a new batch of this endpoint} */
    protected abstract DatagramBatch newBatch();

    /**
     * Receives what is there without waiting, and gives each datagram to {@link #deliver}; a bounded number of them.
     *
     * @return how many datagrams were delivered; 0 when there are none
     * @throws IOException when the socket itself is broken
     */
    protected abstract int drain() throws IOException;

    /**
     * Waits until there may be something to receive or {@link #wakeReceiver} was called, also before this was.
     *
     * @throws IOException when the socket itself is broken
     */
    protected abstract void awaitReadable() throws IOException;

    /** Called at the end of each receiving call, on its thread. */
    protected void received() {}

    /** Ends the present or the next {@link #awaitReadable}. Any thread, also after {@link #release}. */
    protected abstract void wakeReceiver();

    /** Frees the sockets. Called once, when nobody receives any more, but others may be sending. */
    protected abstract void release();

    /**
     * Whether the endpoint can send to a family at all.
     *
     * @param isIpv4 which family
     * @return whether it has a socket for it
     */
    protected abstract boolean reaches(boolean isIpv4);

    /**
     * Counts a datagram and hands it on, unless the endpoint was closed meanwhile.
     *
     * @param datagram what was received
     * @return 1 if the handler took it, otherwise 0
     */
    protected final int deliver(Datagram datagram) {
        if (isClosed()) {
            stats.receiveDropped(DropReason.CLOSED);
            return 0;
        }
        // Before the handler, which may change what it was lent.
        stats.received(datagram.length());
        inBurst = true;
        try {
            handler.onDatagram(datagram);
        } catch (Throwable failure) {
            FAILURES.record(failure);
            stats.error();
            stats.receiveDropped(DropReason.HANDLER_FAILED);
        }
        return 1;
    }

    /**
     * Counts.
     *
     * @param which the counter
     * @param amount how much, 0 or more
     */
    protected final void count(DatagramCounter which, long amount) {
        counters.add(ThreadState.current(), index(which), amount);
    }

    /** Why there cannot be such a datagram; null if there can. */
    final @Nullable DropReason refusal(int length, DatagramPath to) {
        if (length < 0) {
            throw new IllegalArgumentException("a length is 0 or more: length=" + length);
        }
        if (length > DatagramConfig.MAX_PAYLOAD) {
            return DropReason.TOO_BIG;
        }
        if (isClosed()) {
            return DropReason.CLOSED;
        }
        if (to.remotePort() == 0) {
            return DropReason.UNREACHABLE;
        }
        return reaches(to.isIpv4()) ? null : DropReason.NO_ROUTE;
    }

    final int transmit(DatagramBatch batch) {
        if (isClosed()) {
            for (int i = 0; i < batch.size(); i++) {
                stats.sendDropped(DropReason.CLOSED);
            }
            return 0;
        }
        return batch.transmit();
    }

    @SuppressWarnings("EnumOrdinal") // an index of this process only, never stored
    private static int index(DatagramCounter which) {
        return which.ordinal();
    }

    private int receive(DatagramHandler taker, boolean wait) throws IOException {
        ThreadState thread = ThreadState.current();
        if (!receiving.compareAndSet(false, true)) {
            throw new IllegalStateException("one thread receives at a time, and not inside a handler: receiving=true");
        }
        try {
            if (!gate.enter(thread)) {
                return CLOSED;
            }
            try {
                handler = taker;
                return receiveInside(wait);
            } finally {
                handler = NOBODY;
                received();
                gate.exit(thread);
            }
        } finally {
            receiving.set(false);
        }
    }

    private int receiveInside(boolean wait) throws IOException {
        while (true) {
            if (isClosed()) {
                return CLOSED;
            }
            if (wait && woken.get() && woken.getAndSet(false)) {
                return 0;
            }
            int taken = drainInBurst();
            if (taken > 0) {
                return isClosed() ? CLOSED : taken;
            }
            if (!wait) {
                return isClosed() ? CLOSED : 0;
            }
            awaitReadable();
        }
    }

    private int drainInBurst() throws IOException {
        Burst burst = Burst.open();
        try {
            return drain();
        } finally {
            endBurst();
            burst.close();
        }
    }

    private void endBurst() {
        if (!inBurst) {
            return;
        }
        inBurst = false;
        if (isClosed()) {
            return; // perhaps by the handler, who may be called no more
        }
        try {
            handler.endOfBurst();
        } catch (Throwable failure) {
            FAILURES.record(failure);
            stats.error();
        }
    }
}
