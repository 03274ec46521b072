// SPDX-License-Identifier: MIT
package io.pktkit.vclient.dns;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Answers for as long as their TTL allows; the least recently used goes when the bound is reached. Any thread. */
final class DnsCache {
    /** A day for records (RFC 8767 section 4 suggests to bound them by a week at most). */
    private static final long MAX_POSITIVE_SECONDS = 86_400;

    /** Absence is believed for a shorter time: in a lab a name soon exists. RFC 2308 section 5 allows up to three hours. */
    private static final long MAX_NEGATIVE_SECONDS = 300;

    private final int capacity;
    private final LinkedHashMap<DnsQuestion, Entry> entries;

    DnsCache(int capacity) {
        this.capacity = capacity;
        this.entries = new LinkedHashMap<>(16, 0.75f, true);
    }

    synchronized @Nullable DnsAnswer find(DnsQuestion question, long nowNanos) {
        Entry entry = entries.get(question);
        if (entry == null) {
            return null;
        }
        if (nowNanos - entry.expiryNanos >= 0) {
            entries.remove(question);
            return null;
        }
        return entry.answer;
    }

    synchronized void put(DnsQuestion question, DnsAnswer answer, long nowNanos) {
        long most = answer.kind() == DnsAnswer.Kind.RECORDS ? MAX_POSITIVE_SECONDS : MAX_NEGATIVE_SECONDS;
        long seconds = Math.min(answer.ttlSeconds(), most);
        if (seconds <= 0) {
            return;
        }
        entries.put(question, new Entry(answer, nowNanos + TimeUnit.SECONDS.toNanos(seconds)));
        if (entries.size() > capacity) {
            Map.Entry<DnsQuestion, Entry> eldest = entries.entrySet().iterator().next();
            entries.remove(eldest.getKey());
        }
    }

    synchronized void clear() {
        entries.clear();
    }

    synchronized int size() {
        return entries.size();
    }

    private record Entry(DnsAnswer answer, long expiryNanos) {}
}
