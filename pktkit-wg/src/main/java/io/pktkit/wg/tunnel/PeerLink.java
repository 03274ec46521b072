// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.time.Cancellable;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wire.IpAddress;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a port keeps for a peer beside what the engine does: the device that its packets come out of, what that is plugged
 * into, and the name of its endpoint. Any thread.
 */
final class PeerLink {

    private final WgPeers owner;
    private final WgPublicKey publicKey;
    private volatile @Nullable WgPeer peer;
    private volatile @Nullable TunnelDevice device;
    private volatile @Nullable EndpointName name;

    /** Whether a packet could not be sent, for want of an endpoint or of a session. */
    private volatile boolean wanted;

    // Guarded by this.
    private @Nullable AutoCloseable place;
    private boolean plugged;
    private int turn;
    private boolean gone;
    private @Nullable Cancellable retry;

    // Of the resolver's mailbox.

    /** How often the name was looked up in vain. */
    int failures;

    /** Which of its addresses is used. */
    int choice;

    /** Whether it is looked up because nobody answered, rather than because it is new. */
    boolean unanswered;

    /** Which addresses were tried since the peer was last heard of, or somebody wanted to send. */
    final Set<IpAddress> tried = new HashSet<>();

    /** How many bytes had come of the peer when last nobody answered. */
    long heard;

    PeerLink(WgPeers owner, WgPublicKey publicKey) {
        this.owner = owner;
        this.publicKey = publicKey;
    }

    WgPeers owner() {
        return owner;
    }

    WgPublicKey publicKey() {
        return publicKey;
    }

    @Nullable
    WgPeer peer() {
        return peer;
    }

    /** Gives the link its peer; false if the link is gone. */
    synchronized boolean peer(WgPeer its) {
        if (gone) {
            return false;
        }
        peer = its;
        return true;
    }

    /** Ends the link unless it has a peer by now; whether it is gone. */
    synchronized boolean abandon() {
        gone |= peer == null;
        return gone;
    }

    @Nullable
    TunnelDevice device() {
        return device;
    }

    void device(TunnelDevice its) {
        device = its;
    }

    @Nullable
    EndpointName name() {
        return name;
    }

    void name(@Nullable EndpointName its) {
        name = its;
    }

    void want() {
        wanted = true;
    }

    boolean takeWanted() {
        boolean was = wanted;
        wanted = false;
        return was;
    }

    /** Begins to plug the peer in; 0 if it is or is being, or is gone, otherwise what to give to {@link #plugged}. */
    synchronized int beginPlug() {
        if (plugged || gone) {
            return 0;
        }
        plugged = true;
        return ++turn;
    }

    /** Keeps what unplugs the peer; false if it was unplugged meanwhile, and the caller has to undo it. */
    synchronized boolean plugged(int begun, AutoCloseable its) {
        if (begun != turn) {
            return false;
        }
        place = its;
        return true;
    }

    /** Ends a plug that failed. */
    synchronized void unplugged(int begun) {
        if (begun == turn) {
            plugged = false;
            device = null;
        }
    }

    /** Whether the peer is plugged in, or somebody is about to. */
    synchronized boolean isPlugged() {
        return plugged;
    }

    /** Unplugs the peer; the caller closes what this returns, without a lock. */
    synchronized @Nullable AutoCloseable unplug(boolean forGood) {
        gone |= forGood;
        AutoCloseable was = place;
        place = null;
        device = null;
        plugged = false;
        turn++;
        if (forGood) {
            noRetry();
        }
        return was;
    }

    synchronized boolean isGone() {
        return gone;
    }

    /** Keeps what calls off the next try to resolve the name; the one before is called off, so that there is one at a time. */
    synchronized void retry(Cancellable next) {
        noRetry();
        if (gone) {
            next.cancel();
        } else {
            retry = next;
        }
    }

    /** Calls the next try off: the name was found. */
    synchronized void noRetry() {
        Cancellable before = retry;
        if (before != null) {
            before.cancel();
            retry = null;
        }
    }
}
