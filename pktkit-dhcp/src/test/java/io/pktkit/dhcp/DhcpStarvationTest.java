// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Somebody takes every address under made-up names. */
class DhcpStarvationTest {
    private static final int ATTEMPTS = 10_000;

    @Test
    void shouldServeARealClientOnceTheProvisionalTimeIsOver() {
        long seed = 7;
        try (Lan lan = Lan.withDefaults()) {
            SplittableRandom random = new SplittableRandom(seed);
            for (int i = 0; i < ATTEMPTS; i++) {
                takeLease(lan, 0x100 + random.nextInt(1 << 24));
            }
            assertEquals(252, lan.server.leases().size(), "the whole pool is gone");
            Lan.Host host = lan.host(1);
            host.start();
            assertEquals(0, host.log.size());

            lan.time.advance(Duration.ofSeconds(120 + 65)); // the provisional time and the client's next attempt

            assertEquals(DhcpState.BOUND, host.client.state(), "seed=" + seed);
            assertTrue(host.log.get(0).startsWith("bound"), "seed=" + seed);
            assertEquals(1, lan.server.leases().size());
        }
    }

    @Test
    void shouldKeepServingThoseItKnows() {
        try (Lan lan = Lan.withDefaults()) {
            Lan.Host host = lan.host(1);
            host.start();
            lan.time.advance(Duration.ofSeconds(70));
            for (int round = 0; round < 100; round++) {
                for (int i = 0; i < 100; i++) {
                    takeLease(lan, 0x10_0000 + round * 100 + i);
                }
                lan.time.advance(Duration.ofSeconds(100));
            }

            assertEquals(DhcpState.BOUND, host.client.state());
            assertTrue(host.log.stream().noneMatch(line -> line.startsWith("lost")), host.log.toString());
        }
    }

    @Test
    void shouldNotLetOneStationStarveTheRest() {
        try (Lan lan = Lan.withDefaults()) {
            for (int i = 0; i < ATTEMPTS; i++) {
                byte[] discover = ServerBench.message(0x100 + i, DhcpOptions.DISCOVER, writer -> {});
                lan.server.send(ServerBench.frame(Lan.mac(9), MacAddress.BROADCAST, discover));
            }
            assertEquals(ATTEMPTS - 16, lan.server.stats().dropped(DropReason.TABLE_FULL));
            Lan.Host host = lan.host(1);

            host.start();

            assertEquals(1, host.log.size());
        }
    }

    /** DISCOVER and REQUEST of a station that does not exist. */
    private static void takeLease(Lan lan, int station) {
        AtomicReference<IpAddress> offered = new AtomicReference<>();
        lan.listen(frame -> offered.set(frame.packet().destination()));
        lan.server.send(frame(station, ServerBench.message(station, DhcpOptions.DISCOVER, writer -> {})));
        IpAddress address = offered.get();
        if (address != null) {
            byte[] request =
                    ServerBench.message(station, DhcpOptions.REQUEST, ServerBench.selecting(address.toIpv4Bits()));
            lan.server.send(frame(station, request));
        }
        lan.listen();
    }

    private static Frame frame(int station, byte[] message) {
        return ServerBench.frame(Lan.mac(station), MacAddress.BROADCAST, message);
    }
}
