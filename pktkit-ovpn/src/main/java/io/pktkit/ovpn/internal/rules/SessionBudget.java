// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.rules;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How many sessions a peer begins: so many in a minute. Each is a handshake of TLS, and a peer that has proved its address could
 * otherwise begin one after the other in the place of its own before. Over UDP a peer is an address and port: many clients
 * behind one address translator have a port each, and so do not share a budget. Over TCP each connection has another port, and a
 * peer is a source; who comes in, or shows a certificate, gives its place back, so that clients behind a translator do not use
 * it up.
 *
 * <p>When more peers come than are remembered, the one that came first is forgotten: nobody is refused for what others do.
 * Owned by one thread.
 */
public final class SessionBudget {

    private static final long PERIOD_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int MOST_PEERS = 4096;

    private final int most;

    /** In the order in which their periods began. */
    private final Map<Object, Used> byPeer = new LinkedHashMap<>();

    private static final class Used {
        private final long since;
        private int count;

        Used(long since) {
            this.since = since;
        }
    }

    /**
     * Creates a budget of which nothing is used.
     *
     * @param most sessions of a peer in a minute
     */
    public SessionBudget(int most) {
        this.most = most;
    }

    /**
     * Tells whether another session may begin.
     *
     * @param peer who begins it
     * @param nowNanos the time
     * @return whether there is a place
     */
    public boolean isLeft(Object peer, long nowNanos) {
        Used used = byPeer.get(peer);
        return used == null || nowNanos - used.since >= PERIOD_NANOS || used.count < most;
    }

    /**
     * Takes a place, as a session has begun.
     *
     * @param peer who begins it
     * @param nowNanos the time
     */
    public void take(Object peer, long nowNanos) {
        Used used = byPeer.get(peer);
        if (used == null || nowNanos - used.since >= PERIOD_NANOS) {
            byPeer.remove(peer);
            forgetOld(nowNanos);
            used = new Used(nowNanos);
            byPeer.put(peer, used);
        }
        used.count++;
    }

    /**
     * Gives a place back, as it was taken by no stranger.
     *
     * @param peer which client's
     */
    public void refund(Object peer) {
        Used used = byPeer.get(peer);
        // One of the minute before may have no place in this one.
        if (used != null && used.count > 0) {
            used.count--;
        }
    }

    private void forgetOld(long nowNanos) {
        Iterator<Used> oldest = byPeer.values().iterator();
        while (oldest.hasNext()) {
            boolean over = nowNanos - oldest.next().since >= PERIOD_NANOS;
            if (!over && byPeer.size() < MOST_PEERS) {
                return;
            }
            oldest.remove();
        }
    }
}
