// SPDX-License-Identifier: MIT
package io.pktkit.dns.upstream;

/** Something with a deadline in the engine's order. */
abstract class Due {
    /** Makes the order a total one. */
    final long token;

    long deadlineNanos;

    Due(long token) {
        this.token = token;
    }

    /** The order: by difference, since times may wrap. All deadlines are within minutes of each other. */
    static int compare(Due a, Due b) {
        int order = Long.signum(a.deadlineNanos - b.deadlineNanos);
        return order != 0 ? order : Long.compare(a.token, b.token);
    }
}
