// SPDX-License-Identifier: MIT
package io.pktkit.hub.guard.internal;

import io.pktkit.device.AbstractL2Device;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A device that keeps what it is sent, and may answer it. For one thread. */
final class Guest extends AbstractL2Device {

    /** What a guest does with what it gets. */
    interface Habit {
        void onFrame(Guest guest, Frame frame);
    }

    final List<byte[]> inbox = new ArrayList<>();
    final long station;
    Habit habit = (guest, frame) -> {};
    private final Frame view = new Frame();

    Guest(long station) {
        super(MacAddress.of(station));
        this.station = station;
    }

    void inject(byte[] frame) {
        deliver(view.wrap(ByteBuffer.wrap(frame)));
    }

    @Override
    public boolean send(Frame frame) {
        inbox.add(frame.toBytes());
        habit.onFrame(this, frame);
        return true;
    }
}
