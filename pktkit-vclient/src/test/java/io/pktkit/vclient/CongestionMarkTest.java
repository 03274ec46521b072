// SPDX-License-Identifier: MIT
package io.pktkit.vclient;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.pktkit.iphost.socket.VirtualServerSocket;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.Fragmenter;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The ECN field of IP headers on its way to the TCP of a client and from there. */
class CongestionMarkTest {
    private static final int ECT_0 = 2;
    private static final int CE = 3;

    private final ManualTime time = new ManualTime();
    private final VirtualClient client = new VirtualClient(VirtualClientConfig.DEFAULT.withTimers(time));
    private final Deque<Packet> sent = new ArrayDeque<>();
    private VirtualServerSocket listener;
    private IpAddress own = IpAddress.parse("10.0.0.1");
    private IpAddress peer = IpAddress.parse("10.0.0.2");
    private int acknowledged;

    @BeforeEach
    void setUp() throws IOException {
        client.setPrefix(IpPrefix.of(IpAddress.parse("10.0.0.1"), 24));
        client.setPrefix(IpPrefix.of(IpAddress.parse("fd00::1"), 64));
        client.attach(packet -> sent.add(new Packet().wrap(ByteBuffer.wrap(packet.toBytes()))));
        listener = client.listen(80);
    }

    @AfterEach
    void tearDown() throws IOException {
        listener.close();
        client.close();
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1, 10.0.0.2", "fd00::1, fd00::2"})
    void shouldReachTheConnectionAndComeFromIt(String ours, String theirs) throws IOException {
        try (Socket socket = connect(ours, theirs)) {
            client.send(data(1, 100).ecn(CE));
            expect(TcpSegment.ACK | TcpSegment.ECE, 0);

            socket.getOutputStream().write(new byte[100]);
            expect(TcpSegment.ACK | TcpSegment.PSH | TcpSegment.ECE, ECT_0);
        }
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1, 10.0.0.2, 576", "fd00::1, fd00::2, 1280"})
    void shouldSurviveReassembly(String ours, String theirs, int mtu) throws IOException {
        try (Socket socket = connect(ours, theirs)) {
            List<Packet> fragments = new ArrayList<>();
            Packet whole = data(1, 1400).ecn(ECT_0);
            assertEquals(
                    Fragmenter.Result.FRAGMENTED,
                    new Fragmenter()
                            .fragment(
                                    whole,
                                    mtu,
                                    7,
                                    f -> fragments.add(new Packet().wrap(ByteBuffer.wrap(f.toBytes())))));
            fragments.get(1).ecn(CE); // one is enough, whichever it is (RFC 3168 section 5.3)

            fragments.forEach(client::send);

            expect(TcpSegment.ACK | TcpSegment.ECE, 0);
            assertEquals(1400, socket.getInputStream().available());
        }
    }

    @Test
    void shouldNotTakeAPacketOfWhichOnlyPartCouldBeMarked() throws IOException {
        try (Socket socket = connect("10.0.0.1", "10.0.0.2")) {
            List<Packet> fragments = new ArrayList<>();
            new Fragmenter()
                    .fragment(
                            data(1, 1400).ecn(ECT_0),
                            576,
                            7,
                            f -> fragments.add(new Packet().wrap(ByteBuffer.wrap(f.toBytes()))));
            fragments.get(1).ecn(0);

            fragments.forEach(client::send);

            assertEquals(0, socket.getInputStream().available());
        }
    }

    private Socket connect(String ours, String theirs) throws IOException {
        own = IpAddress.parse(ours);
        peer = IpAddress.parse(theirs);
        client.send(segment(0, TcpSegment.SYN | TcpSegment.ECE | TcpSegment.CWR, 0));
        acknowledged =
                expect(TcpSegment.SYN | TcpSegment.ACK | TcpSegment.ECE, 0).sequenceNumber() + 1;
        client.send(segment(1, TcpSegment.ACK, 0));
        return listener.accept();
    }

    private Packet data(int sequence, int length) {
        return segment(sequence, TcpSegment.ACK, length);
    }

    private Packet segment(int sequence, int flags, int length) {
        ByteBuffer bytes = PacketBuilder.tcp(
                peer, 1000, own, 80, sequence, acknowledged, flags, 0xffff, ByteBuffer.allocate(length));
        return new Packet().wrap(bytes);
    }

    private TcpSegment expect(int flags, int ecn) {
        Packet packet = sent.poll();
        assertNotNull(packet, "nothing was sent");
        TcpSegment segment = packet.tcp();
        assertNotNull(segment, packet::toString);
        assertEquals(TcpSegment.flagsText(flags), TcpSegment.flagsText(segment.flags()), packet::toString);
        assertEquals(ecn, packet.ecn(), packet::toString);
        return segment;
    }
}
