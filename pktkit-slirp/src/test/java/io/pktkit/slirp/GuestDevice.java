// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import io.pktkit.device.DeviceStats;
import io.pktkit.device.L3Device;
import io.pktkit.device.PacketHandler;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A wire between the stack and a guest that lives in the test. */
final class GuestDevice implements L3Device {
    private final PacketHandler guest;
    private final DeviceStats stats = new DeviceStats();
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private volatile @Nullable PacketHandler stack;

    GuestDevice(PacketHandler guest) {
        this.guest = guest;
    }

    /** A packet from the guest. */
    void fromGuest(Packet packet) {
        PacketHandler handler = stack;
        if (handler != null) {
            handler.onPacket(packet);
        }
    }

    boolean isAttached() {
        return stack != null;
    }

    @Override
    public void setHandler(@Nullable PacketHandler handler) {
        stack = handler;
    }

    @Override
    public boolean send(Packet packet) {
        guest.onPacket(packet);
        return true;
    }

    @Override
    public IpPrefix prefix(IpFamily family) {
        return IpPrefix.unset(family);
    }

    @Override
    public void setPrefix(IpPrefix prefix) {
        throw new UnsupportedOperationException("the guest has its address: prefix=" + prefix);
    }

    @Override
    public DeviceStats stats() {
        return stats;
    }

    @Override
    public CompletionStage<Void> done() {
        return done;
    }

    @Override
    public void close() {
        done.complete(null);
    }
}
