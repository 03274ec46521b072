// SPDX-License-Identifier: MIT
package io.pktkit.vclient.dns;

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
 * @param ttlSeconds how long this may be believed
 */
record DnsAnswer(Kind kind, List<DnsRecord> records, DnsName next, long ttlSeconds) {
    /** More than any honest chain needs. */
    static final int MAX_ALIASES = 16;

    enum Kind {
        /** Not an answer to this question: to be ignored, the right one may still come. */
        UNRELATED,
        RECORDS,
        /** The name is an alias, and the response does not follow it to its end. */
        ALIAS,
        NO_RECORD,
        NO_SUCH_NAME,
        /** To be asked again over TCP. */
        TRUNCATED,
        /** This server does not know; another may. */
        SERVER_FAILED
    }

    /**
     * Judges a response.
     *
     * @param id the identifier the query carried
     * @param asked the question in the very case it was sent
     * @param response what came back
     */
    static DnsAnswer of(int id, DnsQuestion asked, DnsMessage response) {
        DnsQuestion echoed = response.question();
        if (!response.isResponse()
                || response.id() != id
                || response.opcode() != 0
                || echoed == null
                || echoed.type() != asked.type()
                || echoed.dnsClass() != asked.dnsClass()
                || !echoed.name().equalsExactly(asked.name())) {
            return of(Kind.UNRELATED, asked.name(), 0);
        }
        if (response.isTruncated()) {
            return of(Kind.TRUNCATED, asked.name(), 0);
        }
        int code = response.responseCode();
        if (code != DnsResponseCode.NOERROR && code != DnsResponseCode.NXDOMAIN) {
            return of(Kind.SERVER_FAILED, asked.name(), 0);
        }
        return follow(asked, response, code == DnsResponseCode.NXDOMAIN);
    }

    static DnsAnswer of(Kind kind, DnsName name, long ttlSeconds) {
        return new DnsAnswer(kind, List.of(), name, ttlSeconds);
    }

    private static DnsAnswer follow(DnsQuestion asked, DnsMessage response, boolean noSuchName) {
        DnsName name = asked.name();
        long ttl = DnsRecord.MAX_TTL_SECONDS;
        Set<DnsName> seen = new HashSet<>();
        while (seen.add(name)) {
            List<DnsRecord> found = select(response.answers(), name, asked.type());
            if (!found.isEmpty()) {
                return new DnsAnswer(Kind.RECORDS, found, name, Math.min(ttl, shortestTtl(found)));
            }
            List<DnsRecord> aliases = select(response.answers(), name, DnsType.CNAME);
            DnsName target = aliases.isEmpty() ? null : aliases.get(0).target();
            if (target == null) {
                return ended(response, name, noSuchName, seen.size() > 1, ttl);
            }
            if (seen.size() > MAX_ALIASES) {
                break;
            }
            ttl = Math.min(ttl, aliases.get(0).ttlSeconds());
            name = target;
        }
        return of(Kind.SERVER_FAILED, name, 0); // a loop, or a chain without end
    }

    private static DnsAnswer ended(
            DnsMessage response, DnsName name, boolean noSuchName, boolean aliased, long chainTtl) {
        long negativeTtl = 0;
        boolean soa = false;
        for (DnsRecord record : response.authorities()) {
            if (record.type() == DnsType.SOA && record.dnsClass() == DnsType.CLASS_IN && name.isWithin(record.name())) {
                soa = true;
                negativeTtl = record.negativeTtlSeconds();
            }
        }
        if (noSuchName) {
            return of(Kind.NO_SUCH_NAME, name, Math.min(chainTtl, negativeTtl));
        }
        // Without SOA a chain is just cut short: many small forwarders give their own alias and no more.
        return aliased && !soa
                ? of(Kind.ALIAS, name, chainTtl)
                : of(Kind.NO_RECORD, name, Math.min(chainTtl, negativeTtl));
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

    private static long shortestTtl(List<DnsRecord> records) {
        long shortest = DnsRecord.MAX_TTL_SECONDS;
        for (DnsRecord record : records) {
            shortest = Math.min(shortest, record.ttlSeconds());
        }
        return shortest;
    }
}
