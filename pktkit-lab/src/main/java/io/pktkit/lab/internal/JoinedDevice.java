// SPDX-License-Identifier: MIT
package io.pktkit.lab.internal;

import io.pktkit.device.Attachment;
import io.pktkit.device.DelegatingL2Device;
import io.pktkit.device.DropReason;
import io.pktkit.device.Interposer;
import io.pktkit.device.L2Device;
import io.pktkit.device.Offload;
import io.pktkit.device.Receiver;
import io.pktkit.device.Sender;
import io.pktkit.wire.Frame;
import java.util.Set;
import java.util.function.Consumer;

/** A device behind which another network is, seen through a {@link ServiceFence} from the first frame on. */
public final class JoinedDevice extends DelegatingL2Device {

    private final ServiceFence fence;

    /**
     * Puts the fence before a device.
     *
     * @param device the device, its owner's to close
     * @param fence what may pass
     */
    public JoinedDevice(L2Device device, ServiceFence fence) {
        super(device);
        this.fence = fence;
    }

    @Override
    public Attachment<Frame> attach(Receiver<Frame> receiver, Consumer<? super Attachment<Frame>> prepare) {
        return super.attach(fenced(receiver), place -> {
            place.interpose(new Interposer<>() {
                @Override
                public boolean toDevice(Frame frame, Sender<Frame> next) {
                    return passOut(frame, next);
                }
            });
            prepare.accept(place);
        });
    }

    private Receiver<Frame> fenced(Receiver<Frame> receiver) {
        return new Receiver<>() {
            @Override
            public void receive(Frame frame) {
                if (fence.admits(frame)) {
                    receiver.receive(frame);
                } else {
                    stats().receiveDropped(DropReason.FILTERED);
                }
            }

            @Override
            public Set<Offload> offloads() {
                return receiver.offloads();
            }

            @Override
            public void deviceChanged() {
                receiver.deviceChanged();
            }

            @Override
            public String toString() {
                return receiver.toString();
            }
        };
    }

    @Override
    public boolean send(Frame frame) {
        return passOut(frame, delegate());
    }

    private boolean passOut(Frame frame, Sender<Frame> next) {
        if (fence.releases(frame)) {
            return next.send(frame);
        }
        stats().sendDropped(DropReason.FILTERED);
        return false;
    }
}
