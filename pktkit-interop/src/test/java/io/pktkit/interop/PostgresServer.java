// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** PostgreSQL with a database of its own, on a free port of the loopback. It refuses to be root, so it is nobody. */
final class PostgresServer implements AutoCloseable {
    private static final Duration LIMIT = Await.LIMIT;
    private static final List<String> AS_NOBODY =
            List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");

    private final Process process;
    private final int port;

    private PostgresServer(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    static PostgresServer start(Path folder) throws IOException {
        Path programs = programs();
        Path data = folder.resolve("data");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx--x--x"));
        Files.createDirectory(data);
        Commands.run(LIMIT, "chown", "65534:65534", data.toString()).expectSuccess();
        String where = data.toString();
        Commands.run(LIMIT, words(programs, "initdb", "-D", where, "-U", "alice", "-A", "trust", "-N", "--locale=C"))
                .expectSuccess();
        int port = FreePorts.tcp();
        ProcessBuilder builder = new ProcessBuilder(
                        words(programs, "postgres", "-D", where, "-h", "127.0.0.1", "-p", "" + port, "-k", ""))
                .redirectErrorStream(true);
        builder.environment().put("PATH", Commands.PATH);
        PostgresServer server = new PostgresServer(builder.start(), port);
        server.awaitReady();
        return server;
    }

    private static List<String> words(Path programs, String program, String... arguments) {
        List<String> words = new ArrayList<>(AS_NOBODY);
        words.add(programs.resolve(program).toString());
        words.addAll(List.of(arguments));
        return words;
    }

    /** Debian keeps them apart by version, off the path. */
    private static Path programs() throws IOException {
        Path all = Path.of("/usr/lib/postgresql");
        if (Files.isDirectory(all)) {
            try (DirectoryStream<Path> versions = Files.newDirectoryStream(all)) {
                for (Path version : versions) {
                    if (Files.isExecutable(version.resolve("bin/initdb"))) {
                        return version.resolve("bin");
                    }
                }
            }
        }
        throw new IOException("no initdb below " + all + "; install the package postgresql");
    }

    private void awaitReady() throws IOException {
        BufferedReader log = process.inputReader(StandardCharsets.UTF_8);
        StringBuilder said = new StringBuilder();
        for (String line = log.readLine(); line != null; line = log.readLine()) {
            said.append(line).append('\n');
            if (line.contains("ready to accept connections")) {
                drain(log);
                return;
            }
        }
        throw new IOException("PostgreSQL did not start:\n" + said);
    }

    private static void drain(BufferedReader log) {
        Thread thread = new Thread(() -> log.lines().forEach(line -> {}), "postgres-log");
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return port;
    }

    @Override
    public void close() {
        // SIGINT, by which it ends its children and itself in order, also if somebody is connected still.
        Commands.run(LIMIT, "kill", "-INT", Long.toString(process.pid()));
        try {
            if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                Commands.kill(process);
            }
        } catch (InterruptedException e) {
            Commands.kill(process);
            Thread.currentThread().interrupt();
        }
    }
}
