// SPDX-License-Identifier: MIT
package io.pktkit.dns.upstream;

import io.pktkit.time.Timers;
import java.time.Duration;

/**
 * What is known about a server. Two tries in a row without an answer, or one that was refused by the port, and it is asked
 * after all others; then one question at a time is asked of it too, beside a server that works, until it answers again. So a
 * dead server costs its time-out twice and no more. Owned by the engine.
 */
final class ServerState {
    private static final int MISSES_TO_DEMOTE = 2;

    /** Servers that say SERVFAIL or REFUSED to everything are no better than silent ones. */
    private static final int FAILURES_TO_DEMOTE = 4;

    private static final long FIRST_REST_NANOS = Duration.ofSeconds(5).toNanos();
    private static final long LONGEST_REST_NANOS = Duration.ofMinutes(5).toNanos();
    private static final long QUIRK_NANOS = Duration.ofMinutes(15).toNanos();

    final DnsServer server;
    private int misses;
    private int failures;
    private boolean demoted;
    private long restNanos = FIRST_REST_NANOS;
    private long restUntil;
    private boolean probing;
    private boolean knowsEdns;
    private long plainUntil = Timers.NEVER;
    private long foldsUntil = Timers.NEVER;

    ServerState(DnsServer server) {
        this.server = server;
    }

    boolean isDemoted() {
        return demoted;
    }

    /** Whether it is time to see whether it is back. */
    boolean wantsProbe(long nowNanos) {
        return demoted && !probing && nowNanos - restUntil >= 0;
    }

    void onProbe() {
        probing = true;
    }

    void onProbeOver() {
        probing = false;
    }

    /** It gave an answer that could be used. */
    void onAnswer(boolean withEdns) {
        misses = 0;
        failures = 0;
        demoted = false;
        probing = false;
        restNanos = FIRST_REST_NANOS;
        knowsEdns |= withEdns;
    }

    /** It answered that it does not know. */
    void onFailure(long nowNanos) {
        misses = 0;
        if (++failures >= FAILURES_TO_DEMOTE || demoted) {
            demote(nowNanos);
        }
    }

    /** It was silent for the time of a try. */
    void onMiss(long nowNanos) {
        if (++misses >= MISSES_TO_DEMOTE || demoted) {
            demote(nowNanos);
        }
    }

    /** Nobody listens there. */
    void onUnreachable(long nowNanos) {
        demote(nowNanos);
    }

    private void demote(long nowNanos) {
        if (demoted && nowNanos - restUntil < 0) {
            return; // what was asked before it was given up
        }
        restNanos = demoted ? Math.min(2 * restNanos, LONGEST_REST_NANOS) : FIRST_REST_NANOS;
        demoted = true;
        probing = false;
        restUntil = Timers.after(nowNanos, restNanos);
    }

    /** Whether it has ever spoken EDNS. */
    boolean knowsEdns() {
        return knowsEdns;
    }

    boolean isPlain(long nowNanos) {
        plainUntil = expired(plainUntil, nowNanos);
        return plainUntil != Timers.NEVER;
    }

    /** It answered without EDNS what it had not answered with it. */
    void onPlain(long nowNanos) {
        plainUntil = Timers.after(nowNanos, QUIRK_NANOS);
    }

    boolean foldsCase(long nowNanos) {
        foldsUntil = expired(foldsUntil, nowNanos);
        return foldsUntil != Timers.NEVER;
    }

    /** It was seen, where nobody can forge, to give names back in another case. */
    void onFolding(long nowNanos) {
        foldsUntil = Timers.after(nowNanos, QUIRK_NANOS);
    }

    private static long expired(long deadline, long nowNanos) {
        return Timers.isDue(deadline, nowNanos) ? Timers.NEVER : deadline;
    }
}
