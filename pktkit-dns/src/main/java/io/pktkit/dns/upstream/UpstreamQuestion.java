// SPDX-License-Identifier: MIT
package io.pktkit.dns.upstream;

import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsQuestion;

/**
 * What makes two questions the same, so that they are asked once (RFC 5452 section 5) and share an answer: name, type and class,
 * and the two flags that change what a server says.
 *
 * @param question what is asked
 * @param dnssecOk whether DNSSEC records are wanted (RFC 3225)
 * @param checkingDisabled whether the server need not check them (RFC 4035 section 3.2.2)
 */
public record UpstreamQuestion(DnsQuestion question, boolean dnssecOk, boolean checkingDisabled) {
    /**
     * An ordinary question.
     *
     * @param question what is asked
     * @return the same, without DNSSEC
     */
    public static UpstreamQuestion of(DnsQuestion question) {
        return new UpstreamQuestion(question, false, false);
    }

    /**
     * Somebody's question, to be passed on.
     *
     * @param query a query
     * @param question its question
     * @return what to ask for it
     */
    public static UpstreamQuestion of(DnsMessage query, DnsQuestion question) {
        boolean dnssecOk = query.edns() != null && query.edns().dnssecOk();
        return new UpstreamQuestion(question, dnssecOk, (query.flags() & DnsMessage.CD) != 0);
    }
}
