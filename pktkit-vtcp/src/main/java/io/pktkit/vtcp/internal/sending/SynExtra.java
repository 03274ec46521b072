// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.sending;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What a SYN or SYN-ACK carries besides what every one does. */
public interface SynExtra {
    /** The cookie for the option of Fast Open, empty to ask for one; null leaves the option out. */
    byte @Nullable [] cookie();

    /** Bytes at the head of the send queue that go with the SYN. */
    int payload();

    /** Copies them to an absolute index of a buffer. */
    void writePayload(ByteBuffer target, int index);
}
