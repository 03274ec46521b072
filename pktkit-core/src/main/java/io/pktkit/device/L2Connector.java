// SPDX-License-Identifier: MIT
package io.pktkit.device;

import java.io.IOException;

/** A network that Ethernet devices can be attached to. */
@FunctionalInterface
public interface L2Connector {

    /**
     * Attaches a device. The connector takes over its handler; the device stays the caller's to close.
     *
     * @param device the device
     * @return what detaches it again
     * @throws IOException if the network cannot take the device
     */
    Attachment connect(L2Device device) throws IOException;
}
