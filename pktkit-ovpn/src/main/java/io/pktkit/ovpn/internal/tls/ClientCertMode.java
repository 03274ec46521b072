// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.tls;

/** Whether a client needs a certificate. */
public enum ClientCertMode {
    /** Asked for, and the handshake fails without. */
    REQUIRED,
    /** Asked for, and checked if there is one. */
    OPTIONAL,
    /** Not asked for. */
    NONE
}
