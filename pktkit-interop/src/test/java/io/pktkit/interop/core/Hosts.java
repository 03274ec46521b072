// SPDX-License-Identifier: MIT
package io.pktkit.interop.core;

import io.pktkit.datagram.OffloadMode;
import io.pktkit.interop.Await;
import io.pktkit.interop.Commands;
import io.pktkit.interop.NetworkNamespace;
import io.pktkit.tuntap.Tap;
import io.pktkit.tuntap.TapConfig;
import io.pktkit.tuntap.Tun;
import io.pktkit.tuntap.TunConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Linux hosts in namespaces of their own, whose network card is a device in this process. */
final class Hosts {
    static final Duration LIMIT = Await.LIMIT;
    static final long SEED = Long.getLong("pktkit.seed", 0x5EED_0C0DL);

    private Hosts() {}

    /** The address of a host in the subnet that all tests share. */
    static IpAddress address(IpFamily family, int host) {
        return IpAddress.parse((family == IpFamily.IPV4 ? "10.99.0." : "fd99::") + host);
    }

    /** A host behind a TUN device. */
    static final class TunHost implements AutoCloseable {
        final NetworkNamespace namespace = new NetworkNamespace();
        final Tun tun;

        TunHost(int mtu) throws IOException {
            this(1, mtu, OffloadMode.AUTO);
        }

        TunHost(int number, int mtu, OffloadMode offload) throws IOException {
            String name = interfaceName();
            try {
                tun = Tun.open(TunConfig.builder()
                        .name(name)
                        .mtu(mtu)
                        .up(false)
                        .offload(offload)
                        .build());
            } catch (IOException e) {
                namespace.close();
                throw e;
            }
            try {
                bringUp(namespace, name, number);
                tun.setPrefix(IpPrefix.of(address(IpFamily.IPV4, number), 24));
                tun.setPrefix(IpPrefix.of(address(IpFamily.IPV6, number), 64));
            } catch (RuntimeException | Error e) {
                close();
                throw e;
            }
        }

        /** Runs a shell command, which may fail. */
        String run(String command) {
            return namespace.exec(LIMIT, "sh", "-c", command).output();
        }

        @Override
        public void close() {
            tun.close();
            namespace.close();
        }
    }

    /** A host behind a TAP device. */
    static final class TapHost implements AutoCloseable {
        final NetworkNamespace namespace = new NetworkNamespace();
        final Tap tap;

        TapHost(int number) throws IOException {
            this(number, OffloadMode.AUTO);
        }

        TapHost(int number, OffloadMode offload) throws IOException {
            String name = interfaceName();
            try {
                tap = Tap.open(TapConfig.builder()
                        .name(name)
                        .up(false)
                        .offload(offload)
                        .build());
            } catch (IOException e) {
                namespace.close();
                throw e;
            }
            try {
                bringUp(namespace, name, number);
            } catch (RuntimeException | Error e) {
                close();
                throw e;
            }
        }

        @Override
        public void close() {
            tap.close();
            namespace.close();
        }
    }

    /** A running script of the test resources in a namespace, killed when closed and after three minutes in any case. */
    static final class Script implements AutoCloseable {
        private final Path file;
        private final Process process;
        private final BufferedReader output;

        Script(NetworkNamespace namespace, String name, String... words) throws IOException {
            file = unpack(name);
            List<String> command = new ArrayList<>(
                    List.of("ip", "netns", "exec", namespace.name(), "/usr/bin/python3", file.toString()));
            command.addAll(List.of(words));
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("PATH", Commands.PATH);
            process = builder.start();
            output = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            CompletableFuture.delayedExecutor(180, TimeUnit.SECONDS).execute(process::destroyForcibly);
        }

        /** {@return the script, for another run of it} */
        Path file() {
            return file;
        }

        /** Waits for the next line, which must begin with a word, and gives the rest of it. */
        String expect(String word) throws IOException {
            String line = output.readLine();
            if (line == null || !line.startsWith(word)) {
                throw new AssertionError("the script told '" + line + "' where '" + word + "' was due"
                        + String.join("\n", output.lines().toList()));
            }
            return line.substring(word.length()).strip();
        }

        @Override
        public void close() throws IOException {
            Commands.kill(process);
            Files.deleteIfExists(file);
        }
    }

    static Path unpack(String name) throws IOException {
        Path copy = Files.createTempFile("pktkit-core", ".py");
        try (InputStream in = Objects.requireNonNull(Hosts.class.getResourceAsStream("/" + name), name)) {
            Files.write(copy, in.readAllBytes());
        } catch (UncheckedIOException e) {
            Files.deleteIfExists(copy);
            throw e;
        }
        return copy;
    }

    private static String interfaceName() {
        return "co" + Integer.toHexString(ThreadLocalRandom.current().nextInt());
    }

    private static void bringUp(NetworkNamespace namespace, String name, int number) {
        namespace.adopt(name);
        // Without duplicate detection, for whose end the first packet would wait.
        String commands = "sysctl -qw net.ipv6.conf." + name + ".accept_dad=0 && ip addr add "
                + address(IpFamily.IPV4, number) + "/24 dev " + name + " && ip addr add "
                + address(IpFamily.IPV6, number) + "/64 dev " + name + " nodad && ip link set " + name + " up";
        namespace.exec(LIMIT, "sh", "-c", commands).expectSuccess();
    }
}
