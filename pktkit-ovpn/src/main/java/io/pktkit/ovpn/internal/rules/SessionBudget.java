// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.rules;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How many sessions begin at an address and port: so many in a minute. Each is a handshake of TLS, and a peer that has proved
 * its address could otherwise begin one after the other in the place of its own before. Many clients behind one address
 * translator have a port each, and so do not share a budget.
 *
 * <p>When more peers come than are remembered, the one that came first is forgotten: nobody is refused for what others do.
 * Owned by one thread.
 */
public final class SessionBudget {

    private static final long PERIOD_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final int MOST_IN_PERIOD = 4;
    private static final int MOST_PEERS = 4096;

    /** In the order in which their periods began. */
    private final Map<Object, Used> byPeer = new LinkedHashMap<>();

    private static final class Used {
        private final long since;
        private int count;

        Used(long since) {
            this.since = since;
        }
    }

    /** Creates a budget of which nothing is used. */
    public SessionBudget() {}

    /**
     * Tells whether another session may begin.
     *
     * @param peer at this address and port
     * @param nowNanos the time
     * @return whether there is a place
     */
    public boolean isLeft(Object peer, long nowNanos) {
        Used used = byPeer.get(peer);
        return used == null || nowNanos - used.since >= PERIOD_NANOS || used.count < MOST_IN_PERIOD;
    }

    /**
     * Takes a place, as a session has begun.
     *
     * @param peer at this address and port
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
