// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.TcpSegment;

/**
 * What must hold of the codepoint of everything that one end sends: only ECT(0) is ever set, and only on data that goes
 * out for the first time (RFC 3168 section 6.1.4 to 6.1.6).
 */
final class EctRule {
    private static final int ECT_0 = 2;

    private boolean any;
    private int highest;

    void check(TcpSegment segment, int ecn) {
        int start = segment.sequenceNumber() + (segment.has(TcpSegment.SYN) ? 1 : 0);
        boolean fresh = segment.payloadLength() > 0 && (!any || start - highest >= 0);
        if (ecn != 0) {
            boolean plain = !segment.has(TcpSegment.SYN) && !segment.has(TcpSegment.RST);
            assertTrue(ecn == ECT_0 && plain && fresh, () -> "sent with codepoint " + ecn + ": " + segment);
        }
        if (fresh) {
            any = true;
            highest = start + segment.payloadLength();
        }
    }
}
