// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;

/** A network interface that moves Ethernet frames. */
public interface L2Device extends Device<Frame> {

    /**
     * Tells the device's own address.
     *
     * @return the address; {@link MacAddress#ZERO} if it has none
     */
    MacAddress macAddress();
}
