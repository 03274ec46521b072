// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.Commands;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.NetworkNamespace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The topology of the reference implementation's own network test: a peer behind a NAT that forgets within 2 s, and one
 * outside, each in a namespace, with the NAT in a third. One of the two is ours, the other Debian's wireguard-go, and
 * {@code wg} alone configures both.
 *
 * <pre>
 *  inside 192.168.1.100 -- 192.168.1.1 NAT 10.0.0.1, 10.0.0.2 -- 10.0.0.100 outside
 *  10.77.0.1                                                              10.77.0.2 in the tunnel
 * </pre>
 */
@NeedsPeer({"ip", "wg", "wireguard-go", "nft", "ping", "sysctl"})
@Timeout(300)
class NatTopologyTest {
    private static final int SILENCE_MILLIS = 4000; // twice what the NAT remembers

    private static final int TRIES = 10;
    private final String id = Integer.toHexString(ThreadLocalRandom.current().nextInt());
    private final String insideName = "pi" + id;
    private final String outsideName = "po" + id;

    @TempDir
    private Path directory;

    /** One of the two ends, whichever it is. */
    private interface End extends AutoCloseable {
        boolean pings(String address);

        @Override
        void close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldBeReachedBehindANatByKeepalivesOnlyAndFollowed(boolean oursIsInside) throws Exception {
        try (NetworkNamespace left = new NetworkNamespace();
                NetworkNamespace nat = new NetworkNamespace();
                NetworkNamespace right = new NetworkNamespace()) {
            wire(left, nat, right);
            try (End inside = open(oursIsInside, left, insideName, "10.77.0.1");
                    End outside = open(!oursIsInside, right, outsideName, "10.77.0.2")) {
                wg("set", outsideName, "listen-port", "51820");
                wg("set", outsideName, "peer", key(insideName), "allowed-ips", "10.77.0.1/32");
                wg("set", insideName, "peer", key(outsideName), "endpoint", "10.0.0.100:51820");
                wg("set", insideName, "peer", key(outsideName), "allowed-ips", "10.77.0.2/32");

                assertTrue(soon(() -> inside.pings("10.77.0.2")), "the first ping goes out through the NAT");
                assertTrue(endpoint().startsWith("10.0.0.1:"), endpoint());
                assertTrue(thereAndBack(inside, outside), "and while the NAT remembers, back");

                Thread.sleep(SILENCE_MILLIS);
                assertFalse(outside.pings("10.77.0.1"), "the NAT has forgotten");
                assertTrue(soon(() -> inside.pings("10.77.0.2")), "until something goes out again");
                assertTrue(thereAndBack(inside, outside));

                keepalive("1");
                Thread.sleep(SILENCE_MILLIS);
                assertTrue(soon(() -> outside.pings("10.77.0.1")), "keepalives remind the NAT");

                keepalive("off");
                Thread.sleep(SILENCE_MILLIS);
                translate(nat, "10.0.0.2");
                keepalive("1");
                await("the other address of the NAT", () -> endpoint().startsWith("10.0.0.2:"));
                assertTrue(soon(() -> outside.pings("10.77.0.1")), "where the keepalives come from now");
                assertEquals("1", dump(insideName).get(7));
            }
        }
    }

    /** Whether one ping of some is answered: the first takes a handshake, and a busy machine may be late for any. */
    private static boolean soon(BooleanSupplier ping) {
        for (int i = 0; i < TRIES; i++) {
            if (ping.getAsBoolean()) {
                return true;
            }
        }
        return false;
    }

    /** Whether the answer to a ping from inside lets one from outside in: two seconds are over soon where much else is done. */
    private static boolean thereAndBack(End inside, End outside) {
        return soon(() -> inside.pings("10.77.0.2") && outside.pings("10.77.0.1"));
    }

    private void wire(NetworkNamespace left, NetworkNamespace nat, NetworkNamespace right) {
        link("a" + id, left, "b" + id, nat);
        link("c" + id, nat, "d" + id, right);
        run(left, """
                ip addr add 192.168.1.100/24 dev a%1$s
                ip link set a%1$s up
                ip route add default via 192.168.1.1
                """);
        run(nat, """
                ip addr add 192.168.1.1/24 dev b%1$s
                ip addr add 10.0.0.1/24 dev c%1$s
                ip addr add 10.0.0.2/24 dev c%1$s
                ip link set b%1$s up
                ip link set c%1$s up
                sysctl -q -w net.ipv4.ip_forward=1
                nft add table ip nat
                """);
        translate(nat, "10.0.0.1");
        run(
                nat,
                "sysctl -q -w net.netfilter.nf_conntrack_udp_timeout=2 net.netfilter.nf_conntrack_udp_timeout_stream=2");
        run(right, """
                ip addr add 10.0.0.100/24 dev d%1$s
                ip link set d%1$s up
                """);
    }

    private static void link(String one, NetworkNamespace here, String other, NetworkNamespace there) {
        Commands.run(
                        StockPeer.LIMIT,
                        "ip",
                        "link",
                        "add",
                        one,
                        "netns",
                        here.name(),
                        "type",
                        "veth",
                        "peer",
                        "name",
                        other,
                        "netns",
                        there.name())
                .expectSuccess();
    }

    /** Connections that are known keep their address; what is new gets this one. */
    private void translate(NetworkNamespace nat, String address) {
        String rules = """
                nft flush ruleset
                nft add table ip nat
                nft 'add chain ip nat post { type nat hook postrouting priority 100 ; }'
                nft 'add rule ip nat post oifname c%1$s snat to ADDRESS'
                """;
        run(nat, rules.replace("ADDRESS", address));
    }

    private void run(NetworkNamespace where, String commands) {
        where.exec(StockPeer.LIMIT, "sh", "-ec", commands.formatted(id)).expectSuccess();
    }

    private End open(boolean ours, NetworkNamespace where, String name, String inner) throws IOException {
        return ours ? new Ours(where, name, inner) : new Stock(where, name, inner);
    }

    private static final class Ours implements End {
        private final OurEndInNamespace end;

        Ours(NetworkNamespace where, String name, String inner) throws IOException {
            end = new OurEndInNamespace(where.name(), name, inner);
        }

        @Override
        public boolean pings(String address) {
            return end.pings(address);
        }

        @Override
        public void close() {
            end.close();
        }
    }

    private final class Stock implements End {
        private final NetworkNamespace where;
        private final String name;
        private final Process daemon;

        Stock(NetworkNamespace where, String name, String inner) throws IOException {
            this.where = where;
            this.name = name;
            daemon = where.start(directory.resolve(name + ".log"), "wireguard-go", "-f", name);
            await("the daemon", () -> wgResult("show", name).exit() == 0);
            Path key = Files.writeString(directory.resolve(name + ".key"), wg("genkey"));
            wg("set", name, "private-key", key.toString());
            run(where, "ip addr add " + inner + "/16 dev " + name + "\nip link set " + name + " up\n");
        }

        @Override
        public boolean pings(String address) {
            return where.exec(StockPeer.LIMIT, "ping", "-c", "1", "-W", "3", address)
                            .exit()
                    == 0;
        }

        @Override
        public void close() {
            Commands.kill(daemon);
            try {
                Files.deleteIfExists(Path.of("/var/run/wireguard", name + ".sock"));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void keepalive(String seconds) {
        wg("set", insideName, "peer", key(outsideName), "persistent-keepalive", seconds);
    }

    /** Where the one outside finds the one inside. */
    private String endpoint() {
        return dump(outsideName).get(2);
    }

    /** What {@code wg} tells of the one peer. */
    private static List<String> dump(String name) {
        return List.of(wg("show", name, "dump").lines().toList().get(1).split("\t"));
    }

    private static String key(String name) {
        return wg("show", name, "public-key").strip();
    }

    private static String wg(String... words) {
        return wgResult(words).expectSuccess().output();
    }

    private static Commands.Result wgResult(String... words) {
        String[] command = new String[words.length + 1];
        command[0] = "wg";
        System.arraycopy(words, 0, command, 1, words.length);
        return Commands.run(StockPeer.LIMIT, command);
    }

    private static void await(String what, BooleanSupplier holds) {
        StockPeer.await(StockPeer.LIMIT, what, holds);
    }
}
