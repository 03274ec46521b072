// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import io.pktkit.device.Attachment;
import io.pktkit.device.DeviceStats;
import io.pktkit.device.L2Device;
import io.pktkit.device.Offload;
import io.pktkit.device.Receiver;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A guest's device, of whose place somebody is told before its first frame comes in. All else is the device's own. */
final class AnnouncedGuest implements L2Device {

    private final L2Device device;
    private final Consumer<Attachment<Frame>> announce;

    AnnouncedGuest(L2Device device, Consumer<Attachment<Frame>> announce) {
        this.device = device;
        this.announce = announce;
    }

    @Override
    public Attachment<Frame> attach(Receiver<Frame> receiver) {
        return device.attach(receiver, announce);
    }

    @Override
    public Attachment<Frame> attach(Receiver<Frame> receiver, Consumer<? super Attachment<Frame>> prepare) {
        return device.attach(receiver, place -> {
            prepare.accept(place);
            announce.accept(place);
        });
    }

    @Override
    public @Nullable Attachment<Frame> attachment() {
        return device.attachment();
    }

    @Override
    public boolean send(Frame frame) {
        return device.send(frame);
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
