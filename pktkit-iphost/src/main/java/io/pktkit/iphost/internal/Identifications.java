// SPDX-License-Identifier: MIT
package io.pktkit.iphost.internal;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.KeyedHash;
import java.security.SecureRandom;

/**
 * Chooses the identifications of packets, as RFC 7739 section 5.3 has it: a counter for each pair of addresses and an offset that
 * nobody outside knows. What one destination sees tells it nothing of the numbers that others see.
 *
 * <p>The counters are few, chosen by the hash, so that destinations cannot take memory: two that share one skip numbers now and
 * then, as those of Linux do. One for all destinations was rejected: whoever gets packets of it can forge fragments of what is
 * sent to others. Owned like the host.
 */
public final class Identifications {
    private static final int COUNTERS = 256;

    private final KeyedHash hash = new KeyedHash();
    private final int[] counters = new SecureRandom().ints(COUNTERS).toArray();

    /** Creates one, with a secret of its own. */
    public Identifications() {}

    /**
     * Chooses the next.
     *
     * @param source of the packet
     * @param destination of the packet
     * @param count how many in a row are used: of a super-segment, one for each that it is cut into
     * @return the first of them; of IPv4 the lower 16 bits count
     */
    public int next(IpAddress source, IpAddress destination, int count) {
        long hashed = hash.of(source.high(), source.low(), destination.high(), destination.low(), 0);
        int counter = (int) hashed & (COUNTERS - 1);
        int next = counters[counter];
        counters[counter] = next + count;
        return next + (int) (hashed >>> 32);
    }
}
