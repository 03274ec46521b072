// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import io.pktkit.nat.internal.map.Mapping;
import io.pktkit.nat.internal.map.Share;
import io.pktkit.nat.internal.rewrite.Ipv6Chain;
import io.pktkit.nat.internal.rewrite.Siit;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.policy.NatLimits;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Translates fragments one by one: the first, which has the ports, decides, and the others follow it. Those that come before
 * it are kept, within bounds. What overlaps or contradicts is not passed on, and condemns its datagram (RFC 5722, and
 * RFC 1858 and 3128 for what is too small to be honest).
 *
 * <p>Datagrams are told apart by the side that they came from too, so that no tenant completes or spoils another's. A side
 * follows at most half of all datagrams and keeps at most half of all bytes, and who sends from outside follows an eighth. Those that
 * are over, as all of them has passed or nothing of them will, count no more: they are remembered, so that what comes twice is known,
 * while nobody needs their room.
 */
final class FragmentTable {

    private static final int MAX_FRAGMENTS = 128;
    private static final int MAX_LENGTH = 65_535;

    /** A buffer, its array and its place in a list, which are more than the shortest fragments themselves. */
    private static final int OVERHEAD = 96;

    private final int maxDatagrams;
    private final int maxBytes;
    private final long lifetime;
    private final Map<Key, Flow> flows = new LinkedHashMap<>();

    /** Those of them that are over, in the order in which they were. */
    private final Set<Key> over = new LinkedHashSet<>();

    /** How many others there are, by the side, and of those from outside by the source. */
    private final Map<Integer, Integer> bySide = new HashMap<>();

    private final Map<Long, Integer> bySource = new HashMap<>();
    private final Map<Integer, Integer> bytesBySide = new HashMap<>();
    private int bytes;
    private final Packet view = new Packet();

    /** Which datagram: side 0 is the outside, others are namespaces. */
    private record Key(
            int side,
            long sourceHigh,
            long sourceLow,
            long destinationHigh,
            long destinationLow,
            int id,
            int protocol) {}

    /** What is done with fragments. */
    interface Stage {

        /** Translates a first fragment, and notes in the flow what the others need; null if it went out. */
        @Nullable
        NatDrop first(Packet fragment, Flow flow, long now, NatOutput out);

        /** Translates another one, after the first. */
        @Nullable
        NatDrop later(Packet fragment, Flow flow, long now, NatOutput out);
    }

    /** A datagram, and how its fragments are translated. */
    static final class Flow {

        /** Where they come from; null for the outside. */
        final @Nullable NatLink from;

        /** Set by the stage that translated the first. */
        @Nullable
        Mapping mapping;

        /** The remote's address outside, the translated identification. */
        int remote;

        int id;

        /** The protocol of the transport, and what stands for the remote inside, for NAT64. */
        int protocol;

        @Nullable
        Prefix64 prefix;

        private final Key key;
        private final long until;
        private int[] begins = new int[8];
        private int[] ends = new int[8];
        private int count;
        private int end = -1;
        private int seen;
        private int covered;
        private boolean dead;
        private boolean open;
        private @Nullable List<ByteBuffer> early;

        private Flow(Key key, @Nullable NatLink from, long until) {
            this.key = key;
            this.from = from;
            this.until = until;
        }

        /** Notes the bytes of a fragment; null if they are new, and fit the others. */
        private @Nullable NatDrop cover(int from, int to, boolean last) {
            for (int i = 0; i < count; i++) {
                if (begins[i] == from && ends[i] == to) {
                    return NatDrop.DUPLICATE_FRAGMENT;
                }
                if (from < ends[i] && begins[i] < to) {
                    return NatDrop.BAD_FRAGMENT;
                }
            }
            boolean contradicts = (end >= 0 && (last || to > end)) || (last && seen > to);
            if (count == MAX_FRAGMENTS || contradicts) {
                return NatDrop.BAD_FRAGMENT;
            }
            if (count == begins.length) {
                begins = Arrays.copyOf(begins, 2 * count);
                ends = Arrays.copyOf(ends, 2 * count);
            }
            begins[count] = from;
            ends[count++] = to;
            covered += to - from;
            seen = Math.max(seen, to);
            end = last ? to : end;
            return null;
        }
    }

    FragmentTable(NatLimits limits, Duration lifetime) {
        this.maxDatagrams = limits.fragmentedDatagrams();
        this.maxBytes = limits.fragmentBytes();
        this.lifetime = Timers.toNanos(lifetime);
    }

    int size() {
        return flows.size();
    }

    int bytes() {
        return bytes;
    }

    long nextDeadlineNanos() {
        return flows.isEmpty() ? Timers.NEVER : flows.values().iterator().next().until;
    }

    /** Takes a fragment. */
    @Nullable
    NatDrop take(@Nullable NatLink from, Packet fragment, Stage stage, long now, NatOutput out) {
        expire(now);
        int size = sizeOf(fragment);
        int offset = fragment.fragmentOffset();
        boolean more = fragment.moreFragments();
        if (size <= 0 || (more && size % 8 != 0) || offset + size + fragment.headerLength() > MAX_LENGTH) {
            return NatDrop.BAD_FRAGMENT;
        }
        // The rest of a TCP header that was cut to hide its flags, RFC 1858 section 3.2.2.
        if (offset == 8 && fragment.protocol() == IpProtocol.TCP) {
            return NatDrop.BAD_FRAGMENT;
        }
        int side = side(from);
        Flow flow = flow(key(side, fragment), from, now);
        if (flow == null) {
            return NatDrop.LOST_FRAGMENT;
        }
        if (flow.dead) {
            return NatDrop.BAD_FRAGMENT;
        }
        NatDrop defect = flow.cover(offset, offset + size, !more);
        if (defect == NatDrop.BAD_FRAGMENT) {
            condemn(flow);
        }
        if (defect != null) {
            return defect;
        }
        if (offset != 0 && !flow.open) {
            return keep(fragment, flow);
        }
        NatDrop refused = offset == 0 ? first(fragment, flow, stage, now, out) : stage.later(fragment, flow, now, out);
        if (flow.covered == flow.end) {
            end(flow);
        }
        return refused;
    }

    /** How much of the datagram is in it. */
    private static int sizeOf(Packet fragment) {
        if (fragment.isIpv4()) {
            return fragment.totalLength() - fragment.headerLength();
        }
        int header = Ipv6Chain.fragment(fragment);
        int end = fragment.offset() + fragment.totalLength();
        return header < 0 ? 0 : end - header - Siit.FRAGMENT_HEADER;
    }

    private static Key key(int side, Packet fragment) {
        return new Key(
                side,
                fragment.sourceHigh(),
                fragment.sourceLow(),
                fragment.destinationHigh(),
                fragment.destinationLow(),
                fragment.identification(),
                fragment.isIpv4() ? fragment.nextHeader() : -1);
    }

    private @Nullable Flow flow(Key key, @Nullable NatLink from, long now) {
        Flow known = flows.get(key);
        if (known != null) {
            return known;
        }
        boolean outside = key.side == 0;
        if (bySide.getOrDefault(key.side, 0) >= part(2)
                || (outside && bySource.getOrDefault(key.sourceLow, 0) >= part(8))
                || !makeRoom()) {
            return null;
        }
        Flow flow = new Flow(key, from, Timers.after(now, lifetime));
        flows.put(key, flow);
        count(key, 1);
        return flow;
    }

    private int part(int of) {
        return Math.max(1, maxDatagrams / of);
    }

    private boolean makeRoom() {
        if (flows.size() < maxDatagrams) {
            return true;
        }
        Iterator<Key> oldest = over.iterator();
        if (!oldest.hasNext()) {
            return false;
        }
        flows.remove(oldest.next());
        oldest.remove();
        return true;
    }

    private void count(Key key, int change) {
        bySide.merge(key.side, change, FragmentTable::sum);
        if (key.side == 0) {
            bySource.merge(key.sourceLow, change, FragmentTable::sum);
        }
    }

    /** Null for 0, which takes it out of a map. */
    private static @Nullable Integer sum(int a, int b) {
        return a + b == 0 ? null : a + b;
    }

    /** Nothing more is awaited of a datagram. */
    private void end(Flow flow) {
        if (over.add(flow.key)) {
            count(flow.key, -1);
        }
    }

    private @Nullable NatDrop first(Packet fragment, Flow flow, Stage stage, long now, NatOutput out) {
        NatDrop refused = stage.first(fragment, flow, now, out);
        if (refused != null) {
            condemn(flow);
            return refused;
        }
        flow.open = true;
        List<ByteBuffer> waiting = flow.early;
        forget(flow);
        if (waiting != null) {
            for (ByteBuffer each : waiting) {
                stage.later(view.wrap(each, 0, each.capacity()), flow, now, out);
            }
        }
        return null;
    }

    private @Nullable NatDrop keep(Packet fragment, Flow flow) {
        int length = fragment.totalLength();
        int cost = length + OVERHEAD;
        int ofSide = bytesBySide.getOrDefault(side(flow.from), 0);
        if (bytes + cost > maxBytes || ofSide + cost > Share.ofNamespace(maxBytes)) {
            condemn(flow);
            return NatDrop.LOST_FRAGMENT;
        }
        ByteBuffer copy = ByteBuffer.allocate(length);
        copy.put(0, fragment.buffer(), fragment.offset(), length);
        List<ByteBuffer> early = flow.early;
        if (early == null) {
            early = new ArrayList<>(4);
            flow.early = early;
        }
        early.add(copy);
        count(flow, cost);
        return null;
    }

    private void count(Flow flow, int change) {
        bytes += change;
        bytesBySide.merge(side(flow.from), change, (a, b) -> a + b == 0 ? null : a + b);
    }

    private static int side(@Nullable NatLink from) {
        return from == null ? 0 : from.inside.id();
    }

    private void condemn(Flow flow) {
        flow.dead = true;
        forget(flow);
        end(flow);
    }

    private void forget(Flow flow) {
        List<ByteBuffer> early = flow.early;
        if (early != null) {
            for (ByteBuffer each : early) {
                count(flow, -(each.capacity() + OVERHEAD));
            }
            flow.early = null;
        }
    }

    /** All live equally long, so the oldest come first. */
    void expire(long now) {
        for (Iterator<Map.Entry<Key, Flow>> all = flows.entrySet().iterator(); all.hasNext(); ) {
            Map.Entry<Key, Flow> oldest = all.next();
            if (oldest.getValue().until - now > 0) {
                return;
            }
            all.remove();
            forget(oldest.getValue());
            end(oldest.getValue());
            over.remove(oldest.getKey());
        }
    }
}
