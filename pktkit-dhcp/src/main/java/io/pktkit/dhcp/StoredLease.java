// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A lease as a {@link LeaseStore} keeps it. Immutable.
 *
 * @param client who holds it: letters, digits and dots that mean something to the server only
 * @param address the address
 * @param mac the client's hardware address, as {@link ServerLease#mac}
 * @param station the source of its frames, as {@link ServerLease#station}
 * @param hostname the name of the client, or null
 * @param proven whether the client has renewed once, and gets the full time
 * @param expiry when the lease ends, by the calendar; {@link Instant#MAX} if it is infinite
 */
public record StoredLease(
        String client,
        IpAddress address,
        MacAddress mac,
        MacAddress station,
        @Nullable String hostname,
        boolean proven,
        Instant expiry) {}
