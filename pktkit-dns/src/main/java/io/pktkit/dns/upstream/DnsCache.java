// SPDX-License-Identifier: MIT
package io.pktkit.dns.upstream;

import io.pktkit.dns.DnsMessage;
import io.pktkit.dns.DnsRecord;
import io.pktkit.dns.DnsResponseCode;
import io.pktkit.dns.DnsType;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Responses for as long as their TTL allows, each under its own question only; the least recently used go when the bound is
 * reached. Failures are not kept: servers that are down are remembered as such. Guarded by the owner.
 */
final class DnsCache {
    /** A day for records (RFC 8767 section 4 suggests to bound them by a week at most). */
    static final long MAX_POSITIVE_SECONDS = 86_400;

    /** Absence is believed for a shorter time: in a lab a name soon exists. RFC 2308 section 5 allows up to three hours. */
    static final long MAX_NEGATIVE_SECONDS = 300;

    /** What an entry costs beside its records. */
    private static final int OVERHEAD = 512;

    private final int capacity;
    private final LinkedHashMap<UpstreamQuestion, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
    private int used;

    DnsCache(int capacity) {
        this.capacity = capacity;
    }

    @Nullable
    DnsMessage find(UpstreamQuestion question, long nowNanos) {
        Entry entry = entries.get(question);
        if (entry == null) {
            return null;
        }
        long age = TimeUnit.NANOSECONDS.toSeconds(nowNanos - entry.sinceNanos);
        if (age >= entry.seconds) {
            entries.remove(question);
            used -= entry.size;
            return null;
        }
        return entry.message.aged(age);
    }

    void put(UpstreamQuestion question, DnsMessage message, long nowNanos) {
        long seconds = secondsToKeep(message);
        // Counted as it is held: objects take about three times the octets of the wire.
        int size = OVERHEAD + 3 * message.recordsLength();
        if (seconds <= 0 || size > capacity / 8) {
            return;
        }
        Entry before = entries.put(question, new Entry(message, nowNanos, seconds, size));
        used += size - (before == null ? 0 : before.size);
        for (Iterator<Entry> eldest = entries.values().iterator(); used > capacity && eldest.hasNext(); ) {
            used -= eldest.next().size;
            eldest.remove();
        }
    }

    void clear() {
        entries.clear();
        used = 0;
    }

    int size() {
        return entries.size();
    }

    int used() {
        return used;
    }

    private static long secondsToKeep(DnsMessage message) {
        if (message.isTruncated()) {
            return 0;
        }
        long shortest = MAX_POSITIVE_SECONDS;
        for (List<DnsRecord> section : List.of(message.answers(), message.authorities(), message.additionals())) {
            for (DnsRecord record : section) {
                shortest = Math.min(shortest, record.ttlSeconds());
            }
        }
        boolean positive = message.responseCode() == DnsResponseCode.NOERROR && hasAnswer(message);
        return positive ? shortest : Math.min(shortest, secondsOfAbsence(message));
    }

    /** An alias alone does not make an answer positive: where it leads nothing is. */
    private static boolean hasAnswer(DnsMessage message) {
        int type = message.questions().get(0).type();
        for (DnsRecord record : message.answers()) {
            if (record.type() == type || type == DnsType.ANY) {
                return true;
            }
        }
        return false;
    }

    /** RFC 2308 section 5: without an SOA record absence is not kept. */
    private static long secondsOfAbsence(DnsMessage message) {
        long seconds = 0;
        for (DnsRecord record : message.authorities()) {
            if (record.type() == DnsType.SOA && record.dnsClass() == DnsType.CLASS_IN) {
                seconds = Math.min(MAX_NEGATIVE_SECONDS, record.negativeTtlSeconds());
            }
        }
        return seconds;
    }

    private record Entry(DnsMessage message, long sinceNanos, long seconds, int size) {}
}
