// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.datagram.Datagram;
import io.pktkit.datagram.DatagramHandler;
import io.pktkit.internal.Coalescer;
import io.pktkit.wg.UnknownPeer;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgEngine;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgSink;
import io.pktkit.wg.internal.noise.Message;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What happens to each datagram that a port receives, up to the end, on the receiving thread: decrypted where the kernel
 * put it, and handed to the device of its peer, which may have it joined to others of its burst. Handshake messages go to the worker, if there is one, which they would
 * otherwise hold up for half a millisecond each.
 */
final class Incoming implements DatagramHandler, WgSink {

    private final PortCore port;
    private final @Nullable HandshakeWorker worker;
    private final SourceCache sources = new SourceCache();
    private final EndpointPath path = new EndpointPath();
    private final Packet packet = new Packet();
    private final Coalescer<Packet, PeerLink> coalescer = Coalescer.ofPackets(this::pass);
    private int ecn;

    /** When the burst began: a few milliseconds are nothing to any timer, and reading the clock is dear. */
    private long nowNanos;

    private boolean inBurst;

    Incoming(PortCore port, @Nullable HandshakeWorker worker) {
        this.port = port;
        this.worker = worker;
    }

    @Override
    public void onDatagram(Datagram datagram) {
        if (datagram.remotePort() == 0) {
            port.countUnanswerable();
            return;
        }
        WgEndpoint from = sources.of(datagram);
        if (worker != null && isHandshake(datagram)) {
            worker.offer(datagram, from);
            return;
        }
        if (!inBurst) {
            inBurst = true;
            nowNanos = port.nowNanos();
        }
        ecn = datagram.ecn();
        port.engine().receive(datagram.buffer(), datagram.offset(), datagram.length(), from, nowNanos, this);
    }

    @Override
    public void endOfBurst() {
        inBurst = false;
        coalescer.flush();
    }

    /** By type and length, so that what is nothing at all does not take the room of handshakes in the queue. */
    private static boolean isHandshake(Datagram datagram) {
        int length = datagram.length();
        if (length < Message.COOKIE_REPLY_LENGTH) {
            return false;
        }
        int type = Integer.reverseBytes(datagram.buffer().getInt(datagram.offset()));
        return (type == Message.INITIATION && length == Message.INITIATION_LENGTH)
                || (type == Message.RESPONSE && length == Message.RESPONSE_LENGTH)
                || (type == Message.COOKIE_REPLY && length == Message.COOKIE_REPLY_LENGTH);
    }

    @Override
    public void datagram(ByteBuffer buffer, int offset, int length, WgEndpoint to) {
        Outgoing.send(port.endpoint(), buffer, offset, length, path.of(to));
    }

    @Override
    public void packet(WgPeer peer, ByteBuffer buffer, int offset, int length) {
        PeerLink link = port.link(peer);
        TunnelDevice device = link == null ? null : link.device();
        if (link == null || device == null) {
            port.countUndelivered();
        } else {
            device.arrived(
                    peer, link, packet.wrap(buffer, offset, length).rewritable(WgEngine.HEADROOM), ecn, coalescer);
        }
    }

    /** What was held goes to the device that its peer has now. */
    private void pass(PeerLink link, Packet whole) {
        TunnelDevice device = link.device();
        if (device == null) {
            port.countUndelivered();
        } else {
            device.pass(whole);
        }
    }

    @Override
    public void unknownPeer(UnknownPeer unknown) {
        port.ask(unknown);
    }
}
