// SPDX-License-Identifier: MIT
package io.pktkit.lab.internal;

import io.pktkit.device.Attachment;
import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.device.Interposer;
import io.pktkit.device.L2Device;
import io.pktkit.device.Offload;
import io.pktkit.device.Receiver;
import io.pktkit.device.Sender;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A device behind which another network is, seen through a {@link ServiceFence} from the first frame on. All else is the
 * device's own.
 */
public final class JoinedDevice implements L2Device {

    private final L2Device device;
    private final ServiceFence fence;

    /**
     * Puts the fence before a device.
     *
     * @param device the device, its owner's to close
     * @param fence what may pass
     */
    public JoinedDevice(L2Device device, ServiceFence fence) {
        this.device = device;
        this.fence = fence;
    }

    @Override
    public Attachment<Frame> attach(Receiver<Frame> receiver) {
        return attach(receiver, place -> {});
    }

    @Override
    public Attachment<Frame> attach(Receiver<Frame> receiver, Consumer<? super Attachment<Frame>> prepare) {
        return device.attach(fenced(receiver), place -> {
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
                    device.stats().receiveDropped(DropReason.FILTERED);
                }
            }

            @Override
            public void deviceChanged() {
                receiver.deviceChanged();
            }
        };
    }

    @Override
    public @Nullable Attachment<Frame> attachment() {
        return device.attachment();
    }

    @Override
    public boolean send(Frame frame) {
        return passOut(frame, device);
    }

    private boolean passOut(Frame frame, Sender<Frame> next) {
        if (fence.releases(frame)) {
            return next.send(frame);
        }
        device.stats().sendDropped(DropReason.FILTERED);
        return false;
    }

    @Override
    public MacAddress macAddress() {
        return device.macAddress();
    }

    @Override
    public int mtu() {
        return device.mtu();
    }

    @Override
    public DeviceStats stats() {
        return device.stats();
    }

    @Override
    public CompletionStage<Void> done() {
        return device.done();
    }

    @Override
    public Set<Offload> offloads() {
        return device.offloads();
    }

    @Override
    public void close() {
        device.close();
    }

    @Override
    public String toString() {
        return device.toString();
    }
}
