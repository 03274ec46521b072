// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.device.DeviceStats;
import io.pktkit.device.L3Device;
import io.pktkit.device.PacketHandler;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A device that implements the interface by itself and tells nobody when its address changes. */
final class ForeignDevice implements L3Device {

    IpPrefix prefix = IpPrefix.unset(IpFamily.IPV4);
    int received;
    private final DeviceStats stats = new DeviceStats();

    @Override
    public void setHandler(@Nullable PacketHandler handler) {}

    @Override
    public boolean send(Packet packet) {
        received++;
        return true;
    }

    @Override
    public IpPrefix prefix(IpFamily family) {
        return prefix.family() == family ? prefix : IpPrefix.unset(family);
    }

    @Override
    public void setPrefix(IpPrefix prefix) {
        this.prefix = prefix;
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
