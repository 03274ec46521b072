// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import io.pktkit.vtcp.internal.opening.FastOpenCodec;
import io.pktkit.wire.TcpSegment;
import java.security.SecureRandom;

/**
 * The cookies that a Fast Open server gives and takes (RFC 7413 section 4.1.2): eight octets of a keyed MAC over both
 * addresses and the hour. A cookie is good for the hour in which it was made and for the next one; who shows an old one
 * is given a fresh one. Keeps nothing of any client. Safe for use from any thread.
 */
public final class FastOpenCookies {
    private final FastOpenCodec codec;

    /**
     * Makes cookies under a key.
     *
     * @param secret the key, at least 16 bytes that no peer knows; copied
     */
    public FastOpenCookies(byte[] secret) {
        this.codec = new FastOpenCodec(secret);
    }

    /** {@return cookies under a fresh random key} */
    public static FastOpenCookies random() {
        byte[] secret = new byte[32];
        new SecureRandom().nextBytes(secret);
        return new FastOpenCookies(secret);
    }

    /**
     * Looks for Fast Open in a SYN. Without it, or with a malformed option, its payload is held. A good cookie has it
     * delivered. A request, a wrong cookie, and a good one that may not be honoured now, lead to an ordinary handshake
     * without the payload; the first two are given a cookie.
     *
     * @param tuple the ends; the segment's source is the remote one
     * @param syn a segment with SYN and without ACK and RST, checksum already verified
     * @param mayDeliver whether there is room for one more connection that is used before it is established
     * @param nowNanos the time
     * @return how to answer
     */
    public SynAnswer judge(TcpTuple tuple, TcpSegment syn, boolean mayDeliver, long nowNanos) {
        return codec.judge(tuple, syn, mayDeliver, nowNanos);
    }
}
