// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A network interface that moves IP packets. */
public interface L3Device extends Device<Packet> {

    /**
     * Tells the device's own address and the subnet it is in.
     *
     * @param family which of its two addresses
     * @return the prefix, with the host bits of the device's address; {@link IpPrefix#unset} if it has none
     */
    IpPrefix prefix(IpFamily family);

    /**
     * Changes the device's address of one family, and tells who is attached.
     *
     * @param prefix the address and subnet, or an unset prefix to have none of its family
     */
    void setPrefix(IpPrefix prefix);

    /**
     * Tells the device of an address that it has because of the link that it is on, its IPv6 link-local one (RFC 4291 section
     * 2.8), or what was found out on the link about an address of its prefixes. A device that is no host need not care.
     *
     * @param address the address
     * @param state how far it may be used; null once it is not the device's any more
     */
    default void linkAddress(IpAddress address, @Nullable AddressState state) {}

    /**
     * Tells which multicast groups the device listens to, beside all nodes and the solicited-node groups of its addresses, so that who
     * puts it onto a link can tell that link. Who is attached hears of changes.
     *
     * @return an immutable set
     */
    default Set<IpAddress> groups() {
        return Set.of();
    }
}
