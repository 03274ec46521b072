// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.receiving;

import io.pktkit.vtcp.internal.opening.Handshake;
import io.pktkit.vtcp.internal.opening.OpeningView;
import io.pktkit.vtcp.internal.timeout.Timeouts;

/** What a segment that arrives sees of the connection: all that it may change. */
public interface ReceivingView extends OpeningView {
    /** What a segment goes to before the connection is established. */
    Handshake handshake();

    /** What is told of signs of life and of progress. */
    Timeouts timeouts();
}
