// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.internal.PrefixTable;
import io.pktkit.internal.Secrets;
import io.pktkit.time.Timers;
import io.pktkit.wg.internal.cookie.CookieJar;
import io.pktkit.wg.internal.noise.RemoteKeys;
import io.pktkit.wg.internal.noise.SentInitiation;
import io.pktkit.wg.internal.noise.Tai64n;
import io.pktkit.wg.internal.session.IndexTable;
import io.pktkit.wg.internal.session.Keypair;
import io.pktkit.wg.internal.session.Keypairs;
import io.pktkit.wg.internal.session.PeerTimers;
import io.pktkit.wg.internal.session.StagedQueue;
import io.pktkit.wg.internal.session.TimerHeap;
import io.pktkit.wg.internal.session.Tombstones;
import io.pktkit.wire.IpPrefix;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A peer of an identity. Any thread. What is set takes effect at once, but for the preshared key, which takes effect with
 * the next handshake.
 *
 * <p>After a call that takes the time, the engine's deadline may be an earlier one.
 */
public final class WgPeer {

    private static final int MAX_STAGED_BYTES = 512 << 10;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    /** Guards all that is not final or volatile here. Nothing is computed and nobody is called under it. */
    final Object lock = new Object();

    final RemoteKeys remote;
    final CookieJar cookies;
    final Keypairs keypairs;
    final PeerTimers timers;
    final StagedQueue staged;
    final TimerHeap.Node<WgPeer> node = new TimerHeap.Node<>(this);
    final boolean dynamic;

    /** Written under the lock, read by senders without. */
    volatile @Nullable WgEndpoint endpoint;

    boolean removed;
    boolean expired;
    int events;
    long receivedBytes;
    long sentBytes;

    @Nullable
    Instant lastHandshake;

    /** The initiation that waits for its response, and its index. */
    @Nullable
    SentInitiation pending;

    IndexTable.@Nullable Entry<WgPeer> pendingEntry;

    /** Counts what makes an initiation that is being computed obsolete. */
    int initiations;

    /** Counts what makes a response that is being computed obsolete. */
    int responses;

    Tai64n receivedStamp;
    Tai64n sentStamp;
    boolean everInitiated;
    long initiatedAt;

    private final Core core;
    private final WgIdentity identity;
    private final WgPublicKey publicKey;

    /** Whose prefixes are whose: that of the identity, or one of this peer alone. */
    private final PrefixTable<WgPeer> table;

    private final Set<IpPrefix> allowed = new LinkedHashSet<>();
    private byte[] presharedKey;
    private boolean roaming;

    WgPeer(
            Core core,
            WgIdentity identity,
            WgPublicKey publicKey,
            RemoteKeys remote,
            WgPeerOptions options,
            Tombstones.@Nullable Stamps stamps,
            boolean dynamic) {
        this.core = core;
        this.identity = identity;
        this.publicKey = publicKey;
        this.table = identity.tableOfPeer();
        this.remote = remote;
        this.cookies = new CookieJar(remote.responder());
        this.keypairs = new Keypairs(keypair -> core.indexes.remove(keypair.entry()));
        this.timers = new PeerTimers(core.jitter);
        this.staged = new StagedQueue(core.stagedBytes, MAX_STAGED_BYTES);
        this.dynamic = dynamic;
        this.endpoint = options.endpoint();
        this.roaming = options.roaming();
        this.presharedKey = options.presharedKeyBytes();
        this.receivedStamp = stamps == null ? Tai64n.ZERO : stamps.received();
        this.sentStamp = stamps == null ? Tai64n.ZERO : stamps.sent();
    }

    /** {@return the peer's key} */
    public WgPublicKey publicKey() {
        return publicKey;
    }

    /** {@return the identity that it is a peer of} */
    public WgIdentity identity() {
        return identity;
    }

    /** {@return whether it was let in as an unknown peer, and so goes when its session or its time is over} */
    public boolean isDynamic() {
        return dynamic;
    }

    /**
     * Sets the preshared key, for the next handshake.
     *
     * @param key the key, copied; null for none
     */
    public void setPresharedKey(@Nullable PresharedKey key) {
        byte[] fresh = key == null ? new byte[KeyText.KEY_LENGTH] : key.toBytes();
        synchronized (lock) {
            byte[] unused = removed ? fresh : presharedKey;
            presharedKey = removed ? presharedKey : fresh;
            Secrets.wipe(unused);
        }
    }

    /** {@return whether there is a preshared key} */
    public boolean hasPresharedKey() {
        synchronized (lock) {
            return !Secrets.same(new byte[KeyText.KEY_LENGTH], presharedKey, 0);
        }
    }

    /** {@return the preshared key, a secret; null if there is none} */
    public @Nullable PresharedKey presharedKey() {
        synchronized (lock) {
            PresharedKey key = PresharedKey.of(presharedKey);
            return key.isZero() ? null : key;
        }
    }

    /**
     * Sets where the peer is.
     *
     * @param where its endpoint, or null to forget it
     * @param nowNanos the time
     */
    public void setEndpoint(@Nullable WgEndpoint where, long nowNanos) {
        synchronized (lock) {
            boolean appeared = endpoint == null && where != null;
            endpoint = where;
            if (appeared && maySpeak()) {
                timers.persistentInterval(timers.persistentInterval(), nowNanos);
                core.schedule(this);
            }
        }
    }

    /** {@return where the peer is, null if not known} */
    public @Nullable WgEndpoint endpoint() {
        return endpoint;
    }

    /**
     * Sets whether the endpoint follows the peer.
     *
     * @param follows whether it does
     */
    public void setRoaming(boolean follows) {
        synchronized (lock) {
            roaming = follows;
        }
    }

    /**
     * Sets persistent keepalives. The first is due at once.
     *
     * @param seconds the interval, 1 to 65535, or 0 for none
     * @param nowNanos the time
     */
    public void setPersistentKeepalive(int seconds, long nowNanos) {
        long interval = WgPeerOptions.checkInterval(seconds) * NANOS_PER_SECOND;
        synchronized (lock) {
            if (timers.persistentInterval() == interval) {
                return;
            }
            timers.persistentInterval(interval, nowNanos);
            if (!maySpeak()) {
                timers.pausePersistent();
            }
            core.schedule(this);
        }
    }

    /** {@return the interval of persistent keepalives in seconds, 0 for none} */
    public int persistentKeepalive() {
        synchronized (lock) {
            return (int) (timers.persistentInterval() / NANOS_PER_SECOND);
        }
    }

    /**
     * Sets when the peer's time is over, and gives an expired peer its time back.
     *
     * @param deadlineNanos the time on the engine's clock, or {@link Timers#NEVER}
     * @param nowNanos the time
     */
    public void setExpiresAt(long deadlineNanos, long nowNanos) {
        synchronized (lock) {
            if (removed) {
                return;
            }
            timers.expiresAt(deadlineNanos);
            if (expired && (deadlineNanos == Timers.NEVER || deadlineNanos - nowNanos > 0)) {
                expired = false;
                timers.persistentInterval(timers.persistentInterval(), nowNanos);
            }
            core.schedule(this);
        }
    }

    /** {@return when the peer's time is over, or {@link Timers#NEVER}} */
    public long expiresAt() {
        synchronized (lock) {
            return timers.expiresAt();
        }
    }

    /** {@return whether its time is over} */
    public boolean isExpired() {
        synchronized (lock) {
            return expired;
        }
    }

    /**
     * Gives the peer a prefix. Who had it has it no more.
     *
     * @param prefix the prefix, host bits ignored
     * @throws IllegalStateException if there are too many; nothing is changed then
     */
    public void addAllowedIp(IpPrefix prefix) {
        synchronized (lock) {
            if (!removed) {
                table.put(prefix, this);
                allowed.add(prefix.masked());
            }
        }
    }

    /**
     * Takes a prefix from the peer.
     *
     * @param prefix the prefix, host bits ignored
     * @return whether it had it
     */
    public boolean removeAllowedIp(IpPrefix prefix) {
        synchronized (lock) {
            allowed.remove(prefix.masked());
            return table.remove(prefix, this);
        }
    }

    /**
     * Replaces the peer's prefixes.
     *
     * @param prefixes what it has from now on, host bits ignored
     * @throws IllegalStateException if there are too many; nothing is changed then
     */
    public void setAllowedIps(Iterable<IpPrefix> prefixes) {
        Set<IpPrefix> next = new LinkedHashSet<>();
        prefixes.forEach(prefix -> next.add(prefix.masked()));
        synchronized (lock) {
            if (!removed) {
                table.replace(allowed, next, this);
                allowed.clear();
                allowed.addAll(next);
            }
        }
    }

    /** {@return the prefixes that the peer has, in the order in which it got them} */
    public List<IpPrefix> allowedIps() {
        synchronized (lock) {
            List<IpPrefix> owned = table.stillOwned(allowed, this);
            allowed.retainAll(owned);
            return owned;
        }
    }

    /**
     * Tells whether packets can be sent at once.
     *
     * @param nowNanos the time
     * @return whether there is a session to send under
     */
    public boolean hasSession(long nowNanos) {
        Keypair current = keypairs.current();
        return current != null && current.maySend(nowNanos);
    }

    /** {@return what it has done so far} */
    public WgPeerStats stats() {
        synchronized (lock) {
            return new WgPeerStats(receivedBytes, sentBytes, lastHandshake, endpoint);
        }
    }

    /** {@return whether it was removed; it does nothing any more then} */
    public boolean isRemoved() {
        synchronized (lock) {
            return removed;
        }
    }

    /** {@return the beginning of its key} */
    @Override
    public String toString() {
        return "WgPeer[" + publicKey.toString().substring(0, 8) + "...]";
    }

    // What follows is called with the lock held.

    boolean maySpeak() {
        return !removed && !expired;
    }

    /** Wiped when it is replaced, so it is copied by who needs it without the lock. */
    byte[] presharedKeyBytes() {
        return presharedKey;
    }

    /** Needs no lock. */
    PrefixTable<WgPeer> table() {
        return table;
    }

    /** The timestamp of the next initiation: the time of day, but always greater than the last. */
    Tai64n nextStamp() {
        Tai64n stamp = Tai64n.of(core.wallClock.instant());
        sentStamp = stamp.isAfter(sentStamp) ? stamp : sentStamp.next();
        return sentStamp;
    }

    /** Takes an authentic message's source as the endpoint. */
    void learn(WgEndpoint from) {
        WgEndpoint before = endpoint;
        if ((before != null && !roaming) || from.equals(before)) {
            return;
        }
        endpoint = from;
        if (!from.isSameRemote(before)) {
            core.events.post(this, PeerEvents.ENDPOINT);
        }
    }

    void forgetLocalAddress() {
        WgEndpoint before = endpoint;
        if (before != null) {
            endpoint = before.withoutLocal();
        }
    }

    /** Ends our own attempt, also if it is being computed just now. */
    void endAttempt() {
        initiations++;
        SentInitiation abandoned = pending;
        IndexTable.Entry<WgPeer> entry = pendingEntry;
        pending = null;
        pendingEntry = null;
        if (abandoned != null) {
            abandoned.wipe();
        }
        if (entry != null) {
            core.indexes.remove(entry);
        }
    }

    /** A session may be used from now on. */
    void established() {
        timers.handshakeComplete();
        lastHandshake = core.wallClock.instant();
        core.events.post(this, PeerEvents.HANDSHAKE);
    }

    /** Wipes all keys, and drops what waits; returns how many packets. */
    int wipe() {
        endAttempt();
        responses++;
        keypairs.clear();
        timers.stopSession();
        return staged.clear();
    }

    void forgetAllowedIps() {
        for (IpPrefix prefix : allowed) {
            table.remove(prefix, this);
        }
        allowed.clear();
    }
}
