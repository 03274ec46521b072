// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.sending;

import io.pktkit.vtcp.internal.connection.Counters;
import io.pktkit.vtcp.internal.ecn.Ecn;
import io.pktkit.vtcp.internal.path.MtuProber;
import io.pktkit.vtcp.internal.path.PathMtu;
import io.pktkit.vtcp.internal.path.PathView;
import io.pktkit.vtcp.internal.stream.ReceiveSide;
import io.pktkit.vtcp.internal.timing.RttEstimator;
import io.pktkit.vtcp.internal.timing.TimerSet;

/** What sending sees of the connection: what segments are made of, and what decides whether one may go. */
public interface SendingView extends PathView {
    /** What is acknowledged, and the window that is announced. */
    ReceiveSide receive();

    /** What pacing and restarts are timed by. */
    RttEstimator rtt();

    /** Where the pacer, the repeats and held acknowledgments have their timers. */
    TimerSet timers();

    /** What is counted of what goes out. */
    Counters counters();

    /** Whether an acknowledgment is due. */
    AckPolicy acks();

    /** The flags and codepoints of ECN. */
    Ecn ecn();

    /** What asks for a probe of the path. */
    MtuProber prober();

    /** Whether packets may be fragmented. */
    PathMtu path();

    /** What makes segments. */
    SegmentWriter writer();

    /** Whether small segments are sent at once. */
    boolean noDelay();

    /** The octet of the IP header without the two bits of ECN. */
    int trafficClass();

    /** All has been sent that may be sent now: what remains is waited for. */
    void afterOutput();
}
