// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

/** Something that ends at a time unless that is moved. Its place in an {@link ExpiryHeap} is kept in it. */
public abstract class Timed {

    /** When it ends. Moved later by each packet, without telling the heap. */
    long expiresAt;

    /** What the heap believes, never later than {@link #expiresAt}. */
    long heapKey;

    /** Where it is in the heap, or -1. */
    int heapIndex = -1;

    Timed() {}

    /** {@return when it ends} */
    public final long expiresAt() {
        return expiresAt;
    }

    /**
     * Tells whether it has not ended yet.
     *
     * @param now the time
     * @return false at its end and after
     */
    public final boolean isLive(long now) {
        return expiresAt - now > 0;
    }
}
