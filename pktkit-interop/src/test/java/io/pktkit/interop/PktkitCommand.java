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
public final class PktkitCommand implements AutoCloseable {
    private static final Duration LIMIT = Await.LIMIT;

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

    public static List<String> line(String... arguments) {
        List<String> line = new ArrayList<>(List.of(
                // A shell starts its background jobs with SIGINT ignored; all that they start inherits that.
                "env",
                "--default-signal=INT",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "--enable-native-access=com.sun.jna,io.pktkit.nativeio",
                "-p",
                System.getProperty("pktkit.dist"),
                "-m",
                "io.pktkit.cli/io.pktkit.cli.Main"));
        line.addAll(List.of(arguments));
        return line;
    }

    public static Commands.Result run(String... arguments) {
        return Commands.run(LIMIT, line(arguments));
    }

    /** The same for another user, who has nothing but his number. */
    public static List<String> lineAs(int user, String... arguments) {
        List<String> line = new ArrayList<>(List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups"));
        line.addAll(line(arguments));
        return line;
    }

    public static PktkitCommand startAs(int user, String... arguments) throws IOException {
        return new PktkitCommand(new ProcessBuilder(lineAs(user, arguments))
                .redirectErrorStream(true)
                .start());
    }

    public static PktkitCommand start(String... arguments) throws IOException {
        return new PktkitCommand(
                new ProcessBuilder(line(arguments)).redirectErrorStream(true).start());
    }

    /** The same within a network namespace, whose interfaces it then has for its host's. */
    public static PktkitCommand startIn(NetworkNamespace host, String... arguments) throws IOException {
        List<String> line = new ArrayList<>(List.of("ip", "netns", "exec", host.name()));
        line.addAll(line(arguments));
        return new PktkitCommand(
                new ProcessBuilder(line).redirectErrorStream(true).start());
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
    public String awaitLine(String text) throws InterruptedException {
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

    public long pid() {
        return process.pid();
    }

    /** What Ctrl-C does: SIGINT, then the exit code. */
    public int interrupt() throws InterruptedException {
        Commands.run(LIMIT, "kill", "-INT", Long.toString(process.pid())).expectSuccess();
        return awaitExit();
    }

    /** What a service manager does: SIGTERM. */
    public int terminate() throws InterruptedException {
        process.destroy();
        return awaitExit();
    }

    /** Waits for the end of the process, and tells its exit code. */
    public int awaitExit() throws InterruptedException {
        if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("still up after " + LIMIT + "; printed: " + seen);
        }
        return process.exitValue();
    }

    /** What it printed that nobody has waited for, once it has ended. */
    public List<String> rest() throws InterruptedException {
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
