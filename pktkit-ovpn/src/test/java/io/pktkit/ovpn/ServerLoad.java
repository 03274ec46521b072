// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.datagram.DatagramBatch;
import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.Datagrams;
import io.pktkit.datagram.FixedPath;
import io.pktkit.device.Burst;
import io.pktkit.device.L3Device;
import io.pktkit.ovpn.internal.data.DataKey;
import io.pktkit.ovpn.internal.data.OpenResult;
import io.pktkit.ovpn.internal.data.Plain;
import io.pktkit.ovpn.internal.session.TestCerts;
import io.pktkit.ovpn.internal.session.TestClient;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What a server takes and gives, in real time with clients of the tests in the same process: {@code idle CLIENTS SECONDS},
 * {@code rate CLIENTS}, {@code throughput SECONDS}. Run by {@code e2e/openvpn} and {@code e2e/openvpn-idle}.
 */
public final class ServerLoad {

    private static final int PAYLOAD = 1400;
    private static final int BURST = 32;
    private static final long IN_FLIGHT = 512;
    private static final double SECOND = 1e9;

    private ServerLoad() {}

    public static void main(String[] args) throws IOException {
        int amount = Integer.parseInt(args[1]);
        switch (args[0]) {
            case "idle" -> idle(amount, Integer.parseInt(args[2]));
            case "rate" -> rate(amount);
            default -> throughput(amount);
        }
        // What other threads wait for is of no interest any more.
        System.exit(0);
    }

    /** The processor time of the server's threads, as Linux tells it. */
    private static long serverNanos() throws IOException {
        long nanos = 0;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path task : tasks) {
                if (Files.readString(task.resolve("comm")).startsWith("pktkit")) {
                    nanos += Long.parseLong(
                            Files.readString(task.resolve("schedstat")).split(" ", 2)[0]);
                }
            }
        }
        return nanos;
    }

    private static long processNanos() {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toNanos();
    }

    private static void idle(int count, int seconds) throws IOException {
        try (ManyClients clients = new ManyClients(count)) {
            clients.join(count);
            clients.idle(Duration.ofSeconds(15));
            long server = serverNanos();
            long process = processNanos();
            long begun = System.nanoTime();
            clients.idle(Duration.ofSeconds(seconds));
            double wall = System.nanoTime() - begun;
            System.out.printf(
                    Locale.ROOT,
                    "%d idle clients: the server's threads %.2f %% of a core in %.0f s, the process with all clients %.2f %%%n",
                    clients.server.clients().size(),
                    100 * (serverNanos() - server) / wall,
                    wall / SECOND,
                    100 * (processNanos() - process) / wall);
        }
    }

    private static void rate(int count) throws IOException {
        for (int round = 0; round < 3; round++) {
            try (ManyClients clients = new ManyClients(count)) {
                long begun = System.nanoTime();
                clients.join(count);
                double wall = (System.nanoTime() - begun) / SECOND;
                System.out.printf(
                        Locale.ROOT,
                        "%d clients in %.1f s with both ends here: %.0f a second; %.0f a second of the server's processor time%n",
                        count,
                        wall,
                        count / wall,
                        count / (serverNanos() / SECOND));
            }
        }
    }

    // --- throughput

    private static void throughput(int seconds) throws IOException {
        TestCerts.Holder own = TestCerts.server();
        IpAddress loopback = IpAddress.parse("127.0.0.1");
        AtomicLong received = new AtomicLong();
        try (OvpnServer server = OvpnServer.shared(OvpnServerConfig.builder(own.chain(), own.key())
                        .clientCertificates(List.of(TestCerts.authority()))
                        .subnet(IpPrefix.parse("10.8.0.1/24"))
                        .udp(DatagramConfig.builder().address(loopback).port(0).build())
                        .build());
                DatagramEndpoint endpoint = Datagrams.open(
                        DatagramConfig.builder().address(loopback).port(0).build())) {
            server.device().attach(packet -> received.incrementAndGet());
            FixedPath path = FixedPath.to(loopback, server.port());
            TestClient client = new TestClient(1);
            client.start(System.nanoTime());
            while (!client.isUp()) {
                for (byte[] packet : client.out) {
                    endpoint.send(ByteBuffer.wrap(packet), 0, packet.length, path);
                }
                client.out.clear();
                endpoint.poll(datagram -> client.receive(datagram.toBytes(), System.nanoTime()));
            }
            System.out.println(server.describe() + ", JDK " + Runtime.version().feature());
            byte[] inner = big();
            for (int round = 0; round < 2; round++) {
                upload(endpoint, path, Objects.requireNonNull(client.dataKey()), inner, received, seconds);
                download(server.device(), endpoint, client, seconds);
            }
        }
    }

    private static byte[] big() {
        byte[] small = VirtualServer.packet("10.8.0.2", "192.0.2.99");
        ByteBuffer big = ByteBuffer.allocate(PAYLOAD).put(small);
        big.putShort(2, (short) PAYLOAD).putShort(24, (short) (PAYLOAD - 20));
        Packet packet = new Packet().wrap(big, 0, PAYLOAD);
        packet.recomputeIpv4Checksum();
        return big.array();
    }

    private static void upload(
            DatagramEndpoint endpoint, FixedPath path, DataKey key, byte[] inner, AtomicLong received, int seconds) {
        ByteBuffer from = ByteBuffer.wrap(inner);
        long begun = System.nanoTime();
        long before = received.get();
        long sent = 0;
        long lost = 0;
        long stuckSince = begun;
        long seen = before;
        while (System.nanoTime() - begun < seconds * SECOND) {
            long there = received.get();
            long now = System.nanoTime();
            if (there != seen) {
                seen = there;
                stuckSince = now;
            }
            long flying = sent - lost - (there - before);
            if (flying > IN_FLIGHT) {
                if (now - stuckSince > 2_000_000) {
                    // What was on its way for so long is lost.
                    lost += flying;
                }
                Thread.onSpinWait();
                continue;
            }
            Burst burst = Burst.open();
            try {
                for (int i = 0; i < BURST; i++) {
                    DatagramBatch batch = endpoint.batch();
                    int at = batch == null ? -1 : batch.reserve(PAYLOAD + DataKey.MAX_OVERHEAD, path, 0);
                    if (batch != null && at >= 0) {
                        batch.commit(key.seal(from, 0, PAYLOAD, batch.buffer(), at));
                        sent++;
                    }
                }
            } finally {
                burst.close();
            }
        }
        report("client to server", received.get() - before, sent, begun);
    }

    private static void download(L3Device device, DatagramEndpoint endpoint, TestClient client, int seconds)
            throws IOException {
        byte[] inner = big();
        ByteBuffer swapped = ByteBuffer.wrap(inner);
        int source = swapped.getInt(12);
        swapped.putInt(12, swapped.getInt(16)).putInt(16, source);
        AtomicLong opened = new AtomicLong();
        AtomicLong sent = new AtomicLong();
        long begun = System.nanoTime();
        Thread sender = new Thread(() -> {
            Packet packet = new Packet().wrap(swapped, 0, PAYLOAD);
            long stuckSince = System.nanoTime();
            long seen = 0;
            long lost = 0;
            while (System.nanoTime() - begun < seconds * SECOND) {
                long there = opened.get();
                long now = System.nanoTime();
                if (there != seen) {
                    seen = there;
                    stuckSince = now;
                }
                long flying = sent.get() - lost - there;
                if (flying > IN_FLIGHT) {
                    if (now - stuckSince > 2_000_000) {
                        lost += flying;
                    }
                    Thread.onSpinWait();
                    continue;
                }
                Burst burst = Burst.open();
                try {
                    for (int i = 0; i < BURST; i++) {
                        if (device.send(packet)) {
                            sent.incrementAndGet();
                        }
                    }
                } finally {
                    burst.close();
                }
            }
        });
        sender.start();
        DataKey key = Objects.requireNonNull(client.dataKey());
        Plain plain = new Plain();
        while (sender.isAlive()) {
            endpoint.poll(datagram -> {
                if (datagram.buffer().get(datagram.offset()) >>> 3 != 4
                        && key.open(datagram.buffer(), datagram.offset(), datagram.length(), plain)
                                == OpenResult.OPENED) {
                    opened.incrementAndGet();
                }
            });
        }
        report("server to client", opened.get(), sent.get(), begun);
    }

    private static void report(String way, long arrived, long sent, long begun) {
        double wall = System.nanoTime() - begun;
        System.out.printf(
                Locale.ROOT,
                "%s: %.0f Mbit/s of packets of %d bytes, %.1f %% of those sent%n",
                way,
                arrived * 8.0 * PAYLOAD / wall * 1e3,
                PAYLOAD,
                100.0 * arrived / Math.max(1, sent));
    }
}
