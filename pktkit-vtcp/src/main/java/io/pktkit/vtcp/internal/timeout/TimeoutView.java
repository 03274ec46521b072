// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.timeout;

import io.pktkit.vtcp.internal.connection.Lifecycle;
import io.pktkit.vtcp.internal.opening.Handshake;
import io.pktkit.vtcp.internal.sending.SendingView;
import io.pktkit.vtcp.internal.sending.Transmitter;

/** What time sees of the connection: what may be waited for, and what it can make happen. */
public interface TimeoutView extends SendingView, Lifecycle {
    /** What repeats and probes. */
    Transmitter transmitter();

    /** What repeats a SYN. */
    Handshake handshake();

    /** The time that a released connection had to deliver what it holds is over. */
    void onLingerOver();

    /** Whether {@link #trim} may have something to give back, now or later. */
    boolean holdsMemory();

    /** Nothing happens: gives back what only data and segments need. */
    void trim();
}
