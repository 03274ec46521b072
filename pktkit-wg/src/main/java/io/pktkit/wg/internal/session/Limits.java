// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.session;

/** The constants of the protocol, times in nanoseconds. */
public final class Limits {

    /** A key that was used for more messages is replaced. */
    public static final long REKEY_AFTER_MESSAGES = 1L << 60;

    /** From this counter on nothing is sent or received, 2^64 - 2^13 - 1, unsigned. */
    public static final long REJECT_AFTER_MESSAGES = -(1L << 13) - 1;

    /** The initiator replaces a key that is older. */
    public static final long REKEY_AFTER_TIME = 120_000_000_000L;

    /** A key that is as old is not used. */
    public static final long REJECT_AFTER_TIME = 180_000_000_000L;

    /** An initiation is repeated after this, and none is sent earlier. */
    public static final long REKEY_TIMEOUT = 5_000_000_000L;

    /** What was received is confirmed after this. */
    public static final long KEEPALIVE_TIMEOUT = 10_000_000_000L;

    /** Jitter of what is repeated: less than this many milliseconds. */
    public static final int JITTER_MILLIS = 334;

    /** REKEY_ATTEMPT_TIME / REKEY_TIMEOUT; the initiation after this many repetitions and one is the last. */
    public static final int MAX_TIMER_HANDSHAKES = 90 / 5;

    /** Keys are wiped when no session was made for this long. */
    public static final long WIPE_AFTER = 3 * REJECT_AFTER_TIME;

    /** A peer's initiations are answered this far apart, 50 a second. */
    public static final long INITIATION_INTERVAL = 20_000_000L;

    /** The initiator's key is about to be rejected when it is older and data comes. */
    static final long LAST_MINUTE = REJECT_AFTER_TIME - KEEPALIVE_TIMEOUT - REKEY_TIMEOUT;

    private Limits() {}
}
