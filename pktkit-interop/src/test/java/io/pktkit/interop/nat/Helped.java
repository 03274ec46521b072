// SPDX-License-Identifier: MIT
package io.pktkit.interop.nat;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pktkit.interop.Commands;
import io.pktkit.interop.NetworkNamespace;
import io.pktkit.nat.Nat;
import io.pktkit.nat.alg.H323Helper;
import io.pktkit.nat.alg.SipHelper;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A client inside, 10.0.0.2, and a server outside, 198.51.100.7, with a NAT between them that helps SIP and H.323: ours, or the
 * kernel's in a namespace of its own. Port 5060 of its address, 203.0.113.1, leads to the client.
 */
final class Helped implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(90);
    private static final IpAddress PUBLIC = IpAddress.parse("203.0.113.1");
    private static final IpAddress HOST = IpAddress.parse("10.0.0.2");

    /** Helpers are given out by rule since Linux 6.0. */
    private static final String RULES = """
            table ip helped {
                ct helper sipu { type "sip" protocol udp; }
                ct helper sipt { type "sip" protocol tcp; }
                ct helper calls { type "Q.931" protocol tcp; }
                ct helper ras { type "RAS" protocol udp; }
                chain helpers {
                    type filter hook prerouting priority 0;
                    udp dport 5060 ct helper set "sipu"
                    tcp dport 5060 ct helper set "sipt"
                    tcp dport 1720 ct helper set "calls"
                    udp dport 1719 ct helper set "ras"
                }
                chain in {
                    type nat hook prerouting priority -100;
                    ip daddr 203.0.113.1 udp dport 5060 dnat to 10.0.0.2
                    ip daddr 203.0.113.1 tcp dport 5060 dnat to 10.0.0.2
                }
                chain out {
                    type nat hook postrouting priority 100;
                    ip saddr 10.0.0.0/24 snat to 203.0.113.1
                }
            }
            """;

    private final Path folder;
    private final List<AutoCloseable> parts = new ArrayList<>();
    private final List<Process> processes = new ArrayList<>();
    private final NetworkNamespace client;
    private final NetworkNamespace server;

    private Helped(Path folder, NetworkNamespace client, NetworkNamespace server) {
        this.folder = folder;
        this.client = client;
        this.server = server;
    }

    /** Our NAT, between the TUN devices of two hosts. */
    static Helped ours(Path folder) throws IOException {
        TunHost client = new TunHost(1500, "ip addr add 10.0.0.2/24 dev $dev; ip route add default dev $dev");
        TunHost server = new TunHost(1500, "ip addr add 198.51.100.7/24 dev $dev; ip route add default dev $dev");
        Nat nat = new Nat(
                NatConfig.builder(PUBLIC)
                        .helper(new SipHelper())
                        .helper(new H323Helper())
                        .build(),
                IpPrefix.parse("10.0.0.1/24"));
        Helped helped = new Helped(folder, client.namespace, server.namespace);
        helped.parts.addAll(List.of(nat, client, server));
        nat.outside(server.tun);
        nat.connect(client.tun);
        try {
            nat.mappings().forward(1, IpProtocol.UDP, PUBLIC, 5060, HOST, 5060, Duration.ZERO);
            nat.mappings().forward(1, IpProtocol.TCP, PUBLIC, 5060, HOST, 5060, Duration.ZERO);
        } catch (NatForwardException failure) {
            throw new IOException(failure);
        }
        return helped;
    }

    /** The kernel's NAT, by nftables. */
    static Helped kernel(Path folder) throws IOException {
        NetworkNamespace client = new NetworkNamespace();
        NetworkNamespace router = new NetworkNamespace();
        NetworkNamespace server = new NetworkNamespace();
        Helped helped = new Helped(folder, client, server);
        helped.parts.addAll(List.of(client, router, server));
        String in = "he" + Integer.toHexString(ThreadLocalRandom.current().nextInt());
        String out = "ho" + Integer.toHexString(ThreadLocalRandom.current().nextInt());
        link(client, "eth0", router, in);
        link(server, "eth0", router, out);
        run(client, "ip addr add 10.0.0.2/24 dev eth0; ip link set eth0 up; ip route add default via 10.0.0.1");
        run(server, "ip addr add 198.51.100.7/24 dev eth0; ip link set eth0 up; ip route add default via 198.51.100.1");
        run(
                router,
                "set -e; ip addr add 10.0.0.1/24 dev " + in + "; ip addr add 198.51.100.1/24 dev " + out
                        + "; ip addr add 203.0.113.1/32 dev " + out + "; ip link set " + in + " up; ip link set " + out
                        + " up; sysctl -qw net.ipv4.ip_forward=1");
        Path rules = Files.writeString(folder.resolve("rules"), RULES);
        Commands.Result loaded = router.exec(LIMIT, "nft", "-f", rules.toString());
        boolean helps = loaded.exit() == 0;
        if (!helps) {
            helped.close();
        }
        assumeTrue(helps, () -> "this kernel has no helpers for SIP and H.323: " + loaded.output());
        return helped;
    }

    private static void link(NetworkNamespace one, String name, NetworkNamespace other, String otherName) {
        Commands.run(
                        LIMIT,
                        "ip",
                        "-n",
                        one.name(),
                        "link",
                        "add",
                        name,
                        "type",
                        "veth",
                        "peer",
                        "name",
                        otherName,
                        "netns",
                        other.name())
                .expectSuccess();
    }

    static Commands.Result run(NetworkNamespace host, String command) {
        return host.exec(LIMIT, "sh", "-c", command).expectSuccess();
    }

    /** Comes back once a host takes packets to a port. */
    static void awaitPort(NetworkNamespace host, int port) {
        run(host, "until ss -Hlntu 'sport = " + port + "' | grep -q .; do :; done");
    }

    /** The script that {@code spoken.py} is. */
    static Path script() {
        return Path.of("src/test/resources/spoken.py").toAbsolutePath();
    }

    NetworkNamespace client() {
        return client;
    }

    NetworkNamespace server() {
        return server;
    }

    /** Starts a program; where its output goes. */
    Path start(NetworkNamespace host, String command) throws IOException {
        Path output = Files.createTempFile(folder, "output", ".txt");
        processes.add(host.start(output, "sh", "-c", "exec " + command));
        return output;
    }

    /** Waits until all that was started has ended. */
    void awaitEnd() throws IOException {
        try {
            for (Process each : processes) {
                if (!each.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw new AssertionError("no end within " + LIMIT + ": " + each.info());
                }
            }
        } catch (InterruptedException failure) {
            Thread.currentThread().interrupt();
            throw new IOException(failure);
        }
    }

    @Override
    public void close() throws IOException {
        processes.forEach(Commands::kill);
        for (AutoCloseable part : parts) {
            try {
                part.close();
            } catch (IOException failure) {
                throw failure;
            } catch (Exception failure) {
                throw new IOException(failure);
            }
        }
    }
}
