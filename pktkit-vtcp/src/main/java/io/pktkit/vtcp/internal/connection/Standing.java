// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.connection;

import io.pktkit.vtcp.TcpState;

/** How far the connection is. */
public interface Standing {
    /** The state of RFC 9293 section 3.3.2. */
    TcpState state();

    /** Whether data may be exchanged. */
    boolean mayTransfer();

    /** Whether data is exchanged although the handshake is not complete: an accepted Fast Open. */
    boolean isEarly();

    /** Whether the application has let go, so that nobody will read. */
    boolean isReleased();
}
