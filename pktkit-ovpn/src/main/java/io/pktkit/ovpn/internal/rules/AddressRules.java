// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.rules;

import io.pktkit.ovpn.client.Topology;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which addresses a pool gives.
 *
 * @param ipv4 the server's address and the subnet; null for none
 * @param ipv6 the same
 * @param topology how tun devices are addressed
 * @param first the first IPv4 address of the range that is given, or null for the whole subnet
 * @param last the last one, or null
 * @param sameNames whether several clients may have one name, so that it does not tell who comes back
 * @param free whether an address is nobody else's
 */
public record AddressRules(
        @Nullable IpPrefix ipv4,
        @Nullable IpPrefix ipv6,
        Topology topology,
        @Nullable IpAddress first,
        @Nullable IpAddress last,
        boolean sameNames,
        Predicate<IpAddress> free) {

    @Nullable
    IpPrefix subnet(IpFamily family) {
        return family == IpFamily.IPV4 ? ipv4 : ipv6;
    }
}
