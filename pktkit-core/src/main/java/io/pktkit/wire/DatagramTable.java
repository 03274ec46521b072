// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The incomplete datagrams of one {@link Reassembler}, by key, by source and by age. No operation walks the table. */
final class DatagramTable {

    /** What one source has here, oldest first. */
    private static final class Share {
        final ArrayDeque<PartialDatagram> datagrams = new ArrayDeque<>();
        long bytes;
    }

    // One map for each family, in order of arrival: as all of one family live equally long, the stale are in front.
    private final Map<PartialDatagram.Key, PartialDatagram> ipv4 = new LinkedHashMap<>();
    private final Map<PartialDatagram.Key, PartialDatagram> ipv6 = new LinkedHashMap<>();
    private final Map<IpAddress, Share> shares = new HashMap<>();
    private long bytes;

    @Nullable
    PartialDatagram get(PartialDatagram.Key key) {
        return of(key.family()).get(key);
    }

    void add(PartialDatagram datagram) {
        of(datagram.key.family()).put(datagram.key, datagram);
        Share share = shares.computeIfAbsent(datagram.source, address -> new Share());
        share.datagrams.addLast(datagram);
        share.bytes += datagram.cost;
        bytes += datagram.cost;
    }

    void remove(PartialDatagram datagram) {
        of(datagram.key.family()).remove(datagram.key);
        bytes -= datagram.cost;
        Share share = shares.get(datagram.source);
        if (share != null) {
            share.bytes -= datagram.cost;
            share.datagrams.remove(datagram);
            if (share.datagrams.isEmpty()) {
                shares.remove(datagram.source);
            }
        }
    }

    /** Notes that the cost of a datagram that is here has changed by so much. */
    void charge(PartialDatagram datagram, long change) {
        bytes += change;
        Share share = shares.get(datagram.source);
        if (share != null) {
            share.bytes += change;
        }
    }

    void clear() {
        ipv4.clear();
        ipv6.clear();
        shares.clear();
        bytes = 0;
    }

    int size() {
        return ipv4.size() + ipv6.size();
    }

    int sizeOf(IpAddress source) {
        Share share = shares.get(source);
        return share == null ? 0 : share.datagrams.size();
    }

    long bytes() {
        return bytes;
    }

    long bytesOf(IpAddress source) {
        Share share = shares.get(source);
        return share == null ? 0 : share.bytes;
    }

    @Nullable
    PartialDatagram oldest(IpFamily family) {
        Map<PartialDatagram.Key, PartialDatagram> all = of(family);
        // Asked for each packet, and an iterator is an object.
        return all.isEmpty() ? null : first(all.values().iterator(), null);
    }

    @Nullable
    PartialDatagram oldestExcept(@Nullable PartialDatagram except) {
        PartialDatagram four = first(ipv4.values().iterator(), except);
        PartialDatagram six = first(ipv6.values().iterator(), except);
        if (four == null || six == null) {
            return four == null ? six : four;
        }
        return six.createdNanos - four.createdNanos < 0 ? six : four;
    }

    @Nullable
    PartialDatagram oldestOf(IpAddress source, @Nullable PartialDatagram except) {
        Share share = shares.get(source);
        return share == null ? null : first(share.datagrams.iterator(), except);
    }

    private static @Nullable PartialDatagram first(
            Iterator<PartialDatagram> oldestFirst, @Nullable PartialDatagram except) {
        while (oldestFirst.hasNext()) {
            PartialDatagram datagram = oldestFirst.next();
            if (datagram != except) {
                return datagram;
            }
        }
        return null;
    }

    private Map<PartialDatagram.Key, PartialDatagram> of(IpFamily family) {
        return family == IpFamily.IPV4 ? ipv4 : ipv6;
    }
}
