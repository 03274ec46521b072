// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import org.jspecify.annotations.Nullable;

/**
 * One known station. Read without a lock, written under that of the {@link ForwardingTable}; only the stamp of a station
 * that is still where it was is written without it.
 */
final class ForwardingEntry {

    final long key;
    private volatile @Nullable HubPort port;

    /** The port, unless another one has claimed the station: then null, so that it is looked at more closely. */
    private volatile @Nullable HubPort undisputed;

    private volatile long stamp;
    private volatile boolean secured;
    private volatile @Nullable Dispute dispute;

    ForwardingEntry(long key, @Nullable HubPort port, long stamp, boolean secured) {
        this.key = key;
        this.port = port;
        this.undisputed = port;
        this.stamp = stamp;
        this.secured = secured;
    }

    HubPort port() {
        HubPort behind = port;
        if (behind == null) {
            throw new IllegalStateException("a tombstone has no port: key=" + key);
        }
        return behind;
    }

    /** Whether the station is behind a port, and was never claimed by another. */
    boolean isUndisputed(HubPort behind) {
        return undisputed == behind;
    }

    long stamp() {
        return stamp;
    }

    /** Whether the entry neither ages nor moves. */
    boolean isSecured() {
        return secured;
    }

    /** What is known of claims by other ports; null for a station that was never claimed. */
    @Nullable
    Dispute dispute() {
        return dispute;
    }

    void dispute(Dispute claims) {
        dispute = claims;
        undisputed = null;
    }

    void refresh(long nowNanos) {
        stamp = nowNanos;
    }

    void move(HubPort to, long nowNanos, boolean sticky) {
        port = to;
        undisputed = dispute == null ? to : null;
        stamp = nowNanos;
        secured = sticky;
    }
}
