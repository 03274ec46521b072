// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.vtcp.TcpTuple;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.KeyedHash;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Connections by tuple: a chained table with a keyed hash whose lookup takes primitives and allocates nothing. */
final class ConnectionTable {
    private static final int INITIAL_BUCKETS = 16;

    private final KeyedHash hash = new KeyedHash();
    private @Nullable TupleEntry[] buckets = new TupleEntry[INITIAL_BUCKETS];
    private int size;

    @Nullable
    TupleEntry find(
            boolean ipv6,
            long localHigh,
            long localLow,
            int localPort,
            long remoteHigh,
            long remoteLow,
            int remotePort) {
        long wanted = hash.of(localHigh, localLow, remoteHigh, remoteLow, ports(localPort, remotePort));
        for (TupleEntry entry = buckets[bucket(wanted)]; entry != null; entry = entry.nextInBucket) {
            TcpTuple tuple = entry.tuple;
            if (entry.hash == wanted
                    && tuple.localPort() == localPort
                    && tuple.remotePort() == remotePort
                    && same(tuple.localAddress(), ipv6, localHigh, localLow)
                    && same(tuple.remoteAddress(), ipv6, remoteHigh, remoteLow)) {
                return entry;
            }
        }
        return null;
    }

    @Nullable
    TupleEntry find(TcpTuple tuple) {
        IpAddress local = tuple.localAddress();
        IpAddress remote = tuple.remoteAddress();
        return find(
                local.isIpv6(),
                local.high(),
                local.low(),
                tuple.localPort(),
                remote.high(),
                remote.low(),
                tuple.remotePort());
    }

    /** The caller has made sure that the tuple is not in the table. */
    void add(TupleEntry entry) {
        if (size >= buckets.length) {
            grow();
        }
        IpAddress local = entry.tuple.localAddress();
        IpAddress remote = entry.tuple.remoteAddress();
        entry.hash = hash.of(
                local.high(),
                local.low(),
                remote.high(),
                remote.low(),
                ports(entry.tuple.localPort(), entry.tuple.remotePort()));
        link(entry);
        size++;
    }

    @SuppressWarnings("ReferenceEquality") // never a successor with the same tuple
    boolean remove(TupleEntry entry) {
        int bucket = bucket(entry.hash);
        TupleEntry previous = null;
        for (TupleEntry at = buckets[bucket]; at != null; previous = at, at = at.nextInBucket) {
            if (at == entry) {
                if (previous == null) {
                    buckets[bucket] = at.nextInBucket;
                } else {
                    previous.nextInBucket = at.nextInBucket;
                }
                entry.nextInBucket = null;
                size--;
                return true;
            }
        }
        return false;
    }

    @SuppressWarnings("ReferenceEquality") // never a successor with the same tuple
    boolean contains(TupleEntry wanted) {
        TupleEntry entry = buckets[bucket(wanted.hash)];
        while (entry != null && entry != wanted) {
            entry = entry.nextInBucket;
        }
        return entry != null;
    }

    int size() {
        return size;
    }

    List<TupleEntry> snapshot() {
        List<TupleEntry> entries = new ArrayList<>(size);
        for (TupleEntry head : buckets) {
            for (TupleEntry entry = head; entry != null; entry = entry.nextInBucket) {
                entries.add(entry);
            }
        }
        return entries;
    }

    private static long ports(int localPort, int remotePort) {
        return ((long) localPort << 16) | remotePort;
    }

    private static boolean same(IpAddress address, boolean ipv6, long high, long low) {
        return address.low() == low && address.high() == high && address.isIpv6() == ipv6;
    }

    private int bucket(long hash) {
        return (int) hash & (buckets.length - 1);
    }

    private void link(TupleEntry entry) {
        int bucket = bucket(entry.hash);
        entry.nextInBucket = buckets[bucket];
        buckets[bucket] = entry;
    }

    private void grow() {
        List<TupleEntry> entries = snapshot();
        buckets = new TupleEntry[buckets.length * 2];
        for (TupleEntry entry : entries) {
            link(entry);
        }
    }
}
