// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

/** Why a packet of the control channel was dropped. */
public enum SessionDrop {
    /** Shorter than its headers, or not of the control channel. */
    MALFORMED,
    /** Of another session. */
    WRONG_SESSION,
    /** Not authentic for tls-auth or tls-crypt. */
    NOT_AUTHENTIC,
    /** Seen before. */
    REPLAY,
    /** Of a key that does not exist, or is not listened to any more. */
    WRONG_KEY,
    /** Too far ahead. */
    OUT_OF_WINDOW,
    /** A renegotiation out of turn, or too soon. */
    UNEXPECTED_RESET
}
