// SPDX-License-Identifier: MIT
package io.pktkit.interop.afpacket;

import io.pktkit.afpacket.AfPacket;
import io.pktkit.afpacket.AfPacketConfig;
import io.pktkit.interop.Await;
import io.pktkit.interop.Commands;
import io.pktkit.interop.NetworkNamespace;
import io.pktkit.wire.Frame;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** Two namespaces with a veth pair between them: the interface {@link #OURS} here, {@link #THEIRS} there. */
final class Wire implements AutoCloseable {

    static final Duration LIMIT = Await.LIMIT;
    static final String OURS = "here0";
    static final String THEIRS = "there0";
    static final String OUR_ADDRESS = "10.98.0.1";
    static final String THEIR_ADDRESS = "10.98.0.2";

    final NetworkNamespace here = new NetworkNamespace();
    final NetworkNamespace there = new NetworkNamespace();
    private final Path script;

    Wire() throws IOException {
        script = Files.createTempFile("pktkit-wire", ".py");
        try (InputStream in = Objects.requireNonNull(Wire.class.getResourceAsStream("/wire.py"), "wire.py")) {
            Files.write(script, in.readAllBytes());
        }
        make();
    }

    /** Makes the pair, which must not be there. Without the kernel's own IPv6 chatter. */
    void make() {
        here("ip link add " + OURS + " type veth peer name " + THEIRS + " netns " + there.name()
                + " && ip link set " + OURS + " addrgenmode none && ip addr add " + OUR_ADDRESS + "/24 dev " + OURS
                + " && ip link set " + OURS + " up");
        there("ip link set " + THEIRS + " addrgenmode none && ip addr add " + THEIR_ADDRESS + "/24 dev " + THEIRS
                + " && ip link set " + THEIRS + " up");
    }

    String here(String command) {
        return here.exec(LIMIT, "sh", "-c", command).expectSuccess().output();
    }

    String there(String command) {
        return there.exec(LIMIT, "sh", "-c", command).expectSuccess().output();
    }

    /** Runs the script at the other end, with words as its first lines tell. */
    String script(String words) {
        return there("/usr/bin/python3 -W ignore " + script + " " + words);
    }

    /** Starts the script at either end. */
    Process start(NetworkNamespace where, Path output, String words) throws IOException {
        return where.start(output, "sh", "-c", "exec /usr/bin/python3 -W ignore " + script + " " + words);
    }

    /** Opens a device on our end. */
    AfPacket open(AfPacketConfig config) throws Exception {
        return inside(() -> AfPacket.open(config));
    }

    AfPacketConfig.Builder config() {
        return AfPacketConfig.builder(OURS);
    }

    /** Runs code on a thread of its own that is in our namespace. */
    <T> T inside(Callable<T> code) throws Exception {
        return inside(here, code);
    }

    static <T> T inside(NetworkNamespace where, Callable<T> code) throws Exception {
        FutureTask<T> task = new FutureTask<>(() -> {
            io.pktkit.nativeio.NetworkNamespace.enter("/run/netns/" + where.name());
            return code.call();
        });
        Thread thread = new Thread(task, "in " + where.name());
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get(LIMIT.toSeconds(), TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException failure) {
            if (failure.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw failure;
        }
    }

    /** A frame of an EtherType for experiments, to all. */
    static Frame broadcast() {
        ByteBuffer bytes = ByteBuffer.allocate(60);
        bytes.putLong(0, -1).putInt(8, 0x00000088).putShort(12, (short) 0x88b5);
        return new Frame().wrap(bytes);
    }

    /** Waits until a file that a program writes holds a text; the program is named in the failure. */
    static String await(Process process, Path output, String text) {
        long start = System.nanoTime();
        while (System.nanoTime() - start < LIMIT.toNanos()) {
            String told = read(output);
            if (told.contains(text)) {
                return told;
            }
            if (!process.isAlive() && !read(output).contains(text)) {
                throw new AssertionError("ended without '" + text + "': " + read(output));
            }
            java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
        }
        throw new AssertionError("no '" + text + "' within " + LIMIT + ": " + read(output));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        here.close();
        there.close();
        Files.deleteIfExists(script);
    }

    /** Ends a process and waits for it, as a user would with Ctrl-C: it writes out what it has. */
    static void end(Process process) throws InterruptedException {
        process.destroy();
        if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            Commands.kill(process);
        }
    }
}
