// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.time.SystemTimers;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Both ways at once: while one moves so much, the other moves a fair part of that. Bytes are compared, and no times. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlirpBothWaysTest {
    private static final int MUCH = 32 << 20;
    private static final int BLOCK = 1 << 16;
    private static final int FAIR_PART = 8;

    private final AtomicLong up = new AtomicLong();
    private final AtomicLong down = new AtomicLong();
    private final CountDownLatch done = new CountDownLatch(1);

    /**
     * A guest that reads all that comes, or writes as much as it can, whenever its TCP says so, on the thread that this is: so there is
     * nothing to wait for but the NAT.
     */
    private final class Pump extends GuestSocket {
        private final boolean writes;
        private final boolean reads;
        private final ByteBuffer block = ByteBuffer.allocate(BLOCK);

        Pump(Guest guest, boolean writes, boolean reads) {
            super(guest);
            this.writes = writes;
            this.reads = reads;
        }

        @Override
        public void onReadable(HostConnection c, long nowNanos) {
            for (int read = 1; reads && read > 0; ) {
                read = c.read(block.clear(), nowNanos);
                count(down, Math.max(0, read));
            }
        }

        @Override
        public void onWritable(HostConnection c, long nowNanos) {
            while (writes && c.write(block.clear(), nowNanos) > 0 && !block.hasRemaining()) {
                // until it has no more room; then it calls again
            }
        }
    }

    private void count(AtomicLong direction, int moved) {
        if (direction.addAndGet(moved) >= MUCH) {
            done.countDown();
        }
    }

    private void give(Socket socket) {
        byte[] block = new byte[BLOCK];
        try {
            while (done.getCount() > 0) {
                socket.getOutputStream().write(block);
            }
        } catch (IOException e) {
            return; // the test is over
        }
    }

    private void sink(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        byte[] buffer = new byte[BLOCK];
        for (int read = 0; read >= 0 && done.getCount() > 0; read = in.read(buffer)) {
            count(up, read);
        }
    }

    /** On one connection as well as on two. */
    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void shouldMoveAFairPartEachWay(boolean ipv6, boolean oneConnection) throws Exception {
        IpAddress gateway = ipv6 ? Slirps.GATEWAY6 : Slirps.GATEWAY;
        try (HostServer takes = new HostServer(socket -> {
                    if (oneConnection) {
                        new Thread(() -> give(socket)).start();
                    }
                    sink(socket);
                });
                HostServer gives = new HostServer(this::give);
                Slirp slirp = Slirp.open(Slirps.config()
                        .allowHost(80, new InetSocketAddress(Slirps.LOOPBACK, takes.port()))
                        .allowHost(81, new InetSocketAddress(Slirps.LOOPBACK, gives.port()))
                        .build());
                Guest guest = new Guest(slirp, ipv6 ? Slirps.GUEST6 : Slirps.GUEST, SystemTimers.shared(), 1500)) {
            Pump first = guest.open(new Pump(guest, true, oneConnection), gateway, 80);
            if (!oneConnection) {
                guest.open(new Pump(guest, false, true), gateway, 81);
            }
            guest.locked(now -> first.onWritable(first.connection(), now));

            done.await();

            long less = Math.min(up.get(), down.get());
            assertTrue(less >= MUCH / FAIR_PART, "bytes up=" + up + " down=" + down);
        }
    }
}
