// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

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
final class DeliveryRate {
    private static final double NANOS = 1e9;

    private @Nullable RateSample sample;

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

    private boolean hasSegment;
    private long sentAt;
    private long lastEnd;
    private long sendElapsed;
    private long priorTime;
    private long lostAndInFlight;

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
    void onAppLimited(long inFlight) {
        appLimited = Math.max(1, delivered + inFlight);
    }

    /** Bytes were found lost. */
    void onLost(long bytes) {
        lost += bytes;
    }

    /** An acknowledgment is about to be applied to the scoreboard. */
    void begin() {
        hasSegment = false;
    }

    /** UpdateRateSample, for each record that the acknowledgment newly covers. */
    void onDelivered(SegmentRecords records, long id) {
        long time = records.time(id);
        long end = records.end(id);
        if (hasSegment && (time < sentAt || (time == sentAt && end <= lastEnd))) {
            return;
        }
        RateSample told = sample();
        hasSegment = true;
        sentAt = time;
        lastEnd = end;
        sendElapsed = time - records.firstSentTime(id);
        priorTime = records.deliveredTime(id);
        lostAndInFlight = records.lostAndInFlight(id);
        told.priorDelivered = records.delivered(id);
        told.appLimited = (records.flags(id) & Scoreboard.APP_LIMITED) != 0;
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
        RateSample told = sample();
        told.now = facts.now;
        told.rtt = facts.rtt;
        told.totalDelivered = delivered;
        told.newlyAcked = facts.delivered;
        told.newlyLost = lost - lostTold;
        told.inFlight = inFlight;
        lostTold = lost;
        if (hasSegment) {
            measure(facts.now, minimumRtt);
        } else {
            forgetSegment();
        }
        return true;
    }

    private void measure(long now, long minimumRtt) {
        RateSample told = sample();
        firstSentTime = sentAt;
        told.delivered = delivered - told.priorDelivered;
        told.lost = (lost - (lostAndInFlight >>> 32)) & 0xffff_ffffL;
        told.txInFlight = lostAndInFlight & 0xffff_ffffL;
        long interval = Math.max(sendElapsed, now - priorTime);
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

    private void forgetSegment() {
        RateSample told = sample();
        told.priorDelivered = RateSample.NO_SEGMENT;
        told.appLimited = false;
        told.interval = 0;
        told.deliveryRate = 0;
        told.delivered = 0;
        told.lost = 0;
        told.txInFlight = 0;
    }

    RateSample sample() {
        RateSample present = sample;
        if (present == null) {
            present = new RateSample();
            sample = present;
        }
        return present;
    }

    /** Nothing is in flight: the next acknowledgment makes a sample of its own. */
    void trim() {
        sample = null;
    }

    /** C.delivered. */
    long delivered() {
        return delivered;
    }

    /** The last rate that was measured while the window was used, or a higher one measured otherwise; 0 before. */
    long latestRate() {
        return latestRate;
    }

    boolean isLatestAppLimited() {
        return latestAppLimited;
    }
}
