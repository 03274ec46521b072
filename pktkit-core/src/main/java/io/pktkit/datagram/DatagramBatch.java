// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

import io.pktkit.device.Burst;
import io.pktkit.device.DropReason;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Room for datagrams that one thread writes and that leave together.
 *
 * <pre>{@code
 * DatagramBatch batch = endpoint.batch();
 * int at = batch == null ? -1 : batch.reserve(packet.length() + 32, peer.path(), 0);
 * if (at >= 0) {
 *     batch.commit(encrypt(packet, batch.buffer(), at));
 * }
 * }</pre>
 *
 * <p>Inside a {@link Burst} what was committed waits for its end, outside it leaves at once. Neighbours in a batch that
 * have one path, one traffic class and one length, the last of them perhaps shorter, are a run, and leave as one message
 * where the endpoint has {@link DatagramFeature#SEGMENTATION}. Order is kept.
 *
 * <p>A batch belongs to the thread that {@link DatagramEndpoint#batch()} lent it to, until the batch has been sent. The
 * thread does not keep it any longer than that.
 */
public abstract class DatagramBatch implements Burst.BatchDevice {

    /** The bytes that a batch has room for; a fuller batch is sent before the end of the burst. */
    public static final int CAPACITY = 256 << 10;

    /** How many datagrams a batch has room for. */
    public static final int MAX_DATAGRAMS = 128;

    private static final VarHandle OWNER;

    static {
        try {
            OWNER = MethodHandles.lookup().findVarHandle(DatagramBatch.class, "owner", Thread.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final AbstractDatagramEndpoint endpoint;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(CAPACITY);
    private final int[] offsets = new int[MAX_DATAGRAMS];
    private final int[] lengths = new int[MAX_DATAGRAMS];
    private final Slot[] slots = new Slot[MAX_DATAGRAMS];

    private volatile @Nullable Thread owner;
    private int count;
    private int used;
    private int reserved = -1;
    private boolean scheduled;

    /**
     * Makes an empty batch.
     *
     * @param endpoint whose it is
     */
    protected DatagramBatch(AbstractDatagramEndpoint endpoint) {
        this.endpoint = endpoint;
        Arrays.setAll(slots, i -> new Slot());
    }

    /** {@return where reserved room is; direct and big-endian, its position and limit are not used} */
    public final ByteBuffer buffer() {
        return buffer;
    }

    /**
     * Reserves room for a datagram. A reservation that was not committed is given up.
     *
     * @param length the most bytes that the payload may have
     * @param to the peer, and the address of ours to send from; read now, and not kept
     * @param trafficClass DSCP and ECN of the IP header, 0 to 255
     * @return where in {@link #buffer()} the room is; -1 when there cannot be such a datagram, which is counted as dropped
     */
    public final int reserve(int length, DatagramPath to, int trafficClass) {
        reserved = -1;
        DropReason refusal = endpoint.refusal(length, to);
        if (refusal != null) {
            drop(refusal);
            return -1;
        }
        if (count == MAX_DATAGRAMS || length > CAPACITY - used) {
            transmitAll();
        }
        slots[count].copy(to, trafficClass & 0xff);
        reserved = length;
        return used;
    }

    /**
     * Queues the datagram that was written into the reserved room, for the end of the burst or, outside one, for now.
     *
     * @param length its payload's bytes, at most what was reserved
     * @return false if it was dropped; true for sent, or waiting
     */
    public final boolean commit(int length) {
        if (length < 0 || length > reserved) {
            throw new IllegalArgumentException("more than was reserved: length=" + length + " reserved=" + reserved);
        }
        reserved = -1;
        offsets[count] = used;
        lengths[count] = length;
        used += length;
        count++;
        scheduled = scheduled || Burst.flushLater(this);
        if (scheduled) {
            return true;
        }
        boolean sent = transmitAll() > 0;
        release();
        return sent;
    }

    /** Gives up the reservation, for who finds that there is nothing to send. */
    public final void cancel() {
        reserved = -1;
        if (count == 0 && !scheduled) {
            release();
        }
    }

    /** Sends what was committed. Called at the end of the burst; calling it before has the same effect. */
    @Override
    public final void flush() {
        // A burst may remember a batch that was sent before its end and now is another thread's.
        if (isOwnedBy(Thread.currentThread())) {
            scheduled = false;
            reserved = -1;
            transmitAll();
            release();
        }
    }

    /** {@return how many datagrams wait} */
    public final int size() {
        return count;
    }

    /**
     * Sends all datagrams of the batch, in order, and counts each as sent or dropped. Called on the owner's thread, never
     * with none. The batch is emptied by the caller.
     *
     * @return how many were sent
     */
    protected abstract int transmit();

    /**
     * Where a datagram's payload begins.
     *
     * @param index which datagram, from 0
     * @return the offset in {@link #buffer()}
     */
    protected final int offset(int index) {
        return offsets[index];
    }

    /**
     * A datagram's length.
     *
     * @param index which datagram, from 0
     * @return the bytes of its payload
     */
    protected final int length(int index) {
        return lengths[index];
    }

    /**
     * A datagram's path.
     *
     * @param index which datagram, from 0
     * @return the path, a view that is reused
     */
    protected final DatagramPath path(int index) {
        return slots[index];
    }

    /**
     * A datagram's traffic class.
     *
     * @param index which datagram, from 0
     * @return 0 to 255
     */
    protected final int trafficClass(int index) {
        return slots[index].trafficClass;
    }

    /**
     * Finds the run that begins with a datagram: neighbours with one path, traffic class and length, of which the last may
     * be shorter but not empty.
     *
     * @param first which datagram, from 0
     * @param maxDatagrams the most datagrams of a run
     * @param maxBytes the most bytes of a run
     * @return how many datagrams the run has, at least 1
     */
    protected final int runLength(int first, int maxDatagrams, int maxBytes) {
        int size = lengths[first];
        int bytes = size;
        int next = first + 1;
        int end = Math.min(count, first + maxDatagrams);
        while (size > 0 && next < end) {
            int length = lengths[next];
            if (length == 0 || length > size || length > maxBytes - bytes || !slots[next].joins(slots[first])) {
                break;
            }
            bytes += length;
            next++;
            if (length < size) {
                break;
            }
        }
        return next - first;
    }

    final boolean isOwnedBy(Thread thread) {
        return owner == thread;
    }

    /** Gives the batch to a thread, unless another one that lives has it. */
    final boolean claim(Thread thread) {
        Thread now = owner;
        if ((now != null && now.isAlive()) || !OWNER.compareAndSet(this, now, thread)) {
            return false;
        }
        // What a thread left behind that died with a reservation or inside a burst.
        count = 0;
        used = 0;
        reserved = -1;
        scheduled = false;
        return true;
    }

    private void drop(DropReason reason) {
        endpoint.stats().sendDropped(reason);
        if (count == 0 && !scheduled) {
            release();
        }
    }

    private int transmitAll() {
        if (count == 0) {
            return 0;
        }
        try {
            return endpoint.transmit(this);
        } finally {
            count = 0;
            used = 0;
        }
    }

    private void release() {
        owner = null;
    }

    /** The path of one datagram. Reused, so that queueing allocates nothing. */
    private static final class Slot implements DatagramPath {

        private boolean ipv4;
        private long remoteHigh;
        private long remoteLow;
        private int remoteScope;
        private int remotePort;
        private long localHigh;
        private long localLow;
        private int trafficClass;

        void copy(DatagramPath path, int ipClass) {
            ipv4 = path.isIpv4();
            remoteHigh = path.remoteHigh();
            remoteLow = path.remoteLow();
            remoteScope = path.remoteScope();
            remotePort = path.remotePort();
            localHigh = path.localHigh();
            localLow = path.localLow();
            trafficClass = ipClass;
        }

        boolean joins(Slot first) {
            return trafficClass == first.trafficClass
                    && remoteLow == first.remoteLow
                    && remotePort == first.remotePort
                    && localLow == first.localLow
                    && remoteHigh == first.remoteHigh
                    && localHigh == first.localHigh
                    && remoteScope == first.remoteScope
                    && ipv4 == first.ipv4;
        }

        @Override
        public boolean isIpv4() {
            return ipv4;
        }

        @Override
        public long remoteHigh() {
            return remoteHigh;
        }

        @Override
        public long remoteLow() {
            return remoteLow;
        }

        @Override
        public int remoteScope() {
            return remoteScope;
        }

        @Override
        public int remotePort() {
            return remotePort;
        }

        @Override
        public long localHigh() {
            return localHigh;
        }

        @Override
        public long localLow() {
            return localLow;
        }
    }
}
