// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import io.pktkit.nat.internal.map.OutsideAddresses;
import io.pktkit.time.Timers;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * SYNs from outside that nobody expected. For six seconds nothing is said, since the inside host may be about to open the
 * same connection; if it does, the SYN is forgotten, and its retransmission passes. Otherwise its sender hears that the port
 * is unreachable (RFC 5382 REQ-4; RFC 6146 section 3.5.2.2, TCP_INCOMING_SYN).
 */
final class HeldSyns {

    /** A SYN with all options is shorter; what is longer is not kept, and not answered. */
    private static final int MAX_LENGTH = 256;

    private final int limit;
    private final long holdNanos;
    private final Map<Pair, Held> held = new LinkedHashMap<>();
    private final Packet view = new Packet();

    /** The two ends of a connection, ours outside and the remote's. */
    private record Pair(long ours, long remote) {}

    private record Held(ByteBuffer packet, long until) {}

    HeldSyns(int limit, Duration hold) {
        this.limit = limit;
        this.holdNanos = Timers.toNanos(hold);
    }

    private static Pair pair(int address, int port, int remote, int remotePort) {
        return new Pair((long) address << 16 | port, (long) remote << 16 | remotePort);
    }

    /** Keeps a SYN unless one of the same connection is kept already, or there are too many. */
    void hold(Packet packet, int port, int remotePort, long now) {
        if (holdNanos == 0 || held.size() >= limit || packet.totalLength() > MAX_LENGTH) {
            return;
        }
        Pair pair = pair((int) packet.destinationLow(), port, (int) packet.sourceLow(), remotePort);
        if (!held.containsKey(pair)) {
            ByteBuffer copy = ByteBuffer.allocate(packet.totalLength());
            copy.put(0, packet.buffer(), packet.offset(), copy.capacity());
            held.put(pair, new Held(copy, Timers.after(now, holdNanos)));
        }
    }

    /** The inside host opens the connection itself. */
    void forget(int address, int port, int remote, int remotePort) {
        if (!held.isEmpty()) {
            held.remove(pair(address, port, remote, remotePort));
        }
    }

    long nextDeadlineNanos() {
        return held.isEmpty() ? Timers.NEVER : held.values().iterator().next().until();
    }

    int size() {
        return held.size();
    }

    /**
     * Answers those whose time is over, from addresses that are still ours. All are held equally long, so the oldest come first.
     */
    void expire(OutsideAddresses ours, Answers answers, long now, NatOutput out) {
        for (Iterator<Held> all = held.values().iterator(); all.hasNext(); ) {
            Held oldest = all.next();
            if (oldest.until() - now > 0) {
                return;
            }
            all.remove();
            view.wrap(oldest.packet(), 0, oldest.packet().capacity());
            if (ours.find((int) view.destinationLow()) != null) {
                answers.error(null, view, view.destination(), IcmpError.portUnreachable(), now, out);
            }
        }
    }
}
