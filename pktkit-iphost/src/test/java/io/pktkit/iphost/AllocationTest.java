// SPDX-License-Identifier: MIT
package io.pktkit.iphost;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.pktkit.device.Outbox;
import io.pktkit.device.Receiver;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.host.TcpHostConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A datagram that comes, waits, is read and answered allocates nothing. */
class AllocationTest {
    private static final int ROUNDS = 20_000;
    private static final int WARM_UP = 5 * ROUNDS;

    private final HostAddresses addresses = new HostAddresses();
    private final Outbox outbox = new Outbox();
    private final IpHost host =
            new IpHost(IpHostConfig.of(TcpHostConfig.of(TcpConfig.defaults())), addresses, outbox, reason -> {});
    private final ByteBuffer payload = ByteBuffer.allocate(2000);
    private long answers;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldNotAllocateForDatagrams(boolean ipv6) throws IOException {
        addresses.setPrefix(IpPrefix.parse("10.0.0.1/24"));
        addresses.setPrefix(IpPrefix.parse("fd00::1/64"));
        IpAddress self = IpAddress.parse(ipv6 ? "fd00::1" : "10.0.0.1");
        IpAddress peer = IpAddress.parse(ipv6 ? "fd00::2" : "10.0.0.2");
        Packet packet = new Packet().wrap(PacketBuilder.udp(peer, 5000, self, 53, ByteBuffer.allocate(1200)));
        UdpPort port = host.udp().open(null, 53, () -> {});
        run(port, packet, WARM_UP);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().getId();

        long before = threads.getThreadAllocatedBytes(thread);
        run(port, packet, ROUNDS);
        long allocated = threads.getThreadAllocatedBytes(thread) - before;

        assertTrue(answers == WARM_UP + ROUNDS, "answers=" + answers);
        assertTrue(allocated < 10_000, "bytes=" + allocated);
    }

    private void run(UdpPort port, Packet packet, int rounds) throws IOException {
        Receiver<Packet> wire = out -> answers++;
        for (int i = 0; i < rounds; i++) {
            assertNull(host.onPacket(packet, i));
            port.queue().poll(payload.clear());
            port.send(port.queue().address(), port.queue().port(), payload.flip(), i);
            outbox.drainPackets(wire);
        }
    }
}
