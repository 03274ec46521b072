// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.time.SystemTimers;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Both ways at once: when both are under way, while one moves so much the other moves a fair part of that. Bytes are compared, and no
 * times.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlirpBothWaysTest {

    /** More than the windows that one direction fills while the other, whose sender knows nothing of the path yet, begins. */
    private static final int BEGUN = 32 << 20;

    private static final int MUCH = 96 << 20;
    private static final int BLOCK = 1 << 16;
    private static final int FAIR_PART = 16;

    private final CountDownLatch done = new CountDownLatch(1);

    // Bytes moved, at first from the beginning, then since both were under way. Guarded by this.
    private long up;
    private long down;
    private boolean begun;
    private boolean fair;
    private String result = "";

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
                moved(0, Math.max(0, read));
            }
        }

        @Override
        public void onWritable(HostConnection c, long nowNanos) {
            while (writes && c.write(block.clear(), nowNanos) > 0 && !block.hasRemaining()) {
                // until it has no more room; then it calls again
            }
        }
    }

    private synchronized void moved(int upward, int downward) {
        up += upward;
        down += downward;
        if (!begun && Math.min(up, down) >= BEGUN) {
            begun = true;
            up = 0;
            down = 0;
        } else if (begun && done.getCount() > 0 && Math.max(up, down) >= MUCH) {
            result = "bytes up=" + up + " down=" + down;
            fair = Math.min(up, down) >= MUCH / FAIR_PART;
            done.countDown();
        }
    }

    /**
     * What the guest talks to. One thread serves both directions, a block of each in turn: with two, the faster direction would be the one
     * whose thread the machine favours.
     */
    private final class Host implements AutoCloseable {
        private final Selector selector = Selector.open();
        private final ServerSocketChannel takes;
        private final ServerSocketChannel gives;
        private final Thread thread = new Thread(this::run, "host");
        private final ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);

        Host(boolean oneConnection) throws IOException {
            takes = listening(oneConnection ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ);
            gives = listening(SelectionKey.OP_WRITE);
            thread.start();
        }

        /** What is accepted there is of use for the operations. */
        private ServerSocketChannel listening(int operations) throws IOException {
            ServerSocketChannel channel = ServerSocketChannel.open();
            channel.bind(new InetSocketAddress(Slirps.LOOPBACK, 0)).configureBlocking(false);
            channel.register(selector, SelectionKey.OP_ACCEPT, operations);
            return channel;
        }

        InetSocketAddress takes() throws IOException {
            return (InetSocketAddress) takes.getLocalAddress();
        }

        InetSocketAddress gives() throws IOException {
            return (InetSocketAddress) gives.getLocalAddress();
        }

        private void run() {
            try {
                while (done.getCount() > 0) {
                    selector.select(this::serve);
                }
            } catch (UncheckedIOException e) {
                return; // the test is over
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void serve(SelectionKey key) {
            try {
                if (key.channel() instanceof ServerSocketChannel server) {
                    SocketChannel accepted = server.accept();
                    accepted.configureBlocking(false);
                    accepted.register(selector, (Integer) key.attachment());
                    return;
                }
                SocketChannel channel = (SocketChannel) key.channel();
                if (key.isReadable()) {
                    moved(Math.max(0, channel.read(block.clear())), 0);
                }
                if (key.isWritable()) {
                    channel.write(block.clear());
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() throws IOException {
            done.countDown();
            selector.wakeup();
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            selector.close();
        }
    }

    /** On one connection as well as on two. */
    @ParameterizedTest
    @CsvSource({"false, false", "false, true", "true, false", "true, true"})
    void shouldMoveAFairPartEachWay(boolean ipv6, boolean oneConnection) throws Exception {
        IpAddress gateway = ipv6 ? Slirps.GATEWAY6 : Slirps.GATEWAY;
        try (Host host = new Host(oneConnection);
                Slirp slirp = Slirp.open(Slirps.config()
                        .allowHost(80, host.takes())
                        .allowHost(81, host.gives())
                        .build());
                Guest guest = new Guest(slirp, ipv6 ? Slirps.GUEST6 : Slirps.GUEST, SystemTimers.shared(), 1500)) {
            Pump first = guest.open(new Pump(guest, true, oneConnection), gateway, 80);
            if (!oneConnection) {
                guest.open(new Pump(guest, false, true), gateway, 81);
            }
            guest.locked(now -> first.onWritable(first.connection(), now));

            done.await();

            assertTrue(fair, result);
        }
    }
}
