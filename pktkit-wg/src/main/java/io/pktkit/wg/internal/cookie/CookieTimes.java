// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.cookie;

/** How long cookies live, in nanoseconds. */
final class CookieTimes {

    /** COOKIE_REFRESH_TIME: a secret and its cookies are valid this long. */
    static final long REFRESH = 120_000_000_000L;

    /** A sender stops this much earlier, so that a message under way does not arrive too late. */
    static final long LATENCY = 5_000_000_000L;

    private CookieTimes() {}
}
