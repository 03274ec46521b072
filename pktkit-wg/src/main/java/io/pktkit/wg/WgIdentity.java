// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.internal.PrefixTable;
import io.pktkit.internal.Secrets;
import io.pktkit.wg.internal.noise.LocalKeys;
import io.pktkit.wg.internal.noise.RemoteKeys;
import io.pktkit.wg.internal.session.Tombstones;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A key pair of ours with the peers that know it, such as one interface of {@code wg}. Any thread. */
public final class WgIdentity {

    /** What a packet may be long if the path takes 1500 bytes: 1500 less IPv6, UDP and what WireGuard adds. */
    public static final int DEFAULT_MTU = 1420;

    private static final int MAX_MTU = 65_535;

    private final Core core;
    private final IdentityTable table;
    private final PrefixTable<WgPeer> allowedIps = new PrefixTable<>();
    private final boolean apart;
    private final Map<WgPublicKey, WgPeer> peers = new ConcurrentHashMap<>();

    /** Replaced as a whole, under the lock of the table. */
    private volatile LocalKeys keys;

    private volatile WgPublicKey publicKey;
    private volatile int mtu = DEFAULT_MTU;
    private volatile boolean asksAboutUnknown;
    private boolean removed;

    WgIdentity(Core core, IdentityTable table, LocalKeys keys, boolean apart) {
        this.core = core;
        this.table = table;
        this.keys = keys;
        this.apart = apart;
        this.publicKey = WgPublicKey.of(keys.publicKey());
    }

    /** {@return the public key} */
    public WgPublicKey publicKey() {
        return publicKey;
    }

    /** {@return the private key, a secret, which the caller wipes} */
    public WgPrivateKey privateKey() {
        byte[] bytes = keys.privateKey();
        WgPrivateKey key = WgPrivateKey.of(bytes);
        Secrets.wipe(bytes);
        return key;
    }

    /**
     * Changes the key. Sessions are not sent under any more, and new ones are made when they are needed; a peer that has
     * the new public key is removed.
     *
     * @param privateKey the key, copied
     * @throws IllegalArgumentException if another identity has it
     */
    public void setPrivateKey(WgPrivateKey privateKey) {
        LocalKeys fresh = localKeys(core, privateKey);
        WgPublicKey freshPublic = WgPublicKey.of(fresh.publicKey());
        synchronized (table) {
            if (freshPublic.equals(publicKey)) {
                fresh.wipe();
                return;
            }
            table.checkFree(freshPublic);
            LocalKeys old = keys;
            keys = fresh;
            publicKey = freshPublic;
            old.wipe();
            core.unknown.forget(this); // who knocked under the old key cannot be answered
            WgPeer self = peers.get(freshPublic);
            if (self != null) {
                remove(self, PeerEvents.REMOVED);
            }
            for (WgPeer peer : peers.values()) {
                synchronized (peer.lock) {
                    peer.endAttempt();
                    peer.responses++;
                    peer.keypairs.stopSending();
                    peer.timers.forgetLastHandshake();
                }
                peer.remote.wipe();
            }
        }
        core.events.drain();
    }

    /**
     * Adds a peer.
     *
     * @param key its key
     * @param options what it begins with
     * @param nowNanos the time
     * @return the peer, or the one that has the key already, with the options left aside
     * @throws IllegalArgumentException if the key is of small order, or our own
     * @throws IllegalStateException if there are too many peers or prefixes, or the identity was removed
     */
    public WgPeer addPeer(WgPublicKey key, WgPeerOptions options, long nowNanos) {
        WgPeer peer = addPeer(key, options, nowNanos, false);
        if (peer == null) {
            throw new IllegalStateException("too many peers: most=" + core.peers.limit());
        }
        return peer;
    }

    /**
     * Finds a peer.
     *
     * @param key its key
     * @return the peer, or null
     */
    public @Nullable WgPeer peer(WgPublicKey key) {
        return peers.get(key);
    }

    /** {@return all peers at this moment} */
    public List<WgPeer> peers() {
        return List.copyOf(peers.values());
    }

    /**
     * Removes a peer with its sessions and its allowed IPs. Handshakes under way come to nothing.
     *
     * @param peer the peer; may be removed already
     */
    public void removePeer(WgPeer peer) {
        synchronized (table) {
            remove(peer, PeerEvents.REMOVED);
        }
        core.events.drain();
    }

    /**
     * Sets how long packets may be. Padding does not go beyond it.
     *
     * @param bytes 576 to 65535, 1420 unless told otherwise
     */
    public void setMtu(int bytes) {
        if (bytes < 576 || bytes > MAX_MTU) {
            throw new IllegalArgumentException("mtu must be 576 to 65535: mtu=" + bytes);
        }
        mtu = bytes;
    }

    /** {@return whether each peer has allowed IPs of its own, see {@link WgEngine#addIdentity(WgPrivateKey, boolean)}} */
    public boolean keepsPeersApart() {
        return apart;
    }

    /** {@return how long packets may be} */
    public int mtu() {
        return mtu;
    }

    /**
     * Sets whether unknown peers are asked about or refused silently.
     *
     * @param asks whether {@link WgSink#unknownPeer} is called; not unless told otherwise
     */
    public void askAboutUnknown(boolean asks) {
        asksAboutUnknown = asks;
    }

    /**
     * Finds whom packets to an address go to. Takes no lock.
     *
     * @param destination the address
     * @return the peer with the longest allowed prefix of it, or null
     */
    public @Nullable WgPeer route(IpAddress destination) {
        return allowedIps.find(destination.family(), destination.high(), destination.low());
    }

    /**
     * Finds whom packets to an address go to, and whom those from it come from. Takes no lock and allocates nothing.
     *
     * @param family the address's family
     * @param high its first 64 bits, 0 for IPv4
     * @param low its last 64 bits
     * @return the peer with the longest allowed prefix of it, or null
     */
    public @Nullable WgPeer route(IpFamily family, long high, long low) {
        return allowedIps.find(family, high, low);
    }

    /**
     * Finds whom a packet goes to. Takes no lock and allocates nothing.
     *
     * @param buffer where it is
     * @param offset where it begins, absolute
     * @param length how long it is
     * @return the peer with the longest allowed prefix of its destination, or null if there is none or this is no packet
     */
    public @Nullable WgPeer route(ByteBuffer buffer, int offset, int length) {
        return InnerPacket.length(buffer, offset, length) < 0
                ? null
                : InnerPacket.findDestination(allowedIps, buffer, offset);
    }

    /**
     * Tells whether a packet goes to a peer. Takes no lock and allocates nothing.
     *
     * @param peer a peer of this identity
     * @param buffer where the packet is
     * @param offset where it begins, absolute
     * @param length how long it is
     * @return whether the longest allowed prefix of its destination is the peer's
     */
    public boolean isRoute(WgPeer peer, ByteBuffer buffer, int offset, int length) {
        return InnerPacket.length(buffer, offset, length) >= 0
                && InnerPacket.findDestination(peer.table(), buffer, offset) == peer;
    }

    /** {@return its public key} */
    @Override
    public String toString() {
        return "WgIdentity[" + publicKey + "]";
    }

    static LocalKeys localKeys(Core core, WgPrivateKey privateKey) {
        byte[] bytes = privateKey.toBytes();
        LocalKeys keys = new LocalKeys(bytes, core.agreement);
        Secrets.wipe(bytes);
        return keys;
    }

    /** Adds a peer, or finds it; null if there is no room. */
    @Nullable
    WgPeer addPeer(WgPublicKey key, WgPeerOptions options, long nowNanos, boolean dynamic) {
        RemoteKeys remote = new RemoteKeys(key.toBytes());
        // Before the lock, as it takes a Diffie-Hellman; and the result is kept for the handshakes.
        // A key of ours that is wiped meanwhile agrees on nothing, whoever they are.
        LocalKeys tried;
        boolean agreed;
        do {
            tried = keys;
            agreed = remote.staticSecret(tried) != null;
        } while (!agreed && tried != keys);
        if (!agreed && !tried.isWiped()) {
            throw new IllegalArgumentException("a public key of small order is nobody's: publicKey=" + key);
        }
        WgPeer peer;
        synchronized (table) {
            if (removed) {
                throw new IllegalStateException("the identity was removed: identity=" + publicKey);
            }
            if (key.equals(publicKey)) {
                throw new IllegalArgumentException("an identity is not its own peer: publicKey=" + key);
            }
            WgPeer present = peers.get(key);
            if (present != null) {
                return present;
            }
            if (dynamic && !core.dynamicPeers.tryAcquire()) {
                return null;
            }
            if (!core.peers.tryAcquire()) {
                if (dynamic) {
                    core.dynamicPeers.release();
                }
                return null;
            }
            Core.PeerName name = new Core.PeerName(publicKey, key);
            Tombstones.Stamps before = core.tombstones.peek(name);
            peer = new WgPeer(core, this, key, remote, options, before, dynamic);
            try {
                peer.setAllowedIps(options.allowedIps());
            } catch (IllegalStateException noRoom) {
                release(dynamic);
                throw noRoom;
            }
            synchronized (peer.lock) {
                peer.timers.expiresAt(options.expiresAt());
            }
            core.tombstones.take(name);
            peers.put(key, peer);
        }
        peer.setPersistentKeepalive(options.persistentKeepalive(), nowNanos);
        peer.setExpiresAt(options.expiresAt(), nowNanos);
        return peer;
    }

    /** Removes a peer whose time is over; events are left to be delivered. */
    void removeExpired(WgPeer peer) {
        synchronized (table) {
            remove(peer, PeerEvents.EXPIRED | PeerEvents.REMOVED);
        }
    }

    /** The lock of the table is held, and events are left to be delivered: whoever hears of one finds the peer removed. */
    private void remove(WgPeer peer, int event) {
        if (!peers.remove(peer.publicKey(), peer)) {
            return;
        }
        int dropped;
        synchronized (peer.lock) {
            peer.removed = true;
            core.events.post(peer, event);
            dropped = peer.wipe();
            peer.forgetAllowedIps();
            core.timers.close(peer.node);
            core.tombstones.put(
                    new Core.PeerName(publicKey, peer.publicKey()),
                    new Tombstones.Stamps(peer.receivedStamp, peer.sentStamp));
            Secrets.wipe(peer.presharedKeyBytes());
        }
        peer.remote.wipe();
        core.drop(WgDrop.STAGED, dropped);
        release(peer.dynamic);
    }

    private void release(boolean dynamic) {
        core.peers.release();
        if (dynamic) {
            core.dynamicPeers.release();
        }
    }

    /** Removes all peers, and wipes the key. The lock of the table is held, and events are left to be delivered. */
    void remove() {
        removed = true;
        for (WgPeer peer : peers()) {
            remove(peer, PeerEvents.REMOVED);
        }
        core.unknown.forget(this);
        keys.wipe();
    }

    LocalKeys keys() {
        return keys;
    }

    boolean asksAboutUnknown() {
        return asksAboutUnknown;
    }

    /** The table that a new peer's prefixes go into. */
    PrefixTable<WgPeer> tableOfPeer() {
        return apart ? new PrefixTable<>() : allowedIps;
    }
}
