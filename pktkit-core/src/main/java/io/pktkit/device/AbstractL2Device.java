// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;

/** The part of an {@link L2Device} that all have in common; see {@link AbstractDevice} for what a subclass does. */
public abstract class AbstractL2Device extends AbstractDevice<Frame> implements L2Device {

    private final MacAddress macAddress;

    /**
     * Creates an open device to which nobody is attached, with an MTU of {@link #DEFAULT_MTU}.
     *
     * @param macAddress its own address
     */
    protected AbstractL2Device(MacAddress macAddress) {
        this.macAddress = macAddress;
    }

    @Override
    public final MacAddress macAddress() {
        return macAddress;
    }
}
