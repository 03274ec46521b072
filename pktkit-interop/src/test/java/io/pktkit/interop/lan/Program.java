// SPDX-License-Identifier: MIT
package io.pktkit.interop.lan;

import io.pktkit.interop.Commands;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A program that runs in a namespace beside the test, and what it prints. */
final class Program implements AutoCloseable {
    private final Process process;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final List<String> seen = new ArrayList<>();

    Program(String namespace, String command) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder("ip", "netns", "exec", namespace, "sh", "-c", command).redirectErrorStream(true);
        builder.environment().put("PATH", Commands.PATH);
        process = builder.start();
        Thread reader = new Thread(this::readLines, "program-output");
        reader.setDaemon(true);
        reader.start();
    }

    /** Waits until the program, an {@code ip monitor}, hears of what changes: what comes before it does not print. */
    Program awaitSubscribed() throws IOException {
        String own = Long.toString(process.pid());
        Path sockets = Path.of("/proc", own, "net", "netlink");
        long end = System.nanoTime() + TapLan.LIMIT.toNanos();
        while (true) {
            for (String socket : Files.readAllLines(sockets)) {
                // sk Eth Pid Groups ...; before it subscribes it has another socket, of no group.
                String[] columns = socket.trim().split("\\s+", -1);
                if (columns[2].equals(own) && !columns[3].equals("00000000")) {
                    return this;
                }
            }
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("does not listen within " + TapLan.LIMIT);
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    private void readLines() {
        try (BufferedReader output = process.inputReader()) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                lines.add(line);
            }
            lines.add("(ended)");
        } catch (IOException e) {
            lines.add("(ended: " + e + ")");
        }
    }

    /** Waits for the next line that holds {@code text}. */
    String awaitLine(String text) throws InterruptedException {
        long end = System.nanoTime() + TapLan.LIMIT.toNanos();
        while (true) {
            String line = lines.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (line == null) {
                throw new AssertionError("no line with '" + text + "' within " + TapLan.LIMIT + "; printed: " + seen);
            }
            seen.add(line);
            if (line.contains(text)) {
                return line;
            }
        }
    }

    /** Sends a signal, by its name without SIG. */
    void signal(String name) {
        Commands.run(TapLan.LIMIT, "kill", "-" + name, Long.toString(process.pid()))
                .expectSuccess();
    }

    @Override
    public void close() {
        Commands.kill(process);
    }
}
