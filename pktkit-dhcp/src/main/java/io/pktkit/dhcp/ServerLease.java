// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import org.jspecify.annotations.Nullable;

/**
 * A lease as a {@link DhcpServer} sees it. Immutable.
 *
 * @param mac the client's hardware address as it gave it
 * @param address the address
 * @param hostname the client's name, or null
 * @param provisional whether the client has yet to renew for the first time, until when its lease is short
 * @param remainingNanos how long the lease has to run; {@link io.pktkit.time.Timers#NEVER} if it is infinite
 */
public record ServerLease(
        MacAddress mac, IpAddress address, @Nullable String hostname, boolean provisional, long remainingNanos) {}
