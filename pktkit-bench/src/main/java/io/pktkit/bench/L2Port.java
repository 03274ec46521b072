// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.device.DeviceStats;
import io.pktkit.device.FrameHandler;
import io.pktkit.device.L2Device;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The least that a device can be: it takes what it is sent and hands in what it is given, without counting, so that
 * what is measured is the hub. Confined to the benchmark's thread.
 */
final class L2Port implements L2Device {

    private final MacAddress macAddress;
    private final DeviceStats stats = new DeviceStats();
    private final FrameHandler sink;
    private FrameHandler handler = frame -> {};

    L2Port(MacAddress macAddress, FrameHandler sink) {
        this.macAddress = macAddress;
        this.sink = sink;
    }

    void receive(Frame frame) {
        handler.onFrame(frame);
    }

    @Override
    public void setHandler(FrameHandler handler) {
        this.handler = handler;
    }

    @Override
    public boolean send(Frame frame) {
        sink.onFrame(frame);
        return true;
    }

    @Override
    public MacAddress macAddress() {
        return macAddress;
    }

    @Override
    public DeviceStats stats() {
        return stats;
    }

    @Override
    public CompletionStage<Void> done() {
        return new CompletableFuture<>();
    }

    @Override
    public void close() {
        // Nothing to release: it has neither thread nor descriptor.
    }
}
