// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.wire.Packet;
import java.io.IOException;

/**
 * A network that IP devices can be attached to. A connector that keeps state for its devices, such as a NAT, gives each
 * one a namespace of its own: same inside addresses do not conflict, and nothing crosses.
 */
@FunctionalInterface
public interface L3Connector extends Connector<L3Device, Packet> {

    @Override
    Attachment<Packet> connect(L3Device device) throws IOException;
}
