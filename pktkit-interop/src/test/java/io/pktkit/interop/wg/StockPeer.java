// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import io.pktkit.interop.Await;
import io.pktkit.interop.Commands;
import io.pktkit.interop.NetworkNamespace;
import io.pktkit.interop.tcp.LinuxPeer;
import io.pktkit.wg.PresharedKey;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A stock WireGuard, on a wire to the host, configured by {@code wg}: a daemon in a namespace of its own, or the kernel of a
 * guest, for which the namespace is the host behind it.
 */
final class StockPeer implements AutoCloseable {
    static final Duration LIMIT = Await.LIMIT;
    static final int PORT = 51_820;

    /** Debian's. */
    static final String STOCK = "wireguard-go";

    /** No program, but what a guest has. */
    static final String KERNEL = "the kernel of a guest";

    /** Where it is inside, and at fd77::2, unless told otherwise. */
    static final String INNER = "10.77.0.2";

    private static final SecureRandom RANDOM = new SecureRandom();

    /** Two runs on one machine are unlikely to meet: each begins somewhere in 198.18.0.0/15. */
    private static final AtomicInteger WIRES =
            new AtomicInteger(ThreadLocalRandom.current().nextInt(512));

    private final int wire = WIRES.getAndIncrement() & 511;
    private final NetworkNamespace namespace = new NetworkNamespace();
    private final String id = Integer.toHexString(ThreadLocalRandom.current().nextInt());
    private final String name = "wg" + id;
    private final String cable = "wh" + id;
    private final WgPrivateKey key = WgPrivateKey.generate(RANDOM);
    private final Path log;
    private final List<Path> files = new ArrayList<>();
    private @Nullable Process daemon;
    private @Nullable KernelGuest guest;

    /** Debian's, with the inner address 10.77.0.2 and fd77::2. */
    StockPeer() throws IOException {
        this(STOCK, INNER);
    }

    /** Starts a program that is called like wireguard-go, with an inner address of 10.77.0.0/16 and that of fd77::/64 with the same end. */
    StockPeer(String program, String inner) throws IOException {
        log = file("");
        try {
            String end = inner.substring(inner.lastIndexOf('.') + 1);
            if (program.equals(KERNEL)) {
                KernelGuest kernel = new KernelGuest(cable, name);
                guest = kernel;
                kernel.awaitUp();
                addHost();
                namespace.adopt(name);
                kernel.set(outer(IpFamily.IPV4), outer(IpFamily.IPV6), key, PORT);
                run(KernelGuest.BEHIND.formatted(name, inner, end));
            } else {
                start(program, inner, end);
            }
        } catch (IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private void start(String program, String inner, String end) throws IOException {
        Commands.run(
                        LIMIT,
                        "ip",
                        "link",
                        "add",
                        cable,
                        "type",
                        "veth",
                        "peer",
                        "name",
                        cableInside(),
                        "netns",
                        namespace.name())
                .expectSuccess();
        addHost();
        run("""
                ip addr add %2$s/24 dev %1$s
                ip addr add %3$s/64 dev %1$s nodad
                ip link set %1$s up
                """.formatted(cableInside(), outer(IpFamily.IPV4), outer(IpFamily.IPV6)));
        // The second is for boringtun, which otherwise wants to be somebody who has logged in.
        daemon = namespace.start(log, "env", "LOG_LEVEL=verbose", "WG_SUDO=true", program, "-f", name);
        await(
                "the daemon's interface",
                () -> namespace.exec(LIMIT, "wg", "show", name).exit() == 0);
        run("""
                wg set %1$s private-key %2$s listen-port %3$d
                ip addr add %4$s/16 dev %1$s
                ip addr add fd77::%5$s/64 dev %1$s nodad
                ip link set %1$s mtu 1420 up
                """.formatted(name, file(key.toBase64()), PORT, inner, end));
    }

    private void addHost() {
        Commands.run(LIMIT, "sh", "-ec", """
                ip addr add %2$s/24 dev %1$s
                ip addr add %3$s/64 dev %1$s nodad
                ip link set %1$s up
                """.formatted(cable, host(IpFamily.IPV4), host(IpFamily.IPV6)))
                .expectSuccess();
    }

    WgPublicKey publicKey() {
        return key.publicKey();
    }

    /** Makes both ends of the wire narrower than 1500 bytes. */
    void setWireMtu(int bytes) {
        run("ip link set " + cableInside() + " mtu " + bytes);
        Commands.run(LIMIT, "ip", "link", "set", cable, "mtu", Integer.toString(bytes))
                .expectSuccess();
    }

    /** {@return the host's address on the wire} */
    IpAddress host(IpFamily family) {
        return onWire(family, 1);
    }

    /** {@return the address of the daemon on the wire} */
    IpAddress outer(IpFamily family) {
        return onWire(family, 2);
    }

    /** {@return an address of the wire's network} */
    IpAddress onWire(IpFamily family, int end) {
        return IpAddress.parse(
                family == IpFamily.IPV4
                        ? "198." + (18 + (wire >> 8)) + "." + (wire & 255) + "." + end
                        : "fd18:" + Integer.toHexString(wire) + "::" + end);
    }

    WgEndpoint endpoint(IpFamily family) {
        return new WgEndpoint(outer(family), PORT);
    }

    /** Does {@code wg set INTERFACE peer KEY WORDS}. */
    void setPeer(WgPublicKey peer, String words) {
        set("peer " + peer + " " + words);
    }

    void set(String words) {
        wg("set " + name + " " + words);
    }

    private String wg(String words) {
        KernelGuest kernel = guest;
        return kernel == null ? run("wg " + words) : kernel.run("wg " + words);
    }

    /** Takes the daemon's address on the wire away, and gives it another. */
    void moveOnWire(IpFamily family, IpAddress other) {
        int length = family == IpFamily.IPV4 ? 24 : 64;
        KernelGuest kernel = guest;
        if (kernel == null) {
            run("ip addr del %1$s/%3$d dev %4$s; ip addr add %2$s/%3$d dev %4$s %5$s"
                    .formatted(outer(family), other, length, cableInside(), family == IpFamily.IPV6 ? "nodad" : ""));
        } else {
            kernel.moveOnWire(outer(family), other, length);
        }
    }

    /** Makes the words that set a preshared key. */
    String preshared(PresharedKey psk) throws IOException {
        KernelGuest kernel = guest;
        return " preshared-key " + (kernel == null ? file(psk.toBase64()) : kernel.file(psk.toBase64()));
    }

    /** What {@code wg show} tells of a peer. */
    record Shown(String endpoint, long latestHandshake, long received, long sent) {}

    Shown show(WgPublicKey peer) {
        String dump = wg("show " + name + " dump");
        for (String line : dump.lines().toList()) {
            List<String> words = List.of(line.split("\t"));
            if (words.get(0).equals(peer.toString())) {
                return new Shown(
                        words.get(2),
                        Long.parseLong(words.get(4)),
                        Long.parseLong(words.get(5)),
                        Long.parseLong(words.get(6)));
            }
        }
        throw new AssertionError("no peer " + peer + " in " + dump);
    }

    /** Runs shell commands in the namespace, which must succeed. */
    String run(String commands) {
        return exec("sh", "-ec", commands).expectSuccess().output();
    }

    Commands.Result exec(String... command) {
        return exec(LIMIT, command);
    }

    Commands.Result exec(Duration limit, String... command) {
        return namespace.exec(limit, command);
    }

    /** Starts {@code peer.py} in the namespace. */
    LinuxPeer python(Duration limit, String... words) throws IOException {
        return new LinuxPeer(limit, namespace.name(), words);
    }

    String interfaceName() {
        return name;
    }

    private String cableInside() {
        return "p" + cable;
    }

    /** Waits until something holds, and tells what the daemon logged if it does not. */
    void await(String what, BooleanSupplier holds) {
        try {
            await(LIMIT, what, holds);
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + "\n" + log(), e);
        }
    }

    /** Looks again and again until something holds. */
    static void await(Duration limit, String what, BooleanSupplier holds) {
        Await.within(limit, () -> what, holds);
    }

    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return "no log: " + e;
        }
    }

    /** Only its owner reads it. */
    private Path file(String content) throws IOException {
        Path file = Files.createTempFile("pktkit-wg", "");
        files.add(file);
        Files.writeString(file, content);
        return file;
    }

    @Override
    public void close() {
        Process running = daemon;
        if (running != null) {
            Commands.kill(running);
        }
        KernelGuest kernel = guest;
        if (kernel != null) {
            kernel.close();
        }
        Commands.run(LIMIT, "ip", "link", "del", cable);
        namespace.close();
        try {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(Path.of("/var/run/wireguard", name + ".sock"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
