// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.wg.internal.cookie.SourceLimiter;
import io.pktkit.wire.IpAddress;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Strangers that wait for a decision: at most 256, at most 4 of one source, each for 15 s. How many are looked at is
 * limited, since each costs a Diffie-Hellman more: 50 a second, 20 at once. A source is an IPv4 address or an IPv6 /64.
 *
 * <p>Anybody can make keys, and forge sources. So who has not proven his source by a cookie gets half of each of these
 * at most, and the rest is for those who have. Any thread.
 */
final class UnknownPeers {

    static final int MOST = 256;
    static final int MOST_OF_A_SOURCE = 4;
    static final long PATIENCE = 15_000_000_000L;

    private static final long SECOND = 1_000_000_000L;
    private static final long COST = SECOND / 50;
    private static final long BURST = 20 * COST;

    private final Map<Key, UnknownPeer> waiting = new LinkedHashMap<>();
    private boolean started;
    private long tokens = BURST;
    private long refilledAt;

    /** Whether half is used of something that a stranger needs: of the places, of those of his source, or of the looks. */
    synchronized boolean areMany(IpAddress source, long nowNanos) {
        forgetOld(nowNanos);
        refill(nowNanos);
        return waiting.size() >= MOST / 2
                || ofSource(SourceLimiter.sourceOf(source)) >= MOST_OF_A_SOURCE / 2
                || tokens <= BURST / 2;
    }

    /** Takes a token. */
    synchronized boolean mayLook(long nowNanos) {
        refill(nowNanos);
        if (tokens < COST) {
            return false;
        }
        tokens -= COST;
        return true;
    }

    private void refill(long nowNanos) {
        if (started) {
            tokens = Math.min(BURST, tokens + Math.max(0, nowNanos - refilledAt));
        }
        started = true;
        refilledAt = nowNanos;
    }

    /**
     * Keeps an initiation.
     *
     * @return whom to ask about; null if nobody needs to be asked, be it that he waits already or that there is no room
     */
    synchronized @Nullable UnknownPeer add(WgIdentity identity, WgPublicKey key, UnknownPeer.Knock knock, Core core) {
        forgetOld(knock.at());
        if (knock.local() != identity.keys()) {
            core.drop(
                    WgDrop.SUPERSEDED); // the key was changed meanwhile, and who waited was forgotten or is about to be
            return null;
        }
        UnknownPeer present = waiting.get(new Key(identity, key));
        if (present != null) {
            if (knock.timestamp().isAfter(present.knock().timestamp())) {
                present.knock(knock);
            } else {
                core.drop(WgDrop.REPLAYED_INITIATION);
            }
            return null;
        }
        UnknownPeer stranger = new UnknownPeer(identity, key, knock);
        if (waiting.size() >= MOST || ofSource(stranger.source()) >= MOST_OF_A_SOURCE) {
            core.drop(WgDrop.UNKNOWN_PEER_LIMIT);
            return null;
        }
        waiting.put(new Key(identity, key), stranger);
        return stranger;
    }

    /** Takes one out; false if he does not wait any more. */
    synchronized boolean take(UnknownPeer stranger, long nowNanos) {
        forgetOld(nowNanos);
        return waiting.remove(new Key(stranger.identity(), stranger.publicKey()), stranger);
    }

    synchronized void forget(WgIdentity identity) {
        waiting.keySet().removeIf(key -> key.identity == identity);
    }

    /** Counted where he first came from: or four could move on, again and again, and make room for four more. */
    private int ofSource(long source) {
        int count = 0;
        for (UnknownPeer stranger : waiting.values()) {
            if (stranger.source() == source) {
                count++;
            }
        }
        return count;
    }

    private void forgetOld(long nowNanos) {
        Iterator<UnknownPeer> all = waiting.values().iterator();
        while (all.hasNext()) {
            if (nowNanos - all.next().knock().at() >= PATIENCE) {
                all.remove();
            }
        }
    }

    private record Key(WgIdentity identity, WgPublicKey peer) {}
}
