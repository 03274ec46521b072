// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.ovpn.internal.session.TestCerts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A stock client in a network namespace at the end of a wire, for what is not run in each build. Needs root. */
public final class StockOpenVpn implements AutoCloseable {

    private final Path folder;
    private final String program;
    private final int number;
    private final String space;
    private @Nullable Process process;

    /** Makes the wire; each has another number, up to 255. */
    public StockOpenVpn(Path folder, String program, int number) throws IOException {
        this.folder = Files.createDirectories(folder.resolve("client" + number));
        this.program = program;
        this.number = number;
        this.space = "ovstock" + ProcessHandle.current().pid() + "x" + number;
        run("ip", "netns", "add", space);
        run("sh", "-ec", """
                ip link add ovst%2$d netns %1$s type veth peer name ovst%2$dh
                ip -n %1$s link set lo up
                ip -n %1$s addr add 198.19.%2$d.2/24 dev ovst%2$d
                ip -n %1$s link set ovst%2$d up
                ip addr add %3$s/24 dev ovst%2$dh
                ip link set ovst%2$dh up
                """.formatted(space, number, host()));
        TestCerts.Holder own = TestCerts.client("alice");
        write("static.key", Vectors.staticKey().toText());
        write("password", "carol\nsecret\n");
        try {
            write("ca.crt", pem("CERTIFICATE", TestCerts.authority().getEncoded()));
            write("own.crt", pem("CERTIFICATE", own.chain().get(0).getEncoded()));
        } catch (CertificateEncodingException e) {
            throw new IOException(e);
        }
        write("own.key", pem("PRIVATE KEY", own.key().getEncoded()));
    }

    /** Where our end of the wire is. */
    public String host() {
        return "198.19." + number + ".1";
    }

    /** Starts the client. */
    public void start(int port, String options) throws IOException {
        List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", space, program));
        command.addAll(List.of(("--client --dev tun --proto udp --nobind --remote " + host() + " " + port
                        + " --remote-cert-tls server --ca ca.crt --cert own.crt --key own.key --verb 4 " + options)
                .strip()
                .split(" +", -1)));
        process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
    }

    /** Starts a command beside the client. */
    public Process exec(String... command) throws IOException {
        List<String> inside = new ArrayList<>(List.of("ip", "netns", "exec", space));
        inside.addAll(List.of(command));
        return new ProcessBuilder(inside)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** Ends it as a user does. */
    public void terminate() {
        Process started = process;
        if (started != null) {
            started.descendants().forEach(ProcessHandle::destroy);
            started.destroy();
        }
    }

    public String log() {
        try {
            return Files.readString(folder.resolve("log"));
        } catch (IOException e) {
            return "no log: " + e;
        }
    }

    public String version() throws IOException {
        Process asked = new ProcessBuilder(program, "--version").start();
        return new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8).split(" ", 3)[1];
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private static String pem(String label, byte[] content) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content) + "\n-----END " + label
                + "-----\n";
    }

    private static void run(String... command) throws IOException {
        Process started = new ProcessBuilder(command).inheritIO().start();
        try {
            assertEquals(0, started.waitFor(), () -> String.join(" ", command));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted in " + String.join(" ", command), e);
        }
    }

    /** Not by onExit(), which comes by the pool that all share and that a test may keep busy. */
    private static void awaitEnd(Process started) throws IOException {
        try {
            started.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted before the end of a process", e);
        }
    }

    @Override
    public void close() throws IOException {
        Process started = process;
        if (started != null) {
            started.descendants().forEach(ProcessHandle::destroyForcibly);
            awaitEnd(started.destroyForcibly());
        }
        run("ip", "netns", "del", space);
    }
}
