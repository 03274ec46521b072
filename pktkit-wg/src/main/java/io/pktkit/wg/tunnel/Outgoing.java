// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.datagram.DatagramBatch;
import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.device.Burst;
import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.internal.Segmenter;
import io.pktkit.wg.SendResult;
import io.pktkit.wg.UnknownPeer;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgEngine;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgSink;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Takes what the engine sends on one thread to the datagrams of a port.
 *
 * <p>A packet, or a piece of a super-segment, is copied once, to where the kernel will read its datagram from, and encrypted
 * there. While the engine works
 * on it that room is reserved in the thread's batch. It may have something else to send before or in place of that, such
 * as an initiation, which then takes the room: the packet waits in a copy of the engine's by then.
 *
 * <p>There is one of these for each thread, for all ports; it knows a port only during a call.
 */
final class Outgoing implements WgSink {

    /** DSCP AF41, which the kernel's WireGuard gives handshakes (RFC 2597). */
    static final int HANDSHAKE_TRAFFIC_CLASS = 0x88;

    private static final ThreadLocal<Outgoing> CURRENT = ThreadLocal.withInitial(Outgoing::new);
    private static final int OVERHEAD = WgEngine.HEADROOM + WgEngine.TAILROOM;

    /** What room can be made for in a batch for certain. */
    static final int LONGEST_PIECE = DatagramConfig.MAX_PAYLOAD - OVERHEAD;

    private final EndpointPath path = new EndpointPath();
    private final Segmenter segmenter = new Segmenter();
    private final Packet view = new Packet();
    private @Nullable PortCore port;
    private @Nullable DatagramBatch open;
    private @Nullable WgEndpoint reservedFor;
    private int reservedAt;
    private int trafficClass;
    private boolean refused;

    private Outgoing() {}

    /** The thread's own, or a new one if it is in use further up. */
    static Outgoing take(PortCore port) {
        Outgoing own = CURRENT.get();
        Outgoing free = own.port == null ? own : new Outgoing();
        free.port = port;
        return free;
    }

    void giveBack() {
        DatagramBatch unused = open;
        open = null;
        reservedFor = null;
        port = null;
        if (unused != null) {
            unused.cancel();
        }
    }

    /** Sends a packet, which is none to cut; why not, or null if it was sent or waits for a session. */
    static @Nullable DropReason send(PortCore port, WgPeer peer, Packet packet) {
        WgEndpoint to = peer.endpoint();
        if (to == null) {
            return DropReason.UNREACHABLE;
        }
        Outgoing out = take(port);
        try {
            return out.sendTo(port, peer, to, packet);
        } finally {
            out.giveBack();
            port.deadline().update();
        }
    }

    /**
     * Sends a super-segment: each piece is written where it is encrypted, and all leave together, of one length but for the
     * last and so as one message to the kernel where it cuts.
     *
     * @param stats counts the pieces, but the last of those that were dropped, which the caller counts
     * @return why that was dropped, or null if all were sent or wait for a session
     */
    static @Nullable DropReason sendPieces(PortCore port, WgPeer peer, Packet packet, DeviceStats stats) {
        WgEndpoint to = peer.endpoint();
        if (to == null) {
            return DropReason.UNREACHABLE;
        }
        Outgoing out = take(port);
        Burst burst = Burst.open();
        try {
            return out.sendPiecesTo(port, peer, to, packet, stats);
        } finally {
            out.giveBack();
            burst.close();
            port.deadline().update();
        }
    }

    private @Nullable DropReason sendTo(PortCore core, WgPeer peer, WgEndpoint to, Packet packet) {
        int length = packet.totalLength();
        trafficClass = packet.ecn();
        int start;
        ByteBuffer target;
        if (length + OVERHEAD <= DatagramConfig.MAX_PAYLOAD) {
            DatagramBatch batch = reserve(core, to, length);
            if (batch == null) {
                return noRoom(core);
            }
            target = batch.buffer();
            start = reservedAt + WgEngine.HEADROOM;
        } else {
            // So long that the padding that is never used would not fit a datagram.
            target = ByteBuffer.allocate(length + OVERHEAD);
            start = WgEngine.HEADROOM;
        }
        target.put(start, packet.buffer(), packet.offset(), length);
        if (packet.checksumPending() && !view.wrap(target, start, length).recomputeTransportChecksum()) {
            return DropReason.MALFORMED;
        }
        return encrypt(core, peer, target, start, length, core.nowNanos());
    }

    private @Nullable DropReason sendPiecesTo(
            PortCore core, WgPeer peer, WgEndpoint to, Packet packet, DeviceStats stats) {
        DropReason refusal = segmenter.begin(packet, packet.segmentSize());
        if (refusal != null) {
            return refusal;
        }
        stats.cutSuperSegment();
        trafficClass = packet.ecn();
        long nowNanos = core.nowNanos();
        DropReason dropped = null;
        while (segmenter.hasNext()) {
            DatagramBatch batch = reserve(core, to, segmenter.nextLength());
            if (batch == null) {
                return noRoom(core);
            }
            int start = reservedAt + WgEngine.HEADROOM;
            int length = segmenter.next(batch.buffer(), start, view);
            DropReason reason = encrypt(core, peer, batch.buffer(), start, length, nowNanos);
            if (reason == null) {
                stats.sent(length);
                continue;
            }
            if (dropped != null) {
                stats.sendDropped(dropped);
            }
            dropped = reason;
        }
        return dropped;
    }

    /** Makes room for a packet in the thread's batch; null if there cannot be any. */
    private @Nullable DatagramBatch reserve(PortCore core, WgEndpoint to, int length) {
        DatagramBatch batch = core.endpoint().batch();
        int at = batch == null ? -1 : batch.reserve(length + OVERHEAD, path.of(to), trafficClass);
        if (batch == null || at < 0) {
            return null;
        }
        open = batch;
        reservedFor = to;
        reservedAt = at;
        return batch;
    }

    private static DropReason noRoom(PortCore core) {
        return core.endpoint().isClosed() ? DropReason.CLOSED : DropReason.IO_ERROR;
    }

    private @Nullable DropReason encrypt(
            PortCore core, WgPeer peer, ByteBuffer target, int start, int length, long nowNanos) {
        refused = false;
        SendResult result = core.engine().send(peer, target, start, length, nowNanos, this);
        return switch (result) {
            case SENT -> refused ? DropReason.IO_ERROR : null;
            case STAGED -> {
                core.want(peer);
                yield null;
            }
            case NO_ENDPOINT, PEER_GONE -> DropReason.UNREACHABLE;
            case TOO_BIG -> DropReason.TOO_BIG;
        };
    }

    @SuppressWarnings("ReferenceEquality") // the very buffer: another with the same bytes is somebody else's
    @Override
    public void datagram(ByteBuffer buffer, int offset, int length, WgEndpoint to) {
        PortCore core = port;
        DatagramBatch batch = open;
        open = null;
        if (core == null) {
            return;
        }
        if (batch == null || buffer != batch.buffer()) {
            send(core.endpoint(), buffer, offset, length, path.of(to));
            return;
        }
        // The peer may have moved since the room was reserved; the room itself stays where it is.
        boolean reserved = isReservedFor(to) || batch.reserve(length, path.of(to), trafficClass) == reservedAt;
        refused |= !(reserved && batch.commit(length));
    }

    @Override
    public void packet(WgPeer peer, ByteBuffer buffer, int offset, int length) {
        throw new IllegalStateException("a packet out of a call that received nothing: peer=" + peer);
    }

    @Override
    public void unknownPeer(UnknownPeer unknown) {
        PortCore core = port;
        if (core != null) {
            core.ask(unknown);
        }
    }

    /** Sends what the engine had in a buffer of its own: handshakes, keepalives and what has waited. */
    static void send(DatagramEndpoint endpoint, ByteBuffer buffer, int offset, int length, EndpointPath to) {
        boolean handshake = WgEngine.isHandshake(buffer, offset, length);
        endpoint.send(buffer, offset, length, to, handshake ? HANDSHAKE_TRAFFIC_CLASS : 0);
    }

    @SuppressWarnings(
            "ReferenceEquality") // another object may be the same endpoint; reserving again is right then, too
    private boolean isReservedFor(WgEndpoint to) {
        return to == reservedFor;
    }
}
