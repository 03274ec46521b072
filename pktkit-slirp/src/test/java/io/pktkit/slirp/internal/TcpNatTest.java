// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.link.PipeL3;
import io.pktkit.slirp.EgressPolicy;
import io.pktkit.slirp.SilentPort;
import io.pktkit.slirp.SlirpConfig;
import io.pktkit.slirp.SlirpLimits;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TcpNatTest {
    private static final IpAddress GUEST = IpAddress.parse("10.0.2.15");
    private static final IpAddress LOOPBACK = IpAddress.parse("127.0.0.1");

    @Test
    void shouldNotKeepEndedDialsBehindOneThatTakesLong() throws Exception {
        PipeL3 wire = new PipeL3();
        SlirpStack stack = new SlirpStack(SlirpConfig.builder()
                .address(IpPrefix.parse("10.0.2.2/24"))
                .egress(EgressPolicy.unrestricted())
                .build());
        // A port that is bound, and where nobody listens, refuses; and nobody else can take it meanwhile.
        try (SilentPort silent = new SilentPort();
                Socket closed = new Socket()) {
            closed.bind(new InetSocketAddress(LOOPBACK.toInetAddress(), 0));
            Namespace namespace = stack.connect(wire);
            open(wire, 4000, silent.port());
            for (int port = 5000; port < 5050; port++) {
                open(wire, port, closed.getLocalPort());
                awaitConnections(stack, 1);
            }
            assertEquals(1, namespace.get(() -> namespace.tcpNat().watchedDials()));
        } finally {
            stack.close();
            wire.close();
        }
    }

    /** Its handling has failed: the guest is told at once, and not when the time for dialling is over. */
    @ParameterizedTest
    @CsvSource({"10.0.2.2, 10.0.2.15", "fd00::2, fd00::15"})
    void shouldRefuseADialWhoseHandlingFails(String gateway, String guest) throws Exception {
        AtomicInteger resets = new AtomicInteger();
        PipeL3 wire = new PipeL3(packet -> {
            TcpSegment segment = packet.tcp();
            resets.addAndGet(segment != null && segment.has(TcpSegment.RST) ? 1 : 0);
        });
        try (SilentPort silent = new SilentPort()) {
            SlirpStack stack = new SlirpStack(SlirpConfig.builder()
                    .address(IpPrefix.parse("10.0.2.2/24"))
                    .address(IpPrefix.parse("fd00::2/64"))
                    .egress(EgressPolicy.denyAll())
                    .allowHost(80, silent.address())
                    .build());
            try {
                Namespace namespace = stack.connect(wire);
                open(wire, IpAddress.parse(guest), 4000, IpAddress.parse(gateway), 80);
                TcpFlow flow = namespace.get(() -> namespace.tcpNat().flows().get(0));

                stack.loop().executeAndWait(flow.socket()::onFailure); // after the dial, which is queued already

                assertEquals(1, resets.get());
                assertEquals(0, stack.snapshot().dialing());
                assertEquals(0, stack.snapshot().tcpConnections());
                open(wire, IpAddress.parse(guest), 4000, IpAddress.parse(gateway), 80);
                assertEquals(1, stack.snapshot().dialing(), "its next SYN is a new one");
            } finally {
                stack.close();
                wire.close();
            }
        }
    }

    /** The loop is held up, by a policy or a resolver that takes its time, and a guest invents sources. */
    @Test
    void shouldNeitherPileUpNorDialWhatWasWithdrawn() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        PipeL3 wire = new PipeL3();
        SlirpStack stack = new SlirpStack(SlirpConfig.builder()
                .address(IpPrefix.parse("10.0.0.1/16"))
                .limits(new SlirpLimits(1, 64, 32, 1, 1))
                .egress((protocol, destination, port) -> {
                    asked.incrementAndGet();
                    return false;
                })
                .build());
        CountDownLatch held = new CountDownLatch(1);
        try {
            Namespace namespace = stack.connect(wire);
            stack.loop().execute(() -> await(held));
            IpAddress remote = IpAddress.parse("198.51.100.7");
            for (int source = 0; source < 2000; source++) {
                open(wire, IpAddress.ofIpv4(0x0A00_1000 + source), 4000, remote, 80);
            }
            int size = namespace.get(() -> namespace.tcpNat().size());
            assertTrue(size >= 32 && size <= 64, "size=" + size);

            held.countDown();
            stack.loop().executeAndWait(() -> {});

            assertEquals(32, asked.get(), "as many as may be dialled at once");
            assertEquals(0, namespace.get(() -> namespace.tcpNat().size()));
            open(wire, IpAddress.parse("10.0.99.9"), 4000, remote, 80);
            stack.loop().executeAndWait(() -> {});
            assertEquals(33, asked.get(), "others are served again");
        } finally {
            held.countDown();
            stack.close();
            wire.close();
        }
    }

    static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void open(PipeL3 wire, int port, int remotePort) {
        open(wire, GUEST, port, LOOPBACK, remotePort);
    }

    private static void open(PipeL3 wire, IpAddress from, int port, IpAddress to, int remotePort) {
        ByteBuffer syn =
                PacketBuilder.tcp(from, port, to, remotePort, 1000, 0, TcpSegment.SYN, 65535, ByteBuffer.allocate(0));
        wire.inject(new Packet().wrap(syn));
    }

    private static void awaitConnections(SlirpStack stack, int count) {
        while (stack.snapshot().tcpConnections() != count
                && !Thread.currentThread().isInterrupted()) {
            Thread.onSpinWait();
        }
    }
}
