// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.session;

import io.pktkit.wg.internal.noise.Tai64n;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The timestamps of peers that were removed, so that an initiation from before is no good when they come back, and our own
 * next one is. The last 4096; the oldest is forgotten first. Any thread.
 *
 * @param <K> what names a peer of an identity, compared by {@code equals}
 */
public final class Tombstones<K> {

    private static final int MOST = 4096;

    private final Map<K, Stamps> stones = new LinkedHashMap<>();

    /** Creates a place where nobody lies. */
    public Tombstones() {}

    /**
     * Keeps the timestamps of a peer.
     *
     * @param peer the peer
     * @param stamps its timestamps
     */
    public synchronized void put(K peer, Stamps stamps) {
        stones.remove(peer);
        stones.put(peer, stamps);
        if (stones.size() > MOST) {
            stones.remove(stones.keySet().iterator().next());
        }
    }

    /**
     * Forgets the timestamps of a peer that comes back.
     *
     * @param peer the peer
     * @return what they were, or null
     */
    public synchronized @Nullable Stamps take(K peer) {
        return stones.remove(peer);
    }

    /**
     * Looks at the timestamps of a peer.
     *
     * @param peer the peer
     * @return what they are, or null
     */
    public synchronized @Nullable Stamps peek(K peer) {
        return stones.get(peer);
    }

    /** {@return how many peers there are} */
    public synchronized int size() {
        return stones.size();
    }

    /**
     * The greatest timestamps of a peer.
     *
     * @param received that was received
     * @param sent that was sent
     */
    public record Stamps(Tai64n received, Tai64n sent) {}
}
