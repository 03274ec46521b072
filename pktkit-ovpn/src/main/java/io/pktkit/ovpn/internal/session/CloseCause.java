// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

/** Why a session ended. */
public enum CloseCause {
    /** The client said that it leaves. */
    EXIT,
    /** The client was not heard for too long. */
    TIMEOUT,
    /** The handshake did not complete in time. */
    HANDSHAKE_TIMEOUT,
    /** TLS failed, or what came in it was malformed. */
    TLS_FAILED,
    /** The client was refused. */
    REJECTED,
    /** The client came back as somebody else. */
    IDENTITY_CHANGED,
    /** No key is left that may be used. */
    KEYS_EXHAUSTED,
    /** The server ended it. */
    CLOSED,
    /** A defect of ours. */
    FAILED
}
