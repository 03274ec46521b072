// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.opening;

import io.pktkit.vtcp.FastOpenCookie;
import io.pktkit.vtcp.SynAnswer;
import io.pktkit.vtcp.TcpTuple;
import io.pktkit.vtcp.internal.option.ReceivedOptions;
import io.pktkit.wire.TcpSegment;

/** Makes and checks Fast Open cookies. */
public final class FastOpenCodec {
    private static final int FAST_OPEN = 4;
    private static final long GENERATION = 3_600_000_000_000L;

    private final KeyedDigest digest;

    /**
     * Takes the key.
     *
     * @param secret at least 16 bytes
     */
    public FastOpenCodec(byte[] secret) {
        this.digest = new KeyedDigest(secret);
    }

    /**
     * Looks for Fast Open in a SYN.
     *
     * @param tuple the ends
     * @param syn the segment
     * @param mayDeliver whether a good cookie is honoured
     * @param now the caller's time
     * @return how to answer
     */
    public SynAnswer judge(TcpTuple tuple, TcpSegment syn, boolean mayDeliver, long now) {
        ReceivedOptions options = new ReceivedOptions();
        options.parse(syn);
        int length = options.cookieLength;
        if (length != 0 && !FastOpenCookie.isLength(length)) {
            return SynAnswer.HOLD;
        }
        int generation = (int) Math.floorDiv(now, GENERATION);
        long fresh = cookie(tuple, generation);
        // One comparison of 64 bits, and both generations each time: what is wrong about a cookie takes no time to
        // tell.
        long shown = length == Long.BYTES ? syn.buffer().getLong(options.cookieAt) : 0;
        boolean current = shown == fresh;
        boolean previous = shown == cookie(tuple, generation - 1);
        if (length != Long.BYTES || !(current || previous)) {
            return (length == 0 && syn.payloadLength() == 0 ? SynAnswer.HOLD : SynAnswer.IGNORE).granting(fresh);
        }
        if (!mayDeliver) {
            return SynAnswer.IGNORE;
        }
        return current ? SynAnswer.DELIVER : SynAnswer.DELIVER.granting(fresh);
    }

    private long cookie(TcpTuple tuple, int generation) {
        int family = tuple.localAddress().isIpv6() ? 6 : 4;
        return digest.longOf(FAST_OPEN, tuple, 0, 0, generation, family);
    }
}
