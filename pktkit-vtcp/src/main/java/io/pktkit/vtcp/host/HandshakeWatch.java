// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

/** Who wants to know how a handshake ends. */
interface HandshakeWatch {
    /** It is complete, the connection has closed before, or the host has forgotten it. Called once. */
    void onHandshakeOver(HostConnection connection, long nowNanos);
}
