// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.device.Attachment;
import io.pktkit.device.Device;
import io.pktkit.device.DeviceStats;
import io.pktkit.device.Interposer;
import io.pktkit.device.Receiver;
import io.pktkit.device.Registration;
import io.pktkit.wire.Pdu;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * The least that a device can be: it takes what it is sent and hands in what it is given, without counting, so that
 * what is measured is the hub. Confined to the benchmark's thread.
 */
abstract class BarePort<P extends Pdu> implements Device<P>, Attachment<P> {

    private final DeviceStats stats = new DeviceStats();
    private final Receiver<P> sink;
    private Receiver<P> attached = pdu -> {};

    BarePort(Receiver<P> sink) {
        this.sink = sink;
    }

    void receive(P pdu) {
        attached.receive(pdu);
    }

    @Override
    public Attachment<P> attach(Receiver<P> receiver) {
        attached = receiver;
        return this;
    }

    @Override
    public Attachment<P> attachment() {
        return this;
    }

    @Override
    public Device<P> device() {
        return this;
    }

    @Override
    public Registration interpose(Interposer<P> interposer) {
        throw new UnsupportedOperationException("interpose");
    }

    @Override
    public boolean send(P pdu) {
        sink.receive(pdu);
        return true;
    }

    @Override
    public int mtu() {
        return 1500;
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
