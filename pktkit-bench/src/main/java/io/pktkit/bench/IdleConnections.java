// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.vtcp.host.TcpEvents;
import io.pktkit.vtcp.host.TcpHost;
import io.pktkit.vtcp.host.TcpListener;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;

/**
 * What connections cost that do nothing: many are opened between two TCP hosts in this process, each carries some bytes
 * both ways, and then only their timers run, in real time. Both ends are in the process, so it holds twice as many
 * connections as are opened, and the figures are for one end. Run by {@code e2e/idle-connections}.
 */
public final class IdleConnections {
    private static final int PORT = 80;
    private static final int EXCHANGED = 1000;
    private static final int SETTLING_SECONDS = 5;
    private static final long SECOND = 1_000_000_000L;

    private final com.sun.management.OperatingSystemMXBean system =
            (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private final List<HostConnection> ends = new ArrayList<>();
    private final ByteBuffer buffer = ByteBuffer.allocate(EXCHANGED);
    private final HostWire wire;

    private IdleConnections(TcpConfig config, int connections) {
        wire = new HostWire(config, connections + 1, 1 << 10);
    }

    /**
     * Prints memory and processor time for one connection.
     *
     * @param args connections, seconds to watch, seconds between keepalive probes or 0 for none; 10000, 30 and 0 if left
     *     out
     * @throws IOException if the hosts refuse so many
     */
    public static void main(String[] args) throws IOException {
        int connections = args.length > 0 ? Integer.parseInt(args[0]) : 10_000;
        int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 30;
        int keepAlive = args.length > 2 ? Integer.parseInt(args[2]) : 0;
        TcpConfig config = keepAlive == 0
                ? TcpConfig.defaults()
                : TcpConfig.builder()
                        .keepAlive(Duration.ofSeconds(keepAlive), Duration.ofSeconds(15), 3)
                        .build();
        IdleConnections idle = new IdleConnections(config, connections);
        long before = usedHeap();
        idle.open(connections);
        idle.settle();
        long held = usedHeap() - before;
        long cpu = idle.system.getProcessCpuTime();
        long start = System.nanoTime();
        long wakeUps = idle.watch(seconds * SECOND);
        cpu = idle.system.getProcessCpuTime() - cpu;
        double share = cpu / (double) (System.nanoTime() - start);
        System.out.printf(
                Locale.ROOT,
                "%d connections, keepalive %s: %d B of heap for each end, both ends %.3f %% of a core, %d wake-ups in %d s%n",
                connections,
                keepAlive == 0 ? "off" : keepAlive + " s",
                held / (2L * connections),
                100 * share,
                wakeUps,
                seconds);
        System.out.println(idle.ends.get(0).info());
    }

    private void open(int connections) throws IOException {
        TcpListener listener = wire.right.listen(null, null, PORT, TcpListener.Options.DEFAULT, () -> {});
        for (int i = 0; i < connections; i++) {
            HostConnection client = wire.left.connect(
                    null, HostWire.LEFT, 1024 + i, HostWire.RIGHT, PORT, new TcpEvents() {}, wire.now());
            wire.deliver();
            HostConnection server = listener.accept();
            if (server == null) {
                throw new IllegalStateException("not accepted: i=" + i + " client=" + client.info());
            }
            exchange(client, server);
            exchange(server, client);
            ends.add(client);
            ends.add(server);
        }
    }

    private void exchange(HostConnection from, HostConnection to) {
        from.write(buffer.clear(), wire.now());
        wire.deliver();
        int length = to.read(buffer.clear(), wire.now());
        wire.deliver();
        if (length != EXCHANGED) {
            throw new IllegalStateException("must arrive at once: length=" + length + " from=" + from.info());
        }
    }

    /** Until delayed acknowledgments are out and the buffers are given back. */
    private void settle() {
        for (int i = 0; i < SETTLING_SECONDS; i++) {
            wire.skip(SECOND);
            wire.tick();
        }
    }

    /** Sleeps from one deadline to the next, as a driver does; tells how many there were. */
    private long watch(long nanos) {
        long end = System.nanoTime() + nanos;
        long wakeUps = 0;
        while (end - System.nanoTime() > 0) {
            long due = wire.untilDue();
            LockSupport.parkNanos(Math.min(end - System.nanoTime(), due == TcpHost.NEVER ? nanos : due));
            wire.tick();
            wakeUps++;
        }
        return wakeUps;
    }

    private static long usedHeap() {
        Runtime runtime = Runtime.getRuntime();
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
