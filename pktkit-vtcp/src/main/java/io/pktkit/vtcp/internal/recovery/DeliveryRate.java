// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

import io.pktkit.vtcp.internal.congestion.RateSample;
import org.jspecify.annotations.Nullable;

/**
 * Measures how fast the path delivers, draft-ietf-ccwg-bbr section 4.1. Each segment remembers what had been delivered
 * when it was sent, and since when; its acknowledgment then tells how much more was delivered in that time. Names are
 * those of the draft.
 *
 * <p>Only the newest of the segments that an acknowledgment delivers gives the sample, so a segment costs two
 * comparisons and an acknowledgment one division.
 */
public final class DeliveryRate {
    private static final double NANOS = 1e9;

    /** What the acknowledgment at hand tells. Of no use from one to the next, so that an idle connection does without. */
    private static final class Gathered {
        final RateSample sample = new RateSample();
        boolean hasSegment;
        long sentAt;
        long lastEnd;
        long sendElapsed;
        long priorTime;
        long lostAndInFlight;
    }

    private @Nullable Gathered gathered;

    /** C.delivered, in bytes, and when it last grew. */
    private long delivered;

    private long deliveredTime;
    /** The send time of the newest segment delivered, or of the first one of a flight. */
    private long firstSentTime;
    /** C.lost. */
    private long lost;

    private long lostTold;
    /** C.app_limited: the count of delivered bytes at which the unused part of the window is history, or 0. */
    private long appLimited;

    private long latestRate;
    private boolean latestAppLimited;

    /** A segment goes out; {@code inFlight} counts it. */
    void onSent(SegmentRecords records, long id, long inFlight) {
        if (inFlight <= records.length(id)) {
            firstSentTime = records.time(id);
            deliveredTime = firstSentTime;
        }
        records.stamp(id, delivered, deliveredTime, firstSentTime, (lost << 32) | inFlight);
        int flags = records.flags(id);
        records.flags(id, appLimited != 0 ? flags | Scoreboard.APP_LIMITED : flags & ~Scoreboard.APP_LIMITED);
    }

    /** The application has nothing to send although the window would take it. */
    public void onAppLimited(long inFlight) {
        appLimited = Math.max(1, delivered + inFlight);
    }

    /** Bytes were found lost. */
    void onLost(long bytes) {
        lost += bytes;
    }

    /** What was found lost and not told yet proves to be none. */
    void forgetLosses() {
        lostTold = lost;
    }

    /** An acknowledgment is about to be applied to the scoreboard. */
    void begin() {
        gathered().hasSegment = false;
    }

    /** UpdateRateSample, for each record that the acknowledgment newly covers. */
    void onDelivered(SegmentRecords records, long id) {
        long time = records.time(id);
        long end = records.end(id);
        Gathered newest = gathered();
        if (newest.hasSegment && (time < newest.sentAt || (time == newest.sentAt && end <= newest.lastEnd))) {
            return;
        }
        newest.hasSegment = true;
        newest.sentAt = time;
        newest.lastEnd = end;
        newest.sendElapsed = time - records.firstSentTime(id);
        newest.priorTime = records.deliveredTime(id);
        newest.lostAndInFlight = records.lostAndInFlight(id);
        newest.sample.priorDelivered = records.delivered(id);
        newest.sample.appLimited = (records.flags(id) & Scoreboard.APP_LIMITED) != 0;
    }

    /**
     * GenerateRateSample, once the acknowledgment has been applied.
     *
     * @return whether there is anything to tell
     */
    boolean generate(AckFacts facts, long minimumRtt, long inFlight) {
        if (facts.delivered == 0 && lost == lostTold) {
            return false;
        }
        if (facts.delivered > 0) {
            delivered += facts.delivered;
            deliveredTime = facts.now;
        }
        if (delivered > appLimited) {
            appLimited = 0;
        }
        Gathered newest = gathered();
        RateSample told = newest.sample;
        told.now = facts.now;
        told.rtt = facts.rtt;
        told.totalDelivered = delivered;
        told.newlyAcked = facts.delivered;
        told.newlyLost = lost - lostTold;
        told.inFlight = inFlight;
        lostTold = lost;
        if (newest.hasSegment) {
            measure(newest, minimumRtt);
        } else {
            forgetSegment(told);
        }
        return true;
    }

    private void measure(Gathered newest, long minimumRtt) {
        RateSample told = newest.sample;
        firstSentTime = newest.sentAt;
        told.delivered = delivered - told.priorDelivered;
        told.lost = (lost - (newest.lostAndInFlight >>> 32)) & 0xffff_ffffL;
        told.txInFlight = newest.lostAndInFlight & 0xffff_ffffL;
        long interval = Math.max(newest.sendElapsed, told.now - newest.priorTime);
        // A shorter one than any round trip is of a segment that was repeated for nothing.
        if (interval <= 0 || interval < minimumRtt) {
            told.interval = 0;
            told.deliveryRate = 0;
            return;
        }
        told.interval = interval;
        told.deliveryRate = (long) (told.delivered * NANOS / interval);
        // As Linux does for TCP_INFO: what the application held down says nothing of the path, unless it is more.
        if (!told.appLimited || told.deliveryRate >= latestRate) {
            latestRate = told.deliveryRate;
            latestAppLimited = told.appLimited;
        }
    }

    private static void forgetSegment(RateSample told) {
        told.priorDelivered = RateSample.NO_SEGMENT;
        told.appLimited = false;
        told.interval = 0;
        told.deliveryRate = 0;
        told.delivered = 0;
        told.lost = 0;
        told.txInFlight = 0;
    }

    RateSample sample() {
        return gathered().sample;
    }

    private Gathered gathered() {
        Gathered present = gathered;
        if (present == null) {
            present = new Gathered();
            gathered = present;
        }
        return present;
    }

    /** Nothing is in flight: the next acknowledgment makes a sample of its own. */
    void trim() {
        gathered = null;
    }

    /** C.delivered. */
    public long delivered() {
        return delivered;
    }

    /** The last rate that was measured while the window was used, or a higher one measured otherwise; 0 before. */
    public long latestRate() {
        return latestRate;
    }

    public boolean isLatestAppLimited() {
        return latestAppLimited;
    }
}
