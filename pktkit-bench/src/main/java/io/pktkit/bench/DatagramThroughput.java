// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.datagram.DatagramBatch;
import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.FixedPath;
import io.pktkit.datagram.OffloadMode;
import io.pktkit.device.Burst;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * How many datagrams a second one thread takes while another sends as fast as it can, over the loopback interface. Prints
 * thousands of datagrams a second. Run by {@code e2e/datagrams} beside a program in C that does the same.
 */
public final class DatagramThroughput {

    private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(1);

    private DatagramThroughput() {}

    /**
     * Measures.
     *
     * @param args provider ({@code portable}, {@code linux}, {@code linux-plain} without offloads), payload bytes,
     *     datagrams in a batch (1: none), seconds
     * @throws IOException when a socket cannot be had
     */
    public static void main(String[] args) throws IOException {
        String provider = args[0];
        int length = Integer.parseInt(args[1]);
        int batch = Integer.parseInt(args[2]);
        long nanos = TimeUnit.SECONDS.toNanos(Long.parseLong(args[3]));
        System.out.printf(Locale.ROOT, "%.0f%n", rate(provider, length, batch, nanos) / 1e3);
    }

    /** Datagrams a second. */
    static double rate(String provider, int length, int batch, long nanos) throws IOException {
        IpAddress loopback = IpAddress.parse("127.0.0.1");
        DatagramConfig config = DatagramConfig.builder()
                .address(loopback)
                .offload(provider.endsWith("-plain") ? OffloadMode.OFF : OffloadMode.AUTO)
                .build();
        String name = provider.replace("-plain", "");
        try (DatagramEndpoint sender = DatagramBenchmark.open(name, config);
                DatagramEndpoint receiver = DatagramBenchmark.open(name, config)) {
            FixedPath path = FixedPath.to(loopback, receiver.port());
            Thread sending = new Thread(() -> send(sender, path, length, batch), "sender");
            sending.setDaemon(true);
            sending.start();
            System.err.println(sender.describe());
            return measure(receiver, nanos);
        }
    }

    private static void send(DatagramEndpoint endpoint, FixedPath path, int length, int batch) {
        while (!endpoint.isClosed()) {
            Burst burst = batch > 1 ? Burst.open() : null;
            for (int i = 0; i < batch; i++) {
                DatagramBatch room = endpoint.batch();
                int at = room == null ? -1 : room.reserve(length, path, 0);
                if (at >= 0) {
                    room.commit(length);
                }
            }
            if (burst != null) {
                burst.close();
            }
        }
    }

    private static double measure(DatagramEndpoint endpoint, long nanos) throws IOException {
        long[] taken = new long[1];
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < WARM_UP_NANOS) {
            endpoint.receive(datagram -> taken[0]++);
        }
        taken[0] = 0;
        begin = System.nanoTime();
        long now = begin;
        while (now - begin < nanos) {
            endpoint.receive(datagram -> taken[0]++);
            now = System.nanoTime();
        }
        return taken[0] * 1e9 / (now - begin);
    }
}
