// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.hub.L3Hub;
import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.GatheredWrite;
import io.pktkit.nativeio.KernelVersion;
import io.pktkit.nativeio.NativeFd;
import io.pktkit.wire.IpPrefix;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A connection of two kernels over us, while writes of super-segments fail now and then: it goes on, and it is counted. */
@Timeout(value = 300, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FaultyKernelTest {

    private static final int BYTES = 8 << 20;
    private static final int CHUNK = 1 << 16;
    private static final int EVERY = 7;
    private static final int SHORT = 0;

    private TestNamespace one;
    private TestNamespace two;

    /** The kernel, but for each seventh super-segment. */
    private static final class Faulty extends InterfaceCalls {
        private final int fault;
        private final AtomicInteger tries = new AtomicInteger();

        Faulty(int fault) {
            this.fault = fault;
        }

        @Override
        int write(NativeFd fd, ByteBuffer source, int offset, int length) {
            boolean fail = fails(source.get(offset + 1));
            return fail ? answer(length) : super.write(fd, source, offset, length);
        }

        @Override
        int writeGathered(NativeFd fd, ByteBuffer head, int headLength, ByteBuffer rest, int offset, int length) {
            boolean fail = fails(head.get(GatheredWrite.ROOM + 1));
            return fail ? answer(headLength + length) : super.writeGathered(fd, head, headLength, rest, offset, length);
        }

        private boolean fails(byte type) {
            return type != 0 && tries.incrementAndGet() % EVERY == 0;
        }

        private int answer(int length) {
            return fault == SHORT ? length / 2 : -fault;
        }
    }

    @BeforeEach
    void makeNamespaces() throws Exception {
        TestNamespace.require();
        one = new TestNamespace();
        two = new TestNamespace();
    }

    @AfterEach
    void removeNamespaces() throws Exception {
        if (one != null) {
            one.close();
        }
        if (two != null) {
            two.close();
        }
    }

    private static Tun open(TestNamespace namespace, int host, InterfaceCalls calls) throws Exception {
        TunConfig config = TunConfig.builder()
                .name(TestNamespace.randomName("pk"))
                .address(IpPrefix.parse("10.78.0." + host + "/24"))
                .build();
        return namespace.call(() -> Tun.open(config, calls, KernelVersion.parse("6.18.0")));
    }

    @ParameterizedTest
    @ValueSource(ints = {Errno.EINVAL, Errno.ENOBUFS, Errno.EIO, SHORT})
    void shouldGoOn(int fault) throws Exception {
        try (Tun from = open(one, 1, new InterfaceCalls());
                Tun to = open(two, 2, new Faulty(fault));
                L3Hub hub = new L3Hub()) {
            hub.connect(from);
            hub.connect(to);

            transfer();

            DeviceStats.Snapshot stats = to.stats().snapshot();
            assertTrue(stats.sentSuperSegments() > 0, stats::toString);
            boolean refused = fault == Errno.EINVAL || fault == Errno.ENOBUFS;
            assertEquals(refused, stats.cutSuperSegments() > 0, stats::toString);
            assertEquals(!refused, stats.sendDropped(DropReason.IO_ERROR) > 0, stats::toString);
        }
    }

    private void transfer() throws Exception {
        long seed = 0xFA117;
        ServerSocket server = two.call(() -> {
            ServerSocket socket = new ServerSocket();
            socket.bind(new InetSocketAddress("10.78.0.2", 0));
            return socket;
        });
        try (server) {
            FutureTask<Void> receiver = two.start(() -> {
                try (Socket socket = server.accept()) {
                    InputStream in = socket.getInputStream();
                    Random random = new Random(seed);
                    byte[] expected = new byte[CHUNK];
                    for (int at = 0; at < BYTES; at += CHUNK) {
                        random.nextBytes(expected);
                        assertArrayEquals(expected, in.readNBytes(CHUNK), "at " + at);
                    }
                    assertEquals(-1, in.read());
                }
                return null;
            });
            one.call(() -> {
                try (Socket socket = new Socket("10.78.0.2", server.getLocalPort())) {
                    Random random = new Random(seed);
                    byte[] chunk = new byte[CHUNK];
                    for (int at = 0; at < BYTES; at += CHUNK) {
                        random.nextBytes(chunk);
                        socket.getOutputStream().write(chunk);
                    }
                }
                return null;
            });
            receiver.get();
        }
    }
}
