// SPDX-License-Identifier: MIT
package io.pktkit.dns.upstream;

import io.pktkit.dns.DnsMessage;
import org.jspecify.annotations.Nullable;

/**
 * What came of a question.
 *
 * @param kind in general
 * @param message for {@link Kind#ANSWERED} the response; for {@link Kind#FAILED} and {@link Kind#TIMED_OUT} the best that servers
 *     had to say, if anything; otherwise null
 */
public record DnsOutcome(Kind kind, @Nullable DnsMessage message) {
    /** Kinds of outcomes. */
    public enum Kind {
        /** A server knew: NOERROR, or NXDOMAIN. */
        ANSWERED,
        /** Servers answered, or were seen not to listen, and none knew. */
        FAILED,
        /** No server answered in time. */
        TIMED_OUT,
        /** There is no server to ask. */
        NO_SERVER,
        /** Others had the better right to the place: better not answered, so that the asker tries again. */
        DROPPED,
        /** The client was closed meanwhile. */
        CLOSED
    }

    static DnsOutcome of(Kind kind) {
        return new DnsOutcome(kind, null);
    }
}
