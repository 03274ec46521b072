// SPDX-License-Identifier: MIT
package io.pktkit.device;

import java.io.IOException;

/**
 * A network that IP devices can be attached to. A connector that keeps state for its devices, such as a NAT, gives each
 * one a namespace of its own: same inside addresses do not conflict, and nothing crosses.
 */
@FunctionalInterface
public interface L3Connector {

    /**
     * Attaches a device. The connector takes over its handler; the device stays the caller's to close.
     *
     * @param device the device
     * @return what detaches it again and frees all that was kept for it
     * @throws IOException if the network cannot take the device
     */
    Attachment connect(L3Device device) throws IOException;
}
