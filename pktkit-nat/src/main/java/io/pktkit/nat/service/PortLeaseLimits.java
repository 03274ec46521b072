// SPDX-License-Identifier: MIT
package io.pktkit.nat.service;

import java.time.Duration;

/**
 * What inside hosts may have by asking for it.
 *
 * @param total leases in all
 * @param perNamespace leases of one namespace
 * @param perHost leases of one host
 * @param firstPort the first outside port that is given
 * @param lastPort the last
 * @param longest how long one lasts at most; it can be renewed
 */
public record PortLeaseLimits(int total, int perNamespace, int perHost, int firstPort, int lastPort, Duration longest) {

    /** 1024, 256 and 128 leases; no privileged port; a week, which is the most that IGD:2 knows. */
    public static final PortLeaseLimits DEFAULT = new PortLeaseLimits(1024, 256, 128, 1024, 65_535, Duration.ofDays(7));

    /**
     * Checks the limits.
     *
     * @param total 1 or more
     * @param perNamespace 1 or more
     * @param perHost 1 or more
     * @param firstPort 1 to 65535
     * @param lastPort firstPort to 65535
     * @param longest 1 s to 7 days
     */
    public PortLeaseLimits {
        if (total < 1 || perNamespace < 1 || perHost < 1) {
            throw new IllegalArgumentException("limits must be at least 1: total=" + total + " perNamespace="
                    + perNamespace + " perHost=" + perHost);
        }
        if (firstPort < 1 || lastPort > 65_535 || firstPort > lastPort) {
            throw new IllegalArgumentException(
                    "ports must be in [1, 65535]: firstPort=" + firstPort + " lastPort=" + lastPort);
        }
        if (longest.toSeconds() < 1 || longest.toDays() > 7) {
            throw new IllegalArgumentException("longest must be 1 s to 7 days: longest=" + longest);
        }
    }

    /** What is given to who asks for so long; zero asks for the longest. */
    Duration lifetime(Duration asked) {
        return asked.isZero() || asked.compareTo(longest) > 0 ? longest : asked;
    }
}
