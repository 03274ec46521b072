// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.KeyedHash;
import java.security.SecureRandom;

/**
 * Identifications of IPv4 packets. Those that a router may fragment are counted, by destination: two to one destination are alike
 * only after 65536 (RFC 6864 section 4.2), and what one sees of the numbers does not tell what goes to another (RFC 7739), unless
 * chance has them share a counter. The rest are atomic, so that theirs mean nothing.
 */
final class Identifications {
    private static final int COUNTERS = 256;

    private final KeyedHash hash = new KeyedHash();
    private final char[] counters = new char[COUNTERS];

    Identifications() {
        SecureRandom random = new SecureRandom();
        for (int i = 0; i < COUNTERS; i++) {
            counters[i] = (char) random.nextInt();
        }
    }

    /** The first of so many in a row. */
    int next(IpAddress destination, int count, boolean dontFragment) {
        if (dontFragment || destination.isIpv6()) {
            return 0;
        }
        int at = (int) hash.of(destination.high(), destination.low()) & (COUNTERS - 1);
        int first = counters[at];
        counters[at] = (char) (first + count);
        return first;
    }
}
