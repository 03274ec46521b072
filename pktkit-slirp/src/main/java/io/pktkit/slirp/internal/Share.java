// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.Quota;

/** A namespace's part of a quota that all namespaces draw on. Any thread. */
final class Share {
    /** No namespace gets more than one part in this many. */
    private static final int PARTS = 4;

    private final Quota total;
    private final Quota own;

    Share(Quota total) {
        this.total = total;
        this.own = new Quota(Math.max(1, total.limit() / PARTS));
    }

    boolean tryAcquire() {
        if (!own.tryAcquire()) {
            return false;
        }
        if (!total.tryAcquire()) {
            own.release();
            return false;
        }
        return true;
    }

    void release() {
        own.release();
        total.release();
    }

    int used() {
        return own.used();
    }
}
