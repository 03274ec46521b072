// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.opening;

import io.pktkit.vtcp.SegmentSink;
import io.pktkit.vtcp.SynCookies;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpTuple;
import io.pktkit.vtcp.internal.option.ReceivedOptions;
import io.pktkit.vtcp.internal.sending.SegmentWriter;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/** Makes and checks SYN cookies: 5 bits of counter, 3 of MSS, 24 of MAC. */
public final class CookieCodec {
    private static final int COOKIE = 3;
    private static final long PERIOD = 64_000_000_000L;
    private static final int COUNTER_MASK = 31;
    private static final int MAC_MASK = 0xffffff;
    private static final int[] MSS = {536, 1200, 1360, 1440, 1452, 1460, 4312, 8960};

    private final KeyedDigest digest;
    private final ReceivedOptions options = new ReceivedOptions();
    private boolean sentAny;
    private long lastSent;

    /**
     * Takes the key.
     *
     * @param secret at least 16 bytes
     */
    public CookieCodec(byte[] secret) {
        this.digest = new KeyedDigest(secret);
    }

    /**
     * Answers a SYN.
     *
     * @param config the settings
     * @param tuple the ends
     * @param syn the segment
     * @param out takes the answer
     * @param now the caller's time
     */
    public void respond(TcpConfig config, TcpTuple tuple, TcpSegment syn, SegmentSink out, long now) {
        options.parse(syn);
        IpFamily family = tuple.localAddress().family();
        int absent = family == IpFamily.IPV4 ? 536 : 1220;
        int index = indexOf(options.mss == ReceivedOptions.ABSENT ? absent : options.mss);
        if (index < 0) {
            return; // a cookie cannot say so little, and what it says would be too much
        }
        int irs = syn.sequenceNumber();
        int counter = counter(now);
        int cookie = counter << 27 | index << 24 | mac(tuple, irs, counter, index);
        int window = Math.min(0xffff, config.receiveBuffer());
        new SegmentWriter(tuple, out)
                .sendSyn(
                        cookie,
                        irs + 1,
                        TcpSegment.SYN | TcpSegment.ACK,
                        window,
                        config.mss(family),
                        ReceivedOptions.ABSENT,
                        false,
                        false,
                        0,
                        0,
                        null,
                        null);
        sentAny = true;
        lastSent = now;
    }

    /**
     * Looks for a cookie.
     *
     * @param tuple the ends
     * @param segment the segment
     * @param now the caller's time
     * @return what it held, or null
     */
    public SynCookies.@Nullable Accepted check(TcpTuple tuple, TcpSegment segment, long now) {
        boolean candidate = segment.has(TcpSegment.ACK) && !segment.has(TcpSegment.SYN) && !segment.has(TcpSegment.RST);
        if (!candidate || !sentAny || now - lastSent > 2 * PERIOD) {
            return null;
        }
        int cookie = segment.acknowledgmentNumber() - 1;
        int irs = segment.sequenceNumber() - 1;
        int counter = cookie >>> 27;
        if (((counter(now) - counter) & COUNTER_MASK) > 1) {
            return null;
        }
        int index = (cookie >>> 24) & 7;
        if ((cookie & MAC_MASK) != mac(tuple, irs, counter, index)) {
            return null;
        }
        return new SynCookies.Accepted(cookie, irs, MSS[index]);
    }

    private int mac(TcpTuple tuple, int irs, int counter, int index) {
        int input = counter << 3 | index;
        return digest.of(COOKIE, tuple, tuple.localPort(), tuple.remotePort(), irs, input) & MAC_MASK;
    }

    private static int counter(long now) {
        return (int) Math.floorDiv(now, PERIOD) & COUNTER_MASK;
    }

    private static int indexOf(int mss) {
        int index = MSS.length - 1;
        while (index >= 0 && MSS[index] > mss) {
            index--;
        }
        return index;
    }
}
