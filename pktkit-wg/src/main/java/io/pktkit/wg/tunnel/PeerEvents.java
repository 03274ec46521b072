// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.device.Mailbox;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerListener;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ObjIntConsumer;

/**
 * Events of peers on their way to a mailbox. A peer is in the queue once, however much happens to it, so nothing is lost
 * when a callback is slow, and what waits is bounded by the peers. Any thread.
 */
final class PeerEvents {

    static final int HANDSHAKE = 1;
    static final int ENDPOINT = 2;
    static final int LOST = 4;
    static final int EXPIRED = 8;
    static final int UNANSWERED = 16;
    static final int REMOVED = 32;
    static final int RESOLVE = 64;
    static final int RETRY = 128;

    // Which of the three queues that there are; each has a mask of its own in a link.
    static final int LIFECYCLE = 0;
    static final int LISTENER = 1;
    static final int NAMES = 2;
    static final int QUEUES = 3;

    private final int slot;
    private final Mailbox mailbox;
    private final ObjIntConsumer<PeerLink> handler;
    private final ConcurrentLinkedQueue<PeerLink> queue = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean posted = new AtomicBoolean();

    PeerEvents(int slot, Mailbox mailbox, ObjIntConsumer<PeerLink> handler) {
        this.slot = slot;
        this.mailbox = mailbox;
        this.handler = handler;
    }

    void note(PeerLink link, int event) {
        if (link.add(slot, event)) {
            queue.add(link);
        }
        postOnce(); // also for one that is in the queue already, because a task was refused
    }

    private void postOnce() {
        if (posted.compareAndSet(false, true) && !mailbox.post(this::deliverOne)) {
            posted.set(false);
        }
    }

    /** One a task, so that what a handler throws is contained for its peer alone. */
    private void deliverOne() {
        posted.set(false);
        PeerLink link = queue.poll();
        if (!queue.isEmpty()) {
            postOnce();
        }
        if (link != null) {
            handler.accept(link, link.take(slot));
        }
    }

    /** Tells a listener what happened, what began before what ended. */
    static ObjIntConsumer<PeerLink> teller(WgPeerListener listener) {
        return (link, events) -> {
            WgPeer peer = link.peer();
            if (peer == null) {
                return;
            }
            WgEndpoint endpoint = peer.endpoint();
            if ((events & ENDPOINT) != 0 && endpoint != null) {
                listener.endpointChanged(peer, endpoint);
            }
            if ((events & HANDSHAKE) != 0) {
                listener.handshakeCompleted(peer);
            }
            if ((events & UNANSWERED) != 0) {
                listener.unanswered(peer);
            }
            if ((events & LOST) != 0) {
                listener.sessionLost(peer);
            }
            if ((events & EXPIRED) != 0) {
                listener.peerExpired(peer);
            }
            if ((events & REMOVED) != 0) {
                listener.peerRemoved(peer);
            }
        };
    }
}
