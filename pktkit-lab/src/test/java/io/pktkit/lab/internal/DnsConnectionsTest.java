// SPDX-License-Identifier: MIT
package io.pktkit.lab.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.dns.DnsName;
import io.pktkit.dns.host.HostDnsTransport;
import io.pktkit.dns.server.DnsForwarder;
import io.pktkit.dns.server.NameTable;
import io.pktkit.dns.server.RebindingGuard;
import io.pktkit.dns.upstream.DnsClient;
import io.pktkit.dns.upstream.DnsClientConfig;
import io.pktkit.internal.Daemons;
import io.pktkit.link.Links;
import io.pktkit.time.ManualTime;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a lack of threads, or of what else accepting needs, does to DNS over TCP: it passes. */
@SuppressWarnings("try") // to close at the end of the block is all that some are for
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DnsConnectionsTest {

    private static final List<IpPrefix> OWN = List.of(IpPrefix.parse("10.0.2.0/24"));

    /** A header with no question, and what a server says to that: QR, RD as asked, RA, FORMERR. */
    private static final String QUERY = "000c 1234 0100 0000 0000 0000 0000";

    private static final String ANSWER = "000c 1234 8181 0000 0000 0000 0000";

    private final VirtualClient server = new VirtualClient();
    private final VirtualClient guest = new VirtualClient();
    private final ManualTime time = new ManualTime();
    private final AtomicInteger tasks = new AtomicInteger();
    private final CountDownLatch ended = new CountDownLatch(1);
    private DnsClient upstream;
    private Scarce listener;
    private volatile int lacking = -1;

    @BeforeEach
    void connect() throws IOException {
        server.setPrefix(IpPrefix.parse("10.0.2.1/24"));
        guest.setPrefix(IpPrefix.parse("10.0.2.2/24"));
        Links.connect(server, guest);
        upstream = new DnsClient(time, new HostDnsTransport(), DnsClientConfig.DEFAULT);
        listener = new Scarce(server.listen(53));
    }

    @AfterEach
    void close() {
        upstream.close();
        server.close();
        guest.close();
    }

    private DnsConnections serve() {
        Executor threads = task -> {
            if (tasks.getAndIncrement() == lacking) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            Daemons.thread("test-dns-tcp", () -> {
                        task.run();
                        ended.countDown();
                    })
                    .start();
        };
        NameTable names = new NameTable(DnsName.parse("lan.test"), OWN, Map.of());
        return new DnsConnections(listener, new DnsForwarder(names, upstream, RebindingGuard.of(OWN)), time, threads);
    }

    @Test
    void shouldLoseOneConnectionToALackOfThreads() throws IOException {
        lacking = 1; // the first is the loop's
        try (DnsConnections connections = serve();
                Socket lost = guest.dial("10.0.2.1", 53)) {
            assertEquals(-1, read(lost));

            assertAnswered();
            assertEquals(0, time.pending());
        }
    }

    @Test
    void shouldPauseWhileNothingCanBeAccepted() throws IOException {
        listener.failures = 3;
        try (DnsConnections connections = serve()) {
            for (int i = 1; i <= 3; i++) {
                while (time.pending() == 0) {
                    Thread.onSpinWait();
                }
                assertEquals(i, listener.accepts.get());
                time.runNext();
            }
            assertAnswered();
        }
    }

    /** Whoever closes the host need not know who listens on it. */
    @Test
    void shouldEndWithItsHost() throws Exception {
        DnsConnections connections = serve();

        server.close();

        ended.await();
        connections.close();
    }

    private void assertAnswered() throws IOException {
        try (Socket socket = guest.dial("10.0.2.1", 53)) {
            socket.getOutputStream().write(bytes(QUERY));
            byte[] answer = socket.getInputStream().readNBytes(bytes(ANSWER).length);
            assertArrayEquals(bytes(ANSWER), answer, HexFormat.of().formatHex(answer));
        }
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static int read(Socket socket) {
        try {
            return socket.getInputStream().read();
        } catch (IOException reset) {
            return -1;
        }
    }

    /** A listener that cannot accept for a while. */
    private static final class Scarce extends ServerSocket {
        private final ServerSocket inner;
        volatile int failures;
        final AtomicInteger accepts = new AtomicInteger();

        Scarce(ServerSocket inner) throws IOException {
            this.inner = inner;
        }

        @Override
        public Socket accept() throws IOException {
            if (accepts.incrementAndGet() <= failures) {
                throw new IOException("Too many open files");
            }
            return inner.accept();
        }

        @Override
        public boolean isClosed() {
            return inner.isClosed();
        }

        @Override
        public void close() throws IOException {
            inner.close();
        }
    }
}
