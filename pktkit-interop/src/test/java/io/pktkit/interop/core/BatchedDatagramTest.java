// SPDX-License-Identifier: MIT
package io.pktkit.interop.core;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramCounter;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.DatagramPath;
import io.pktkit.datagram.Datagrams;
import io.pktkit.datagram.FixedPath;
import io.pktkit.device.Burst;
import io.pktkit.interop.Await;
import io.pktkit.interop.Commands;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.NetworkNamespace;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Batched datagrams between two kernels: a server with three addresses of each family, over a wire of 1500 bytes. */
@NeedsPeer("ip")
@Timeout(value = 300, unit = SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BatchedDatagramTest {
    private static final Duration LIMIT = Await.LIMIT;

    private static NetworkNamespace here;
    private static NetworkNamespace there;

    @BeforeAll
    static void connect() {
        here = new NetworkNamespace();
        there = new NetworkNamespace();
        run(here, "ip link add wire type veth peer name wire netns " + there.name());
        for (int host = 1; host <= 3; host++) {
            run(here, "ip addr add 10.95.0." + host + "/24 dev wire");
            run(here, "ip addr add fd95::" + host + "/64 dev wire nodad");
            run(here, "ip addr add fe80::" + host + "/64 dev wire nodad");
        }
        run(there, "ip addr add 10.95.0.9/24 dev wire");
        run(there, "ip addr add fd95::9/64 dev wire nodad");
        run(there, "ip addr add fe80::9/64 dev wire nodad");
        run(here, "ip link set wire up");
        run(there, "ip link set wire up");
    }

    @AfterAll
    static void disconnect() {
        here.close();
        there.close();
    }

    private static String run(NetworkNamespace namespace, String command) {
        return namespace.exec(LIMIT, "sh", "-c", command).expectSuccess().output();
    }

    /** An endpoint stays in the namespace that its thread was in when it was opened. */
    private static DatagramEndpoint open(NetworkNamespace namespace) throws IOException {
        CompletableFuture<DatagramEndpoint> opened = new CompletableFuture<>();
        new Thread(() -> {
                    try {
                        io.pktkit.nativeio.NetworkNamespace.enter("/run/netns/" + namespace.name());
                        opened.complete(Datagrams.open(DatagramConfig.builder().build()));
                    } catch (IOException | RuntimeException failure) {
                        opened.completeExceptionally(failure);
                    }
                })
                .start();
        return opened.join();
    }

    private static List<IpAddress> addresses(IpFamily family) {
        String prefix = family == IpFamily.IPV4 ? "10.95.0." : "fd95::";
        return List.of(IpAddress.parse(prefix + 1), IpAddress.parse(prefix + 2), IpAddress.parse(prefix + 3));
    }

    private static byte[] payload(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static void sendRun(DatagramEndpoint from, DatagramPath to, int count, int length) {
        Burst burst = Burst.open();
        for (int i = 0; i < count; i++) {
            from.send(ByteBuffer.wrap(payload(length, i)), 0, length, to);
        }
        burst.close();
    }

    private static void answer(DatagramEndpoint endpoint, int count, IpAddress asked) throws IOException {
        int answered = 0;
        while (answered < count) {
            answered += endpoint.receive(datagram -> {
                assertEquals(asked, datagram.localAddress());
                endpoint.send(datagram.buffer(), datagram.offset(), datagram.length(), datagram);
            });
        }
    }

    private static void expectRun(DatagramEndpoint endpoint, int count, int length, IpAddress from) throws IOException {
        List<byte[]> got = new ArrayList<>();
        while (got.size() < count) {
            endpoint.receive(datagram -> {
                assertEquals(from, datagram.remoteAddress());
                got.add(datagram.toBytes());
            });
        }
        for (int i = 0; i < count; i++) {
            assertArrayEquals(payload(length, i), got.get(i), "i=" + i);
        }
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldAnswerFromTheAddressThatWasAsked(IpFamily family) throws IOException {
        try (DatagramEndpoint server = open(here);
                DatagramEndpoint client = open(there)) {
            for (IpAddress asked : addresses(family)) {
                sendRun(client, FixedPath.to(asked, server.port()), 20, 1400);
                answer(server, 20, asked);
                expectRun(client, 20, 1400, asked);
            }
            assertEquals(60, server.counter(DatagramCounter.SEGMENTS), server.describe());
            assertTrue(server.counter(DatagramCounter.COALESCED) > 0, server.describe());
            assertEquals(0, server.counter(DatagramCounter.SOURCE_FALLBACKS));
        }
    }

    /** Link-local addresses mean nothing without their interface. */
    @Test
    void shouldAnswerLinkLocalAddresses() throws IOException {
        int scope =
                Integer.parseInt(run(there, "cat /sys/class/net/wire/ifindex").trim());
        try (DatagramEndpoint server = open(here);
                DatagramEndpoint client = open(there)) {
            for (int host = 1; host <= 3; host++) {
                IpAddress asked = IpAddress.parse("fe80::" + host);
                sendRun(client, FixedPath.to(asked, scope, server.port()), 20, 700);
                answer(server, 20, asked);
                expectRun(client, 20, 700, asked);
            }
            assertEquals(0, server.stats().snapshot().sendDropped());
        }
    }

    /** The kernel does not cut runs into pieces that a path does not take: they leave one by one, as fragments. */
    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldSendPiecesThatAreWiderThanThePath(IpFamily family) throws IOException {
        try (DatagramEndpoint server = open(here);
                DatagramEndpoint client = open(there)) {
            IpAddress to = addresses(family).get(0);
            for (int i = 0; i < 3; i++) {
                sendRun(client, FixedPath.to(to, server.port()), 10, 3000);
                answer(server, 10, to);
                expectRun(client, 10, 3000, to);
            }
            assertEquals(3, client.counter(DatagramCounter.SEGMENTATION_FALLBACKS));
            sendRun(client, FixedPath.to(to, server.port()), 10, 1300);
            answer(server, 10, to);
            assertEquals(10, client.counter(DatagramCounter.SEGMENTS), "what is narrow is cut as before");
        }
    }

    /** What the network answers is counted at most, and what comes next is sent. */
    @Test
    void shouldOutliveAPeerThatIsNotThere() throws IOException {
        try (DatagramEndpoint server = open(here);
                DatagramEndpoint client = open(there)) {
            IpAddress to = addresses(IpFamily.IPV4).get(0);
            for (int i = 0; i < 100; i++) {
                sendRun(client, FixedPath.to(to, 9), 1, 10);
                sendRun(client, FixedPath.to(IpAddress.parse("198.51.100.1"), 9), 1, 10);
                sendRun(client, FixedPath.to(to, server.port()), 1, 10);
                answer(server, 1, to);
                expectRun(client, 1, 10, to);
            }
            long dropped = client.stats().snapshot().sendDropped();
            assertTrue(dropped >= 100, "dropped " + dropped);
        }
    }

    /** An IPv6 that is switched off must not keep IPv4 from being served. */
    @Test
    void shouldServeIpv4WhereIpv6IsSwitchedOff() throws IOException {
        try (NetworkNamespace lone = new NetworkNamespace()) {
            Commands.Result off = lone.exec(LIMIT, "sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6");
            off.expectSuccess();
            try (DatagramEndpoint a = open(lone);
                    DatagramEndpoint b = open(lone)) {
                IpAddress loopback = IpAddress.parse("127.0.0.1");
                sendRun(a, FixedPath.to(loopback, b.port()), 20, 100);
                expectRun(b, 20, 100, loopback);
                assertEquals(20, a.counter(DatagramCounter.SEGMENTS), a.describe());
            }
        }
    }
}
