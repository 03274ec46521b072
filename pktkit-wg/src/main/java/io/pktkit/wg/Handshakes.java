// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.internal.Secrets;
import io.pktkit.wg.internal.cookie.CookieChecker;
import io.pktkit.wg.internal.crypto.Bytes;
import io.pktkit.wg.internal.noise.LocalKeys;
import io.pktkit.wg.internal.noise.Message;
import io.pktkit.wg.internal.noise.ReceivedInitiation;
import io.pktkit.wg.internal.noise.SentInitiation;
import io.pktkit.wg.internal.noise.SessionKeys;
import io.pktkit.wg.internal.noise.Tai64n;
import io.pktkit.wg.internal.session.IndexTable;
import io.pktkit.wg.internal.session.Keypair;
import io.pktkit.wg.internal.session.Limits;
import io.pktkit.wg.internal.session.Tombstones;
import org.jspecify.annotations.Nullable;

/**
 * Handshakes of all identities.
 *
 * <p>Everything expensive is computed without a lock, from what was read under the lock of the peer, and takes effect under
 * it again only if nothing has made it obsolete in between. So a handshake never holds up transport data of its own peer
 * or of another but on the thread that it runs on.
 */
final class Handshakes {

    private final Core core;
    private final IdentityTable identities;
    private final Transport transport;

    Handshakes(Core core, IdentityTable identities, Transport transport) {
        this.core = core;
        this.identities = identities;
        this.transport = transport;
    }

    /** Sends an initiation that was claimed. */
    void initiate(WgPeer peer, long nowNanos, WgSink sink) {
        LocalKeys local = peer.identity().keys();
        Tai64n stamp;
        int attempt;
        synchronized (peer.lock) {
            if (!peer.maySpeak()) {
                return;
            }
            stamp = peer.nextStamp();
            peer.initiations++;
            attempt = peer.initiations;
        }
        IndexTable.Entry<WgPeer> entry = core.indexes.add(peer, core.random);
        byte[] message = new byte[Message.INITIATION_LENGTH];
        SentInitiation sent = SentInitiation.create(local, peer.remote, entry.index(), stamp, core.random, message);
        WgEndpoint to = null;
        synchronized (peer.lock) {
            if (sent != null
                    && peer.maySpeak()
                    && attempt == peer.initiations
                    && local == peer.identity().keys()) {
                peer.endAttempt();
                peer.pending = sent;
                peer.pendingEntry = entry;
                peer.cookies.addMacs(message, nowNanos);
                peer.timers.sent(nowNanos);
                peer.sentBytes += message.length;
                to = peer.endpoint;
                core.schedule(peer);
            } else {
                core.indexes.remove(entry);
            }
        }
        if (to != null) {
            core.emit(sink, message, to);
        } else if (sent != null) {
            sent.wipe();
        }
    }

    void onInitiation(byte[] message, WgEndpoint from, long nowNanos, WgSink sink) {
        WgIdentity identity = identities.addressee(message);
        if (identity == null) {
            core.drop(WgDrop.BAD_MAC1);
            return;
        }
        LocalKeys local = identity.keys();
        boolean load = core.load.arrived(nowNanos);
        if (load && !isProven(local, message, from, nowNanos, sink)) {
            return;
        }
        ReceivedInitiation received = ReceivedInitiation.read(local, message);
        if (received == null) {
            core.drop(WgDrop.BAD_HANDSHAKE);
            return;
        }
        WgPublicKey key = WgPublicKey.of(received.theirStatic());
        WgPeer peer = identity.peer(key);
        if (peer == null || peer.isExpired()) {
            onUnknown(identity, key, peer, new Arrival(local, message, received, from, nowNanos, load), sink);
            return;
        }
        byte[] secret = peer.remote.staticSecret(local);
        Tai64n stamp = secret == null ? null : received.authenticate(secret);
        if (stamp == null) {
            core.drop(WgDrop.BAD_HANDSHAKE);
            return;
        }
        respond(peer, new UnknownPeer.Knock(local, received, stamp, from, nowNanos), nowNanos, sink);
    }

    void onResponse(byte[] message, WgEndpoint from, long nowNanos, WgSink sink) {
        IndexTable.Entry<WgPeer> entry = core.indexes.find(Bytes.getInt(message, Message.RESPONSE_RECEIVER));
        if (entry == null || entry.keypair() != null) {
            core.drop(WgDrop.UNKNOWN_INDEX);
            return;
        }
        WgPeer peer = entry.owner();
        LocalKeys local = peer.identity().keys();
        if (!CookieChecker.hasMac1(local.responder(), message)) {
            core.drop(WgDrop.BAD_MAC1);
            return;
        }
        if (core.load.arrived(nowNanos) && !isProven(local, message, from, nowNanos, sink)) {
            return;
        }
        SentInitiation pending;
        byte[] presharedKey;
        synchronized (peer.lock) {
            pending = peer.pendingEntry == entry ? peer.pending : null;
            presharedKey = peer.presharedKeyBytes().clone();
        }
        if (pending == null || pending.local() != local) {
            Secrets.wipe(presharedKey);
            core.drop(WgDrop.SUPERSEDED);
            return;
        }
        SessionKeys keys = pending.consume(message, presharedKey);
        Secrets.wipe(presharedKey);
        if (keys == null) {
            core.drop(WgDrop.BAD_HANDSHAKE);
            return;
        }
        boolean installed = false;
        synchronized (peer.lock) {
            if (peer.maySpeak() && peer.pendingEntry == entry && peer.identity().keys() == local) {
                peer.pending = null;
                peer.pendingEntry = null;
                pending.wipe();
                Keypair keypair = keypair(keys, entry, true, nowNanos);
                peer.keypairs.initiated(keypair);
                peer.learn(from);
                peer.receivedBytes += message.length;
                peer.timers.received(nowNanos);
                peer.timers.sessionDerived(nowNanos);
                peer.established();
                core.schedule(peer);
                installed = true;
            }
        }
        keys.wipe();
        if (installed) {
            transport.confirm(peer, nowNanos, sink);
        } else {
            core.drop(WgDrop.SUPERSEDED);
        }
    }

    void onCookieReply(byte[] message, long nowNanos) {
        IndexTable.Entry<WgPeer> entry = core.indexes.find(Bytes.getInt(message, Message.RECEIVER));
        if (entry == null) {
            core.drop(WgDrop.UNKNOWN_INDEX);
            return;
        }
        WgPeer peer = entry.owner();
        boolean taken;
        synchronized (peer.lock) {
            taken = peer.maySpeak() && peer.cookies.take(message, nowNanos);
        }
        if (!taken) {
            core.drop(WgDrop.BAD_COOKIE_REPLY);
        }
    }

    /** Lets a stranger in and answers him; null if he waits no more, or there is no room. */
    @Nullable
    WgPeer accept(UnknownPeer stranger, WgPeerOptions options, long nowNanos, WgSink sink) {
        if (!core.unknown.take(stranger, nowNanos)) {
            return null;
        }
        WgPeer peer = stranger.identity().addPeer(stranger.publicKey(), options, nowNanos, true);
        if (peer == null) {
            core.drop(WgDrop.UNKNOWN_PEER_LIMIT);
            return null;
        }
        if (peer.isExpired()) {
            peer.setExpiresAt(options.expiresAt(), nowNanos);
        }
        synchronized (peer.lock) {
            if (peer.dynamic) {
                peer.timers.sessionDerived(nowNanos); // also if nothing comes of his initiation: he must go some time
                core.schedule(peer);
            }
        }
        respond(peer, stranger.knock(), nowNanos, sink);
        return peer;
    }

    /** Answers an initiation that was proven genuine, if it is new. */
    private void respond(WgPeer peer, UnknownPeer.Knock knock, long nowNanos, WgSink sink) {
        int turn;
        byte[] presharedKey;
        synchronized (peer.lock) {
            if (!peer.maySpeak()) {
                core.drop(WgDrop.PEER_EXPIRED);
                return;
            }
            if (knock.local() != peer.identity().keys()) {
                core.drop(WgDrop.SUPERSEDED); // before its timestamp is used up, which was judged by a key that is gone
                return;
            }
            if (!knock.timestamp().isAfter(peer.receivedStamp)) {
                core.drop(WgDrop.REPLAYED_INITIATION);
                return;
            }
            if (peer.everInitiated && nowNanos - peer.initiatedAt < Limits.INITIATION_INTERVAL) {
                core.drop(WgDrop.INITIATION_FLOOD);
                return;
            }
            peer.receivedStamp = knock.timestamp();
            peer.everInitiated = true;
            peer.initiatedAt = nowNanos;
            peer.responses++;
            turn = peer.responses;
            presharedKey = peer.presharedKeyBytes().clone();
        }
        IndexTable.Entry<WgPeer> entry = core.indexes.add(peer, core.random);
        byte[] message = new byte[Message.RESPONSE_LENGTH];
        SessionKeys keys = knock.received().respond(presharedKey, entry.index(), core.random, message);
        Secrets.wipe(presharedKey);
        WgEndpoint to = null;
        synchronized (peer.lock) {
            if (keys != null
                    && peer.maySpeak()
                    && turn == peer.responses
                    && knock.local() == peer.identity().keys()) {
                peer.keypairs.responded(keypair(keys, entry, false, nowNanos));
                peer.learn(knock.from());
                peer.receivedBytes += Message.INITIATION_LENGTH;
                peer.timers.received(nowNanos);
                peer.timers.sessionDerived(nowNanos);
                peer.timers.responded(nowNanos);
                peer.timers.sent(nowNanos);
                peer.cookies.addMacs(message, nowNanos);
                peer.sentBytes += message.length;
                to = peer.endpoint;
                core.schedule(peer);
            } else {
                core.indexes.remove(entry);
            }
        }
        if (keys != null) {
            keys.wipe();
        }
        if (to != null) {
            core.emit(sink, message, to);
        } else {
            core.drop(WgDrop.SUPERSEDED);
        }
    }

    private void onUnknown(
            WgIdentity identity, WgPublicKey key, @Nullable WgPeer expired, Arrival arrival, WgSink sink) {
        if (!identity.asksAboutUnknown()) {
            core.drop(expired == null ? WgDrop.UNKNOWN_PEER : WgDrop.PEER_EXPIRED);
            return;
        }
        if (!arrival.proven
                && core.unknown.areMany(arrival.from.address(), arrival.at)
                && !isProven(arrival.local, arrival.message, arrival.from, arrival.at, sink)) {
            return;
        }
        if (!core.unknown.mayLook(arrival.at)) {
            core.drop(WgDrop.UNKNOWN_PEER_LIMIT);
            return;
        }
        byte[] secret = arrival.local.agree(key.toBytes());
        if (secret == null) {
            core.drop(WgDrop.BAD_HANDSHAKE);
            return;
        }
        Tai64n stamp = arrival.received.authenticate(secret);
        Secrets.wipe(secret);
        if (stamp == null) {
            core.drop(WgDrop.BAD_HANDSHAKE);
            return;
        }
        if (!stamp.isAfter(lastStamp(identity, key, expired))) {
            core.drop(WgDrop.REPLAYED_INITIATION);
            return;
        }
        UnknownPeer.Knock knock =
                new UnknownPeer.Knock(arrival.local, arrival.received, stamp, arrival.from, arrival.at);
        UnknownPeer stranger = core.unknown.add(identity, key, knock, core);
        if (stranger != null) {
            core.ask(sink, stranger);
        }
    }

    private Tai64n lastStamp(WgIdentity identity, WgPublicKey key, @Nullable WgPeer expired) {
        if (expired != null) {
            synchronized (expired.lock) {
                return expired.receivedStamp;
            }
        }
        Tombstones.Stamps stamps = core.tombstones.peek(new Core.PeerName(identity.publicKey(), key));
        return stamps == null ? Tai64n.ZERO : stamps.received();
    }

    /**
     * Whether a handshake message with a right mac1 proves by its mac2 that it is from where it says, which is asked for a
     * cookie if not, and comes not too often from there.
     */
    private boolean isProven(LocalKeys local, byte[] message, WgEndpoint from, long nowNanos, WgSink sink) {
        byte[] source = from.toCookieBytes();
        if (!core.cookies.hasMac2(message, source, nowNanos)) {
            core.drop(WgDrop.COOKIE_REQUIRED);
            core.emit(sink, core.cookies.reply(local.responder(), message, source, nowNanos), from);
            return false;
        }
        if (!core.sources.allow(from.address(), nowNanos)) {
            core.drop(WgDrop.SOURCE_LIMIT);
            return false;
        }
        return true;
    }

    private Keypair keypair(SessionKeys keys, IndexTable.Entry<WgPeer> entry, boolean initiator, long nowNanos) {
        Keypair keypair = new Keypair(
                keys.send(core.cipher), keys.receive(core.cipher), entry, keys.remoteIndex(), initiator, nowNanos);
        entry.keypair(keypair);
        return keypair;
    }

    private static final class Arrival {

        private final LocalKeys local;
        private final byte[] message;
        private final ReceivedInitiation received;
        private final WgEndpoint from;
        private final long at;

        /** Whether the source is known to be no forgery. */
        private final boolean proven;

        private Arrival(
                LocalKeys local,
                byte[] message,
                ReceivedInitiation received,
                WgEndpoint from,
                long at,
                boolean proven) {
            this.local = local;
            this.message = message;
            this.received = received;
            this.from = from;
            this.at = at;
            this.proven = proven;
        }
    }
}
