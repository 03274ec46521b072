// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import org.jspecify.annotations.Nullable;

/**
 * A lease as a {@link DhcpServer} sees it. Immutable.
 *
 * @param mac the client's hardware address as it gave it (chaddr); the station if it has no Ethernet address
 * @param station the source of the frame with which the lease was last granted or renewed: the client's own address as a rule,
 *     that of the relay or the wireless bridge otherwise; {@link MacAddress#ZERO} if it is not known
 * @param address the address
 * @param hostname the name that the client gave last, or that of its reservation; made of letters, digits, hyphens,
 *     underscores and dots only, or null
 * @param provisional whether the client has yet to renew for the first time, until when its lease is short
 * @param expiryNanos when the lease ends, by the server's timers; {@link Timers#NEVER} if it is infinite
 */
public record ServerLease(
        MacAddress mac,
        MacAddress station,
        IpAddress address,
        @Nullable String hostname,
        boolean provisional,
        long expiryNanos) {
    /**
     * How long the lease has to run.
     *
     * @param nowNanos the time by the server's timers
     * @return nanoseconds, 0 or more; {@link Timers#NEVER} if it is infinite
     */
    public long remainingNanos(long nowNanos) {
        return expiryNanos == Timers.NEVER ? Timers.NEVER : Math.max(0, expiryNanos - nowNanos);
    }
}
