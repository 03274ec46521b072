// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import java.util.concurrent.TimeUnit;

/**
 * Two ports claim one station. Part of a {@link ForwardingEntry} from the first claim on; written under the monitor of the
 * {@link ForwardingTable}, except for the note that the station was heard where it is.
 *
 * <p>A station that has really moved is silent where it was; one whose address somebody else uses is not. So a claim only
 * starts a wait, and the station moves with a later claim, if it was not heard behind its port for {@link #HOLD_NANOS}. A
 * station that was silent when it was robbed speaks again later, where it always was: its home takes it back with the
 * first frame, and from then on whoever claims it must have waited twice as long each time, up to
 * {@link #MAX_HOLD_NANOS}. A quiet station loses its address only while it is silent for longer than that. What nobody
 * claimed for {@link #SETTLED_NANOS} is a new home.
 *
 * <p>The wait is for silence, whoever claims: if each claimant had a wait of its own, one that kept claiming could keep
 * a station from moving.
 */
final class Dispute {

    static final long HOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    static final long MAX_HOLD_NANOS = HOLD_NANOS << 7;

    /** Longer than the longest wait, or a patient thief would find that the wait was forgotten. */
    static final long SETTLED_NANOS = TimeUnit.MINUTES.toNanos(5);

    private volatile HubPort home;
    private volatile long holdNanos = HOLD_NANOS;

    /** When the claim came after which the station has been silent. */
    private volatile long silentSince;

    private volatile boolean heard;
    private long claimedNanos;

    Dispute(HubPort home, long nowNanos) {
        this.home = home;
        this.silentSince = nowNanos;
        this.claimedNanos = nowNanos;
    }

    /** Notes a frame of the station from where it is. Any thread. */
    void hear() {
        if (!heard) {
            heard = true;
        }
    }

    /** Whether a claim is plainly too early. Any thread; what it answers may be out of date by one frame. */
    boolean refuses(HubPort claimant, long nowNanos) {
        return claimant != home && !heard && nowNanos - silentSince < holdNanos;
    }

    /** Judges a claim, and returns whether the station moves to the claimant. */
    boolean judge(HubPort present, HubPort claimant, long nowNanos) {
        if (nowNanos - claimedNanos >= SETTLED_NANOS) {
            home = present;
            holdNanos = HOLD_NANOS;
        }
        claimedNanos = nowNanos;
        if (claimant == home) {
            // It never left: whoever had the address meanwhile was not the station.
            holdNanos = Math.min(2 * holdNanos, MAX_HOLD_NANOS);
            listenAnew(nowNanos);
            return true;
        }
        if (heard) {
            listenAnew(nowNanos);
            return false;
        }
        if (nowNanos - silentSince < holdNanos) {
            return false;
        }
        listenAnew(nowNanos);
        return true;
    }

    private void listenAnew(long nowNanos) {
        silentSince = nowNanos;
        heard = false;
    }
}
