// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

/**
 * How long things take, in nanoseconds.
 *
 * @param handshakeNanos a handshake at most: hand-window
 * @param renegotiateNanos from one to the next: reneg-sec; 0 for never
 * @param transitionNanos how long a replaced key is of use: tran-window
 * @param pingNanos silence until a ping is sent; 0 for never
 * @param pingRestartNanos silence until an end gives up; 0 for never
 * @param pushed whether the client is told both, as by keepalive: then the server waits twice as long for it
 */
public record SessionTimes(
        long handshakeNanos,
        long renegotiateNanos,
        long transitionNanos,
        long pingNanos,
        long pingRestartNanos,
        boolean pushed) {

    private static final long SECOND = 1_000_000_000L;

    /** What OpenVPN has by default, with a keepalive of 10 s and 60 s. */
    public static final SessionTimes DEFAULTS =
            new SessionTimes(60 * SECOND, 3600 * SECOND, 3600 * SECOND, 10 * SECOND, 60 * SECOND);

    /**
     * Those with a keepalive.
     *
     * @param handshakeNanos a handshake at most
     * @param renegotiateNanos from one to the next; 0 for never
     * @param transitionNanos how long a replaced key is of use
     * @param pingNanos silence until a ping is sent; 0 for never
     * @param pingRestartNanos silence until the client gives up; 0 for never
     */
    public SessionTimes(
            long handshakeNanos, long renegotiateNanos, long transitionNanos, long pingNanos, long pingRestartNanos) {
        this(handshakeNanos, renegotiateNanos, transitionNanos, pingNanos, pingRestartNanos, true);
    }

    /** {@return how long the client may be silent; 0 for ever} */
    long silenceNanos() {
        return pushed ? 2 * pingRestartNanos : pingRestartNanos;
    }
}
