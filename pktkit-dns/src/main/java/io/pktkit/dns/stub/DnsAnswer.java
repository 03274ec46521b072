// SPDX-License-Identifier: MIT
package io.pktkit.dns.stub;

import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsName;
import io.pktkit.dns.DnsQuestion;
import io.pktkit.dns.DnsRecord;
import io.pktkit.dns.DnsResponseCode;
import io.pktkit.dns.DnsType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a response means for a question. Only records that the question reaches through the response's own chain of
 * aliases count, whatever else a server (or whoever spoke in its name) has added.
 *
 * @param kind what it means
 * @param records the records of the type asked for, for {@link Kind#RECORDS}
 * @param next the name to ask for instead, for {@link Kind#ALIAS}; otherwise the last of the chain
 */
record DnsAnswer(Kind kind, List<DnsRecord> records, DnsName next) {
    /** More than any honest chain needs. */
    static final int MAX_ALIASES = 16;

    enum Kind {
        RECORDS,
        /** The name is an alias, and the response does not follow it to its end. */
        ALIAS,
        NO_RECORD,
        NO_SUCH_NAME,
        /** The aliases go round, or on and on. */
        ENDLESS
    }

    /**
     * Judges a response.
     *
     * @param asked the question
     * @param response NOERROR or NXDOMAIN in answer to it
     */
    static DnsAnswer of(DnsQuestion asked, DnsMessage response) {
        DnsName name = asked.name();
        Set<DnsName> seen = new HashSet<>();
        while (seen.add(name)) {
            List<DnsRecord> found = select(response.answers(), name, asked.type());
            if (!found.isEmpty()) {
                return new DnsAnswer(Kind.RECORDS, found, name);
            }
            List<DnsRecord> aliases = select(response.answers(), name, DnsType.CNAME);
            DnsName target = aliases.isEmpty() ? null : aliases.get(0).target();
            if (target == null) {
                return ended(response, name, seen.size() > 1);
            }
            if (seen.size() > MAX_ALIASES) {
                break;
            }
            name = target;
        }
        return of(Kind.ENDLESS, name);
    }

    private static DnsAnswer of(Kind kind, DnsName name) {
        return new DnsAnswer(kind, List.of(), name);
    }

    private static DnsAnswer ended(DnsMessage response, DnsName name, boolean aliased) {
        if (response.responseCode() == DnsResponseCode.NXDOMAIN) {
            return of(Kind.NO_SUCH_NAME, name);
        }
        boolean soa = response.authorities().stream()
                .anyMatch(record -> record.type() == DnsType.SOA && name.isWithin(record.name()));
        // Without SOA a chain is just cut short: many small forwarders give their own alias and no more.
        return of(aliased && !soa ? Kind.ALIAS : Kind.NO_RECORD, name);
    }

    private static List<DnsRecord> select(List<DnsRecord> records, DnsName name, int type) {
        List<DnsRecord> selected = new ArrayList<>();
        for (DnsRecord record : records) {
            if (record.type() == type
                    && record.dnsClass() == DnsType.CLASS_IN
                    && record.name().equals(name)
                    && ((type != DnsType.A && type != DnsType.AAAA) || record.address() != null)) {
                selected.add(record);
            }
        }
        return selected;
    }
}
