// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.vtcp.internal.congestion.CongestionControl;

/** What tests of other packages may see of a connection's congestion control. */
public final class Controls {
    private Controls() {}

    public static CongestionControl of(Tcb tcb) {
        return tcb.congestion;
    }
}
