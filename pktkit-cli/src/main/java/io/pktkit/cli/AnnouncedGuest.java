// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import io.pktkit.device.Attachment;
import io.pktkit.device.DelegatingL2Device;
import io.pktkit.device.L2Device;
import io.pktkit.device.Receiver;
import io.pktkit.wire.Frame;
import java.util.function.Consumer;

/** A guest's device, of whose place somebody is told before its first frame comes in. */
final class AnnouncedGuest extends DelegatingL2Device {

    private final Consumer<Attachment<Frame>> announce;

    AnnouncedGuest(L2Device device, Consumer<Attachment<Frame>> announce) {
        super(device);
        this.announce = announce;
    }

    @Override
    public Attachment<Frame> attach(Receiver<Frame> receiver, Consumer<? super Attachment<Frame>> prepare) {
        return super.attach(receiver, place -> {
            prepare.accept(place);
            announce.accept(place);
        });
    }
}
