// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpTuple;

/**
 * Initial sequence numbers beyond all that the tuple's connection before used. A new one may take the place of one in
 * TIME-WAIT on that condition only (RFC 9293 section 3.6.1, MAY-2): a clock of 4 microseconds is slower than most transfers,
 * and old segments of ours would lie in the new stream.
 */
record LaterIsn(IsnSource isn, int used) implements IsnSource {
    @Override
    public int initialSequence(TcpTuple tuple, long nowNanos) {
        int own = isn.initialSequence(tuple, nowNanos);
        return own - used >= 0 ? own : used;
    }

    @Override
    public int timestampOffset(TcpTuple tuple) {
        return isn.timestampOffset(tuple);
    }
}
