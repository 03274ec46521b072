// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.opening;

import io.pktkit.vtcp.TcpInfo;
import io.pktkit.vtcp.internal.sending.SynExtra;

/** What Fast Open (RFC 7413) adds to our SYN or SYN-ACK; most connections have none. */
public interface FastOpen extends SynExtra {
    /** The SYN or SYN-ACK goes out again. */
    void onRepeat();

    /** The peer has acknowledged our SYN, and what lies before this offset. */
    void onEstablished(long ack);

    TcpInfo.FastOpenState state();
}
