// SPDX-License-Identifier: MIT
package io.pktkit.interop.ovpn;

import io.pktkit.interop.Commands;
import io.pktkit.interop.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** A running {@code openvpn}, and its log. */
final class StockClient implements AutoCloseable {
    private static final String COMPLETED = "Initialization Sequence Completed";

    private final Process process;
    private final Path log;

    /** What it logs when it is in. */
    private final String completed;

    StockClient(NetworkNamespace namespace, Path folder, String text, String... options) throws IOException {
        this("openvpn", namespace, folder, text, options);
    }

    /** A client of another version. */
    StockClient(String program, NetworkNamespace namespace, Path folder, String text, String... options)
            throws IOException {
        Path file = Files.createTempFile(folder, "client", ".ovpn");
        Files.writeString(file, text);
        log = Files.createTempFile(folder, "client", ".log");
        completed = COMPLETED;
        List<String> command = new ArrayList<>(List.of(program, "--config", file.toString(), "--verb", "4"));
        command.addAll(List.of(options));
        process = namespace.start(log, command.toArray(new String[0]));
    }

    private StockClient(Process process, Path log, String completed) {
        this.process = process;
        this.log = log;
        this.completed = completed;
    }

    /** The program of OpenVPN 3, which has its own words. */
    static StockClient core(String program, NetworkNamespace namespace, Path folder, String text, String... options)
            throws IOException {
        Path file = Files.createTempFile(folder, "client", ".ovpn");
        Files.writeString(file, text);
        Path log = Files.createTempFile(folder, "client", ".log");
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of(options));
        command.add(file.toString());
        return new StockClient(namespace.start(log, command.toArray(new String[0])), log, "EVENT: CONNECTED");
    }

    /** Waits until the client is in. */
    StockClient completed() {
        return completed(Rig.LIMIT);
    }

    /** The same where that may take several attempts of the client. */
    StockClient completed(Duration limit) {
        return logs(completed, 1, limit);
    }

    /** Waits until the client logs something. */
    StockClient logs(String part) {
        return logs(part, 1);
    }

    /** Waits until the client has logged something so many times. */
    StockClient logs(String part, int times) {
        return logs(part, times, Rig.LIMIT);
    }

    private StockClient logs(String part, int times, Duration limit) {
        try {
            Rig.await(limit, "'" + part + "'", () -> count(part) >= times || !process.isAlive());
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\n" + end(), e);
        }
        if (count(part) < times) {
            throw new AssertionError("the client ended before '" + part + "'\n" + end());
        }
        return this;
    }

    int count(String part) {
        return log().split(Pattern.quote(part), -1).length - 1;
    }

    boolean isRunning() {
        return process.isAlive();
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return "no log: " + e;
        }
    }

    /** What it logged last, without the list of its settings. */
    private String end() {
        List<String> lines = log().lines().filter(line -> !line.contains("   ")).toList();
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
    }

    /** Ends it as a user does, so that it says goodbye. */
    void terminate() {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
    }

    @Override
    public void close() {
        Commands.kill(process);
    }
}
