// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.device.Attachment;
import io.pktkit.device.DeviceStats;
import io.pktkit.device.Interposer;
import io.pktkit.device.L3Device;
import io.pktkit.device.Receiver;
import io.pktkit.device.Registration;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A device that implements the interface by itself. */
final class ForeignDevice implements L3Device {

    IpPrefix prefix = IpPrefix.unset(IpFamily.IPV4);
    int received;

    /** How often its address was asked for. */
    int asked;

    /** Whether it throws when it is asked. */
    boolean failing;

    private final DeviceStats stats = new DeviceStats();

    private @Nullable Receiver<Packet> receiver;

    /** Attaches as the contract says, with a place of its own making. */
    @Override
    public Attachment<Packet> attach(Receiver<Packet> receiver) {
        this.receiver = receiver;
        return new Attachment<>() {
            @Override
            public L3Device device() {
                return ForeignDevice.this;
            }

            @Override
            public boolean send(Packet packet) {
                return ForeignDevice.this.send(packet);
            }

            @Override
            public Registration interpose(Interposer<Packet> interposer) {
                throw new UnsupportedOperationException("interpose");
            }

            @Override
            public void close() {
                ForeignDevice.this.receiver = null;
            }
        };
    }

    boolean isAttached() {
        return receiver != null;
    }

    @Override
    public @Nullable Attachment<Packet> attachment() {
        return null;
    }

    @Override
    public int mtu() {
        return 1500;
    }

    @Override
    public boolean send(Packet packet) {
        received++;
        return true;
    }

    @Override
    public IpPrefix prefix(IpFamily family) {
        asked++;
        if (failing) {
            throw new IllegalStateException("a device that breaks its contract");
        }
        return prefix.family() == family ? prefix : IpPrefix.unset(family);
    }

    @Override
    public void setPrefix(IpPrefix prefix) {
        this.prefix = prefix;
        Receiver<Packet> attached = receiver;
        if (attached != null) {
            attached.deviceChanged();
        }
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
    public void close() {}
}
