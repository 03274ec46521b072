// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.ecn;

import io.pktkit.vtcp.internal.option.AccEcnOption;
import java.nio.ByteBuffer;

/**
 * What we tell in the AccECN option (RFC 9768 section 3.2.3): how much payload arrived with each codepoint. It goes with
 * every acknowledgment after a counter has changed, and once on each of the handshake's segments that test the path. A
 * counter that finds no room is told by the next one that has some.
 *
 * <p>The option counts against the MSS as all options do (RFC 6691), and no room is kept for it: data is as long as
 * ever, and only a segment that leaves room carries it. ECEB is told even if it never changed, since an option with
 * EE0B alone takes as much room once it is padded.
 *
 * <p>A path may drop what it does not know (section 3.2.3.2.2). Nothing that is repeated carries the option, and where
 * repeats keep following upon it, it is not sent any more.
 */
public final class AccEcnReport {
    public static final long NO_DATA = -1;

    private static final int INITIAL = 1;
    private static final int OVERDUE = 1 << 22; // section 3.2.3.3, against overflow
    private static final int ENOUGH_SUSPICION = 3;
    private static final int ACQUITTAL = 64;
    private static final int NONE = -1;
    private static final int E0B = 1 << Ecn.ECT_0;
    private static final int CEB = 1 << Ecn.CE;

    private static final int E1B = 1 << Ecn.ECT_1;

    private int e0b = INITIAL;
    private int ceb;
    private int e1b = INITIAL;
    /** Which counters changed at some time, and which since they were told. */
    private int changed;

    private int untold;
    private int untoldBytes;
    private boolean testsPath;
    private boolean testsPathWithData;

    private boolean off;
    private boolean lastCarried;
    private long dataCarrier = NO_DATA;
    private int suspicion;
    private int sinceSuspicion;

    /** An acceptable segment arrived with so much payload. */
    void count(int codepoint, int payload) {
        if (payload == 0 || codepoint == Ecn.NOT_ECT) {
            return;
        }
        switch (codepoint) {
            case Ecn.ECT_0 -> e0b += payload;
            case Ecn.ECT_1 -> e1b += payload;
            default -> ceb += payload;
        }
        changed |= 1 << codepoint;
        untold |= 1 << codepoint;
        untoldBytes += payload;
    }

    /** The next segment without payload is to show whether the option passes. */
    void testPath() {
        testsPath = true;
    }

    /** So is the first one with payload: that of the handshake may be lost unnoticed (section 3.2.3.2.1). */
    void testPathWithData() {
        testsPathWithData = true;
    }

    /** Whether marks wait to be told, or so much else that a field would overflow. */
    public boolean isUrgent() {
        return !off && ((untold & CEB) != 0 || untoldBytes >= OVERDUE);
    }

    /** Bytes, padded, without which the option is not worth sending beside SACK blocks; 0 if it is not due. */
    public int necessaryRoom() {
        return off || (untold == 0 && !testsPath)
                ? 0
                : (AccEcnOption.length(fields(untold, isOrder0(untold))) + 3) & ~3;
    }

    /**
     * Writes the option, if it is due and fits.
     *
     * @param start offset of the payload, or NO_DATA for a segment without
     * @return how many bytes it takes, not padded
     */
    public int write(ByteBuffer target, int at, int room, long start) {
        boolean test = start == NO_DATA ? testsPath : testsPathWithData;
        testsPath &= start != NO_DATA;
        testsPathWithData &= start == NO_DATA;
        int fields = off || (untold == 0 && !test) ? NONE : fieldsFor(room, test);
        lastCarried = fields != NONE;
        if (fields == NONE) {
            return 0;
        }
        put(target, at, fields);
        dataCarrier = start == NO_DATA ? dataCarrier : start;
        untold = 0;
        untoldBytes = 0;
        if (++sinceSuspicion >= ACQUITTAL) {
            suspicion = 0;
        }
        return AccEcnOption.length(fields);
    }

    /** Section 3.2.3.3: each that ever changed if that fits, else what does, unless it leaves out what is new. */
    private int fieldsFor(int room, boolean test) {
        int fitting = AccEcnOption.fieldsWithin(room);
        int wanted = test ? AccEcnOption.MAX_FIELDS : fields(changed | CEB, isOrder0(changed));
        if (wanted <= fitting) {
            return wanted;
        }
        return fitting >= fields(untold, isOrder0(untold)) ? fitting : NONE;
    }

    private void put(ByteBuffer target, int at, int fields) {
        boolean all = fields >= fields(changed, isOrder0(changed));
        boolean order0 = isOrder0(all ? changed : untold);
        AccEcnOption.write(
                target,
                at,
                order0 ? AccEcnOption.ORDER_0 : AccEcnOption.ORDER_1,
                fields,
                order0 ? e0b : e1b,
                ceb,
                order0 ? e1b : e0b);
    }

    private static boolean isOrder0(int counters) {
        return fields(counters, true) <= fields(counters, false);
    }

    /** How many fields of an order hold all of these counters. */
    private static int fields(int counters, boolean order0) {
        if ((counters & (order0 ? E1B : E0B)) != 0) {
            return AccEcnOption.MAX_FIELDS;
        }
        return (counters & CEB) != 0 ? 2 : counters != 0 ? 1 : 0;
    }

    /** The peer sent again what we have acknowledged, as if it had not heard. */
    public void onPeerRepeated() {
        if (lastCarried) {
            suspect();
        }
    }

    /** We send again what was at this offset. */
    public void onRepeat(long start) {
        if (start == dataCarrier) {
            suspect();
        }
    }

    private void suspect() {
        lastCarried = false;
        dataCarrier = NO_DATA;
        sinceSuspicion = 0;
        if (++suspicion >= ENOUGH_SUSPICION) {
            off = true;
        }
    }

    /** The handshake did not get on, and for all we know because of the option. */
    public void giveUp() {
        off = true;
    }

    /** Whether the option is still sent. */
    boolean isOn() {
        return !off;
    }
}
