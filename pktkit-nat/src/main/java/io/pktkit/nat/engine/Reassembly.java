// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.policy.NatLimits;
import io.pktkit.time.Timers;
import io.pktkit.wire.Packet;
import io.pktkit.wire.Reassembler;
import io.pktkit.wire.ReassemblyLimits;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts datagrams together before they are translated, where the owner wants that: helpers then see all of them, and filters
 * nothing but whole ones. They leave in pieces no longer than the longest that came, with its DF.
 *
 * <p>Each side has a reassembler of its own, so that no tenant completes or spoils another's datagrams.
 */
final class Reassembly {

    /** RFC 791 section 3.2: every link takes as much. */
    private static final int MIN_PIECE = 68;

    private static final Reassembler.Drop[] DEFECTS = {
        Reassembler.Drop.MALFORMED,
        Reassembler.Drop.OVERLAP,
        Reassembler.Drop.TOO_LONG,
        Reassembler.Drop.TOO_MANY_FRAGMENTS,
        Reassembler.Drop.ECN_MIX
    };

    private final ReassemblyLimits limits;
    private final Map<NatInside, Reassembler> insides = new HashMap<>();
    private final Reassembler outside;

    /** How long the pieces of the present datagram may be; 0 for one that came whole. */
    private int longest;

    /** Whether they have DF. */
    private boolean whole;

    /** Whether the latest fragment, or its datagram, was dropped. */
    private boolean refused;

    Reassembly(NatLimits of) {
        long bytes = Math.max(2 * ReassemblyLimits.MIN_BYTES, of.fragmentBytes());
        int datagrams = of.fragmentedDatagrams();
        limits = new ReassemblyLimits(datagrams, Math.max(1, datagrams / 2), bytes, bytes / 2, 128);
        outside = new Reassembler(limits);
    }

    /** The datagram that a fragment completes, ours to change; null if it is kept, or dropped. */
    @Nullable
    Packet take(@Nullable NatLink from, Packet fragment, long now) {
        Reassembler reassembler = outside;
        if (from != null) {
            reassembler = insides.get(from.inside);
            if (reassembler == null) {
                reassembler = new Reassembler(limits);
                insides.put(from.inside, reassembler);
            }
        }
        long before = drops(reassembler);
        Packet datagram = reassembler.add(fragment, now);
        refused = drops(reassembler) != before;
        if (datagram == null) {
            return null;
        }
        longest = Math.max(reassembler.largestFragment(), MIN_PIECE);
        whole = datagram.isIpv4() && reassembler.isLargestFragmentWhole();
        if (datagram.isIpv4()) {
            datagram.dontFragment(false); // it was cut before; the pieces get theirs back
            datagram.recomputeIpv4Checksum();
        }
        return datagram;
    }

    private static long drops(Reassembler of) {
        long sum = 0;
        for (Reassembler.Drop each : DEFECTS) {
            sum += of.dropped(each);
        }
        return sum;
    }

    /** Why there was no datagram: null if the fragment waits for others. */
    @Nullable
    NatDrop refusal() {
        return refused ? NatDrop.BAD_FRAGMENT : null;
    }

    /** The datagram has gone on. */
    void done() {
        longest = 0;
        whole = false;
    }

    /** Whether the packet at hand was put together here. */
    boolean isUnderWay() {
        return longest != 0;
    }

    /** How long packets may be that leave over a link. */
    int mtu(int ofLink) {
        return longest == 0 ? ofLink : Math.min(longest, ofLink);
    }

    /** Whether pieces that were told to stay as they are do not fit a link. */
    boolean isTooBig(int ofLink) {
        return whole && longest > ofLink;
    }

    /** Whether pieces get DF. */
    boolean isWhole() {
        return whole;
    }

    int size() {
        int sum = outside.size();
        for (Reassembler each : insides.values()) {
            sum += each.size();
        }
        return sum;
    }

    long bytes() {
        long sum = outside.bytes();
        for (Reassembler each : insides.values()) {
            sum += each.bytes();
        }
        return sum;
    }

    void forget(NatInside inside) {
        Reassembler gone = insides.remove(inside);
        if (gone != null) {
            gone.close();
        }
    }

    void expire(long now) {
        outside.expire(now);
        for (Reassembler each : insides.values()) {
            each.expire(now);
        }
    }

    long nextDeadlineNanos() {
        long next = deadline(outside);
        for (Reassembler each : insides.values()) {
            next = Timers.earlier(next, deadline(each));
        }
        return next;
    }

    private static long deadline(Reassembler of) {
        return of.size() == 0 ? Timers.NEVER : of.nextDeadlineNanos();
    }
}
