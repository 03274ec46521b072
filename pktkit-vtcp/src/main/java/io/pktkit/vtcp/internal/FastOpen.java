// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.vtcp.TcpInfo;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What Fast Open (RFC 7413) adds to our SYN or SYN-ACK; most connections have none. */
interface FastOpen {
    /** The cookie for the option, empty to ask for one; null leaves the option out. */
    byte @Nullable [] cookie();

    /** Bytes at the head of the send queue that go with the SYN. */
    int payload();

    /** Copies them to an absolute index of a buffer. */
    void writePayload(ByteBuffer target, int index);

    /** The SYN or SYN-ACK goes out again. */
    void onRepeat();

    /** The peer has acknowledged our SYN, and what lies before this offset. */
    void onEstablished(long ack);

    TcpInfo.FastOpenState state();
}
