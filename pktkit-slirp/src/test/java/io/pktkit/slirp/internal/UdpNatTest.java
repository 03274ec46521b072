// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.link.PipeL3;
import io.pktkit.slirp.EgressPolicy;
import io.pktkit.slirp.SlirpConfig;
import io.pktkit.slirp.SlirpLimits;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UdpNatTest {

    /** The loop is held up, and a guest invents sources. */
    @Test
    void shouldNotPileUpWhatHasLostItsPlace() throws Exception {
        PipeL3 wire = new PipeL3();
        SlirpStack stack = new SlirpStack(SlirpConfig.builder()
                .address(IpPrefix.parse("10.0.0.1/16"))
                .limits(new SlirpLimits(1, 1, 1, 16, 1))
                .egress(EgressPolicy.denyAll())
                .build());
        CountDownLatch held = new CountDownLatch(1);
        try {
            Namespace namespace = stack.connect(wire);
            stack.loop().execute(() -> TcpNatTest.await(held));
            for (int source = 0; source < 2000; source++) {
                send(wire, IpAddress.ofIpv4(0x0A00_1000 + source));
            }
            int size = namespace.get(() -> namespace.udpNat().size());
            assertEquals(16, size);
            assertEquals(17, namespace.udpNat().retired());

            held.countDown();
            stack.loop().executeAndWait(() -> {});

            assertEquals(0, namespace.udpNat().retired());
            send(wire, IpAddress.parse("10.0.99.9"));
            boolean served = namespace.get(() -> namespace.udpNat().mappings().stream()
                    .anyMatch(each -> each.guest().address().equals(IpAddress.parse("10.0.99.9"))));
            assertTrue(served, "others are again");
        } finally {
            held.countDown();
            stack.close();
            wire.close();
        }
    }

    private static void send(PipeL3 wire, IpAddress from) {
        ByteBuffer datagram =
                PacketBuilder.udp(from, 4000, IpAddress.parse("198.51.100.7"), 80, ByteBuffer.allocate(9));
        wire.inject(new Packet().wrap(datagram));
    }
}
