// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.ecn;

import io.pktkit.vtcp.internal.option.AccEcnOption;
import io.pktkit.vtcp.internal.option.ReceivedOptions;

/**
 * What the peer tells in the AccECN option (RFC 9768 section 3.2.3): how much payload of ours reached it with each
 * codepoint. Names are those of the RFC.
 *
 * <p>Fields are believed as far as they are possible. Each octet is sent ECN-capable once, so that between two options
 * no more can have arrived than what was not acknowledged at the first and was sent by the second. An option that tells
 * of more was overtaken, or mangled, or is a lie, and is passed over as a whole.
 */
final class AccEcnEcho {
    static final int UNKNOWN = -1;

    private int e0b = 1;
    private int ceb;
    private int e1b = 1;
    /** SND.UNA when an option was last believed. */
    private long settled = 1;

    private boolean seen;
    private boolean zeroed;
    private long e0bytes;
    private long cebytes;
    private long e1bytes;

    /**
     * The segment that acknowledges our SYN and nothing else. Any values but zero are good to begin with, as a later
     * variant may begin elsewhere (section 3.2.3.2.4).
     */
    void begin(ReceivedOptions options) {
        if (options.accEcn) {
            seen = true;
            zeroed |= options.e0b == 0 || options.e1b == 0;
            remember(options);
        }
    }

    /**
     * An acknowledgment that none has superseded.
     *
     * @param una SND.UNA, with this one
     * @param nxt SND.NXT
     * @return how many more bytes were marked than at the last answer, or UNKNOWN
     */
    int take(ReceivedOptions options, long una, long nxt) {
        if (!options.accEcn || zeroed) {
            return UNKNOWN;
        }
        seen = true;
        if (options.e0b == ReceivedOptions.ABSENT && options.e1b == ReceivedOptions.ABSENT) {
            return UNKNOWN; // it only tests the path
        }
        long possible = nxt - settled;
        if (possible > AccEcnOption.MASK) { // for so long there was none that a field may have wrapped
            settled = una;
            remember(options);
            return UNKNOWN;
        }
        int newE0b = increment(options.e0b, e0b);
        int newCeb = increment(options.ceb, ceb);
        int newE1b = increment(options.e1b, e1b);
        if ((long) newE0b + newCeb + newE1b > possible) {
            return UNKNOWN;
        }
        settled = una;
        remember(options);
        e0bytes += newE0b;
        cebytes += newCeb;
        e1bytes += newE1b;
        return options.ceb == ReceivedOptions.ABSENT ? UNKNOWN : newCeb;
    }

    /** Appendix A.1. A field that is left out has not changed, or is told later. */
    private static int increment(int field, int before) {
        return field == ReceivedOptions.ABSENT ? 0 : (field - before) & AccEcnOption.MASK;
    }

    private void remember(ReceivedOptions options) {
        e0b = options.e0b == ReceivedOptions.ABSENT ? e0b : options.e0b;
        ceb = options.ceb == ReceivedOptions.ABSENT ? ceb : options.ceb;
        e1b = options.e1b == ReceivedOptions.ABSENT ? e1b : options.e1b;
    }

    /** Whether the peer's options arrive, and with what they were sent with. */
    boolean isRead() {
        return seen && !zeroed;
    }

    long ect0Bytes() {
        return e0bytes;
    }

    long ect1Bytes() {
        return e1bytes;
    }

    long ceBytes() {
        return cebytes;
    }
}
