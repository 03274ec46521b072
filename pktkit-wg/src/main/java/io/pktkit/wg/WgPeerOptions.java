// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.time.Timers;
import io.pktkit.wire.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a peer begins with. All of it can be changed later. Mutable, one thread. */
public final class WgPeerOptions {

    private final List<IpPrefix> allowedIps = new ArrayList<>();
    private @Nullable PresharedKey presharedKey;
    private @Nullable WgEndpoint endpoint;
    private int persistentKeepalive;
    private boolean roaming = true;
    private long expiresAt = Timers.NEVER;

    private WgPeerOptions() {}

    /** {@return options of a peer without preshared key, allowed IPs, endpoint, keepalives and end, that may roam} */
    public static WgPeerOptions create() {
        return new WgPeerOptions();
    }

    /**
     * Sets the preshared key.
     *
     * @param key the key; copied when the peer is added
     * @return this
     */
    public WgPeerOptions presharedKey(PresharedKey key) {
        presharedKey = key;
        return this;
    }

    /**
     * Adds a prefix that is the peer's: packets to it go to the peer, and only packets from it are taken from the peer.
     *
     * @param prefix the prefix, host bits ignored
     * @return this
     */
    public WgPeerOptions allowedIp(IpPrefix prefix) {
        allowedIps.add(prefix);
        return this;
    }

    /**
     * Sets where the peer is. Without, it has to speak first.
     *
     * @param where its endpoint
     * @return this
     */
    public WgPeerOptions endpoint(WgEndpoint where) {
        endpoint = where;
        return this;
    }

    /**
     * Sets persistent keepalives.
     *
     * @param seconds the interval, 1 to 65535, or 0 for none
     * @return this
     */
    public WgPeerOptions persistentKeepalive(int seconds) {
        persistentKeepalive = checkInterval(seconds);
        return this;
    }

    /**
     * Sets whether the endpoint follows the peer. If not, that which is set stays; one that is not set is learned once.
     *
     * @param follows whether it does; true unless told otherwise
     * @return this
     */
    public WgPeerOptions roaming(boolean follows) {
        roaming = follows;
        return this;
    }

    /**
     * Sets when the peer's time is over.
     *
     * @param deadlineNanos the time on the engine's clock, or {@link Timers#NEVER}
     * @return this
     */
    public WgPeerOptions expiresAt(long deadlineNanos) {
        expiresAt = deadlineNanos;
        return this;
    }

    /** {@return the prefixes that were added, as a copy} */
    public List<IpPrefix> allowedIps() {
        return List.copyOf(allowedIps);
    }

    static int checkInterval(int seconds) {
        if (seconds < 0 || seconds > 65_535) {
            throw new IllegalArgumentException("persistent keepalive must be 0 to 65535 s: seconds=" + seconds);
        }
        return seconds;
    }

    byte[] presharedKeyBytes() {
        return presharedKey == null ? new byte[KeyText.KEY_LENGTH] : presharedKey.toBytes();
    }

    @Nullable
    WgEndpoint endpoint() {
        return endpoint;
    }

    int persistentKeepalive() {
        return persistentKeepalive;
    }

    boolean roaming() {
        return roaming;
    }

    long expiresAt() {
        return expiresAt;
    }
}
