// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.vtcp.host.TcpEvents;
import io.pktkit.vtcp.host.TcpListener;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Locale;

/**
 * Moves bytes over one connection between two TCP hosts in this process, IP packets and all, on one thread and in real
 * time: what an application gets of the engine when nothing else is in the way. Run by {@code e2e/tcp-transfer}.
 */
public final class TcpTransfer {
    private static final int PORT = 80;
    private static final int CHUNK = 256 * 1024;

    /** IPv4's and TCP's with the timestamps option. */
    private static final int HEADERS = 52;

    private static final long MEBIBYTE = 1 << 20;

    /** After so many the compiler is done. */
    private static final int WARM_UP_SEGMENTS = 40_000;

    private final com.sun.management.ThreadMXBean threads =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final HostWire wire;
    private final HostConnection client;
    private final HostConnection server;
    private final ByteBuffer written;
    private final ByteBuffer read = ByteBuffer.allocate(CHUNK);

    private TcpTransfer(int mtu) throws IOException {
        // Pacing would wait for the clock, where the cost of the engine is asked for.
        wire = new HostWire(TcpConfig.builder().mtu(mtu).pacing(false).build(), 16, slots(mtu));
        int payload = mtu - HEADERS;
        written = ByteBuffer.allocate(CHUNK / payload * payload); // full segments only
        TcpListener listener = wire.right.listen(null, null, PORT, TcpListener.Options.DEFAULT, () -> {});
        client = wire.left.connect(null, HostWire.LEFT, 0, HostWire.RIGHT, PORT, new TcpEvents() {}, wire.now());
        wire.deliver();
        HostConnection accepted = listener.accept();
        if (accepted == null) {
            throw new IllegalStateException("not accepted: client=" + client.info());
        }
        server = accepted;
    }

    /** For twice what is written at once; no more, so that small rings stay in the processor's cache. */
    private static int slots(int mtu) {
        return Integer.highestOneBit(4 * CHUNK / mtu);
    }

    /**
     * Prints one line for each round.
     *
     * @param args rounds, mebibytes in each, MTU; 5, 2048 and 1500 if left out
     * @throws IOException never, as the hosts have room
     */
    public static void main(String[] args) throws IOException {
        int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
        long bytes = (args.length > 1 ? Integer.parseInt(args[1]) : 2048) * MEBIBYTE;
        int mtu = args.length > 2 ? Integer.parseInt(args[2]) : 1500;
        TcpTransfer transfer = new TcpTransfer(mtu);
        transfer.move(Math.max(bytes / 2, (long) WARM_UP_SEGMENTS * mtu));
        for (int i = 0; i < rounds; i++) {
            transfer.measure(mtu, bytes);
        }
    }

    private void measure(int mtu, long bytes) {
        long segments = client.info().counters().dataSegmentsSent();
        long repeated = client.info().counters().retransmissions();
        long allocated = threads.getCurrentThreadAllocatedBytes();
        long processor = threads.getCurrentThreadCpuTime();
        long start = System.nanoTime();
        move(bytes);
        long nanos = System.nanoTime() - start;
        processor = threads.getCurrentThreadCpuTime() - processor;
        allocated = threads.getCurrentThreadAllocatedBytes() - allocated;
        segments = client.info().counters().dataSegmentsSent() - segments;
        repeated = client.info().counters().retransmissions() - repeated;
        System.out.printf(
                Locale.ROOT,
                "pktkit mtu %d: %.1f Gbit/s, %.0f ns, %.0f ns of processor time and %.1f B allocated for each of %d segments,"
                        + " %d repeated%n",
                mtu,
                bytes * 8.0 / nanos,
                (double) nanos / segments,
                (double) processor / segments,
                (double) allocated / segments,
                segments,
                repeated);
    }

    private void move(long bytes) {
        long unsent = bytes;
        long unread = bytes;
        while (unread > 0) {
            if (unsent > 0) {
                written.clear().limit((int) Math.min(written.capacity(), unsent));
                unsent -= Math.max(0, client.write(written, wire.now()));
            }
            wire.deliver();
            read.clear();
            int length = server.read(read, wire.now());
            unread -= length;
            if (length == 0 || wire.untilDue() == 0) {
                wire.tick();
            }
            if (client.failure() != null || length < 0) {
                throw new IllegalStateException("connection ended: unread=" + unread + " client=" + client.info());
            }
        }
    }
}
