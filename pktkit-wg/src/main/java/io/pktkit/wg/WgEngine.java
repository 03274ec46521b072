// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.time.Timers;
import io.pktkit.wg.internal.noise.Message;
import io.pktkit.wire.IpAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * WireGuard on one UDP port: identities, their peers, and the datagrams between. It has no thread, socket or clock;
 * datagrams, packets and the time are given to it, and it answers through a {@link WgSink} and with one deadline.
 *
 * <p>Any thread may call anything at any time, several at once too. Packets of different peers do not wait for each other,
 * and those of one peer only for a little bookkeeping. A handshake takes about half a millisecond on the thread that
 * receives it; a shell that minds gives what {@link #isHandshake} tells to another thread.
 *
 * <p>After every call a shell looks at {@link #nextDeadlineNanos} and calls {@link #onTimer} then.
 */
public final class WgEngine {

    /** What {@link #send} needs in front of a packet. */
    public static final int HEADROOM = Message.TRANSPORT_HEADER_LENGTH;

    /** What {@link #send} needs behind a packet: padding and a tag. */
    public static final int TAILROOM = Message.PADDING - 1 + 16;

    private final Core core;
    private final IdentityTable identities = new IdentityTable();
    private final Handshakes handshakes;
    private final Transport transport;
    private final PeerClock clock;

    /**
     * Creates an engine without identities.
     *
     * @param config what it is made with
     */
    public WgEngine(WgEngineConfig config) {
        this.core = new Core(config);
        this.transport = new Transport(core);
        this.handshakes = new Handshakes(core, identities, transport);
        this.clock = new PeerClock(core, transport);
        transport.connect(handshakes);
    }

    /**
     * Tells whether a datagram is a handshake message, which takes long, and not transport data. Looks at the type alone.
     *
     * @param buffer where it is
     * @param offset where it begins, absolute
     * @param length how long it is
     * @return whether it is one
     */
    public static boolean isHandshake(ByteBuffer buffer, int offset, int length) {
        return length > 0 && buffer.get(offset) != Message.TRANSPORT;
    }

    /**
     * Adds an identity.
     *
     * @param privateKey its key, copied
     * @return the identity
     * @throws IllegalArgumentException if another identity has the key
     * @throws IllegalStateException if there are 256 of them, or the engine is closed
     */
    public WgIdentity addIdentity(WgPrivateKey privateKey) {
        return addIdentity(privateKey, false);
    }

    /**
     * Adds an identity.
     *
     * @param privateKey its key, copied
     * @param apart whether each peer has allowed IPs of its own, so that several may have the same; whoever sends then
     *     knows to whom, and {@link WgIdentity#route(IpAddress)} finds nobody
     * @return the identity
     * @throws IllegalArgumentException if another identity has the key
     * @throws IllegalStateException if there are 256 of them, or the engine is closed
     */
    public WgIdentity addIdentity(WgPrivateKey privateKey, boolean apart) {
        WgIdentity identity = new WgIdentity(core, identities, WgIdentity.localKeys(core, privateKey), apart);
        identities.add(identity);
        return identity;
    }

    /**
     * Removes an identity with its peers.
     *
     * @param identity the identity; may be removed already
     */
    public void removeIdentity(WgIdentity identity) {
        identities.remove(identity);
        core.events.drain();
    }

    /** {@return all identities at this moment} */
    public List<WgIdentity> identities() {
        return identities.all();
    }

    /**
     * Takes a datagram. What it is not worth is dropped and counted.
     *
     * @param buffer a big-endian buffer with the datagram, which is decrypted in place
     * @param offset where it begins, absolute
     * @param length how long it is
     * @param from where it came from, and the address of ours that it came to
     * @param nowNanos the time
     * @param sink what to answer with
     */
    public void receive(ByteBuffer buffer, int offset, int length, WgEndpoint from, long nowNanos, WgSink sink) {
        int type = length < Message.TRANSPORT_OVERHEAD ? 0 : Integer.reverseBytes(buffer.getInt(offset));
        if (type == Message.TRANSPORT) {
            transport.receive(buffer, offset, length, from, nowNanos, sink);
        } else if (type == Message.INITIATION && length == Message.INITIATION_LENGTH) {
            handshakes.onInitiation(copy(buffer, offset, length), from, nowNanos, sink);
        } else if (type == Message.RESPONSE && length == Message.RESPONSE_LENGTH) {
            handshakes.onResponse(copy(buffer, offset, length), from, nowNanos, sink);
        } else if (type == Message.COOKIE_REPLY && length == Message.COOKIE_REPLY_LENGTH) {
            handshakes.onCookieReply(copy(buffer, offset, length), nowNanos);
        } else {
            core.drop(WgDrop.MALFORMED);
        }
        core.events.drain();
    }

    /**
     * Sends a packet to a peer. It is encrypted where it is, so the buffer must be the caller's own: never what a handler
     * was lent. Without a session the packet is copied and a handshake is begun.
     *
     * @param peer whom to send to, as {@link WgIdentity#route} finds it
     * @param buffer a big-endian buffer with the packet
     * @param offset where it begins, absolute, at least {@link #HEADROOM}
     * @param length how long it is, at least 1; {@link #TAILROOM} bytes must follow it before the buffer's capacity and
     *     limit
     * @param nowNanos the time
     * @param sink what to answer with
     * @return what became of it
     */
    public SendResult send(WgPeer peer, ByteBuffer buffer, int offset, int length, long nowNanos, WgSink sink) {
        if (offset < HEADROOM || length < 1 || buffer.limit() - offset - length < TAILROOM) {
            throw new IllegalArgumentException("no room for header, padding and tag: offset=" + offset + " length="
                    + length + " limit=" + buffer.limit());
        }
        SendResult result = transport.send(peer, buffer, offset, length, nowNanos, sink);
        core.events.drain();
        return result;
    }

    /**
     * Sends a keepalive to a peer, or begins a handshake if there is no session.
     *
     * @param peer whom to send to
     * @param nowNanos the time
     * @param sink what to answer with
     */
    public void sendKeepalive(WgPeer peer, long nowNanos, WgSink sink) {
        transport.keepalive(peer, nowNanos, sink);
        core.events.drain();
    }

    /**
     * Begins a handshake with a peer, not more often than every 5 s; if it is too early, when the time has come.
     *
     * @param peer with whom
     * @param nowNanos the time
     * @param sink what to answer with
     */
    public void initiate(WgPeer peer, long nowNanos, WgSink sink) {
        transport.handshake(peer, true, nowNanos, sink);
        core.events.drain();
    }

    /**
     * Lets an unknown peer in and answers his initiation.
     *
     * @param stranger who it is
     * @param options what he begins with
     * @param nowNanos the time
     * @param sink what to answer with
     * @return the peer; null if he has waited for more than 15 s or there are too many peers
     */
    public @Nullable WgPeer accept(UnknownPeer stranger, WgPeerOptions options, long nowNanos, WgSink sink) {
        WgPeer peer = handshakes.accept(stranger, options, nowNanos, sink);
        core.events.drain();
        return peer;
    }

    /** {@return when to call {@link #onTimer}, or {@link Timers#NEVER}; takes no lock} */
    public long nextDeadlineNanos() {
        return core.timers.firstDeadline();
    }

    /**
     * Does what is due. Of many peers that are due at once some may be left, and then the next deadline is not later than
     * now.
     *
     * @param nowNanos the time
     * @param sink what to answer with
     */
    public void onTimer(long nowNanos, WgSink sink) {
        clock.run(nowNanos, sink);
        core.events.drain();
    }

    /**
     * Tells how many datagrams and packets were dropped.
     *
     * @param why for this reason
     * @return the count
     */
    public long drops(WgDrop why) {
        return core.drops(why);
    }

    /** {@return what encrypts transport data and agrees on keys} */
    public WgCipher cipher() {
        return core.chosenCipher;
    }

    /** {@return how many sessions and handshakes have an index, at most four for each peer} */
    public int indexCount() {
        return core.indexes.size();
    }

    /** Removes all identities and wipes all keys. What is received afterwards is dropped. */
    public void close() {
        identities.close();
        core.events.drain();
    }

    private static byte[] copy(ByteBuffer buffer, int offset, int length) {
        byte[] message = new byte[length];
        buffer.get(offset, message, 0, length);
        return message;
    }
}
