// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import io.pktkit.nat.internal.helping.HelpedFlow;
import io.pktkit.nat.internal.helping.HelperStage;
import io.pktkit.nat.internal.map.Kind;
import io.pktkit.nat.internal.map.Mapping;
import io.pktkit.nat.internal.map.MappingCore;
import io.pktkit.nat.internal.map.Session;
import io.pktkit.nat.internal.map.TcpState;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What a packet means for the session that it belongs to, whichever family it came in. */
final class Tracker {

    private final MappingCore core;
    private final HeldSyns heldSyns;
    private final HelperStage helpers;

    Tracker(MappingCore core, HeldSyns heldSyns, HelperStage helpers) {
        this.core = core;
        this.heldSyns = heldSyns;
        this.helpers = helpers;
    }

    /** From inside; the session, or null if the remote is not remembered. */
    @Nullable
    Session outbound(Mapping mapping, int remote, int remotePort, boolean tcp, int flags, Packet packet, long now) {
        Session session = core.sessions().find(mapping, remote, remotePort, now);
        boolean reset = (flags & TcpSegment.RST) != 0;
        boolean fresh = session == null;
        if (session == null) {
            session = reset ? null : core.sessions().begin(mapping, remote, remotePort, true, now);
            if (session == null) {
                if (!reset) {
                    core.sessions().extend(mapping, remotePort, now);
                }
                return null;
            }
            begun(session, true, now);
        }
        if (!tcp) {
            core.sessions().spoke(session, now);
            return session;
        }
        boolean begins = (flags & TcpSegment.SYN) != 0;
        TcpState before = fresh && !begins ? TcpState.TRANSITORY : session.state();
        TcpState after = begunAnew(session, true, flags, packet) ? TcpState.ESTABLISHED : before.after(true, flags);
        boolean changed = session.state() != after;
        core.sessions().state(session, after);
        if (reset) {
            // An answer to what came in unasked keeps nothing alive, RFC 7857 section 7.
            if (changed && session.isSpoken()) {
                core.sessions().extend(session, now);
            }
            return session;
        }
        if (changed || !session.isSpoken() || after.isRefreshedBy(true, flags)) {
            core.sessions().spoke(session, now);
        }
        if (begins) {
            heldSyns.forget(mapping.outside().address(), mapping.outsidePort(), remote, remotePort);
        }
        note(session, packet, flags);
        return session;
    }

    /**
     * An echo reply from inside, which a host sends to whoever asks: it begins nothing, and makes nothing of a stranger's the
     * host's own (RFC 6888 REQ-4). The session, or null if the remote is not remembered.
     */
    @Nullable
    Session echoed(Mapping mapping, int remote, long now) {
        Session session = core.sessions().find(mapping, remote, 0, now);
        if (session != null) {
            core.sessions().answered(session, now);
        }
        return session;
    }

    private void begun(Session session, boolean inside, long now) {
        if (!helpers.isIdle() && session.mapping().kind() <= Kind.UDP) {
            helpers.begun(session, inside, now);
        }
    }

    /**
     * Both ends may have lost a connection that is open here, and one opens it again from the same port. Its SYN alone
     * changes nothing, for anybody may have sent that. But who has no connection answers with a SYN that acknowledges it,
     * where who has one does not (RFC 9293 section 3.10.7.4).
     *
     * @return whether the segment is that answer
     */
    private static boolean begunAnew(Session session, boolean inside, int flags, Packet packet) {
        if (session.state().isTriedBy(flags)) {
            session.tried(inside, packet.buffer().getInt(packet.transportOffset() + 4) + 1, next(packet, flags));
            return false;
        }
        if (!TcpState.isAnswer(flags)) {
            return false;
        }
        int acknowledged = packet.buffer().getInt(packet.transportOffset() + 8);
        if (!session.isTriedAt(!inside, acknowledged)) {
            return false;
        }
        session.settled();
        HelpedFlow flow = HelpedFlow.of(session);
        if (flow != null) {
            flow.beginAnew(inside, next(packet, flags), acknowledged);
        }
        return true;
    }

    private static void note(Session session, Packet packet, int flags) {
        session.insideAt(next(packet, flags), packet.buffer().getInt(packet.transportOffset() + 8));
    }

    /** The sequence number that follows a segment. */
    private static int next(Packet packet, int flags) {
        ByteBuffer bytes = packet.buffer();
        int at = packet.transportOffset();
        int payload = packet.transportLength() - ((bytes.get(at + 12) & 0xF0) >>> 2);
        int length = payload + (flags & TcpSegment.SYN) / TcpSegment.SYN + (flags & TcpSegment.FIN);
        return bytes.getInt(at + 4) + length;
    }

    /** From outside; the session, or null if the remote is not remembered. */
    @Nullable
    Session inbound(
            Mapping mapping,
            @Nullable Session known,
            int remote,
            int remotePort,
            boolean tcp,
            int flags,
            Packet packet,
            long now) {
        Session session = known;
        if (session == null) {
            if ((flags & TcpSegment.RST) != 0 || mapping.isRemoved()) {
                return null; // a reset from a stranger begins nothing, nor does what passes unremembered
            }
            session = core.sessions().begin(mapping, remote, remotePort, false, now);
            if (session == null) {
                return null;
            }
            begun(session, false, now);
        }
        if (!tcp) {
            core.sessions().extend(session, now); // which keeps the mapping only if the inside host has spoken in it
            return session;
        }
        boolean anew = begunAnew(session, false, flags, packet);
        TcpState after = anew ? TcpState.ESTABLISHED : session.state().after(false, flags);
        boolean changed = session.state() != after;
        core.sessions().state(session, after);
        boolean reset = (flags & TcpSegment.RST) != 0;
        if (changed || (!reset && after.isRefreshedBy(false, flags))) {
            core.sessions().extend(session, now);
        }
        return session;
    }
}
