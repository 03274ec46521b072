// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.device.Mailbox;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerListener;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Events of peers, or of their links, on their way to a mailbox. Each waits once, however much happens to it, so nothing is
 * lost when a callback is slow, and what waits is bounded by the peers. Any thread.
 *
 * @param <T> what the events are of
 */
final class PeerEvents<T> {

    static final int HANDSHAKE = 1;
    static final int ENDPOINT = 2;
    static final int LOST = 4;
    static final int EXPIRED = 8;
    static final int UNANSWERED = 16;
    static final int REMOVED = 32;
    static final int RESOLVE = 64;
    static final int RETRY = 128;

    /** The last handshake was after all ends that wait with it. Not noted, but found. */
    static final int AGAIN = 256;

    private static final int ENDS = UNANSWERED | LOST | EXPIRED;

    private final Mailbox mailbox;
    private final ObjIntConsumer<T> handler;

    /** What waits, by its first event. Guarded by itself. */
    private final Map<T, Integer> waiting = new LinkedHashMap<>();

    private final AtomicBoolean posted = new AtomicBoolean();

    PeerEvents(Mailbox mailbox, ObjIntConsumer<T> handler) {
        this.mailbox = mailbox;
        this.handler = handler;
    }

    void note(T of, int event) {
        synchronized (waiting) {
            waiting.merge(of, event, PeerEvents::join);
        }
        postOnce(); // also for one that waits already, because a task was refused
    }

    private static int join(int present, int more) {
        int all = present | more;
        if ((more & ENDS) != 0) {
            return all & ~AGAIN;
        }
        return (more & HANDSHAKE) != 0 && (present & ENDS) != 0 ? all | AGAIN : all;
    }

    private void postOnce() {
        if (posted.compareAndSet(false, true) && !mailbox.post(this::deliverOne)) {
            posted.set(false);
        }
    }

    /** One a task, so that what a handler throws is contained for its peer alone. */
    private void deliverOne() {
        posted.set(false);
        Map.Entry<T, Integer> first;
        boolean more;
        synchronized (waiting) {
            first = takeFirst();
            more = !waiting.isEmpty();
        }
        if (more) {
            postOnce();
        }
        if (first != null) {
            handler.accept(first.getKey(), first.getValue());
        }
    }

    private Map.@Nullable Entry<T, Integer> takeFirst() {
        Iterator<Map.Entry<T, Integer>> all = waiting.entrySet().iterator();
        if (!all.hasNext()) {
            return null;
        }
        Map.Entry<T, Integer> first = all.next();
        all.remove();
        return first;
    }

    /** Tells a listener what happened: what began before what ended, unless it began again. */
    static ObjIntConsumer<WgPeer> teller(WgPeerListener listener) {
        return (peer, events) -> {
            boolean again = (events & AGAIN) != 0;
            if (again) {
                tellEnds(listener, peer, events);
            }
            WgEndpoint endpoint = peer.endpoint();
            if ((events & ENDPOINT) != 0 && endpoint != null) {
                listener.endpointChanged(peer, endpoint);
            }
            if ((events & HANDSHAKE) != 0) {
                listener.handshakeCompleted(peer);
            }
            if (!again) {
                tellEnds(listener, peer, events);
            }
            if ((events & REMOVED) != 0) {
                listener.peerRemoved(peer);
            }
        };
    }

    private static void tellEnds(WgPeerListener listener, WgPeer peer, int events) {
        if ((events & UNANSWERED) != 0) {
            listener.unanswered(peer);
        }
        if ((events & LOST) != 0) {
            listener.sessionLost(peer);
        }
        if ((events & EXPIRED) != 0) {
            listener.peerExpired(peer);
        }
    }
}
