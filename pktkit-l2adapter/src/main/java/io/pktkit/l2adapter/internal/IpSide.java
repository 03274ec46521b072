// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import io.pktkit.device.AddressState;
import io.pktkit.device.Offload;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The host above the link layer: who packets go up to, and whose addresses the adapter answers for. Any thread. */
public interface IpSide {

    /**
     * Hands a packet up.
     *
     * @param packet on loan until this returns
     * @return false if it was dropped
     */
    boolean up(Packet packet);

    /**
     * Tells the host's address of one family and the subnet that it is in.
     *
     * @param family the family
     * @return the prefix, unset if there is none
     */
    IpPrefix prefix(IpFamily family);

    /**
     * Changes the host's address of one family.
     *
     * @param prefix the address and subnet, or an unset prefix
     */
    void setPrefix(IpPrefix prefix);

    /**
     * Hears what was found out about one of its IPv6 addresses, the link-local one among them.
     *
     * @param address the address
     * @param state how far it may be used; null once it is not the host's any more
     */
    void addressState(IpAddress address, @Nullable AddressState state);

    /** {@return the multicast groups that the host listens to, beside those of its addresses} */
    Set<IpAddress> groups();

    /** {@return what {@link #up} takes unfinished} */
    Set<Offload> offloads();
}
