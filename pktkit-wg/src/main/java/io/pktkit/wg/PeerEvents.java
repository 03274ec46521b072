// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.device.FailureLog;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Events on their way to the listener. They are posted under the lock of a peer and delivered after it, by one thread at a
 * time. A peer is in the queue once, however much happens to it, so the queue is bounded by the peers.
 */
final class PeerEvents {

    static final int HANDSHAKE = 1;
    static final int ENDPOINT = 2;
    static final int LOST = 4;
    static final int EXPIRED = 8;
    static final int UNANSWERED = 16;
    static final int REMOVED = 32;

    /** The last handshake was after all ends that wait with it. Not posted, but found. */
    private static final int AGAIN = 64;

    private static final int ENDS = UNANSWERED | LOST | EXPIRED;

    private final WgPeerListener listener;
    private final FailureLog failures;
    private final ConcurrentLinkedQueue<WgPeer> queue = new ConcurrentLinkedQueue<>();
    private final AtomicInteger drains = new AtomicInteger();

    PeerEvents(WgPeerListener listener, FailureLog failures) {
        this.listener = listener;
        this.failures = failures;
    }

    /** Posts an event. The lock of the peer is held. */
    void post(WgPeer peer, int event) {
        boolean first = peer.events == 0;
        peer.events = join(peer.events, event);
        if (first) {
            queue.add(peer);
        }
    }

    private static int join(int present, int more) {
        int all = present | more;
        if ((more & ENDS) != 0) {
            return all & ~AGAIN;
        }
        return (more & HANDSHAKE) != 0 && (present & ENDS) != 0 ? all | AGAIN : all;
    }

    /** Delivers what was posted, unless another thread does. No lock is held. */
    void drain() {
        if (queue.isEmpty() || drains.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            for (WgPeer peer = queue.poll(); peer != null; peer = queue.poll()) {
                deliver(peer);
            }
            seen = drains.addAndGet(-seen);
        } while (seen != 0);
    }

    private void deliver(WgPeer peer) {
        int events;
        WgEndpoint endpoint;
        synchronized (peer.lock) {
            events = peer.events;
            peer.events = 0;
            endpoint = peer.endpoint;
        }
        boolean again = (events & AGAIN) != 0;
        if (again) {
            tellEnds(events, peer, endpoint);
        }
        tell(events & ENDPOINT, peer, endpoint);
        tell(events & HANDSHAKE, peer, endpoint);
        if (!again) {
            tellEnds(events, peer, endpoint);
        }
        tell(events & REMOVED, peer, endpoint);
    }

    private void tellEnds(int events, WgPeer peer, @Nullable WgEndpoint endpoint) {
        tell(events & UNANSWERED, peer, endpoint);
        tell(events & LOST, peer, endpoint);
        tell(events & EXPIRED, peer, endpoint);
    }

    private void tell(int event, WgPeer peer, @Nullable WgEndpoint endpoint) {
        try {
            if (event == HANDSHAKE) {
                listener.handshakeCompleted(peer);
            } else if (event == ENDPOINT && endpoint != null) {
                listener.endpointChanged(peer, endpoint);
            } else if (event == LOST) {
                listener.sessionLost(peer);
            } else if (event == EXPIRED) {
                listener.peerExpired(peer);
            } else if (event == UNANSWERED) {
                listener.unanswered(peer);
            } else if (event == REMOVED) {
                listener.peerRemoved(peer);
            }
        } catch (Throwable failure) {
            failures.record(failure);
        }
    }
}
