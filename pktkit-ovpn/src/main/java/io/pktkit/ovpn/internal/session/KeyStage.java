// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

/** How far a key has come. */
enum KeyStage {
    /** Our reset is not acknowledged: nothing of TLS is looked at, and none sent. */
    RESET,
    /** TLS shakes hands, or the client's key method 2 is awaited. */
    HANDSHAKE,
    /** Whether the client may come in is not decided yet. */
    VERDICT,
    /** The key is in use. */
    ACTIVE,
    /** TLS has failed; what it says to the client is still delivered. */
    FAILED
}
