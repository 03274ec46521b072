// SPDX-License-Identifier: MIT
package io.pktkit.interop.afxdp;

import io.pktkit.afxdp.AfXdp;
import io.pktkit.afxdp.AfXdpConfig;
import io.pktkit.interop.Await;
import io.pktkit.interop.Commands;
import io.pktkit.interop.Descriptors;
import io.pktkit.interop.NetworkNamespace;
import io.pktkit.nativeio.MappedMemory;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Two namespaces with a veth pair between them, {@link #OURS} here and {@link #THEIRS} there, both with addresses of both
 * families; and an address of each family that nobody has, for a device to take.
 */
final class XdpWire implements AutoCloseable {

    static final Duration LIMIT = Await.LIMIT;
    static final String OURS = "here0";
    static final String THEIRS = "there0";
    static final String OUR_ADDRESS = "10.97.0.1";
    static final String THEIR_ADDRESS = "10.97.0.2";
    static final String OUR_IPV6 = "fd97::1";
    static final String THEIR_IPV6 = "fd97::2";
    static final String TAKEN = "10.97.0.50";
    static final String TAKEN_IPV6 = "fd97::50";

    /** UDP to an address as fast as it goes, of frames with 100 bytes, from four sockets. */
    private static final String FLOOD = """
        import socket, sys
        outs = []
        for _ in range(4):
            out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            out.connect((sys.argv[1], 9))
            outs.append(out)
        while True:
            for out in outs:
                try:
                    out.send(b"x" * 100)
                except OSError:
                    pass
        """;

    final NetworkNamespace here = new NetworkNamespace();
    final NetworkNamespace there = new NetworkNamespace();

    XdpWire() {
        make(1);
    }

    /** Makes the pair, which must not be there, with so many queues at our end. */
    void make(int queues) {
        here("ip link add " + OURS + " numrxqueues " + queues + " numtxqueues " + queues + " type veth peer name "
                + THEIRS
                + " numrxqueues " + queues + " numtxqueues " + queues + " netns " + there.name() + " && ip addr add "
                + OUR_ADDRESS + "/24 dev " + OURS
                + " && ip addr add " + OUR_IPV6 + "/64 dev " + OURS + " nodad && ip link set " + OURS + " up");
        there("ip addr add " + THEIR_ADDRESS + "/24 dev " + THEIRS + " && ip addr add " + THEIR_IPV6 + "/64 dev "
                + THEIRS + " nodad && ip link set " + THEIRS + " up");
    }

    String here(String command) {
        return here.exec(LIMIT, "sh", "-c", command).expectSuccess().output();
    }

    String there(String command) {
        return there.exec(LIMIT, "sh", "-c", command).expectSuccess().output();
    }

    /** What the kernel says of our end. */
    String link() {
        return here("ip -d link show dev " + OURS);
    }

    /** A device that takes both addresses that nobody has. */
    static AfXdpConfig.Builder config() {
        return config(OURS);
    }

    static AfXdpConfig.Builder config(String name) {
        return AfXdpConfig.builder(name)
                .ringSize(256)
                .capture(IpPrefix.parse(TAKEN + "/32"))
                .capture(IpPrefix.parse(TAKEN_IPV6 + "/128"));
    }

    AfXdp open(AfXdpConfig config) throws Exception {
        return inside(here, () -> AfXdp.open(config));
    }

    /** Frames to the taken address from the other end, until it is closed. */
    Load flood() throws IOException {
        return load(FLOOD);
    }

    /** A Python program at the other end, with the taken address as its argument. */
    Load load(String program) throws IOException {
        // The address answers no ARP while no device is there.
        there("ip neigh replace " + TAKEN + " lladdr 02:00:00:00:00:50 dev " + THEIRS);
        Path output = Files.createTempFile("pktkit-xdp", ".out");
        return new Load(there.start(output, "/usr/bin/python3", "-c", program, TAKEN), output);
    }

    /** A program that runs until it is closed. */
    record Load(Process process, Path output) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            Commands.kill(process);
            Files.delete(output);
        }
    }

    /** What the devices of this process hold. */
    record Held(int descriptors, int ranges) {

        static Held now() {
            return new Held(Descriptors.held().size(), MappedMemory.ranges());
        }

        /** Waits until they hold no more than that, and no thread: one that closed its device itself ends a moment later. */
        void expectNothingMore() {
            Descriptors.expectNoMoreThan(descriptors);
            until(() -> "ranges: " + ranges + " before, now " + MappedMemory.ranges(), () -> {
                System.gc();
                return MappedMemory.ranges() <= ranges;
            });
            until(
                    () -> Thread.getAllStackTraces().keySet().toString(),
                    () -> Thread.getAllStackTraces().keySet().stream()
                            .noneMatch(thread -> thread.getName().contains("-xdp")));
        }
    }

    /** A frame of an EtherType for experiments, to all. */
    static Frame broadcast() {
        ByteBuffer bytes = ByteBuffer.allocate(60);
        bytes.putLong(0, -1).putInt(8, 0x00000088).putShort(12, (short) 0x88b5);
        return new Frame().wrap(bytes);
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
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw failure;
        }
    }

    /** Waits for what has no signal, such as a counter of the kernel. */
    static void until(Supplier<String> what, BooleanSupplier condition) {
        Await.until(what, condition);
    }

    @Override
    public void close() throws IOException {
        here.close();
        there.close();
    }
}
