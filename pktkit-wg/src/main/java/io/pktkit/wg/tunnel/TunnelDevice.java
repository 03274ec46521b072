// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.DropReason;
import io.pktkit.device.Offload;
import io.pktkit.internal.Coalescer;
import io.pktkit.internal.OffloadFinisher;
import io.pktkit.wg.WgIdentity;
import io.pktkit.wg.WgPeer;
import io.pktkit.wire.Fragmenter;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IcmpErrors;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.Packet;
import io.pktkit.wire.RateLimiter;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the device of one peer and that of many have in common: the way of packets into the tunnel and out of it, and what
 * is answered to those that cannot go.
 */
abstract class TunnelDevice extends AbstractL3Device {

    /** What an IPv4 error comes from if the device has no address: the IPv4 dummy address, RFC 7600 section 4.8. */
    private static final IpAddress DUMMY = IpAddress.parse("192.0.0.8");

    private static final int ERRORS_PER_SECOND = 100;
    private static final int ERROR_BURST = 50;

    /** RFC 3168 section 5. */
    private static final int NOT_ECT = 0;

    private static final int ECT_1 = 1;
    private static final int ECT_0 = 2;
    private static final int CE = 3;

    private final PortCore port;
    private final WgIdentity identity;
    private final RateLimiter errors = new RateLimiter(ERRORS_PER_SECOND, ERROR_BURST);

    TunnelDevice(PortCore port, WgIdentity identity) {
        this.port = port;
        this.identity = identity;
        changeMtu(identity.mtu());
    }

    /** {@return the identity that its peers are peers of} */
    public final WgIdentity identity() {
        return identity;
    }

    /** Whom a packet goes to, or null. */
    abstract @Nullable WgPeer route(Packet packet);

    /** Why a packet must not go to a peer, or null. */
    @Nullable
    DropReason refusal(Packet packet, WgPeer to) {
        return null;
    }

    /** Another way for a packet that came out of the tunnel than to who is attached; false if there is none. */
    boolean takesAnotherWay(WgPeer from, Packet packet) {
        return false;
    }

    /** {@return all there are: super-segments are cut, and checksums made, where a packet is encrypted} */
    @Override
    public final Set<Offload> offloads() {
        return OffloadFinisher.ALL;
    }

    @Override
    public final boolean send(Packet packet) {
        if (packet.isUnfinished() && packet.wireLength() > Math.min(mtu(), Outgoing.LONGEST_PIECE)) {
            // To be cut again, or refused for its length, as if it had come finished.
            return OffloadFinisher.sendPieces(this, stats(), packet);
        }
        int length = packet.length();
        boolean superSegment = packet.segmentSize() != 0;
        DropReason reason = transmit(packet);
        if (reason != null) {
            stats().sendDropped(reason);
            return false;
        }
        if (!superSegment) {
            stats().sent(length);
        }
        return true;
    }

    private @Nullable DropReason transmit(Packet packet) {
        if (isClosed()) {
            return DropReason.CLOSED;
        }
        if (!packet.isComplete()) {
            return packet.isValid() ? DropReason.MALFORMED : DropReason.TRUNCATED;
        }
        WgPeer to = route(packet);
        if (to == null) {
            report(packet, IcmpError.hostUnreachable());
            return DropReason.NO_ROUTE;
        }
        DropReason refusal = refusal(packet, to);
        if (refusal != null) {
            report(packet, IcmpError.adminProhibited());
            return refusal;
        }
        if (packet.wireLength() > mtu()) {
            // What is unfinished was short enough a moment ago.
            return packet.isUnfinished()
                    ? DropReason.TOO_BIG
                    : fragment(packet, piece -> transmit(piece, to) == null, error -> report(packet, error));
        }
        return transmit(packet, to);
    }

    private @Nullable DropReason transmit(Packet packet, WgPeer to) {
        DropReason reason = packet.segmentSize() != 0
                ? Outgoing.sendPieces(port, to, packet, stats())
                : Outgoing.send(port, to, packet);
        // The first packet for a peer whose name is not resolved yet is no reason to tell its sender to give up.
        if (reason == DropReason.UNREACHABLE && !port.want(to)) {
            report(packet, IcmpError.hostUnreachable());
        }
        return reason;
    }

    /**
     * What is too long and may be cut is cut, as the router would do that stands before a device of this MTU.
     *
     * @param way takes each piece; whether it was sent
     * @param answer tells its sender why a packet that must not be cut cannot go
     */
    private @Nullable DropReason fragment(Packet packet, Predicate<Packet> way, Consumer<IcmpError> answer) {
        boolean[] dropped = new boolean[1];
        Fragmenter.Result result = new Fragmenter().fragment(packet, mtu(), piece -> dropped[0] |= !way.test(piece));
        if (result == Fragmenter.Result.FRAGMENTED) {
            return dropped[0] ? DropReason.IO_ERROR : null;
        }
        if (result == Fragmenter.Result.DONT_FRAGMENT) {
            answer.accept(IcmpError.packetTooBig(mtu()));
        }
        return DropReason.TOO_BIG;
    }

    /**
     * A packet came out of the tunnel, in a buffer that may be changed. Each is judged by itself; who then takes super-segments
     * gets it together with those that follow it in its burst.
     */
    final void arrived(WgPeer from, PeerLink link, Packet packet, int outerEcn, Coalescer<Packet, PeerLink> coalescer) {
        if (!decapsulateEcn(packet, outerEcn)) {
            stats().receiveDropped(DropReason.FILTERED);
        } else if (!takesAnotherWay(from, packet)) {
            coalescer.add(link, receiverOffloads(), packet);
        }
    }

    /** Hands on what arrived, perhaps joined. */
    final void pass(Packet packet) {
        deliver(packet);
    }

    /**
     * What the path said about congestion, RFC 6040 section 4.2: a mark is passed on to who understands it, and a packet
     * of who does not is dropped in its place.
     */
    private static boolean decapsulateEcn(Packet packet, int outer) {
        if (outer == CE) {
            int inner = packet.ecn();
            if (inner == NOT_ECT) {
                return false;
            }
            if (inner != CE) {
                packet.ecn(CE);
            }
        } else if (outer == ECT_1 && packet.ecn() == ECT_0) {
            packet.ecn(ECT_1);
        }
        return true;
    }

    /** Passes a packet of a peer on to another one, as a router; the packet may be changed. */
    final void forward(WgPeer from, Packet packet, WgPeer to) {
        if (packet.hopLimit() <= 1) {
            stats().receiveDropped(DropReason.TTL_EXPIRED);
            report(from, packet, IcmpError.timeExceeded());
            return;
        }
        packet.decrementHopLimit();
        DropReason reason = packet.totalLength() <= mtu()
                ? Outgoing.send(port, to, packet)
                : fragment(
                        packet, piece -> Outgoing.send(port, to, piece) == null, error -> report(from, packet, error));
        if (reason != null) {
            stats().receiveDropped(reason);
        } else {
            stats().received(packet.length());
        }
    }

    /** Tells a peer why its packet cannot go. */
    private void report(WgPeer from, Packet packet, IcmpError error) {
        Packet answer = error(packet, error);
        if (answer != null) {
            Outgoing.send(port, from, answer);
        }
    }

    /** Tells who is attached why its packet cannot go. */
    private void report(Packet packet, IcmpError error) {
        Packet answer = error(packet, error);
        if (answer != null) {
            dispatch(answer);
        }
    }

    private @Nullable Packet error(Packet packet, IcmpError error) {
        IpFamily family = packet.family();
        if (family == null) {
            return null;
        }
        IpAddress own = prefix(family).address();
        // An IPv6 device without an address of its own speaks for the destination, which nobody else is here.
        IpAddress from = !own.isUnspecified() ? own : family == IpFamily.IPV4 ? DUMMY : packet.destination();
        ByteBuffer target = ByteBuffer.allocate(IcmpErrors.MAX_LENGTH);
        int length = IcmpErrors.write(packet, from, error, target, 0);
        // The limiter is asked last, so that what must not be answered uses up nothing.
        return length > 0 && errors.tryAcquire(port.nowNanos()) ? new Packet().wrap(target, 0, length) : null;
    }

    final PortCore port() {
        return port;
    }
}
