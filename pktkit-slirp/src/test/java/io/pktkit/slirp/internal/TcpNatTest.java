// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.link.PipeL3;
import io.pktkit.slirp.EgressPolicy;
import io.pktkit.slirp.SlirpConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
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
        // With its backlog full, a port neither accepts nor refuses.
        try (ServerSocket silent = new ServerSocket(0, 1, LOOPBACK.toInetAddress())) {
            List<SocketChannel> fillers = fill(silent);
            Namespace namespace = stack.connect(wire);
            open(wire, 4000, silent.getLocalPort());

            for (int port = 5000; port < 5050; port++) {
                open(wire, port, closedPort());
                awaitConnections(stack, 1);
            }

            assertEquals(1, namespace.get(() -> namespace.tcpNat().watchedDials()));
            for (SocketChannel filler : fillers) {
                filler.close();
            }
        } finally {
            stack.close();
            wire.close();
        }
    }

    private static List<SocketChannel> fill(ServerSocket silent) throws IOException {
        List<SocketChannel> fillers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            SocketChannel filler = SocketChannel.open();
            filler.configureBlocking(false);
            filler.connect(silent.getLocalSocketAddress());
            fillers.add(filler);
        }
        return fillers;
    }

    private static int closedPort() throws IOException {
        try (ServerSocket closed = new ServerSocket(0, 1, LOOPBACK.toInetAddress())) {
            return closed.getLocalPort();
        }
    }

    private static void open(PipeL3 wire, int port, int remotePort) {
        ByteBuffer syn = PacketBuilder.tcp(
                GUEST, port, LOOPBACK, remotePort, 1000, 0, TcpSegment.SYN, 65535, ByteBuffer.allocate(0));
        wire.inject(new Packet().wrap(syn));
    }

    private static void awaitConnections(SlirpStack stack, int count) {
        while (stack.snapshot().tcpConnections() != count
                && !Thread.currentThread().isInterrupted()) {
            Thread.onSpinWait();
        }
    }
}
