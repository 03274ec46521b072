// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import io.pktkit.interop.Commands;
import io.pktkit.wire.IpAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A running {@code peer.py}, or another script: a program with sockets of the kernel. Killed when closed, and after its time
 * in any case.
 */
public final class LinuxPeer implements AutoCloseable {
    /** How long a peer may run when nothing else is said. */
    public static final Duration LIMIT = Duration.ofMinutes(3);

    private static final Path SCRIPT = unpack("peer.py");

    private final Process process;
    private final BufferedReader output;
    private final List<String> told = new ArrayList<>();

    public LinuxPeer(String namespace, String... words) throws IOException {
        this(LIMIT, namespace, words);
    }

    public LinuxPeer(Duration limit, String namespace, String... words) throws IOException {
        this(limit, inside(namespace), SCRIPT, words);
    }

    /** Starts another script of the resources. */
    static LinuxPeer script(Duration limit, String namespace, String name, String... words) throws IOException {
        return new LinuxPeer(limit, inside(namespace), unpack(name), words);
    }

    /** Starts a peer beside the test, in no namespace of its own. */
    static LinuxPeer onHost(String... words) throws IOException {
        return new LinuxPeer(LIMIT, List.of(), SCRIPT, words);
    }

    private LinuxPeer(Duration limit, List<String> where, Path script, String... words) throws IOException {
        List<String> command = new ArrayList<>(where);
        command.addAll(List.of("python3", script.toString()));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("PATH", Commands.PATH);
        process = builder.start();
        output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        CompletableFuture.delayedExecutor(limit.toSeconds(), TimeUnit.SECONDS).execute(process::destroyForcibly);
    }

    private static List<String> inside(String namespace) {
        return List.of("ip", "netns", "exec", namespace);
    }

    public static String[] words(String options, String kind, IpAddress address, int port, String... actions) {
        List<String> words = new ArrayList<>();
        Arrays.stream(options.split(" ")).filter(word -> !word.isEmpty()).forEach(words::add);
        words.addAll(List.of(kind, address.toString(), Integer.toString(port)));
        words.addAll(List.of(actions));
        return words.toArray(String[]::new);
    }

    /** Waits for the next line, which must begin with a word, and gives the rest of it. */
    public String expect(String word) throws IOException {
        String line = output.readLine();
        if (line == null) {
            throw new AssertionError("the peer ended where '" + word + "' was due, after " + told);
        }
        told.add(line);
        if (!line.equals(word) && !line.startsWith(word + " ")) {
            StringBuilder rest = new StringBuilder();
            while (output.ready()) {
                rest.append('\n').append(output.readLine());
            }
            throw new AssertionError("the peer told '" + line + "' where '" + word + "' was due, after " + told + rest);
        }
        return line.substring(word.length()).strip();
    }

    /** {@return the port on which the peer listens} */
    public int port() throws IOException {
        return Integer.parseInt(expect("listening"));
    }

    /** Lets a peer that does the action {@code go} continue. */
    void go() throws IOException {
        expect("waiting");
        OutputStream input = process.getOutputStream();
        input.write('\n');
        input.flush();
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        Commands.kill(process);
    }

    private static Path unpack(String name) {
        try {
            Path copy = Files.createTempFile("pktkit-peer", ".py");
            copy.toFile().deleteOnExit();
            try (var in = Objects.requireNonNull(LinuxPeer.class.getResourceAsStream("/" + name), name)) {
                Files.write(copy, in.readAllBytes());
            }
            return copy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
