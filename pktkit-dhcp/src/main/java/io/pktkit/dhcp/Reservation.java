// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import org.jspecify.annotations.Nullable;

/**
 * An address that a server keeps for one station. It is given to nobody else, whether or not it is in the range.
 *
 * @param mac the station: frames must come from it, or from a relay for it
 * @param address the address, on the server's subnet
 * @param hostname the name that the client is told if it asks (option 12), or null
 */
public record Reservation(
        MacAddress mac, IpAddress address, @Nullable String hostname) {}
