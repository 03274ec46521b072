// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** A Linux guest: a network namespace with its own interfaces, routes and {@code resolv.conf}, gone after the test. */
public final class NetworkNamespace implements AutoCloseable {
    private static final Duration SHORT = Await.LIMIT;

    private final String name =
            "pkt" + Integer.toHexString(ThreadLocalRandom.current().nextInt() & 0xffffff);
    /** {@code ip netns exec} mounts the files of this folder over those of /etc, so a DHCP script cannot touch ours. */
    private final Path etc = Path.of("/etc/netns", name);

    public NetworkNamespace() {
        try {
            Files.createDirectories(etc);
            Files.writeString(etc.resolve("resolv.conf"), "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Commands.run(SHORT, "ip", "netns", "add", name).expectSuccess();
        exec(SHORT, "ip", "link", "set", "lo", "up").expectSuccess();
    }

    public String name() {
        return name;
    }

    Path resolvConf() {
        return etc.resolve("resolv.conf");
    }

    /** Moves an interface of the host in; a TAP keeps serving the program that opened it. */
    public void adopt(String interfaceName) {
        Commands.run(SHORT, "ip", "link", "set", interfaceName, "netns", name).expectSuccess();
    }

    public Commands.Result exec(Duration limit, String... command) {
        return Commands.run(limit, inside(command));
    }

    public Process start(Path output, String... command) throws IOException {
        return Commands.start(inside(command), output);
    }

    private List<String> inside(String... command) {
        List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", name));
        all.addAll(List.of(command));
        return all;
    }

    @Override
    public void close() {
        Commands.run(SHORT, "ip", "netns", "del", name);
        try {
            Files.deleteIfExists(etc.resolve("resolv.conf"));
            Files.deleteIfExists(etc);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
