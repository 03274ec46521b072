// SPDX-License-Identifier: MIT
package io.pktkit.dns.upstream;

import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsQuestion;
import io.pktkit.dns.DnsResponseCode;
import org.jspecify.annotations.Nullable;

/** What a message that came to the port of an attempt is (RFC 5452 section 9.1). */
enum Verdict {
    /** Not the answer: forged, late from elsewhere, or junk. The right one may still come. */
    FOREIGN,
    /** Right in all but the case of the name: a server that changes it, or a forger who guessed all else. */
    FOLDED,
    ANSWER,
    TRUNCATED,
    /** The server does not understand EDNS. */
    NO_EDNS,
    /** The server does not know; another may. */
    FAILED;

    static Verdict of(Attempt attempt, @Nullable DnsMessage message) {
        if (message == null || !message.isResponse() || message.id() != attempt.id || message.opcode() != 0) {
            return FOREIGN;
        }
        int code = message.responseCode();
        boolean usable = code == DnsResponseCode.NOERROR || code == DnsResponseCode.NXDOMAIN;
        if (message.questions().isEmpty() && !usable) {
            // Some servers give back nothing of what they cannot read. It can only make us ask otherwise, or elsewhere.
            return refusal(attempt, code);
        }
        DnsQuestion echoed = message.question();
        DnsQuestion asked = attempt.asked;
        if (echoed == null || !echoed.equals(asked)) {
            return FOREIGN;
        }
        // A question in lower case says nothing by its case: there is nothing left to be asked in another way.
        boolean spelled = attempt.protocol == DnsProtocol.UDP && attempt.purpose != Attempt.Purpose.LOWER_CASE;
        if (spelled && !echoed.name().equalsExactly(asked.name())) {
            return FOLDED;
        }
        if (!usable) {
            return refusal(attempt, code);
        }
        if (message.isTruncated()) {
            return TRUNCATED;
        }
        return isLame(message) ? FAILED : ANSWER;
    }

    private static Verdict refusal(Attempt attempt, int code) {
        boolean notUnderstood =
                code == DnsResponseCode.FORMERR || code == DnsResponseCode.NOTIMP || code == DnsResponseCode.BADVERS;
        return attempt.edns && notUnderstood ? NO_EDNS : FAILED;
    }

    /** A server that neither knows nor asks others, and says nothing. glibc turns to the next one, too. */
    private static boolean isLame(DnsMessage message) {
        return message.responseCode() == DnsResponseCode.NOERROR
                && message.answers().isEmpty()
                && (message.flags() & (DnsMessage.AA | DnsMessage.RA)) == 0;
    }
}
