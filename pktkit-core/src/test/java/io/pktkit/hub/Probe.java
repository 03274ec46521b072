// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.device.AbstractL2Device;
import io.pktkit.device.Receiver;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;

/** A device that shows a test what it is sent. */
final class Probe extends AbstractL2Device {

    private final Receiver<Frame> observer;

    Probe(Receiver<Frame> observer) {
        super(MacAddress.ZERO);
        this.observer = observer;
    }

    boolean inject(Frame frame) {
        return deliver(frame);
    }

    @Override
    public boolean send(Frame frame) {
        observer.receive(frame);
        return true;
    }
}
