// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code ./pktkit} in a checkout of its own, where {@code mvn} and {@code java} only say that they were called. */
@NeedsPeer(
        value = {"bash", "flock"},
        root = false)
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LauncherTest {
    private static final Duration SHORT = Await.LIMIT;

    private static final List<String> TOOLS = List.of(
            "bash",
            "cat",
            "dirname",
            "env",
            "find",
            "locale",
            "mkdir",
            "mktemp",
            "mv",
            "readlink",
            "rm",
            "sleep",
            "touch",
            "uname");

    /** Says that it builds, and does not end before it is told. */
    private static final String MVN = """
            #!/usr/bin/env bash
            echo build >>"$PKTKIT_TEST/builds"
            until [ -e "$PKTKIT_TEST/go" ]; do sleep 0.02; done
            [ ! -e "$PKTKIT_TEST/broken" ] || { echo broken; exit 1; }
            mkdir -p pktkit-cli/target/fast/dist
            """;

    @TempDir
    Path folder;

    private Path checkout;
    private Path bin;

    private void setUp(String name, boolean flock) throws IOException {
        checkout = Files.createDirectory(folder.resolve(name));
        Files.copy(Path.of(System.getProperty("pktkit.root"), "pktkit"), checkout.resolve("pktkit"));
        executable(checkout.resolve("pktkit"));
        Path sources = Files.createDirectories(checkout.resolve("pktkit-cli/src/main"));
        Files.writeString(sources.resolve("Main.java"), "");
        bin = Files.createDirectory(folder.resolve("bin"));
        for (String tool :
                flock ? Stream.concat(TOOLS.stream(), Stream.of("flock")).toList() : TOOLS) {
            Path found = Stream.of(Commands.PATH.split(":"))
                    .map(dir -> Path.of(dir, tool))
                    .filter(Files::isExecutable)
                    .findFirst()
                    .orElseThrow(() -> new IOException("no command " + tool));
            script(tool, "#!/bin/sh\nexec " + found + " \"$@\"\n");
        }
        script("mvn", MVN);
        script("java", "#!/usr/bin/env bash\necho started\n");
    }

    private void script(String name, String text) throws IOException {
        Files.writeString(bin.resolve(name), text);
        executable(bin.resolve(name));
    }

    private static void executable(Path file) {
        assertTrue(file.toFile().setExecutable(true), file.toString());
    }

    private Process start() throws IOException {
        ProcessBuilder builder = new ProcessBuilder(checkout.resolve("pktkit").toString(), "demo");
        builder.redirectErrorStream(true);
        Map<String, String> environment = builder.environment();
        environment.remove("JAVA_HOME");
        environment.put("PATH", bin.toString());
        environment.put("PKTKIT_TEST", folder.toString());
        return builder.start();
    }

    private static void awaitLine(BufferedReader output, String text) throws IOException {
        List<String> seen = new ArrayList<>();
        String line;
        do {
            line = output.readLine();
            seen.add(line);
            assertTrue(line != null, "no line with '" + text + "': " + seen);
        } while (!line.contains(text));
    }

    private List<String> builds() throws IOException {
        return Files.readAllLines(folder.resolve("builds"));
    }

    private void go() throws IOException {
        Files.createFile(folder.resolve("go"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldBuildOnceForTwoStarts(boolean flock) throws IOException, InterruptedException {
        setUp("checkout", flock);
        Process first = start();
        BufferedReader ofFirst = first.inputReader(StandardCharsets.UTF_8);
        awaitLine(ofFirst, "building");
        Process second = start();
        BufferedReader ofSecond = second.inputReader(StandardCharsets.UTF_8);
        awaitLine(ofSecond, "waiting for another start");

        go();

        awaitLine(ofFirst, "started");
        awaitLine(ofSecond, "started");
        assertEquals(0, first.waitFor());
        assertEquals(0, second.waitFor());
        assertEquals(List.of("build"), builds());
        Process third = start();
        assertEquals(
                List.of("started"),
                third.inputReader(StandardCharsets.UTF_8).lines().toList());
        assertEquals(List.of("build"), builds(), "nothing is stale any more");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldGoOnAfterABuildThatWasKilled(boolean flock) throws IOException, InterruptedException {
        setUp("checkout", flock);
        Process first = start();
        awaitLine(first.inputReader(StandardCharsets.UTF_8), "building");
        Commands.kill(first);
        go();

        Process second = start();

        awaitLine(second.inputReader(StandardCharsets.UTF_8), "started");
        assertEquals(0, second.waitFor());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTellAFailedBuildAndTryAgain(boolean flock) throws IOException, InterruptedException {
        setUp("checkout", flock);
        go();
        Path broken = Files.createFile(folder.resolve("broken"));

        Process first = start();
        List<String> said = first.inputReader(StandardCharsets.UTF_8).lines().toList();
        assertEquals(2, first.waitFor(), said.toString());
        assertTrue(said.contains("broken"), said.toString());

        Files.delete(broken);
        Process second = start();
        awaitLine(second.inputReader(StandardCharsets.UTF_8), "started");
        assertEquals(0, second.waitFor());
    }

    /** What is changed while a build runs is not in it. */
    @Test
    void shouldBuildAgainWhatWasChangedMeanwhile() throws IOException, InterruptedException {
        setUp("checkout", true);
        Process first = start();
        BufferedReader output = first.inputReader(StandardCharsets.UTF_8);
        awaitLine(output, "building");
        Await.until("a build", () -> Files.exists(folder.resolve("builds")));
        Files.writeString(checkout.resolve("pktkit-cli/src/main/Main.java"), "changed");
        go();
        awaitLine(output, "started");

        Process second = start();
        awaitLine(second.inputReader(StandardCharsets.UTF_8), "building");
        assertEquals(0, second.waitFor());
        assertEquals(List.of("build", "build"), builds());
    }

    /** With the real Java and the real modules, in a folder whose name no ASCII locale can tell. */
    @Test
    void shouldRunFromAFolderWithANonAsciiNameInAnyLocale() {
        assumeTrue(Commands.run(SHORT, "locale", "-a").output().contains("C.utf8"), "no locale C.UTF-8");
        // The shell makes the name, since this Java may itself be in such a locale.
        String script = """
                set -e
                checkout=$1/$(printf 'n\\303\\244')
                dist=$checkout/pktkit-cli/target/fast/dist
                mkdir -p "$dist"
                cp "$2"/*.jar "$dist"
                touch "$dist/.built"
                cp "$3/pktkit" "$checkout"
                LC_ALL= LC_CTYPE= LANG=C "$checkout/pktkit" --version
                LC_ALL=C "$checkout/pktkit" --version
                rm -r "$checkout"
                """;

        String output = Commands.run(
                        SHORT,
                        "bash",
                        "-c",
                        script,
                        "bash",
                        folder.toString(),
                        System.getProperty("pktkit.dist"),
                        System.getProperty("pktkit.root"))
                .expectSuccess()
                .output();

        assertEquals(
                2, output.lines().filter(line -> line.startsWith("pktkit ")).count(), output);
    }
}
