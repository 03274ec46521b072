// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.connection;

import io.pktkit.vtcp.TcpFailure;
import io.pktkit.vtcp.TcpState;
import org.jspecify.annotations.Nullable;

/** How the connection gets on, and how it ends. */
public interface Lifecycle extends Standing {
    /** A step between states that changes nothing else. */
    void become(TcpState next);

    /** Both directions are done. */
    void enterTimeWait();

    /** Nothing is left; what was received in order can still be read. */
    void close(@Nullable TcpFailure reason);

    /** Sends a reset and closes. */
    void reset(TcpFailure reason);

    /** Sends a reset for the segment at hand, and closes. */
    void refuse(TcpFailure reason);

    /** Time is up. */
    void giveUp();
}
