// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.device.DropReason;
import io.pktkit.time.Timers;
import io.pktkit.vtcp.FastOpenCookies;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.SynAnswer;
import io.pktkit.vtcp.SynCookies;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpConnection;
import io.pktkit.vtcp.TcpTuple;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpSegment;
import org.jspecify.annotations.Nullable;

/** Segments without a connection: they open one, wait to, bring a cookie back, or are answered with a reset. */
final class StraySegments {
    private static final int OPENING_FLAGS = TcpSegment.SYN | TcpSegment.ACK | TcpSegment.RST | TcpSegment.FIN;

    private final TcpHost host;
    private final IsnSource isn;
    private final SegmentWriter out;
    private final ConnectionTable table;
    private final ListenerTable listeners;
    private final SynCookies cookies = SynCookies.random();

    /** One key for each host, so that a cookie of one tenant is worth nothing to another. */
    private final FastOpenCookies fastOpenCookies = FastOpenCookies.random();

    StraySegments(TcpHost host, IsnSource isn, SegmentWriter out, ConnectionTable table, ListenerTable listeners) {
        this.host = host;
        this.isn = isn;
        this.out = out;
        this.table = table;
        this.listeners = listeners;
    }

    /** A SYN and nothing else that has a meaning for the state machine. */
    static boolean isOpening(TcpSegment segment) {
        return (segment.flags() & OPENING_FLAGS) == TcpSegment.SYN;
    }

    /** Multicast and broadcast are not for TCP, and an answer to such a source would go to many (RFC 9293, 3.9.2.3). */
    static boolean isUnanswerable(Packet packet) {
        if (packet.isMulticast() || packet.isBroadcast()) {
            return true;
        }
        if (packet.isIpv6()) {
            return packet.sourceHigh() >>> 56 == 0xff || (packet.sourceHigh() | packet.sourceLow()) == 0;
        }
        int source = (int) packet.sourceLow();
        return source >>> 28 >= 0xe || source >>> 24 == 0;
    }

    @Nullable
    DropReason onHeldSegment(HeldSyn held, Packet packet, TcpSegment segment, long nowNanos) {
        if (segment.has(TcpSegment.RST)) {
            if (!held.isWithdrawnBy(segment)) {
                return DropReason.NO_RECEIVER;
            }
            forgetHeld(held);
            UnclaimedSynHandler handler = host.unclaimedSynHandler();
            if (handler != null) {
                handler.onCancelled(held, nowNanos);
            }
        } else if (isOpening(segment)) {
            held.keep(
                    segment, packet.ecn()); // a repeat; or the peer has begun anew, and then this is the SYN to answer
        }
        return null;
    }

    /** A SYN that takes the place of a connection. */
    @Nullable
    DropReason onSuccessor(HostConnection former, Packet packet, TcpSegment syn, long nowNanos) {
        return onStray(new LaterIsn(isn, former.engine().nextSequenceNumber()), packet, syn, nowNanos);
    }

    @Nullable
    DropReason onStray(Packet packet, TcpSegment segment, long nowNanos) {
        return onStray(isn, packet, segment, nowNanos);
    }

    private @Nullable DropReason onStray(IsnSource from, Packet packet, TcpSegment segment, long nowNanos) {
        int flags = segment.flags();
        if ((flags & TcpSegment.RST) != 0) {
            return DropReason.NO_RECEIVER; // a reset is never answered
        }
        boolean opening = isOpening(segment);
        TcpListener listener = listeners.find(packet, segment.destinationPort());
        if (listener != null && opening) {
            return onListenerSyn(listener, from, packet, segment, nowNanos);
        }
        if (listener != null && (flags & (TcpSegment.SYN | TcpSegment.ACK)) == 0) {
            return DropReason.MALFORMED; // in LISTEN only SYN and ACK mean anything (RFC 9293, 3.10.7.2, fourth)
        }
        if (listener != null && (flags & TcpSegment.SYN) == 0 && (flags & TcpSegment.ACK) != 0) {
            TcpTuple tuple = tupleOf(packet, segment);
            SynCookies.Accepted cookie = cookies.check(tuple, segment, nowNanos);
            if (cookie != null) {
                return onCookie(listener, tuple, cookie, segment, nowNanos);
            }
        }
        if (opening) {
            return onUnclaimedSyn(from, packet, segment, nowNanos);
        }
        if ((flags & (TcpSegment.SYN | TcpSegment.FIN)) == (TcpSegment.SYN | TcpSegment.FIN)) {
            return DropReason.MALFORMED;
        }
        resetStray(packet, segment);
        return DropReason.NO_RECEIVER;
    }

    private @Nullable DropReason onListenerSyn(
            TcpListener listener, IsnSource from, Packet packet, TcpSegment syn, long nowNanos) {
        if (listener.isQueueFull()) {
            return DropReason.QUEUE_FULL;
        }
        TcpTuple tuple = tupleOf(packet, syn);
        if (!listener.mayRemember() || !host.hasRoom() || !HostConnection.charge(listener.config())) {
            cookies.respond(listener.config(), tuple, syn, out, nowNanos);
            return null;
        }
        HostConnection connection = new HostConnection(
                host,
                listener.config(),
                tuple,
                Timers.after(nowNanos, listener.options().halfOpenNanos()));
        connection.charged(listener.config());
        connection.listener = listener;
        SynAnswer answer = listener.judge(connection, syn, fastOpenCookies, nowNanos);
        connection.bind(TcpConnection.accept(listener.config(), tuple, from, syn, packet.ecn(), answer, out, nowNanos));
        listener.onHalfOpen(connection);
        host.admit(connection, nowNanos);
        return null;
    }

    private @Nullable DropReason onCookie(
            TcpListener listener, TcpTuple tuple, SynCookies.Accepted cookie, TcpSegment ack, long nowNanos) {
        if (listener.isQueueFull()) {
            return DropReason.QUEUE_FULL;
        }
        if (!host.hasRoom() || !HostConnection.charge(listener.config())) {
            return DropReason.TABLE_FULL;
        }
        HostConnection connection = new HostConnection(host, listener.config(), tuple, TcpHost.NEVER);
        connection.charged(listener.config());
        connection.listener = listener;
        connection.bind(TcpConnection.accept(listener.config(), tuple, isn, cookie, ack, out, nowNanos));
        host.admit(connection, nowNanos);
        return null;
    }

    private @Nullable DropReason onUnclaimedSyn(IsnSource from, Packet packet, TcpSegment syn, long nowNanos) {
        UnclaimedSynHandler handler = host.unclaimedSynHandler();
        if (handler != null) {
            if (!host.hasRoom()) {
                return DropReason.TABLE_FULL;
            }
            TcpTuple tuple = tupleOf(packet, syn);
            switch (handler.onUnclaimedSyn(tuple, nowNanos)) {
                case HOLD -> {
                    handler.onHeld(hold(tuple, from, syn, packet.ecn()), nowNanos);
                    return null;
                }
                case IGNORE -> {
                    return DropReason.FILTERED;
                }
                case REFUSE -> {}
            }
        }
        resetStray(packet, syn);
        return DropReason.NO_RECEIVER;
    }

    private HeldSyn hold(TcpTuple tuple, IsnSource from, TcpSegment syn, int ecn) {
        HeldSyn held = new HeldSyn(this, tuple, from, syn, ecn);
        table.add(held);
        return held;
    }

    @Nullable
    HostConnection acceptHeld(HeldSyn held, TcpConfig given, TcpEvents events, long nowNanos) {
        TcpConfig settings = host.settings(given);
        if (!HostConnection.charge(settings)) {
            held.refuse(nowNanos);
            return null;
        }
        forgetHeld(held);
        HostConnection connection = new HostConnection(host, settings, held.tuple, TcpHost.NEVER);
        connection.charged(settings);
        connection.setEvents(events);
        connection.bind(held.answer(settings, out, nowNanos));
        host.admit(connection, nowNanos);
        return connection;
    }

    void forgetHeld(HeldSyn held) {
        held.ended();
        table.remove(held);
    }

    /** What a closed port answers to the SYN. */
    void resetFor(HeldSyn held) {
        out.reset(held.tuple, 0, held.nextSequenceNumber(), TcpSegment.ACK);
    }

    /** RFC 9293, 3.10.7.1. The caller has made sure that the segment is no reset. */
    private void resetStray(Packet packet, TcpSegment segment) {
        TcpTuple tuple = tupleOf(packet, segment);
        if (segment.has(TcpSegment.ACK)) {
            out.reset(tuple, segment.acknowledgmentNumber(), 0, 0);
            return;
        }
        int length =
                segment.payloadLength() + (segment.has(TcpSegment.SYN) ? 1 : 0) + (segment.has(TcpSegment.FIN) ? 1 : 0);
        out.reset(tuple, 0, segment.sequenceNumber() + length, TcpSegment.ACK);
    }

    private static TcpTuple tupleOf(Packet packet, TcpSegment segment) {
        return new TcpTuple(packet.destination(), segment.destinationPort(), packet.source(), segment.sourcePort());
    }
}
