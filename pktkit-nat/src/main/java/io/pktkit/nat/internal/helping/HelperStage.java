// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.helping;

import io.pktkit.device.FailureLog;
import io.pktkit.nat.helper.NatHelper;
import io.pktkit.nat.internal.map.MappingCore;
import io.pktkit.nat.internal.map.MappingMaker;
import io.pktkit.nat.internal.map.Session;
import io.pktkit.nat.internal.stream.StreamEdits;
import io.pktkit.nat.policy.NatLimits;
import io.pktkit.wire.Checksum;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpSegment;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shows payloads to helpers, after translation and before sending, and keeps the numbers of streams right whose text they
 * changed. What it is given is the NAT's own copy.
 */
public final class HelperStage {

    /** By how much a helper may make a packet longer. */
    static final int GROWTH = 512;

    /** Room that a packet is given to grow: all changes that may be under way, in one retransmission. */
    static final int ROOM = (StreamEdits.MAX_PENDING + 1) * GROWTH;

    private static final int MAX_LENGTH = 65_535;

    /** What is held back of one stream, in bytes. */
    private static final int MAX_HELD = 16_384;

    private static final FailureLog FAILURES = new FailureLog(NatHelper.class, "helper");

    private final List<NatHelper> helpers;
    private final MappingCore core;
    private final MappingMaker maker;
    private final GreCalls greCalls;
    private final HelperView view = new HelperView();
    private final Acknowledgments acknowledgments = new Acknowledgments();
    private final Packet packet = new Packet();
    private final Followed followed;

    private final Kept kept = new Kept();

    /** Whether the packet's checksum is yet to be finished, and must then cover its new length. */
    private boolean pending;

    /**
     * Creates one that follows nothing yet.
     *
     * @param helpers who may take part, the first first
     * @param core the mappings
     * @param maker makes more of them
     * @param greCalls where calls of PPTP are noted
     * @param limits how much is held
     */
    public HelperStage(
            List<NatHelper> helpers, MappingCore core, MappingMaker maker, GreCalls greCalls, NatLimits limits) {
        this.greCalls = greCalls;
        this.helpers = helpers;
        this.core = core;
        this.maker = maker;
        this.followed = new Followed(limits);
    }

    /**
     * Tells how much room a packet of a flow is given to grow.
     *
     * @param flow what its session is helped by; null if by nobody
     * @return bytes
     */
    public static int room(@Nullable HelpedFlow flow) {
        return flow == null ? ROOM : ROOM + flow.outward.textLength() + flow.inward.textLength();
    }

    /**
     * A session has begun: the helper that waits for it gets it, else the first that wants it.
     *
     * @param session the session
     * @param inside whether the inside host began it
     * @param now the time
     */
    public void begun(Session session, boolean inside, long now) {
        Followed.Entry expected = followed.find(session, inside, now);
        if (expected != null) {
            HelpedFlow flow =
                    new HelpedFlow(core, maker, greCalls, followed, kept, session, expected.helper(), inside, now);
            flow.begins(expected.state());
            session.user(flow);
            return;
        }
        for (NatHelper helper : helpers) {
            HelpedFlow flow = new HelpedFlow(core, maker, greCalls, followed, kept, session, helper, inside, now);
            try {
                if (helper.wants(flow)) {
                    session.user(flow);
                    return;
                }
            } catch (RuntimeException failure) {
                FAILURES.record(failure);
            }
        }
    }

    /** {@return whether there are no helpers} */
    public boolean isIdle() {
        return helpers.isEmpty();
    }

    /**
     * A session is over.
     *
     * @param session the session
     */
    public void ended(Session session) {
        if (session.user() instanceof HelpedFlow flow) {
            flow.uncount();
            try {
                flow.helper.ended(flow);
            } catch (RuntimeException failure) {
                FAILURES.record(failure);
            }
        }
    }

    /**
     * A namespace is gone, and no flow of it will begin.
     *
     * @param tenant its number
     */
    public void forget(int tenant) {
        followed.forget(tenant);
    }

    /**
     * Works on a translated packet, which begins the buffer.
     *
     * @param flow what its session is helped by
     * @param bytes the buffer, with {@link #room} behind the packet
     * @param length how long the packet is
     * @param original the packet as it came
     * @param outward whether it is on its way outside
     * @param back to its sender, to acknowledge it there; null if it turns back inside, and its sender cannot be answered
     * @param now the time
     * @return its length afterwards; it has grown by {@link #room} at most; 0 if it cannot go on: too long for its header, or
     *     ahead of text that is missing and might yet be changed
     */
    public int apply(
            HelpedFlow flow,
            ByteBuffer bytes,
            int length,
            Packet original,
            boolean outward,
            @Nullable WayBack back,
            long now) {
        packet.wrap(bytes, 0, length).facts(original);
        // A fragment's text is not whole, and what is not as it was sent must not be made to look so.
        if (packet.isFragment()) {
            return packet.fragmentOffset() != 0 || fragment(flow, outward) ? length : 0;
        }
        if (packet.verifyTransportChecksum() == ChecksumStatus.INVALID) {
            return length;
        }
        flow.now(now);
        pending = packet.checksumPending();
        if (packet.protocol() != IpProtocol.TCP) {
            return datagram(flow, bytes, length, outward);
        }
        int changed = segment(flow, bytes, length, outward, original, back);
        flow.count();
        return changed;
    }

    /** {@return what is kept with all flows, in bytes} */
    public int heldInAll() {
        return kept.inAll();
    }

    /** {@return how many flows to come are waited for} */
    public int followedInAll() {
        return followed.size();
    }

    /**
     * A first fragment keeps its text, and gets the numbers that are right for it. How long its segment is it does not tell:
     * nobody knows what follows in the stream once it has passed, so that the helper's part ends with it. In the middle of a
     * command, with its beginning held back, it is dropped; its sender may repeat it in less.
     *
     * @return whether it passes
     */
    private boolean fragment(HelpedFlow flow, boolean outward) {
        TcpSegment tcp = packet.tcp();
        if (tcp == null || tcp.has(TcpSegment.SYN)) {
            return true;
        }
        StreamEdits own = outward ? flow.outward : flow.inward;
        StreamEdits other = outward ? flow.inward : flow.outward;
        int sequence = tcp.sequenceNumber();
        if (own.isBegun() && sequence + MAX_LENGTH - own.lookedTo() > 0) {
            if (own.heldLength() > 0 || (!flow.left && own.isAhead(sequence))) {
                return false; // as a whole segment that is ahead, which anybody may have invented
            }
            flow.left = true;
            own.look(sequence, sequence + tcp.payloadLength());
        }
        acknowledgments.translateFragment(packet, tcp, own, other);
        return true;
    }

    private int datagram(HelpedFlow flow, ByteBuffer bytes, int length, boolean outward) {
        UdpDatagram udp = packet.udp();
        if (udp == null || flow.left) {
            return length;
        }
        int start = udp.payloadOffset();
        int size = udp.payloadLength();
        view.show(bytes, start, size, start + size, outward, null, 0, MAX_LENGTH - length, 0, 0);
        ask(flow);
        if (view.changed) {
            int grown = view.length - udp.payloadLength();
            udp.udpLength(udp.udpLength() + grown);
            return finish(bytes, length + grown, udp.checksum() != 0);
        }
        return length;
    }

    private int segment(
            HelpedFlow flow, ByteBuffer bytes, int whole, boolean outward, Packet original, @Nullable WayBack back) {
        TcpSegment tcp = packet.tcp();
        if (tcp == null || tcp.headerLength() < TcpSegment.MIN_HEADER_LENGTH) {
            return whole;
        }
        StreamEdits own = outward ? flow.outward : flow.inward;
        StreamEdits other = outward ? flow.inward : flow.outward;
        int sequence = tcp.sequenceNumber();
        if (tcp.has(TcpSegment.SYN)) {
            if (flow.begins(tcp, own, other)) {
                own.offers(tcp.window(), acknowledgments.windowScale(tcp));
                return whole;
            }
            if (!tcp.has(TcpSegment.ACK)) {
                return whole; // if it begins a connection after all, that one's numbers are not changed yet
            }
            boolean acknowledges = acknowledgments.translate(tcp, other);
            return number(tcp, own.seen(sequence)) || acknowledges ? finish(bytes, whole, true) : whole;
        }
        if (flow.isRefusal(tcp, outward)) {
            return whole; // who began the connection believes it only in its own numbers, RFC 9293 section 3.10.7.3
        }
        own.offers(tcp.window(), 0);
        int start = tcp.payloadOffset();
        int payload = tcp.payloadLength();
        int headers = whole - payload;
        boolean fin = tcp.has(TcpSegment.FIN);
        boolean reset = tcp.has(TcpSegment.RST);
        boolean occupies = payload > 0 || fin;
        boolean holds = own.heldLength() > 0;
        if (occupies && (!flow.left || holds) && own.isAhead(sequence)) {
            return 0;
        }
        int front = sequence - own.lookedTo();
        int fresh = front + payload - own.heldLength();
        // Behind a FIN there is nothing (RFC 9293 section 3.10.7.4): one before the end of what is held is not of this
        // stream.
        boolean again = holds && occupies && (front < 0 || fresh < 0 || (fresh == 0 && !fin));
        if (occupies && !reset && !again && !mayFollow(flow, own, sequence, payload, fresh)) {
            return 0; // repeated by its sender, when what is kept has been acknowledged
        }
        boolean changed = acknowledgments.translate(tcp, other);
        int released = 0;
        if (again) {
            // Of what is held nothing is passed on; perhaps our acknowledgment was lost.
            acknowledgments.send(own, other, original, back);
            tcp.flags(tcp.flags() & ~TcpSegment.FIN);
            payload = Splice.cut(tcp, payload, Math.max(0, -front));
            changed = true;
        } else if (holds && occupies && !reset) {
            released = own.heldLength();
            payload = Splice.cut(tcp, payload, MAX_LENGTH - GROWTH - headers - front);
            Splice.join(own, bytes, start, payload, front);
            payload += front;
            changed = true;
        }
        sequence -= holds ? Math.max(0, front) : 0;
        if (!flow.left && own.touches(sequence, sequence + payload)) {
            // A helper has not seen what comes behind; it comes again when what was sent before has been acknowledged.
            payload = Splice.cut(tcp, payload, own.lookedTo() - sequence);
        }
        int first = sequence;
        int text = payload;
        if (own.touches(sequence, sequence + payload)) {
            text += own.growth(sequence, sequence + payload);
            if (headers + text > MAX_LENGTH) {
                return 0; // who sent so much at once sends it in less when it is lost again
            }
            own.look(sequence, sequence + payload);
            first = Splice.repeat(own, bytes, start, payload, sequence);
            changed = true;
        } else if (payload > 0 && !reset) {
            int from = own.look(sequence, sequence + payload);
            int size = sequence + payload - from;
            if (size > 0 && (!flow.left || own.isTaken(from))) {
                boolean mayHold = back != null && !tcp.has(TcpSegment.FIN) && own.hasRoom();
                view.show(
                        bytes,
                        start + from - sequence,
                        size,
                        start + payload,
                        outward,
                        own,
                        from,
                        MAX_LENGTH - headers - payload,
                        mayHold ? MAX_HELD - own.textLength() : 0,
                        kept.room(flow.session.mapping().host()) + released);
                ask(flow);
                view.commit();
                if (view.heldFrom >= 0) {
                    acknowledgments.send(own, other, original, back);
                    tcp.flags(tcp.flags() & ~TcpSegment.PSH);
                }
                text = payload + view.length - size;
                changed |= view.changed;
            }
        }
        return number(tcp, own.seen(first)) || changed ? finish(bytes, headers + text, true) : whole;
    }

    /** Whether a change of the new text in a piece can be kept, so that it comes again as it was. */
    private boolean mayFollow(HelpedFlow flow, StreamEdits own, int sequence, int payload, int fresh) {
        boolean shown = !flow.left && (fresh > 0 || own.heldLength() > 0);
        if (shown && !own.hasRoom() && !own.touches(sequence, sequence + payload)) {
            return false;
        }
        return !own.isHeldTaken() || fresh <= kept.room(flow.session.mapping().host());
    }

    private static boolean number(TcpSegment tcp, int number) {
        boolean changed = number != tcp.sequenceNumber();
        if (changed) {
            tcp.sequenceNumber(number);
        }
        return changed;
    }

    private void ask(HelpedFlow flow) {
        if (flow.left) {
            return;
        }
        try {
            flow.helper.payload(flow, view);
        } catch (RuntimeException failure) {
            flow.left = true;
            view.heldFrom = -1;
            FAILURES.record(failure);
        }
    }

    /** Lengths and checksums of the changed packet. */
    private int finish(ByteBuffer bytes, int length, boolean checksum) {
        if (packet.isIpv4()) {
            bytes.putShort(2, (short) length);
        } else {
            bytes.putShort(4, (short) (length - Packet.IPV6_HEADER_LENGTH));
        }
        packet.wrap(bytes, 0, length).recomputeIpv4Checksum();
        if (checksum) {
            packet.recomputeTransportChecksum();
        }
        TcpSegment tcp = pending ? packet.tcp() : null;
        if (tcp != null) {
            tcp.checksum(pendingChecksum(IpProtocol.TCP, packet.transportLength()));
        }
        UdpDatagram udp = pending ? packet.udp() : null;
        if (udp != null) {
            udp.checksum(pendingChecksum(IpProtocol.UDP, udp.udpLength()));
        }
        return length;
    }

    private int pendingChecksum(int protocol, int length) {
        return Checksum.pseudoHeader(
                packet.sourceHigh(),
                packet.sourceLow(),
                packet.destinationHigh(),
                packet.destinationLow(),
                protocol,
                length);
    }
}
