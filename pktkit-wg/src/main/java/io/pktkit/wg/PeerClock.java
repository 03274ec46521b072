// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.wg.internal.session.PeerTimers;

/** Does what the timers of peers say. */
final class PeerClock {

    /** So that one call does not last long when thousands are due at once; the rest is due at the next. */
    private static final int MOST_AT_ONCE = 256;

    private final Core core;
    private final Transport transport;

    PeerClock(Core core, Transport transport) {
        this.core = core;
        this.transport = transport;
    }

    void run(long nowNanos, WgSink sink) {
        for (int i = 0; i < MOST_AT_ONCE; i++) {
            WgPeer peer = core.wakeDue(nowNanos);
            if (peer == null) {
                return;
            }
            synchronized (peer.lock) {
                peer.timers.wokenUp();
            }
            wake(peer, nowNanos, sink);
        }
    }

    private void wake(WgPeer peer, long nowNanos, WgSink sink) {
        while (true) {
            PeerTimers.Action action;
            synchronized (peer.lock) {
                action = peer.removed ? null : peer.timers.takeDue(nowNanos);
                if (action == null) {
                    core.schedule(peer);
                    return;
                }
                if (action == PeerTimers.Action.RETRANSMIT || action == PeerTimers.Action.NEW_HANDSHAKE) {
                    peer.forgetLocalAddress();
                }
            }
            perform(action, peer, nowNanos, sink);
        }
    }

    private void perform(PeerTimers.Action action, WgPeer peer, long nowNanos, WgSink sink) {
        switch (action) {
            case RETRANSMIT -> transport.initiate(peer, nowNanos, sink);
            case NEW_HANDSHAKE, WANTED_HANDSHAKE -> transport.handshake(peer, true, nowNanos, sink);
            case KEEPALIVE -> keepalive(peer, nowNanos, sink);
            case PERSISTENT_KEEPALIVE -> {
                transport.keepalive(peer, nowNanos, sink);
                synchronized (peer.lock) {
                    peer.timers.resumePersistent(nowNanos);
                }
            }
            case GIVE_UP -> giveUp(peer);
            case WIPE -> wipe(peer);
            case EXPIRE -> expire(peer);
        }
    }

    private void keepalive(WgPeer peer, long nowNanos, WgSink sink) {
        boolean another;
        synchronized (peer.lock) {
            another = peer.timers.takeNeedAnotherKeepalive() && peer.hasSession(nowNanos);
        }
        transport.keepalive(peer, nowNanos, sink);
        if (another) {
            synchronized (peer.lock) {
                peer.timers.oweKeepalive(nowNanos);
            }
        }
    }

    private void giveUp(WgPeer peer) {
        int dropped;
        synchronized (peer.lock) {
            dropped = peer.staged.clear();
            core.events.post(peer, PeerEvents.UNANSWERED | PeerEvents.LOST);
        }
        core.drop(WgDrop.STAGED, dropped);
    }

    private void wipe(WgPeer peer) {
        int dropped;
        synchronized (peer.lock) {
            if (!peer.keypairs.isEmpty()) {
                core.events.post(peer, PeerEvents.LOST);
            }
            dropped = peer.wipe();
        }
        core.drop(WgDrop.STAGED, dropped);
        if (peer.dynamic) {
            peer.identity().removeExpired(peer);
        }
    }

    private void expire(WgPeer peer) {
        int dropped;
        synchronized (peer.lock) {
            peer.expired = true;
            dropped = peer.wipe();
            peer.timers.pausePersistent();
            if (!peer.dynamic) {
                core.events.post(peer, PeerEvents.EXPIRED);
            }
        }
        core.drop(WgDrop.STAGED, dropped);
        if (peer.dynamic) {
            peer.identity().removeExpired(peer);
        }
    }
}
