// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.device.AbstractL2Device;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;

/** A device that throws at every frame. */
final class Failing extends AbstractL2Device {

    Failing(int number) {
        super(MacAddress.of(Station.mac(number)));
    }

    @Override
    public boolean send(Frame frame) {
        throw new IllegalStateException("a device that breaks its contract");
    }
}
