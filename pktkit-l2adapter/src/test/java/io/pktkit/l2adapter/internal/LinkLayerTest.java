// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.AddressState;
import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.device.Offload;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What reaches the link layer although the adapter looked before: another thread closed it in between. */
class LinkLayerTest {

    private static final IpAddress HOST = IpAddress.parse("10.0.0.1");
    private static final IpAddress PEER = IpAddress.parse("10.0.0.2");
    private static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:01");

    private final ManualTime time = new ManualTime();
    private int frames;

    private final IpSide host = new IpSide() {
        private IpPrefix ipv4 = IpPrefix.unset(IpFamily.IPV4);

        @Override
        public boolean up(Packet packet) {
            return true;
        }

        @Override
        public IpPrefix prefix(IpFamily family) {
            return family == IpFamily.IPV4 ? ipv4 : IpPrefix.unset(family);
        }

        @Override
        public void setPrefix(IpPrefix prefix) {
            ipv4 = prefix;
        }

        @Override
        public void addressState(IpAddress address, @Nullable AddressState state) {}

        @Override
        public Set<IpAddress> groups() {
            return Set.of();
        }

        @Override
        public Set<Offload> offloads() {
            return Set.of();
        }
    };

    private final DeviceStats stats = new DeviceStats();
    private final LinkLayer link = new LinkLayer(
            MAC, new HostAddresses(host, MAC), host, frame -> ++frames > 0, stats, time, NeighborLimits.DEFAULT);

    private static Packet packet() {
        return new Packet().wrap(PacketBuilder.udp(HOST, 1, PEER, 2, ByteBuffer.allocate(1)));
    }

    @Test
    void shouldDropAndCountWhatComesAfterClose() {
        host.setPrefix(IpPrefix.of(HOST, 24));
        link.close();

        assertEquals(NeighborCache.NO_MAC, link.resolve(PEER.high(), PEER.low(), packet(), false));
        link.heard(IpFamily.IPV4, PEER.high(), PEER.low(), 2, true);
        link.answered(IpFamily.IPV4, PEER.high(), PEER.low(), 2, true, true);
        link.gateway(IpFamily.IPV4, PEER);

        assertEquals(1, stats.dropped(DropReason.CLOSED));
        assertTrue(link.neighbors().isEmpty());
        assertEquals(0, frames);
        assertEquals(0, time.pending());
    }

    @Test
    void shouldSendNothingThatWasWrittenDownWhenTheNetworkClosesIt() {
        LinkLayer[] closing = new LinkLayer[1];
        int[] sent = {0};
        closing[0] = new LinkLayer(
                MAC,
                new HostAddresses(host, MAC),
                host,
                frame -> {
                    if (sent[0]++ == 0) {
                        closing[0].resolve(0, 0x0A00_0003L, packet(), false); // its request waits for this one
                        closing[0].close();
                    }
                    return true;
                },
                stats,
                time,
                NeighborLimits.DEFAULT);

        closing[0].resolve(PEER.high(), PEER.low(), packet(), false);

        assertEquals(1, sent[0]);
    }
}
