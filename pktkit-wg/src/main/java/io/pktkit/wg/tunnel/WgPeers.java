// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.wg.UnknownPeer;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgIdentity;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerOptions;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The peers of an identity on a port. Peers are added and removed here, and changed on themselves; after a change that
 * takes the time, such as {@link WgPeer#setPersistentKeepalive}, {@link #changed()} makes the port look at its timers.
 *
 * <p>Any thread may call anything. No lock is held while a connector or a handler is called.
 */
public final class WgPeers {

    private final PortCore port;
    private final WgIdentity identity;
    private final Face face;
    private final Map<WgPublicKey, PeerLink> links = new ConcurrentHashMap<>();
    private volatile @Nullable PeerRequestHandler handler;
    private volatile boolean closed;

    WgPeers(PortCore port, WgIdentity identity, Face face) {
        this.port = port;
        this.identity = identity;
        this.face = face;
    }

    /**
     * Adds a peer. Without an endpoint in the options it has to speak first.
     *
     * @param key its key
     * @param options what it begins with
     * @return the peer
     * @throws IOException if a connector refused its device; the peer is not added then
     * @throws IllegalArgumentException if the identity has a peer of this key, or the key is of small order, or our own
     * @throws IllegalStateException if there are too many peers or prefixes, or the port or the identity is closed
     */
    public WgPeer add(WgPublicKey key, WgPeerOptions options) throws IOException {
        PeerLink link = new PeerLink(this, key);
        reserve(link);
        WgPeer peer;
        try {
            plug(link, options.allowedIps());
            peer = identity.addPeer(key, options, port.nowNanos());
        } catch (IOException | RuntimeException | Error failure) {
            undo(link, true);
            throw failure;
        }
        try {
            bind(link, peer, options.allowedIps());
        } catch (IOException | RuntimeException | Error failure) {
            remove(peer);
            throw failure;
        }
        changed();
        return peer;
    }

    /**
     * Adds a peer that is found under a name.
     *
     * @param key its key
     * @param options what it begins with; an endpoint there is used until the name is resolved
     * @param where the name, which is resolved on a callback thread, again and again until that works, and anew each time
     *     that nobody answers
     * @return the peer
     * @throws IOException as for {@link #add(WgPublicKey, WgPeerOptions)}; not because of the name
     */
    public WgPeer add(WgPublicKey key, WgPeerOptions options, EndpointName where) throws IOException {
        WgPeer peer = add(key, options);
        setEndpoint(peer, where);
        return peer;
    }

    /**
     * Removes a peer, its sessions, its device and its place in a network. Nothing of it is delivered after this returned.
     *
     * @param peer the peer; may be removed already
     */
    public void remove(WgPeer peer) {
        identity.removePeer(peer);
        PeerLink link = links.get(peer.publicKey());
        if (link != null && isOf(link, peer)) {
            forget(link);
        }
        changed();
    }

    /**
     * Finds a peer.
     *
     * @param key its key
     * @return the peer, or null
     */
    public @Nullable WgPeer find(WgPublicKey key) {
        return identity.peer(key);
    }

    /** {@return all peers at this moment} */
    public List<WgPeer> all() {
        return identity.peers();
    }

    /** {@return the identity that they are peers of} */
    public WgIdentity identity() {
        return identity;
    }

    /**
     * Sets the name under which a peer is found, in place of its endpoint.
     *
     * @param peer the peer
     * @param where the name, or an address and port, which takes effect at once
     */
    public void setEndpoint(WgPeer peer, EndpointName where) {
        PeerLink link = port.link(peer);
        if (link == null) {
            return;
        }
        WgEndpoint literal = where.literal();
        link.name(literal == null ? where : null);
        if (literal == null) {
            port.names().resolve(link);
        } else {
            peer.setEndpoint(literal, port.nowNanos());
            changed();
        }
    }

    /**
     * Tells the name under which a peer is found.
     *
     * @param peer the peer
     * @return the name, or null if it has none
     */
    public @Nullable EndpointName endpointName(WgPeer peer) {
        PeerLink link = port.link(peer);
        return link == null ? null : link.name();
    }

    /**
     * Begins a handshake with a peer now, instead of when there is something to send; not more often than every 5 s.
     *
     * @param peer the peer
     */
    public void connect(WgPeer peer) {
        port.want(peer);
        port.run(out -> port.engine().initiate(peer, port.nowNanos(), out));
    }

    /** Looks at the timers, after a peer was changed directly. */
    public void changed() {
        port.deadline().update();
    }

    /**
     * Sets who decides about unknown peers. He is asked on a callback thread, about at most 256 strangers at a time, 4 of an IPv4
     * address or IPv6 /64, and may answer later. When strangers are many they are asked for a cookie first, which takes them 5 s.
     *
     * @param decides who decides, or null to refuse all of them in silence
     */
    public void onRequest(@Nullable PeerRequestHandler decides) {
        handler = decides;
        identity.askAboutUnknown(decides != null);
    }

    /** On the mailbox of requests. */
    void ask(UnknownPeer unknown) {
        PeerRequestHandler decides = handler;
        if (decides != null) {
            decides.requested(new PeerRequest(this, unknown));
        }
    }

    /** Lets a stranger in; null if that is too late, or there are too many peers. */
    @Nullable
    WgPeer accept(UnknownPeer unknown, WgPeerOptions options) throws IOException {
        PeerLink fresh = new PeerLink(this, unknown.publicKey());
        PeerLink link = linkOf(fresh);
        WgPeer peer;
        try {
            plug(link, options.allowedIps());
            @Nullable WgPeer[] accepted = new WgPeer[1];
            port.run(out -> accepted[0] = port.engine().accept(unknown, options, port.nowNanos(), out));
            peer = accepted[0];
        } catch (IOException | RuntimeException | Error failure) {
            undo(link, link == fresh);
            throw failure;
        }
        if (peer == null) {
            undo(link, link == fresh);
            return null;
        }
        return bind(link, peer, options.allowedIps()) ? peer : null;
    }

    /** Something happened to a peer; on the mailbox of connectors. */
    void lived(PeerLink link, int events) {
        WgPeer peer = link.peer();
        if (peer == null) {
            return;
        }
        if (peer.isRemoved()) {
            forget(link);
            return;
        }
        boolean again = (events & PeerEvents.AGAIN) != 0; // it has answered since, where it is
        if ((events & PeerEvents.UNANSWERED) != 0 && !again) {
            port.names().again(link);
        }
        if ((events & PeerEvents.EXPIRED) != 0 && peer.isExpired()) {
            face.unplug(link, false);
        } else if ((events & PeerEvents.HANDSHAKE) != 0) {
            plugAgain(link, peer);
        }
    }

    /** What belongs to a peer that was added to the identity by others, or is just being added; null if it is gone. */
    @Nullable
    PeerLink adopt(WgPeer peer) {
        if (closed || peer.isRemoved()) {
            return null;
        }
        PeerLink link = linkOf(new PeerLink(this, peer.publicKey()));
        WgPeer present = link.peer();
        if (present != null && present != peer) {
            return null; // its predecessor is being forgotten
        }
        if (!link.peer(peer)) {
            return null;
        }
        port.add(peer, link);
        if (link.isGone()) {
            port.remove(peer, link);
        }
        if (peer.isRemoved()) {
            port.forgetSoon(link); // it was told while there was no link yet, so nobody else does
            return null;
        }
        return link;
    }

    void closeFace() {
        face.close();
    }

    /** Removes all peers and the identity. Idempotent. */
    void close() {
        closed = true;
        port.remove(this);
        for (PeerLink link : List.copyOf(links.values())) {
            forget(link);
        }
    }

    /**
     * Plugs a peer in, if it is not. A stranger whom a connector refuses goes also if another call has let him in meanwhile, relying on
     * this one's connector; a peer that was added stays.
     */
    private void plug(PeerLink link, List<IpPrefix> allowed) throws IOException {
        try {
            face.plug(link, allowed);
        } catch (IOException | RuntimeException | Error refused) {
            WgPeer peer = link.peer();
            if (peer != null && peer.isDynamic() && !link.isPlugged()) {
                remove(peer);
            }
            throw refused;
        }
    }

    private void plugAgain(PeerLink link, WgPeer peer) {
        try {
            plug(link, peer.allowedIps());
        } catch (IOException failure) {
            port.failed(failure);
        }
    }

    private void reserve(PeerLink link) {
        checkOpen();
        PeerLink present = links.get(link.publicKey());
        WgPeer before = present == null ? null : present.peer();
        if (present != null && before != null && before.isRemoved()) {
            forget(present);
        }
        if (links.putIfAbsent(link.publicKey(), link) != null) {
            throw new IllegalArgumentException("the identity has this peer already: publicKey=" + link.publicKey());
        }
        face.prepare(link);
    }

    /** The link that there is for its key, which another call may still be making; otherwise the fresh one. */
    private PeerLink linkOf(PeerLink fresh) {
        checkOpen();
        return links.compute(fresh.publicKey(), (same, present) -> {
            WgPeer before = present == null ? null : present.peer();
            if (present != null && !present.isGone() && (before == null || !before.isRemoved())) {
                return present;
            }
            face.prepare(fresh);
            return fresh;
        });
    }

    /**
     * Joins a peer and its link. If that was given up meanwhile it is the link that the peer has now, or a new one: the peer was let in,
     * perhaps by another call, or was added, and stays. False if it is gone.
     *
     * @throws IOException if the connector that was asked for another call has refused, and does so again
     */
    private boolean bind(PeerLink made, WgPeer peer, List<IpPrefix> allowed) throws IOException {
        boolean stands = made.peer(peer);
        PeerLink link = stands ? made : adopt(peer);
        if (link == null) {
            return false;
        }
        if (stands) {
            port.add(peer, link);
        }
        if (!peer.isExpired()) {
            plug(link, allowed);
        }
        face.added(link, allowed);
        if (closed || peer.isRemoved() || link.isGone()) {
            forget(link);
        }
        return true;
    }

    /** Nobody was let in. A link that another call has made is that one's to forget: it may be about to let its own in. */
    private void undo(PeerLink link, boolean made) {
        WgPeer peer = link.peer();
        if (made && link.abandon()) {
            forget(link);
        } else if (peer != null && peer.isExpired()) {
            face.unplug(link, false);
        }
    }

    private void forget(PeerLink link) {
        links.remove(link.publicKey(), link);
        WgPeer peer = link.peer();
        face.unplug(link, true);
        if (peer != null) {
            port.remove(peer, link);
        }
    }

    private void checkOpen() {
        if (closed || port.isClosed()) {
            throw new IllegalStateException("the port or the identity is closed: publicKey=" + identity.publicKey());
        }
    }

    @SuppressWarnings("ReferenceEquality") // a peer that was added again under the same key is another one
    private static boolean isOf(PeerLink link, WgPeer peer) {
        return link.peer() == peer;
    }
}
