// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.pktkit.time.ManualTime;
import io.pktkit.wire.Fragmenter;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The ECN field of IP headers between a guest and the TCP that stands in for the host behind the NAT. */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlirpCongestionMarkTest {
    private static final int ECT_0 = 2;
    private static final int CE = 3;
    private static final int LENGTH = 1400;

    /** Stands still, so that nothing is repeated to a guest that takes long to answer. */
    private final ManualTime time = new ManualTime();

    @ParameterizedTest
    @CsvSource({"10.0.2.15, 10.0.2.2, 576", "fd00::15, fd00::2, 1280"})
    void shouldCarryMarksBothWaysAlsoInFragments(String from, String to, int mtu) throws Exception {
        try (HostServer server =
                        new HostServer(socket -> socket.getInputStream().transferTo(socket.getOutputStream()));
                Slirp slirp = Slirp.open(Slirps.config()
                        .timers(time)
                        .allowHost(7, new InetSocketAddress(Slirps.LOOPBACK, server.port()))
                        .build());
                Guest guest = new Guest(slirp, from, time, 1500)) {
            guest.raw = true;
            IpAddress destination = IpAddress.parse(to);
            guest.send(segment(guest, destination, 0, 0, TcpSegment.SYN | TcpSegment.ECE | TcpSegment.CWR, 0));
            Packet answer = guest.receive();
            assertEquals(
                    TcpSegment.SYN | TcpSegment.ACK | TcpSegment.ECE,
                    tcp(answer).flags());
            assertEquals(0, answer.ecn());
            int next = tcp(answer).sequenceNumber() + 1;
            guest.send(segment(guest, destination, 1, next, TcpSegment.ACK, 0));

            for (Packet fragment :
                    fragments(segment(guest, destination, 1, next, TcpSegment.ACK | TcpSegment.PSH, LENGTH), mtu)) {
                guest.send(fragment.buffer());
            }

            Packet acknowledgment = guest.receive();
            assertEquals(TcpSegment.ACK | TcpSegment.ECE, tcp(acknowledgment).flags(), acknowledgment::toString);
            assertEquals(0, acknowledgment.ecn());
            Packet echoed = guest.receive(); // the payload comes back from the host
            assertEquals(ECT_0, echoed.ecn(), echoed::toString);
            assertEquals(TcpSegment.ECE, tcp(echoed).flags() & TcpSegment.ECE);
        }
    }

    /** ECN-capable, and the last one marked. */
    private static List<Packet> fragments(ByteBuffer segment, int mtu) {
        List<Packet> fragments = new ArrayList<>();
        Packet whole = new Packet().wrap(segment).ecn(ECT_0);
        new Fragmenter()
                .fragment(
                        whole,
                        mtu,
                        7,
                        fragment -> fragments.add(new Packet().wrap(ByteBuffer.wrap(fragment.toBytes()))));
        fragments.get(fragments.size() - 1).ecn(CE);
        return fragments;
    }

    private static ByteBuffer segment(
            Guest guest, IpAddress destination, int sequence, int acknowledged, int flags, int length) {
        return PacketBuilder.tcp(
                guest.address,
                1000,
                destination,
                7,
                sequence,
                acknowledged,
                flags,
                0xffff,
                ByteBuffer.allocate(length));
    }

    private static TcpSegment tcp(Packet packet) throws IOException {
        TcpSegment segment = packet.tcp();
        assertNotNull(segment, packet::toString);
        return segment;
    }
}
