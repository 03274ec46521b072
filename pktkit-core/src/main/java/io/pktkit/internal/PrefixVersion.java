// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the changes of addresses of all devices. A hub keeps its routes while the count stands still, which spares it
 * from asking each device for its address for each packet. Addresses change so rarely that one count for all will do.
 */
public final class PrefixVersion {

    private static final AtomicLong VERSION = new AtomicLong();

    private PrefixVersion() {}

    /** Counts a change; after the change can be seen. */
    public static void bump() {
        VERSION.incrementAndGet();
    }

    /**
     * Tells the count; to be read before the addresses are.
     *
     * @return the number of changes so far
     */
    public static long current() {
        return VERSION.get();
    }
}
