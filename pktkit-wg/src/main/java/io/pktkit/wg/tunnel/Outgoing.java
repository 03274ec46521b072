// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.datagram.DatagramBatch;
import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.device.DropReason;
import io.pktkit.wg.SendResult;
import io.pktkit.wg.UnknownPeer;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgEngine;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgSink;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Takes what the engine sends on one thread to the datagrams of a port.
 *
 * <p>A packet is copied once, to where the kernel will read its datagram from, and encrypted there. While the engine works
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

    private final EndpointPath path = new EndpointPath();
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

    /** Sends a packet; why not, or null if it was sent or waits for a session. */
    static @Nullable DropReason send(PortCore port, WgPeer peer, ByteBuffer from, int offset, int length, int ecn) {
        WgEndpoint to = peer.endpoint();
        if (to == null) {
            return DropReason.UNREACHABLE;
        }
        Outgoing out = take(port);
        try {
            return out.sendTo(port, peer, to, from, offset, length, ecn);
        } finally {
            out.giveBack();
            port.deadline().update();
        }
    }

    private @Nullable DropReason sendTo(
            PortCore core, WgPeer peer, WgEndpoint to, ByteBuffer from, int offset, int length, int ecn) {
        refused = false;
        trafficClass = ecn;
        int room = length + OVERHEAD;
        ByteBuffer target;
        int at;
        if (room <= DatagramConfig.MAX_PAYLOAD) {
            DatagramBatch batch = core.endpoint().batch();
            at = batch == null ? -1 : batch.reserve(room, path.of(to), ecn);
            if (batch == null || at < 0) {
                return core.endpoint().isClosed() ? DropReason.CLOSED : DropReason.IO_ERROR;
            }
            open = batch;
            reservedFor = to;
            reservedAt = at;
            target = batch.buffer();
        } else {
            // So long that the padding that is never used would not fit a datagram.
            target = ByteBuffer.allocate(room);
            at = 0;
        }
        int start = at + WgEngine.HEADROOM;
        target.put(start, from, offset, length);
        SendResult result = core.engine().send(peer, target, start, length, core.nowNanos(), this);
        return switch (result) {
            case SENT -> refused ? DropReason.IO_ERROR : null;
            case STAGED -> null;
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
