// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

/**
 * How long things take, in nanoseconds.
 *
 * @param handshakeNanos a handshake at most: hand-window
 * @param renegotiateNanos from one to the next: reneg-sec; 0 for never
 * @param transitionNanos how long a replaced key is of use: tran-window
 * @param pingNanos silence until a ping is sent, pushed to the client, too; 0 for never
 * @param pingRestartNanos silence until the client gives up; the server waits twice as long; 0 for never
 */
public record SessionTimes(
        long handshakeNanos, long renegotiateNanos, long transitionNanos, long pingNanos, long pingRestartNanos) {

    private static final long SECOND = 1_000_000_000L;

    /** What OpenVPN has by default, with a ping of 10 s and a ping-restart of 60 s. */
    public static final SessionTimes DEFAULTS =
            new SessionTimes(60 * SECOND, 3600 * SECOND, 3600 * SECOND, 10 * SECOND, 60 * SECOND);
}
