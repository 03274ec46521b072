// SPDX-License-Identifier: MIT
package io.pktkit.device;

import io.pktkit.internal.CallbackGate;
import io.pktkit.internal.PrefixVersion;
import io.pktkit.internal.ThreadState;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The part of an {@link L3Device} that all have in common: the handler, the counters, and a close that waits for the
 * callbacks. A subclass sends, calls {@link #deliver} for what comes in, and stops its threads in {@link #onClose()}.
 */
public abstract class AbstractL3Device implements L3Device {

    private final DeviceCore core = new DeviceCore(getClass());
    private volatile IpPrefix ipv4 = IpPrefix.unset(IpFamily.IPV4);
    private volatile IpPrefix ipv6 = IpPrefix.unset(IpFamily.IPV6);
    private volatile @Nullable PacketHandler handler;

    /** Creates an open device without a handler and without an address. */
    protected AbstractL3Device() {}

    /**
     * {@inheritDoc}
     *
     * <p>A subclass that must know, such as one that reads nothing while nobody listens, overrides this and calls
     * {@code super.setHandler}.
     */
    @Override
    public void setHandler(@Nullable PacketHandler handler) {
        this.handler = handler;
    }

    @Override
    public final IpPrefix prefix(IpFamily family) {
        return family == IpFamily.IPV4 ? ipv4 : ipv6;
    }

    /**
     * {@inheritDoc}
     *
     * <p>A subclass that must tell somebody else about it overrides this and calls {@code super.setPrefix}.
     */
    @Override
    public void setPrefix(IpPrefix prefix) {
        if (prefix.family() == IpFamily.IPV4) {
            ipv4 = prefix;
        } else {
            ipv6 = prefix;
        }
        PrefixVersion.bump();
    }

    @Override
    public final DeviceStats stats() {
        return core.stats;
    }

    @Override
    public final CompletionStage<Void> done() {
        return core.done();
    }

    @Override
    public final void close() {
        core.close(this::onClose);
    }

    /**
     * Tells whether the device is closed or closing. {@code send} then counts {@link DropReason#CLOSED}.
     *
     * @return true as soon as {@link #close()} began
     */
    protected final boolean isClosed() {
        return core.isClosed();
    }

    /**
     * Hands over what came in and counts it as received, or as dropped if there is no handler, the handler threw or
     * the device is closed. Does not throw. Any thread; must not be called with a lock held.
     *
     * @param packet on loan to the handler
     * @return false if it was dropped
     */
    protected final boolean deliver(Packet packet) {
        int length = packet.length();
        ThreadState thread = ThreadState.current();
        DropReason reason = dispatch(thread, packet);
        if (reason != null) {
            core.stats.receiveDropped(reason);
            return false;
        }
        core.stats.received(thread, length);
        return true;
    }

    /**
     * Hands over what was sent into this device to its own handler, as {@link #deliver} does, and counts it as sent. It
     * is the {@code send} of a device that comes out where it goes in.
     *
     * @param packet on loan to the handler
     * @return false if it was dropped
     */
    protected final boolean deliverSent(Packet packet) {
        int length = packet.length();
        ThreadState thread = ThreadState.current();
        DropReason reason = dispatch(thread, packet);
        if (reason != null) {
            core.stats.sendDropped(reason);
            return false;
        }
        core.stats.sent(thread, length);
        return true;
    }

    /**
     * Hands over what came in, as {@link #deliver} does, and leaves the counting of it to the caller.
     *
     * @param packet on loan to the handler
     * @return why it was dropped, or null if the handler took it
     */
    protected final @Nullable DropReason dispatch(Packet packet) {
        return dispatch(ThreadState.current(), packet);
    }

    private @Nullable DropReason dispatch(ThreadState thread, Packet packet) {
        PacketHandler receiver = handler;
        if (receiver == null) {
            return isClosed() ? DropReason.CLOSED : DropReason.NO_HANDLER;
        }
        CallbackGate gate = core.gate;
        if (!gate.enter(thread)) {
            return DropReason.CLOSED;
        }
        try {
            receiver.onPacket(packet);
            return null;
        } catch (Throwable failure) {
            core.failed(failure);
            return DropReason.HANDLER_FAILED;
        } finally {
            gate.exit(thread);
        }
    }

    /**
     * Stops what the device started. Called once, by the thread that closes first, when nothing new is delivered any
     * more but a callback may still be running. A device with a reader thread ends and joins it here, unless that thread
     * is the one that closes.
     */
    protected void onClose() {}
}
