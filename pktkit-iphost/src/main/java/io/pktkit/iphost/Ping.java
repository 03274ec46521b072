// SPDX-License-Identifier: MIT
package io.pktkit.iphost;

import io.pktkit.wire.IpAddress;

/** An echo request that was sent. Owned like the host. */
public final class Ping {
    final int key;
    private final IpAddress target;
    private final Runnable onChange;
    private final long sentAt;
    private long answeredAt;
    private boolean answered;
    private boolean unreachable;

    Ping(int key, IpAddress target, Runnable onChange, long sentAt) {
        this.key = key;
        this.target = target;
        this.onChange = onChange;
        this.sentAt = sentAt;
    }

    /** {@return whom it was sent to} */
    public IpAddress target() {
        return target;
    }

    /** {@return whether the reply has come} */
    public boolean isAnswered() {
        return answered;
    }

    /** {@return from the request to the reply, in nanoseconds; 0 before it has come} */
    public long roundTripNanos() {
        return answered ? answeredAt - sentAt : 0;
    }

    /** {@return whether an error has come instead} */
    public boolean isUnreachable() {
        return unreachable;
    }

    void onReply(long nowNanos) {
        if (!answered) {
            answered = true;
            answeredAt = nowNanos;
            onChange.run();
        }
    }

    void onUnreachable() {
        unreachable = true;
        onChange.run();
    }
}
