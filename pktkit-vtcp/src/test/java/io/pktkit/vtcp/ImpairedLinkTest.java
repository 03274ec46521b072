// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import io.pktkit.vtcp.Simulation.Impairment;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Every byte once and in order, both ends closed, nothing left armed, over links of all kinds. */
class ImpairedLinkTest {
    private static final long MS = Simulation.MS;
    private static final CongestionAlgorithm[] ALGORITHMS = CongestionAlgorithm.values();

    @Test
    void shouldDeliverEveryByteOnceAndClose() {
        for (long seed = 0; seed < 300; seed++) {
            run(seed);
        }
    }

    @Test
    @Tag("long")
    void shouldDeliverEveryByteOnceAndCloseForManySeeds() {
        for (long seed = 1000; seed < 11_000; seed++) {
            run(seed);
        }
    }

    static void run(long seed) {
        Random random = new Random(seed * 31 + 7);
        Impairment link = new Impairment(
                random.nextInt(3) == 0 ? 0 : random.nextDouble() * 0.2,
                random.nextInt(2) == 0 ? 0 : random.nextDouble() * 0.2,
                random.nextInt(2) == 0 ? 0 : random.nextDouble() * 0.3,
                random.nextInt(4) == 0 ? 0.5 : 0,
                random.nextInt(4) == 0 ? 0.7 : 0,
                random.nextInt(4) == 0 ? 0 : random.nextInt(100) * MS,
                random.nextInt(3) == 0 ? 0 : random.nextInt(30) * MS,
                random.nextInt(3) == 0 ? 0 : random.nextInt(2000) * 1000L);
        int up = random.nextInt(5) == 0 ? 0 : random.nextInt(200_000);
        int down = random.nextInt(5) == 0 ? 0 : random.nextInt(200_000);
        new Simulation(seed, link, config(random), config(random), up, down).run(3600);
    }

    private static TcpConfig config(Random random) {
        return TcpConfig.builder()
                .sack(random.nextInt(4) != 0)
                .timestamps(random.nextInt(4) != 0)
                .windowScaling(random.nextInt(4) != 0)
                .noDelay(random.nextBoolean())
                .mss(random.nextInt(3) == 0 ? 64 + random.nextInt(1400) : 0)
                .delayedAck(Duration.ofMillis(random.nextInt(3) == 0 ? 0 : 40))
                .sendBuffer(2048 << random.nextInt(8))
                .receiveBuffer(2048 << random.nextInt(8))
                .sendBufferMax(2048 << random.nextInt(10))
                .receiveBufferMax(2048 << random.nextInt(10))
                .autoTune(random.nextInt(4) != 0)
                .congestion(ALGORITHMS[random.nextInt(ALGORITHMS.length)])
                .timeWait(Duration.ofMinutes(10)) // so that the last ACK can be repeated as long as the link is bad
                .retries(32)
                .synRetries(16)
                .rto(Duration.ofMillis(200), Duration.ofSeconds(random.nextBoolean() ? 60 : 2))
                .build();
    }
}
