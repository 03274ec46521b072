// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;

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
}
