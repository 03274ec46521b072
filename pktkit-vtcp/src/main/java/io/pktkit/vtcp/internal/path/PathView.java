// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.path;

import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.internal.congestion.CongestionControl;
import io.pktkit.vtcp.internal.connection.Agreed;
import io.pktkit.vtcp.internal.connection.Clock;
import io.pktkit.vtcp.internal.connection.Standing;
import io.pktkit.vtcp.internal.recovery.LossRecovery;
import io.pktkit.vtcp.internal.stream.SendSide;

/** What the search for the path MTU sees of the connection. */
public interface PathView extends Clock, Standing {
    /** The settings. */
    TcpConfig config();

    /** What was negotiated. */
    Agreed agreed();

    /** The stream whose segments are the probes. */
    SendSide send();

    /** What the segment size is told to. */
    CongestionControl congestion();

    /** What knows whether anything is lost, and takes back the cut for a black hole. */
    LossRecovery recovery();
}
