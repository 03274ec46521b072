// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.recovery;

import io.pktkit.vtcp.internal.congestion.CongestionControl;
import io.pktkit.vtcp.internal.stream.SendSide;
import org.jspecify.annotations.Nullable;

/**
 * The answer to congestion marks: the window shrinks to the threshold over a round trip, by {@link Prr} as after a loss.
 * Also remembers up to where data was in flight when the window was last cut, for whatever reason. Only what was sent
 * later can tell of more congestion: the window is cut once for a window of data (RFC 3168 section 6.1.2).
 */
public final class Reduction {
    private final SendSide send;
    private final CongestionControl congestion;

    private boolean active;
    private long end;
    private long before;
    private long count;

    Reduction(SendSide send, CongestionControl congestion) {
        this.send = send;
        this.congestion = congestion;
    }

    /**
     * The peer reports marks on what was sent after {@link #end}.
     *
     * @param prr spreads the reduction, from now until it ends
     * @param validation says what the window is cut from
     * @param flight bytes that were in flight before the report
     * @param expected those of them that the peer was not known to hold
     */
    void begin(Prr prr, WindowValidation validation, long flight, long expected, long now) {
        if (active) {
            end(validation, now); // all that was in flight then is acknowledged
        }
        active = true;
        count++;
        note();
        congestion.onCongestionExperienced(validation.onCongestion(flight, now), now);
        prr.start(expected, congestion.threshold(), false);
    }

    /**
     * An acknowledgment that tells of no loss, while the window is being reduced.
     *
     * @param prr what the reduction began with
     * @param validation is told when it ends
     * @param delivered bytes that it newly covers
     * @param pipe bytes in flight
     */
    void onAck(@Nullable Prr prr, WindowValidation validation, long delivered, long pipe, long now) {
        if (send.una >= end) {
            end(validation, now);
        } else if (prr != null && !congestion.ownsRecovery()) {
            congestion.setWindow((int) prr.window(delivered, true, pipe, send.mss));
        }
    }

    private void end(WindowValidation validation, long now) {
        active = false;
        congestion.onRecovered();
        validation.onRecovered(now);
    }

    /** The window is cut for a loss; true if that is of the same data, so that this cut is enough. */
    boolean yieldToLoss() {
        boolean was = active;
        active = false;
        note();
        return was;
    }

    private void note() {
        before = end;
        end = send.nxt;
    }

    /** The last cut was for nothing. */
    void takeBack() {
        end = before;
    }

    boolean isActive() {
        return active;
    }

    /** How often the window was reduced for marks. */
    public long count() {
        return count;
    }

    /** The offset behind what was in flight at the last cut. */
    public long end() {
        return end;
    }
}
