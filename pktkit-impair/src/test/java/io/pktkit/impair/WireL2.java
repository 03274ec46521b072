// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import io.pktkit.device.AbstractL2Device;
import io.pktkit.device.FrameHandler;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;

/** As {@link Wire}, for frames. */
final class WireL2 extends AbstractL2Device {

    private volatile FrameHandler far = frame -> {};

    WireL2(MacAddress mac) {
        super(mac);
    }

    void setFar(FrameHandler handler) {
        far = handler;
    }

    @Override
    public boolean send(Frame frame) {
        far.onFrame(frame);
        return true;
    }

    boolean inject(Frame frame) {
        return deliver(frame);
    }
}
