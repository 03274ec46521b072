// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.session;

import io.pktkit.internal.ReplayWindow;
import io.pktkit.wg.internal.crypto.TransportKey;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The keys of one session. Counters to send with may be drawn by any thread; the replay window is guarded by the lock of
 * the peer.
 */
public final class Keypair {

    /** In place of a counter when there is none left. */
    public static final long NO_COUNTER = -1;

    /** As the reference: a ring of 8192 bits, less the block that is being filled. */
    private static final int LOOK_BACK = 8128;

    private final TransportKey send;
    private final TransportKey receive;
    private final IndexTable.Entry<?> entry;
    private final int remoteIndex;
    private final boolean initiator;
    private final long createdAt;
    private final AtomicLong counter = new AtomicLong();
    private final ReplayWindow replay = ReplayWindow.fromZero(LOOK_BACK);

    /** Set under the lock of the peer, read by senders without. */
    private volatile boolean dead;

    /**
     * Takes the keys of a session.
     *
     * @param send the key to send with
     * @param receive the key to receive with
     * @param entry its entry in the index table
     * @param remoteIndex the index by which the other end knows it
     * @param initiator whether we initiated it
     * @param nowNanos the time
     */
    public Keypair(
            TransportKey send,
            TransportKey receive,
            IndexTable.Entry<?> entry,
            int remoteIndex,
            boolean initiator,
            long nowNanos) {
        this.send = send;
        this.receive = receive;
        this.entry = entry;
        this.remoteIndex = remoteIndex;
        this.initiator = initiator;
        this.createdAt = nowNanos;
    }

    /**
     * Draws a counter.
     *
     * @return the counter, or {@link #NO_COUNTER}
     */
    public long nextCounter() {
        if (isUsedUp()) {
            return NO_COUNTER;
        }
        // As many threads as may have passed the check at once are far fewer than the 8192 counters left.
        long next = counter.getAndIncrement();
        return Long.compareUnsigned(next, Limits.REJECT_AFTER_MESSAGES) >= 0 ? NO_COUNTER : next;
    }

    /**
     * Skips counters.
     *
     * @param next the counter to go on with, not less than that drawn last
     */
    public void skipTo(long next) {
        counter.set(next);
    }

    /** Makes this useless for sending; what was sent to us can still be read. */
    public void stopSending() {
        skipTo(Limits.REJECT_AFTER_MESSAGES);
    }

    /** Wipes the keys. */
    public void kill() {
        dead = true;
        send.wipe();
        receive.wipe();
    }

    /** {@return the key to send with} */
    public TransportKey send() {
        return send;
    }

    /** {@return the key to receive with} */
    public TransportKey receive() {
        return receive;
    }

    /**
     * Tells whether a counter is new.
     *
     * @param received the counter of a message
     * @return false if it was received, is too old, or is over the limit
     */
    public boolean isNew(long received) {
        return Long.compareUnsigned(received, Limits.REJECT_AFTER_MESSAGES) < 0 && replay.isNew(received);
    }

    /**
     * Marks a counter that was authenticated.
     *
     * @param received the counter of a message
     * @return false if it is not new; nothing is marked then
     */
    public boolean mark(long received) {
        return isNew(received) && replay.mark(received);
    }

    /**
     * Tells whether a message is not older than any that was received.
     *
     * @param received its counter
     * @return whether it is not
     */
    public boolean isNewest(long received) {
        return Long.compareUnsigned(received, replay.last()) >= 0;
    }

    /** {@return the entry in the index table} */
    public IndexTable.Entry<?> entry() {
        return entry;
    }

    /** {@return the index by which the other end knows it} */
    public int remoteIndex() {
        return remoteIndex;
    }

    /**
     * Tells whether messages may be sent.
     *
     * @param nowNanos the time
     * @return whether it is neither too old nor used up
     */
    public boolean maySend(long nowNanos) {
        return mayReceive(nowNanos) && !isUsedUp();
    }

    /**
     * Tells whether messages may be received.
     *
     * @param nowNanos the time
     * @return whether it is not too old
     */
    public boolean mayReceive(long nowNanos) {
        return !dead && nowNanos - createdAt < Limits.REJECT_AFTER_TIME;
    }

    /**
     * Tells whether it should be replaced since it is being sent with.
     *
     * @param nowNanos the time
     * @return whether it should; the responder never does for its age
     */
    public boolean isStale(long nowNanos) {
        return Long.compareUnsigned(counter.get(), Limits.REKEY_AFTER_MESSAGES) > 0
                || (initiator && nowNanos - createdAt > Limits.REKEY_AFTER_TIME);
    }

    /**
     * Tells whether it should be replaced since data comes over it and it will end soon.
     *
     * @param nowNanos the time
     * @return whether it should
     */
    public boolean isInLastMinute(long nowNanos) {
        return initiator && nowNanos - createdAt > Limits.LAST_MINUTE;
    }

    private boolean isUsedUp() {
        return Long.compareUnsigned(counter.get(), Limits.REJECT_AFTER_MESSAGES) >= 0;
    }
}
