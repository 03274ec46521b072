// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The {@code pktkit} command as users run it: its modules on the module path, in a process of its own. */
final class PktkitCommand implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Process process;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final List<String> seen = new ArrayList<>();
    private final Thread reader;

    private PktkitCommand(Process process) {
        this.process = process;
        reader = new Thread(this::readLines, "pktkit-output");
        reader.setDaemon(true);
        reader.start();
    }

    static List<String> line(String... arguments) {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "--enable-native-access=com.sun.jna",
                "-p",
                System.getProperty("pktkit.dist"),
                "-m",
                "io.pktkit.cli/io.pktkit.cli.Main"));
        line.addAll(List.of(arguments));
        return line;
    }

    static Commands.Result run(String... arguments) {
        return Commands.run(LIMIT, line(arguments));
    }

    static PktkitCommand start(String... arguments) throws IOException {
        return new PktkitCommand(
                new ProcessBuilder(line(arguments)).redirectErrorStream(true).start());
    }

    private void readLines() {
        try (BufferedReader output = process.inputReader()) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            lines.add("output ended: " + e);
        }
    }

    /** Waits for the next line that holds {@code text}. */
    String awaitLine(String text) throws InterruptedException {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            String line = lines.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (line == null) {
                throw new AssertionError("no line with '" + text + "' within " + LIMIT + "; printed: " + seen);
            }
            seen.add(line);
            if (line.contains(text)) {
                return line;
            }
        }
    }

    long pid() {
        return process.pid();
    }

    /** What Ctrl-C does: SIGINT, then the exit code. */
    int interrupt() throws InterruptedException {
        Commands.run(LIMIT, "kill", "-INT", Long.toString(process.pid())).expectSuccess();
        return awaitExit();
    }

    /** Waits for the end of the process, and tells its exit code. */
    int awaitExit() throws InterruptedException {
        if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("still up after " + LIMIT + "; printed: " + seen);
        }
        return process.exitValue();
    }

    /** What it printed that nobody has waited for, once it has ended. */
    List<String> rest() throws InterruptedException {
        reader.join();
        List<String> rest = new ArrayList<>();
        lines.drainTo(rest);
        return rest;
    }

    @Override
    public void close() {
        Commands.kill(process);
    }
}
