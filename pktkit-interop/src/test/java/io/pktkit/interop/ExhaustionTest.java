// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** 128 MiB of heap are enough for whatever remotes and guests do; see {@link Exhaustion}. */
@NeedsPeer(root = false)
class ExhaustionTest {
    private static void survive(int count, Duration limit) {
        String output = Commands.run(
                        limit,
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        Exhaustion.class.getName(),
                        "" + count)
                .expectSuccess()
                .output();
        assertTrue(output.contains("as before"), output);
    }

    @Test
    void shouldSurviveWhatIsOpenedStalledAndResetInASmallHeap() {
        survive(5_000, Duration.ofMinutes(6));
    }

    @Test
    @Tag("long")
    void shouldSurviveAHundredThousandOfEach() {
        survive(100_000, Duration.ofMinutes(20));
    }
}
