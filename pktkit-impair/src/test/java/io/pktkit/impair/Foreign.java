// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import io.pktkit.device.DeviceStats;
import io.pktkit.device.L3Device;
import io.pktkit.device.PacketHandler;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A device of somebody else, which breaks its contract: {@code send} throws. */
final class Foreign implements L3Device {

    private final Wire pipe;
    private final AtomicInteger calls;

    private Foreign(Wire pipe, AtomicInteger calls) {
        this.pipe = pipe;
        this.calls = calls;
    }

    static L3Device throwing(Wire pipe, AtomicInteger calls) {
        return new Foreign(pipe, calls);
    }

    @Override
    public boolean send(Packet packet) {
        calls.incrementAndGet();
        throw new IllegalStateException("thrown by the test");
    }

    @Override
    public void setHandler(@Nullable PacketHandler handler) {
        pipe.setHandler(handler);
    }

    @Override
    public IpPrefix prefix(IpFamily family) {
        return pipe.prefix(family);
    }

    @Override
    public void setPrefix(IpPrefix prefix) {
        pipe.setPrefix(prefix);
    }

    @Override
    public DeviceStats stats() {
        return pipe.stats();
    }

    @Override
    public CompletionStage<Void> done() {
        return pipe.done();
    }

    @Override
    public void close() {
        pipe.close();
    }
}
