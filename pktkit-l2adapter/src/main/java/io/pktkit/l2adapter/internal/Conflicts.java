// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import java.util.concurrent.atomic.LongAdder;

/** Counts messages of other stations that claim an address of ours. Any thread. */
final class Conflicts {

    private final LongAdder count = new LongAdder();

    void count() {
        count.increment();
    }

    long total() {
        return count.sum();
    }
}
