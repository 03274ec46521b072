// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Servers outlive a lack of file descriptors and of threads; see {@link Scarcity}. */
@NeedsPeer(root = false)
class ScarcityTest {

    /** Else the JVM looks at the files of its control group now and then, and gives back a descriptor when there is to be none. */
    private static final String OWN = " -XX:-UseContainerSupport";

    @TempDir
    Path folder;

    private List<String> run(String limit, String options, String what) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classes = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Commands.run(
                        Duration.ofMinutes(5),
                        "sh",
                        "-c",
                        limit + "; exec " + java + OWN + " -Xmx64m " + options + " -cp " + classes + " "
                                + Scarcity.class.getName() + " " + what + " " + folder)
                .expectSuccess()
                .output()
                .lines()
                .filter(line -> line.startsWith("served"))
                .map(line -> line.substring(0, line.lastIndexOf(',')))
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"relay, TcpRelay", "control, LocalServer", "guests, QemuListener", "vpn, OvpnServer"})
    void shouldServeAgainWhenThereAreDescriptors(String what, String server) {
        assertEquals(
                List.of("served " + server + " after 4 tries without descriptors"), run("ulimit -n 400", "", what));
    }

    /** Stacks so large that only a few have room in the address space. */
    @Test
    void shouldServeAgainWhenThereAreThreads() {
        assertEquals(
                List.of("served TcpRelay after 1 try without threads"),
                run(
                        "ulimit -v 12582912",
                        "-Xss512m -XX:CompressedClassSpaceSize=32m -XX:ReservedCodeCacheSize=48m",
                        "threads"));
    }
}
