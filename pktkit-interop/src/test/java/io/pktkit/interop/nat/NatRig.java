// SPDX-License-Identifier: MIT
package io.pktkit.interop.nat;

import io.pktkit.interop.Await;
import io.pktkit.interop.Commands;
import io.pktkit.interop.NetworkNamespace;
import io.pktkit.interop.PktkitCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * {@code pktkit nat} between two namespaces: a guest in 10.61.0.0/24 on its inside TAP, and on the outside TAP the router
 * 203.0.113.1, behind which is a server, {@link #SERVER}.
 */
final class NatRig implements AutoCloseable {

    static final Duration LIMIT = Await.LIMIT;
    static final String GATEWAY = "10.61.0.1";
    static final String PUBLIC = "203.0.113.2";

    /** One that miniupnpc does not know for an example, as it does not take such for a way to the Internet. */
    static final String ORDINARY = "44.55.66.2";

    static final String SERVER = "198.51.100.7";

    final String inside = "ni" + Integer.toHexString(ThreadLocalRandom.current().nextInt() & 0xffffff);
    final String outside =
            "no" + Integer.toHexString(ThreadLocalRandom.current().nextInt() & 0xffffff);
    final NetworkNamespace guest = new NetworkNamespace();
    final NetworkNamespace server = new NetworkNamespace();
    final Path folder;
    final PktkitCommand nat;
    final String ready;
    private final List<Process> processes = new ArrayList<>();

    NatRig(String... options) throws IOException, InterruptedException {
        this(PUBLIC, List.of(options));
    }

    /** With this address outside, and its network's first for the router. */
    NatRig(String own, List<String> options) throws IOException, InterruptedException {
        String router = own.substring(0, own.lastIndexOf('.')) + ".1";
        folder = Files.createTempDirectory("pktkit-nat");
        List<String> arguments = new ArrayList<>(List.of(
                "nat",
                "--state",
                state(),
                "--inside",
                inside,
                "--inside-address",
                GATEWAY + "/24",
                "--outside",
                outside,
                "--outside-address",
                own + "/24",
                "--outside-gateway",
                router));
        arguments.addAll(options);
        nat = PktkitCommand.start(arguments.toArray(new String[0]));
        try {
            ready = nat.awaitLine("ready");
            nat.awaitLine("stop with Ctrl-C");
            guest.adopt(inside);
            server.adopt(outside);
            inServer("ip link set " + outside + " up && ip addr add " + router + "/24 dev " + outside
                            + " && ip addr add " + SERVER + "/32 dev lo")
                    .expectSuccess();
            inGuest("sysctl -qw net.ipv6.conf." + inside + ".accept_dad=0 && ip link set " + inside + " up")
                    .expectSuccess();
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private String state() {
        return folder.resolve("state").toString();
    }

    /** Runs dhclient in the guest until it holds a lease, and tells the address. */
    String lease() throws IOException {
        Path script = folder.resolve("dhclient-script");
        try (var in = Objects.requireNonNull(NatRig.class.getResourceAsStream("/dhclient-script"))) {
            Files.write(script, in.readAllBytes());
        }
        Commands.run(LIMIT, "chmod", "-R", "a+rx", folder.toString()).expectSuccess();
        Path events = folder.resolve("events");
        inGuest("dhclient -1 -v -sf " + script + " -lf " + folder + "/leases -pf " + folder + "/dhclient.pid"
                        + " -e PKTKIT_EVENTS=" + events + " " + inside)
                .expectSuccess();
        return inGuest("ip -4 -o addr show dev " + inside).output().replaceAll("(?s).* inet ([0-9.]+)/.*", "$1");
    }

    Commands.Result inGuest(String command) {
        return guest.exec(LIMIT, "sh", "-c", command);
    }

    Commands.Result inServer(String command) {
        return server.exec(LIMIT, "sh", "-c", command);
    }

    /** Starts a program that ends with the rig. */
    void start(NetworkNamespace where, String... command) throws IOException {
        processes.add(where.start(folder.resolve("output" + processes.size()), command));
    }

    /** Serves a folder with a file {@code file} that says so by HTTP, and waits until it does. */
    void serve(NetworkNamespace where, String address, int port, String says) throws IOException {
        Path root = Files.createDirectory(folder.resolve("www" + port));
        Files.writeString(root.resolve("file"), says);
        start(where, "python3", "-m", "http.server", "" + port, "--directory", root.toString());
        where.exec(LIMIT, "sh", "-c", fetch("http://" + address + ":" + port + "/file"))
                .expectSuccess();
    }

    static String fetch(String url) {
        return "curl -sSfg --retry 20 --retry-connrefused --retry-delay 1 --max-time 40 " + url;
    }

    /** Asks the running instance. */
    Commands.Result control(String... words) {
        List<String> all = new ArrayList<>(List.of(words));
        all.add("--state");
        all.add(state());
        return PktkitCommand.run(all.toArray(new String[0]));
    }

    @Override
    public void close() throws IOException {
        processes.forEach(Commands::kill);
        Path pid = folder.resolve("dhclient.pid");
        if (Files.exists(pid)) {
            inGuest("pid=$(cat " + pid + ") && kill $pid && while kill -0 $pid 2>/dev/null; do sleep 0.02; done");
        }
        if (nat != null) {
            nat.close();
        }
        guest.close();
        server.close();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) files.sorted(Comparator.reverseOrder())::iterator) {
                Files.delete(file);
            }
        }
    }
}
