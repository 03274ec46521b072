// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.device.L2Device;
import io.pktkit.device.Receiver;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;

/** A bare port that moves frames. */
final class L2Port extends BarePort<Frame> implements L2Device {

    private final MacAddress macAddress;

    L2Port(MacAddress macAddress, Receiver<Frame> sink) {
        super(sink);
        this.macAddress = macAddress;
    }

    @Override
    public MacAddress macAddress() {
        return macAddress;
    }
}
