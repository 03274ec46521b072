// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a real program, bounded in time, with what it printed kept for the failure message. */
public final class Commands {
    /** {@code /usr/sbin} holds ip, dhclient and tcpdump, and is not on every user's path. */
    public static final String PATH = System.getenv().getOrDefault("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin";

    private Commands() {}

    /** What a program printed, standard error included, and how it ended. */
    public record Result(List<String> command, int exit, String output) {
        public Result expectSuccess() {
            if (exit != 0) {
                throw new AssertionError("exit " + exit + " from " + String.join(" ", command) + "\n" + output);
            }
            return this;
        }
    }

    /** Runs to the end or, past {@code limit}, kills the program and its children and fails. */
    public static Result run(Duration limit, String... command) {
        return run(limit, List.of(command));
    }

    public static Result run(Duration limit, List<String> command) {
        try {
            Path output = Files.createTempFile("pktkit-interop", ".out");
            try {
                Process process = start(command, output);
                if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                    kill(process);
                    throw new AssertionError(
                            "no end within " + limit + ": " + String.join(" ", command) + "\n" + read(output));
                }
                return new Result(command, process.exitValue(), read(output));
            } finally {
                Files.deleteIfExists(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted in " + command, e);
        }
    }

    public static Process start(List<String> command, Path output) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PATH", PATH);
        builder.redirectOutput(output.toFile());
        builder.redirectInput(Path.of("/dev/null").toFile());
        return builder.start();
    }

    /** Ends a process that the test started, and what that process started. */
    public static void kill(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        awaitEnd(process);
    }

    /**
     * Waits for the end of a process, which is near, also in a thread that was interrupted. {@code onExit()} would do, but it
     * comes by the pool that all share, and with two processors that is one thread, which may be waiting for this one.
     *
     * @return its exit code
     */
    public static int awaitEnd(Process process) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return process.waitFor();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** What is in a file that a program writes, as far as it has. */
    public static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
