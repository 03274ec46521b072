// SPDX-License-Identifier: MIT
package io.pktkit.interop.lan;

import io.pktkit.hub.L2Hub;
import io.pktkit.interop.Await;
import io.pktkit.interop.Commands;
import io.pktkit.interop.NetworkNamespace;
import io.pktkit.tuntap.Tap;
import io.pktkit.tuntap.TapConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;

/** A switch of ours with a Linux kernel of its own, a network namespace, on one of its ports. */
final class TapLan implements AutoCloseable {
    static final Duration LIMIT = Await.LIMIT;

    final L2Hub hub = new L2Hub();
    /** The interface in the namespace. */
    final String name = "tl" + Integer.toHexString(ThreadLocalRandom.current().nextInt());
    /** For what the programs of the test read and write. */
    final Path folder;

    private final NetworkNamespace namespace = new NetworkNamespace();
    private final List<Program> programs = new ArrayList<>();
    private final List<Tap> taps = new ArrayList<>();

    TapLan() throws IOException {
        folder = Files.createTempDirectory("pktkit-lan");
        try {
            addInterface(name, hub);
        } catch (IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** Gives the kernel another interface, which is on a port of that switch; returns its name. */
    String addInterface(L2Hub other) throws IOException {
        String another = name + "b";
        addInterface(another, other);
        return another;
    }

    private void addInterface(String interfaceName, L2Hub other) throws IOException {
        Tap tap = Tap.open(TapConfig.builder().name(interfaceName).up(false).build());
        taps.add(tap);
        other.connect(tap);
        namespace.adopt(interfaceName);
        run("ip link set " + interfaceName + " up");
    }

    /** Runs a shell command in the namespace, in which {@code $IF} is the interface; it must succeed. */
    String run(String command) {
        return tryRun(command).expectSuccess().output();
    }

    Commands.Result tryRun(String command) {
        return namespace.exec(LIMIT, "sh", "-c", "IF=" + name + "; " + command);
    }

    /** Starts a program in the namespace, which ends with the network at the latest. */
    Program start(String command) throws IOException {
        Program program = new Program(namespace.name(), "IF=" + name + "; exec " + command);
        programs.add(program);
        return program;
    }

    /** Starts {@code ip monitor} with options and objects, and waits until it hears of what changes. */
    Program monitor(String what) throws IOException {
        return start("ip -o " + what).awaitSubscribed();
    }

    /** Unpacks a script of the resources, executable. */
    Path script(String resource) {
        Path copy = folder.resolve(resource);
        try (var in = Objects.requireNonNull(TapLan.class.getResourceAsStream("/" + resource), resource)) {
            Files.write(copy, in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!copy.toFile().setExecutable(true, false)) {
            throw new IllegalStateException("cannot make executable: " + copy);
        }
        return copy;
    }

    @Override
    public void close() {
        programs.forEach(Program::close);
        hub.close();
        taps.forEach(Tap::close);
        namespace.close();
        Commands.run(LIMIT, "rm", "-rf", folder.toString()).expectSuccess();
    }
}
