// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.OffloadMode;
import io.pktkit.device.Burst;
import io.pktkit.wg.WgCipher;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPeerOptions;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.tunnel.WgDevice;
import io.pktkit.wg.tunnel.WgPort;
import io.pktkit.wg.tunnel.WgPortConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Packets of 1420 bytes a second through two WireGuard ports over the loopback interface, a thread that sends and one that
 * receives, beside what cipher and datagrams allow that are measured in the same process: a thread encrypts or decrypts each
 * packet, and sends or receives it.
 */
public final class WireGuardThroughput {

    private static final int LENGTH = 1420;

    /** Of WireGuard's data message: header, padding to 16 bytes, tag. */
    private static final int SEALED = 16 + (LENGTH + 15 & ~15) + 16;

    private static final int BATCH = 64;
    private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final IpAddress LOOPBACK = IpAddress.parse("127.0.0.1");

    private WireGuardThroughput() {}

    /**
     * Measures, and prints a line.
     *
     * @param args {@code jca} or {@code libcrypto}; {@code auto}, or {@code off} for no super-segments; seconds
     * @throws IOException when something cannot be had
     * @throws GeneralSecurityException if the JDK has no ChaCha20-Poly1305
     * @throws InterruptedException if it is interrupted
     */
    public static void main(String[] args) throws IOException, GeneralSecurityException, InterruptedException {
        boolean plain = args[1].equals("off");
        long nanos = TimeUnit.SECONDS.toNanos(Long.parseLong(args[2]));
        double cipher = cipherNanos(args[0], nanos);
        double datagrams = DatagramThroughput.rate(plain ? "linux-plain" : "linux", SEALED, BATCH, nanos);
        double packets = packets(args[0], plain ? OffloadMode.OFF : OffloadMode.AUTO, nanos);
        double allowed = 1e9 / (cipher + 1e9 / datagrams);
        System.out.printf(
                Locale.ROOT,
                "%s %s: cipher %.0f ns, datagrams %.0f a second, packets %.0f a second, %.2f of what both allow%n",
                args[0],
                args[1],
                cipher,
                datagrams,
                packets,
                packets / allowed);
        System.exit(0); // a sender may be on its way
    }

    /** What encrypting or decrypting a packet takes: half of both. */
    private static double cipherNanos(String name, long nanos) throws GeneralSecurityException, IOException {
        WireGuardBenchmark benchmark = new WireGuardBenchmark();
        benchmark.cipher = name;
        benchmark.setUp();
        cipherNanos(benchmark, WARM_UP_NANOS);
        return cipherNanos(benchmark, nanos);
    }

    private static double cipherNanos(WireGuardBenchmark benchmark, long nanos) throws GeneralSecurityException {
        long begin = System.nanoTime();
        long now = begin;
        long count = 0;
        while (now - begin < nanos) {
            for (int i = 0; i < 100; i++) {
                benchmark.rawCipher();
            }
            count += 100;
            now = System.nanoTime();
        }
        return (double) (now - begin) / count / 2;
    }

    private static double packets(String cipher, OffloadMode offload, long nanos)
            throws IOException, InterruptedException {
        WgCipher with = cipher.equals("jca") ? WgCipher.jca() : WgCipher.libcrypto();
        LongAdder arrived = new LongAdder();
        SecureRandom random = new SecureRandom();
        try (WgPort here = WgPort.open(config(with, offload));
                WgPort there = WgPort.open(config(with, offload));
                WgDevice left = here.addDevice(WgPrivateKey.generate(random));
                WgDevice right = there.addDevice(WgPrivateKey.generate(random))) {
            right.attach(packet -> arrived.increment());
            right.peers().add(left.identity().publicKey(), options());
            left.peers().add(right.identity().publicKey(), options().endpoint(new WgEndpoint(LOOPBACK, there.port())));
            Thread sender = new Thread(() -> send(left), "sender");
            sender.setDaemon(true);
            sender.start();
            Thread.sleep(TimeUnit.NANOSECONDS.toMillis(WARM_UP_NANOS));
            long before = arrived.sum();
            long begin = System.nanoTime();
            Thread.sleep(TimeUnit.NANOSECONDS.toMillis(nanos));
            return (arrived.sum() - before) * 1e9 / (System.nanoTime() - begin);
        }
    }

    private static WgPortConfig config(WgCipher cipher, OffloadMode offload) {
        return WgPortConfig.builder()
                .datagrams(DatagramConfig.builder()
                        .address(LOOPBACK)
                        .offload(offload)
                        .build())
                .engine(engine -> engine.cipher(cipher))
                .build();
    }

    private static WgPeerOptions options() {
        return WgPeerOptions.create().allowedIp(IpPrefix.parse("0.0.0.0/0"));
    }

    private static void send(WgDevice device) {
        Packet packet = new Packet()
                .wrap(PacketBuilder.udp(
                        IpAddress.parse("10.0.0.1"),
                        1,
                        IpAddress.parse("10.0.0.2"),
                        2,
                        ByteBuffer.allocate(LENGTH - 28)));
        CompletableFuture<Void> closed = device.done().toCompletableFuture();
        while (!closed.isDone()) {
            Burst burst = Burst.open();
            for (int i = 0; i < BATCH; i++) {
                device.send(packet);
            }
            burst.close();
        }
    }
}
