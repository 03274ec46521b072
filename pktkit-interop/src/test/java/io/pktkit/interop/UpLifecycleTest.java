// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code pktkit up} comes and goes without a trace, and says plainly why when it cannot come. */
@NeedsPeer("ip")
class UpLifecycleTest {
    private static final Duration SHORT = Await.LIMIT;

    private final String tap =
            "pk" + Integer.toHexString(ThreadLocalRandom.current().nextInt() & 0xffffff);

    @Test
    void shouldTakeItsInterfaceDownOnCtrlC() throws IOException, InterruptedException {
        try (PktkitCommand up = PktkitCommand.start("up", "--tap", tap, "--mtu", "1400")) {
            up.awaitLine("ready");
            String link = Commands.run(SHORT, "ip", "-o", "link", "show", tap)
                    .expectSuccess()
                    .output();

            int exit = up.interrupt();

            assertTrue(link.contains("mtu 1400"), link);
            assertEquals(130, exit, "128 + SIGINT, as shells expect of a program ended by Ctrl-C");
            assertEquals(1, Commands.run(SHORT, "ip", "link", "show", tap).exit(), "interface left behind: " + tap);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        auto | super-segments in TCP
        off  | offload off (switched off by the configuration)
        """)
    void shouldTellWhatTheKernelTakesOver(String mode, String told) throws IOException, InterruptedException {
        try (PktkitCommand up = PktkitCommand.start("up", "--tap", tap, "--mtu", "65520", "--offload", mode)) {
            String line = up.awaitLine("tap " + tap + ": ");
            String link = Commands.run(SHORT, "ip", "-o", "link", "show", tap)
                    .expectSuccess()
                    .output();

            up.interrupt();

            assertTrue(line.contains(told), line);
            assertTrue(link.contains("mtu 65520"), link);
        }
    }

    @Test
    void shouldAttachSeveralInterfaces() throws IOException, InterruptedException {
        String second = tap + "b";
        try (PktkitCommand up = PktkitCommand.start("up", "--tap", tap, "--tap", second)) {
            String ready = up.awaitLine("ready");
            Commands.run(SHORT, "ip", "link", "show", second).expectSuccess();

            up.interrupt();

            assertTrue(ready.endsWith("tap " + tap + ", tap " + second), ready);
            assertEquals(1, Commands.run(SHORT, "ip", "link", "show", second).exit(), "left behind: " + second);
        }
    }

    /** The interface goes too when it is taken down, which is nothing to complain of. The race was lost half of the times. */
    @RepeatedTest(6)
    void shouldSayNothingButDownWhenStopped() throws IOException, InterruptedException {
        try (PktkitCommand up = PktkitCommand.start("up", "--tap", tap)) {
            up.awaitLine("stop with Ctrl-C");

            up.interrupt();

            assertEquals(List.of("down"), up.rest());
        }
    }

    @Tag("long")
    @RepeatedTest(50)
    void shouldSayNothingButDownWheneverStopped() throws IOException, InterruptedException {
        shouldSayNothingButDownWhenStopped();
    }

    @Test
    void shouldSayInOneLineThatItsInterfaceWasDeleted() throws IOException, InterruptedException {
        try (PktkitCommand up = PktkitCommand.start("up", "--tap", tap)) {
            up.awaitLine("stop with Ctrl-C");

            Commands.run(SHORT, "ip", "link", "del", tap).expectSuccess();

            assertEquals(1, up.awaitExit());
            assertEquals(
                    List.of("pktkit: --tap " + tap + ": the interface is gone; was it deleted?"),
                    up.rest().stream().filter(line -> !line.equals("down")).toList());
        }
    }

    /** The leases in it are of one network: a second instance would write its own over them. */
    @Test
    void shouldNotShareAStateDirectory(@TempDir Path folder) throws IOException, InterruptedException {
        String state = folder.resolve("state").toString();
        try (PktkitCommand first = PktkitCommand.start("up", "--tap", tap, "--state", state)) {
            first.awaitLine("ready");

            Commands.Result second = PktkitCommand.run("up", "--tap", tap + "b", "--state", state);

            assertRefused(second, "--state " + state);
            assertEquals(1, Commands.run(SHORT, "ip", "link", "show", tap + "b").exit(), "left behind: " + tap + "b");
        }
    }

    @Test
    void shouldNameABusyTapAndLeaveItAlone() throws IOException, InterruptedException {
        try (PktkitCommand first = PktkitCommand.start("up", "--tap", tap)) {
            first.awaitLine("ready");

            Commands.Result second = PktkitCommand.run("up", "--tap", tap);

            assertRefused(second, tap);
            assertTrue(second.output().contains("busy") || second.output().contains("in use"), second.output());
            assertEquals(0, Commands.run(SHORT, "ip", "link", "show", tap).exit(), "the first one's interface is gone");
        }
    }

    @Test
    @NeedsPeer("setpriv")
    void shouldSayWhatIsMissingWithoutPermission() {
        String[] command = PktkitCommand.line("up", "--tap", tap).toArray(String[]::new);
        String[] unprivileged = new String[command.length + 4];
        System.arraycopy(
                new String[] {"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}, 0, unprivileged, 0, 4);
        System.arraycopy(command, 0, unprivileged, 4, command.length);

        Commands.Result result = Commands.run(Duration.ofSeconds(60), unprivileged);

        assertRefused(result, tap);
        assertTrue(result.output().contains("CAP_NET_ADMIN"), result.output());
    }

    static void assertRefused(Commands.Result result, String value) {
        assertEquals(2, result.exit(), result.output());
        assertEquals(1, result.output().lines().count(), "one clear line: " + result.output());
        assertTrue(result.output().contains(value), "names the value " + value + ": " + result.output());
    }
}
