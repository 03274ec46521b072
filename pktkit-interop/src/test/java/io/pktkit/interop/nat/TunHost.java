// SPDX-License-Identifier: MIT
package io.pktkit.interop.nat;

import io.pktkit.interop.Await;
import io.pktkit.interop.Commands;
import io.pktkit.interop.NetworkNamespace;
import io.pktkit.tuntap.Tun;
import io.pktkit.tuntap.TunConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** A Linux host in a namespace of its own, whose network card is a TUN device of this process. */
final class TunHost implements AutoCloseable {

    static final Duration LIMIT = Await.LIMIT;

    final NetworkNamespace namespace = new NetworkNamespace();
    final Tun tun;
    private final List<Process> processes = new ArrayList<>();
    private final Path folder;

    /**
     * @param setup shell commands in the namespace; {@code $dev} is the interface
     */
    TunHost(int mtu, String setup) throws IOException {
        folder = Files.createTempDirectory("pktkit-nat");
        String name = "na" + Integer.toHexString(ThreadLocalRandom.current().nextInt());
        try {
            tun = Tun.open(TunConfig.builder().name(name).mtu(mtu).up(false).build());
        } catch (IOException e) {
            namespace.close();
            throw e;
        }
        try {
            namespace.adopt(name);
            String commands = "dev=" + name + "; set -e; sysctl -qw net.ipv6.conf." + name + ".accept_dad=0; "
                    + "ip link set $dev up; " + setup;
            namespace.exec(LIMIT, "sh", "-c", commands).expectSuccess();
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** A folder that is gone with the host. */
    Path folder() {
        return folder;
    }

    /** Runs a shell command, which may fail. */
    Commands.Result run(String command) {
        return namespace.exec(LIMIT, "sh", "-c", command);
    }

    /** Starts a program that ends with the host. */
    void start(String... command) throws IOException {
        processes.add(namespace.start(folder.resolve("output" + processes.size()), command));
    }

    @Override
    public void close() throws IOException {
        processes.forEach(Commands::kill);
        if (tun != null) {
            tun.close();
        }
        namespace.close();
        try (var files = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) files.sorted((a, b) -> b.compareTo(a))::iterator) {
                Files.delete(file);
            }
        }
    }
}
