// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.wire.Frame;
import java.io.IOException;

/** A network that Ethernet devices can be attached to. */
@FunctionalInterface
public interface L2Connector extends Connector<L2Device, Frame> {

    @Override
    Attachment<Frame> connect(L2Device device) throws IOException;
}
