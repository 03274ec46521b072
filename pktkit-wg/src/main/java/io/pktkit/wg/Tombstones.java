// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.wg.internal.noise.Tai64n;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The timestamps of peers that were removed, so that an initiation from before is no good when they come back, and our own
 * next one is. The last 4096; the oldest is forgotten first. Any thread.
 */
final class Tombstones {

    private static final int MOST = 4096;

    private final Map<Key, Stamps> stones = new LinkedHashMap<>();

    synchronized void put(WgPublicKey identity, WgPublicKey peer, Stamps stamps) {
        Key key = new Key(identity, peer);
        stones.remove(key);
        stones.put(key, stamps);
        if (stones.size() > MOST) {
            stones.remove(stones.keySet().iterator().next());
        }
    }

    synchronized @Nullable Stamps take(WgPublicKey identity, WgPublicKey peer) {
        return stones.remove(new Key(identity, peer));
    }

    synchronized @Nullable Stamps peek(WgPublicKey identity, WgPublicKey peer) {
        return stones.get(new Key(identity, peer));
    }

    synchronized int size() {
        return stones.size();
    }

    /** The greatest timestamps that were received and sent. */
    record Stamps(Tai64n received, Tai64n sent) {}

    private record Key(WgPublicKey identity, WgPublicKey peer) {}
}
