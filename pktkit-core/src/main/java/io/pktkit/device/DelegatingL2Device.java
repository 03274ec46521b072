// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A device that is another one in all but what a subclass changes: who gets it from a {@link Connector}, an acceptor or a
 * user attaches to the other one without knowing.
 *
 * <p>To see or change what passes, override {@link #attach(Receiver, Consumer)}, which the shorter {@code attach} calls too:
 * what is interposed there on the place that is prepared is between for each who attaches, before the first frame. Everything
 * else, {@link #attachment()}, the counters and the close included, is the other device's.
 *
 * <p>{@link Attachment#device()} names the other device, and what is sent straight into that passes by this one.
 */
public abstract class DelegatingL2Device implements L2Device {

    private final L2Device device;

    /**
     * Makes a device of another.
     *
     * @param device the other one; closing this closes it
     */
    protected DelegatingL2Device(L2Device device) {
        this.device = device;
    }

    /**
     * Tells what everything is passed on to.
     *
     * @return the other device
     */
    protected final L2Device delegate() {
        return device;
    }

    /** Calls {@link #attach(Receiver, Consumer)}, so that a subclass has one method to override. */
    @Override
    public final Attachment<Frame> attach(Receiver<Frame> receiver) {
        return attach(receiver, place -> {});
    }

    @Override
    public Attachment<Frame> attach(Receiver<Frame> receiver, Consumer<? super Attachment<Frame>> prepare) {
        return device.attach(receiver, prepare);
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

    /** {@return what the other device says of itself} */
    @Override
    public String toString() {
        return device.toString();
    }
}
