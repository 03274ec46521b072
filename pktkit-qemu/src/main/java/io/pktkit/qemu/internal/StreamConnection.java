// SPDX-License-Identifier: MIT
package io.pktkit.qemu.internal;

import io.pktkit.device.Burst;
import io.pktkit.device.DropReason;
import io.pktkit.time.Cancellable;
import io.pktkit.time.Timers;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A connected stream socket and its framing.
 *
 * <pre>
 *   any thread            send ── queue ──┐ writes at once, or at the end of its burst
 *   the loop's thread     writes what the socket did not take then ──▶ socket
 *                         reads, and hands frames to the owner     ◀── socket
 * </pre>
 *
 * <p>Whoever sends also writes, so that a frame changes no thread; only when the peer stops taking do frames wait, in a queue
 * of bounded size, and the loop goes on with it. One thread writes at a time, and the others leave their frames to it, so
 * nobody ever waits. A short write is gone on with; a failed one ends the connection, as the framing would be lost.
 *
 * <p>Nothing is read while the owner wants nothing: the frames stay in the socket, and the peer feels it.
 */
public final class StreamConnection implements ChannelLoop.Ready, Burst.BatchDevice {

    /** How long a close may take in which the peer does not take what is left. */
    private static final long GRACE_NANOS = 1_000_000_000L;

    /** Room for the beginning of a usual frame, so that it is made once. */
    private static final int LEAST_CARRIED = 2048;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SocketChannel channel;
    private final boolean unix;
    private final ChannelLoop loop;
    private final Timers timers;
    private final Owner owner;
    private final SendQueue queue;
    private final long idleNanos;

    /** Who writes: 0 for nobody. Who finds it taken adds one, and who holds it then looks again. */
    private final AtomicInteger writers = new AtomicInteger();

    /** The socket takes no more: the loop writes on when it does. */
    private volatile boolean blocked;

    private volatile boolean finishing;
    private volatile boolean ended;

    // What follows is the loop's.

    private final FrameDecoder decoder = new FrameDecoder();
    private @Nullable SelectionKey key;

    /** The beginning of a frame whose end was not read yet, and frames that nobody wanted. */
    private ByteBuffer carried = NOTHING;

    private boolean listening;
    private boolean outputShut;
    private @Nullable Cancellable alarm;
    private long heardNanos;

    /** Whose connection it is. All on the loop's thread. */
    public interface Owner {

        /** {@return whether frames are wanted at present; {@link #wantsChanged} tells when that changes} */
        boolean wantsFrames();

        /**
         * Takes a frame.
         *
         * @param buffer on loan
         * @param offset the frame's first byte
         * @param length its bytes, 14 or more
         */
        void onFrame(ByteBuffer buffer, int offset, int length);

        /**
         * Hears that a frame was passed over.
         *
         * @param reason why
         */
        void onDrop(DropReason reason);

        /**
         * Hears that it is over. The last call.
         *
         * @param connection this
         * @param failure why, or null if the peer or the owner ended it in order
         */
        void onEnd(StreamConnection connection, @Nullable Throwable failure);
    }

    /**
     * Takes a connected channel over.
     *
     * @param channel connected; closed by this
     * @param loop whose thread reads
     * @param timers the clock
     * @param queueBytes how much may wait for the peer
     * @param idleNanos for how long a peer may be silent while it is listened to; 0 for ever
     * @param owner gets the frames
     * @throws IOException if the channel cannot be set up; it is closed then
     */
    public StreamConnection(
            SocketChannel channel, ChannelLoop loop, Timers timers, int queueBytes, long idleNanos, Owner owner)
            throws IOException {
        this.channel = channel;
        this.loop = loop;
        this.timers = timers;
        this.owner = owner;
        this.queue = new SendQueue(queueBytes);
        this.idleNanos = idleNanos;
        try {
            channel.configureBlocking(false);
            unix = !channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY);
            if (!unix) {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            }
        } catch (IOException | RuntimeException failure) {
            channel.close();
            throw failure;
        }
        loop.execute(this::register);
    }

    /**
     * Sends a frame, or lets it wait. Any thread.
     *
     * @param source where it is
     * @param offset its first byte
     * @param length its bytes, 14 to {@link FrameDecoder#LONGEST_FRAME}
     * @return why it was dropped, or null
     */
    public @Nullable DropReason send(ByteBuffer source, int offset, int length) {
        if (finishing || ended) {
            return DropReason.LINK_DOWN;
        }
        if (!queue.offer(source, offset, length)) {
            return DropReason.QUEUE_FULL;
        }
        if (!blocked && !Burst.flushLater(this)) {
            write();
        }
        return null;
    }

    @Override
    public void flush() {
        if (!blocked) {
            write();
        }
    }

    /** Looks whether the owner wants frames now. Any thread. */
    public void wantsChanged() {
        loop.execute(this::readOn);
    }

    /** Sends what waits, for a second at most, and ends. Nothing more is sent or handed over. Any thread. */
    public void finish() {
        finishing = true;
        loop.execute(this::beginToFinish);
    }

    /** {@return whether what is sent may arrive} */
    public boolean isOpen() {
        return !finishing && !ended;
    }

    private void write() {
        if (writers.getAndIncrement() != 0) {
            return; // who writes looks again
        }
        int seen = 1;
        do {
            if (!blocked && !ended) {
                writeOnce();
            }
            seen = writers.addAndGet(-seen);
        } while (seen != 0);
        if (finishing) {
            loop.execute(this::goOnFinishing);
        }
    }

    private void writeOnce() {
        try {
            for (ByteBuffer[] parts = queue.readable(); parts.length != 0; parts = queue.readable()) {
                int all = parts[0].remaining() + parts[1].remaining();
                int written = parts[1].hasRemaining() ? (int) channel.write(parts) : channel.write(parts[0]);
                queue.taken(written);
                if (written < all) {
                    blocked = true;
                    loop.execute(this::watch);
                    return;
                }
            }
        } catch (IOException failure) {
            loop.execute(() -> end(failure));
        }
    }

    private void register() {
        loop.connectionBegan();
        try {
            key = loop.register(channel, 0, this);
            heardNanos = timers.nowNanos();
            if (idleNanos > 0) {
                alarmIn(idleNanos);
            }
            readOn();
        } catch (IOException | RuntimeException failure) {
            end(failure);
        }
    }

    /** Waits for what is wanted at present. */
    private void watch() {
        SelectionKey mine = key;
        if (mine != null && mine.isValid()) {
            boolean reading = finishing || owner.wantsFrames();
            if (reading && !listening) {
                heardNanos = timers.nowNanos(); // what it said before is in the socket, so that was no silence
            }
            listening = reading;
            mine.interestOps((reading ? SelectionKey.OP_READ : 0) | (blocked ? SelectionKey.OP_WRITE : 0));
        }
    }

    private void readOn() {
        if (!ended && !finishing && carried.hasRemaining() && owner.wantsFrames()) {
            handOver(takeCarried().flip());
        }
        watch();
    }

    @Override
    public void onReady() throws IOException {
        SelectionKey mine = key;
        if (mine == null || !mine.isValid()) {
            return;
        }
        int ready = mine.readyOps();
        if ((ready & SelectionKey.OP_WRITE) != 0) {
            blocked = false;
            write();
            watch();
        }
        if ((ready & SelectionKey.OP_READ) != 0 && !ended) {
            read();
        }
    }

    @Override
    public void onFailure(Throwable failure) {
        end(failure);
    }

    private void read() throws IOException {
        if (finishing) {
            discard();
            return;
        }
        ByteBuffer bytes = takeCarried();
        int got = channel.read(bytes);
        if (got < 0) {
            end(null);
            return;
        }
        if (idleNanos > 0 && got > 0) {
            heardNanos = timers.nowNanos();
        }
        handOver(bytes.flip());
    }

    /** The loop's buffer, with what was carried at its beginning. */
    private ByteBuffer takeCarried() {
        ByteBuffer bytes = loop.buffer().put(carried);
        carried.limit(0);
        return bytes;
    }

    private void handOver(ByteBuffer bytes) {
        Burst burst = Burst.open();
        try {
            while (!ended && owner.wantsFrames()) {
                int length = decoder.next(bytes);
                if (length > 0) {
                    owner.onFrame(bytes, bytes.position(), length);
                } else if (length == FrameDecoder.INCOMPLETE) {
                    break;
                } else if (length == FrameDecoder.LOST) {
                    owner.onDrop(DropReason.MALFORMED);
                    end(new IOException("the peer does not speak this protocol: a frame of "
                            + (bytes.getInt(bytes.position()) & 0xFFFF_FFFFL) + " bytes"));
                } else {
                    owner.onDrop(length == FrameDecoder.TOO_LONG ? DropReason.TOO_BIG : DropReason.TRUNCATED);
                }
            }
        } finally {
            burst.close();
            carry(bytes);
        }
        if (!ended && !owner.wantsFrames()) {
            watch();
        }
    }

    private void carry(ByteBuffer rest) {
        if (rest.hasRemaining() && !ended) {
            if (carried.capacity() < rest.remaining()) {
                carried = ByteBuffer.allocate(Math.max(LEAST_CARRIED, rest.remaining()));
            }
            carried.clear().put(rest).flip();
        }
    }

    /**
     * What comes now is read nevertheless: closing a socket with unread bytes would take back what was sent. A Unix socket has
     * delivered what was sent, and loses nothing by being closed but what is unread. It is read once a round, as others are, for
     * the peer may go on writing.
     */
    private void discard() throws IOException {
        ByteBuffer bytes = loop.buffer();
        int got = channel.read(bytes);
        if (got < 0 || (unix && outputShut && bytes.hasRemaining())) {
            end(null);
        }
    }

    private void beginToFinish() {
        if (ended) {
            return;
        }
        alarmIn(GRACE_NANOS);
        watch();
        write();
    }

    private void goOnFinishing() {
        if (ended || outputShut || !queue.isEmpty()) {
            return;
        }
        outputShut = true;
        try {
            if (unix) {
                discard();
            } else {
                channel.shutdownOutput();
            }
        } catch (IOException failure) {
            end(failure);
        }
    }

    private void alarmIn(long nanos) {
        Cancellable before = alarm;
        if (before != null) {
            before.cancel();
        }
        alarm = timers.schedule(nanos, () -> loop.execute(this::onAlarm));
    }

    private void onAlarm() {
        if (ended) {
            return;
        }
        if (finishing) {
            end(null);
            return;
        }
        if (silentNanos() >= idleNanos) {
            hearWhatWaits();
        }
        long silent = silentNanos();
        if (ended) {
            return;
        }
        if (silent >= idleNanos) {
            end(new IOException("nothing was heard of the peer for " + silent / 1_000_000 + " ms"));
        } else {
            alarmIn(idleNanos - silent);
        }
    }

    private long silentNanos() {
        return listening ? timers.nowNanos() - heardNanos : 0;
    }

    /** It was perhaps this thread that slept, in a receiver or with the whole machine, and the peer's bytes wait in the socket. */
    private void hearWhatWaits() {
        try {
            read();
        } catch (IOException failure) {
            end(failure);
        }
    }

    private void end(@Nullable Throwable failure) {
        if (ended) {
            return;
        }
        ended = true;
        Cancellable armed = alarm;
        if (armed != null) {
            armed.cancel();
        }
        try {
            channel.close();
        } catch (IOException second) {
            if (failure != null) {
                failure.addSuppressed(second);
            }
        }
        carried = NOTHING;
        loop.connectionEnded();
        owner.onEnd(this, failure);
    }
}
