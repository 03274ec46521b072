// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.sending;

import io.pktkit.vtcp.internal.timing.TimerKind;
import io.pktkit.vtcp.internal.timing.TimerSet;

/**
 * When to acknowledge: at once for anything out of the ordinary, for the second full segment, and while the peer is
 * likely in slow start and the application does not reply; else with the next data, or after a delay (RFC 9293 section
 * 3.8.6.3, RFC 5681 section 4.2).
 * Also the limit on answers to segments that are not acceptable (RFC 5961 section 5.3): two ends that disagree would
 * otherwise answer each other for ever.
 */
public final class AckPolicy {
    static final long CHALLENGE_INTERVAL = 500_000_000L;
    private static final int QUICK_ACKS = 16;
    private static final int DUPLICATE_CREDIT = 16;
    private static final int SMALLEST_FULL_SEGMENT = 536;

    private final long delay;
    private final TimerSet timers;

    private boolean dueNow;
    private boolean held;
    private int unacked;
    /** What is taken for a full segment of the peer. */
    private int full = SMALLEST_FULL_SEGMENT;

    private int lastLength;
    private int quick = QUICK_ACKS;
    private boolean replies;
    private long lastData;
    private long lastChallenge = Long.MIN_VALUE / 2;
    private int duplicateCredit = DUPLICATE_CREDIT;

    public AckPolicy(long delay, TimerSet timers) {
        this.delay = delay;
        this.timers = timers;
    }

    /**
     * In-order payload arrived and left no gap.
     *
     * @param length bytes of it
     * @param segment bytes of each segment, where several came as one: they count as they were, and are answered once
     * @param now the time
     * @param idleAfter a pause after which the peer starts anew
     */
    public void onInOrder(int length, int segment, long now, long idleAfter) {
        if (now - lastData > idleAfter) {
            quick = QUICK_ACKS; // the peer starts from a small window again
        }
        lastData = now;
        if (segment < length) {
            learn(segment); // what is cut into equal parts has two in a row
        }
        learn(segment);
        unacked += length;
        duplicateCredit = DUPLICATE_CREDIT;
        if (delay == 0 || (quick > 0 && !replies) || unacked > full) {
            dueNow = true;
        } else if (!held) {
            held = true;
            timers.arm(TimerKind.DELAYED_ACK, now + delay);
        }
    }

    /** The path MTU may fall: two in a row of one length are full, or it does no harm to take them for it. */
    private void learn(int length) {
        if (length > full || length == lastLength) {
            full = Math.max(SMALLEST_FULL_SEGMENT, length);
        }
        lastLength = length;
    }

    public void requireNow() {
        dueNow = true;
    }

    /** The application writes: if data has just come, request and response take turns, and carry acknowledgments. */
    public void onWrite(long now) {
        if (lastData > 0 && now - lastData < delay) {
            replies = true;
        }
    }

    /** The delay is over: the application did not reply in time. */
    public void onDelayExpired() {
        if (held) {
            dueNow = true;
            replies = false;
        }
    }

    /** A segment with our acknowledgment went out. */
    public void onSent(boolean withData) {
        if (!withData && quick > 0 && unacked > 0) {
            quick--; // where data carries it, it costs nothing
        }
        dueNow = false;
        held = false;
        unacked = 0;
        timers.disarm(TimerKind.DELAYED_ACK);
    }

    /** Whether one is due, or held back. */
    public boolean isPending() {
        return dueNow || held;
    }

    public boolean isDue() {
        return dueNow;
    }

    /** Whether an unacceptable segment may be answered now. */
    public boolean mayChallenge(long now) {
        if (now - lastChallenge < CHALLENGE_INTERVAL) {
            return false;
        }
        lastChallenge = now;
        return true;
    }

    /**
     * Whether a repeat of old data may be answered now. A few may for each progress made: the peer learns from them
     * that its repeats were not needed. Two ends that only confuse each other make no progress.
     */
    public boolean mayAnswerDuplicate(long now) {
        if (duplicateCredit > 0) {
            duplicateCredit--;
            return true;
        }
        return mayChallenge(now);
    }
}
