// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.Fragmenter;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.Reassembler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SlirpIcmpTest {
    private final ManualTime time = new ManualTime();
    private Slirp slirp;

    @BeforeEach
    void open() throws IOException {
        slirp = Slirp.open(Slirps.config().timers(time).build());
    }

    @AfterEach
    void close() {
        slirp.close();
    }

    private Guest guest(String address) throws IOException {
        return new Guest(slirp, address, time, 1500);
    }

    private long dropped(DropReason reason) {
        return slirp.snapshot().traffic().dropped(reason);
    }

    @ParameterizedTest
    @CsvSource({"10.0.2.15,10.0.2.2", "fd00::15,fd00::2"})
    void shouldAnswerAnEchoRequestForItself(String from, String to) throws Exception {
        try (Guest guest = guest(from)) {
            byte[] payload = Slirps.bytes(56, 1);
            guest.send(
                    PacketBuilder.icmpEcho(guest.address, IpAddress.parse(to), true, 7, 9, ByteBuffer.wrap(payload)));

            Packet answer = guest.receive();
            IcmpMessage echo = Slirps.icmp(answer);
            assertTrue(echo.isEchoReply());
            assertEquals(ChecksumStatus.VALID, answer.verifyTransportChecksum());
            assertEquals(IpAddress.parse(to), answer.source());
            assertEquals(7, echo.identifier());
            assertEquals(9, echo.sequenceNumber());
            byte[] echoed = new byte[echo.payloadLength()];
            echo.buffer().get(echo.payloadOffset(), echoed);
            assertArrayEquals(payload, echoed);
        }
    }

    @Test
    void shouldReassembleALargeEchoRequestAndFragmentTheAnswer() throws Exception {
        try (Guest guest = guest(Slirps.GUEST);
                Reassembler reassembler = new Reassembler()) {
            byte[] payload = Slirps.bytes(20_000, 2);
            Packet request = new Packet()
                    .wrap(PacketBuilder.icmpEcho(guest.address, Slirps.GATEWAY, true, 1, 1, ByteBuffer.wrap(payload)));
            List<ByteBuffer> fragments = new ArrayList<>();
            new Fragmenter()
                    .fragment(request, 1500, 77, fragment -> fragments.add(ByteBuffer.wrap(fragment.toBytes())));
            assertTrue(fragments.size() > 1);
            fragments.forEach(guest::send);

            Packet whole = null;
            while (whole == null) {
                Packet fragment = guest.receive();
                assertTrue(fragment.length() <= 1500);
                whole = reassembler.add(fragment, 0);
            }
            assertEquals(ChecksumStatus.VALID, whole.verifyTransportChecksum());
            assertEquals(payload.length, Slirps.icmp(whole).payloadLength());
        }
    }

    @ParameterizedTest
    @CsvSource({"10.0.2.15,10.0.2.99", "10.0.2.15,127.0.0.1", "fd00::15,fd00::99", "fd00::15,::1"})
    void shouldSayThatOthersCannotBeReached(String from, String to) throws Exception {
        try (Guest guest = guest(from)) {
            guest.send(PacketBuilder.icmpEcho(guest.address, IpAddress.parse(to), true, 7, 9, ByteBuffer.allocate(8)));

            Packet answer = guest.receive();
            IcmpMessage error = Slirps.icmp(answer);
            // Administratively prohibited: RFC 1812 section 5.2.7.1, RFC 4443 section 3.1
            assertEquals(answer.isIpv6() ? 1 : 3, error.type());
            assertEquals(answer.isIpv6() ? 1 : 13, error.code());
            assertEquals(answer.isIpv6() ? Slirps.GATEWAY6 : Slirps.GATEWAY, answer.source());
            assertEquals(1, dropped(DropReason.UNSUPPORTED));
        }
    }

    @ParameterizedTest
    @CsvSource({"10.0.2.15,224.0.0.1", "10.0.2.15,10.0.2.255", "10.0.2.15,255.255.255.255", "fd00::15,ff02::1"})
    void shouldAnswerNoEchoRequestToMany(String from, String to) throws Exception {
        try (Guest guest = guest(from)) {
            guest.send(PacketBuilder.icmpEcho(guest.address, IpAddress.parse(to), true, 7, 9, ByteBuffer.allocate(8)));

            assertTrue(guest.inbox.isEmpty());
        }
    }

    @Test
    void shouldReportAHopLimitThatHasRunOut() throws Exception {
        try (Guest guest = guest(Slirps.GUEST)) {
            ByteBuffer packet =
                    PacketBuilder.udp(guest.address, 1, IpAddress.parse("192.0.2.1"), 2, ByteBuffer.allocate(4));
            new Packet().wrap(packet).hopLimit(1);
            guest.send(packet);

            Packet answer = guest.receive();
            assertEquals(IcmpMessage.V4_TIME_EXCEEDED, Slirps.icmp(answer).type());
            assertEquals(Slirps.GATEWAY, answer.source());
            assertEquals(1, dropped(DropReason.TTL_EXPIRED));
        }
    }

    @Test
    void shouldLimitTheRateOfErrors() throws Exception {
        try (Guest guest = guest(Slirps.GUEST)) {
            for (int i = 0; i < 1000; i++) {
                guest.sendUdp(5000, Slirps.GATEWAY, 9, new byte[1]);
            }

            assertEquals(50, guest.inbox.size());
            assertEquals(950, dropped(DropReason.RATE_LIMITED));
        }
    }

    @Test
    void shouldDropBadChecksumsOfEveryProtocol() throws Exception {
        ByteBuffer four = ByteBuffer.wrap(new byte[] {1, 2, 3, 4});
        try (Guest guest = guest(Slirps.GUEST);
                Guest guest6 = guest(Slirps.GUEST6)) {
            List<ByteBuffer> packets = new ArrayList<>();
            packets.add(PacketBuilder.udp(guest.address, 1, Slirps.GATEWAY, 2, four));
            packets.add(PacketBuilder.tcp(guest.address, 1, Slirps.GATEWAY, 2, 0, 0, 2, 100, four));
            packets.add(PacketBuilder.icmpEcho(guest.address, Slirps.GATEWAY, true, 1, 1, four));
            for (ByteBuffer packet : packets) {
                int last = packet.limit() - 1;
                packet.put(last, (byte) (packet.get(last) ^ 1));
                guest.send(packet);
            }
            ByteBuffer header = PacketBuilder.udp(guest.address, 1, Slirps.GATEWAY, 2, four);
            header.put(1, (byte) 4);
            guest.send(header);
            ByteBuffer withoutChecksum = PacketBuilder.udp(guest6.address, 1, Slirps.GATEWAY6, 2, four);
            withoutChecksum.putShort(46, (short) 0);
            guest6.send(withoutChecksum);

            assertEquals(5, dropped(DropReason.BAD_CHECKSUM));
            assertTrue(guest.inbox.isEmpty());
            assertTrue(guest6.inbox.isEmpty());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1,MARTIAN",
        "0.0.0.0,MARTIAN",
        "224.0.0.1,MARTIAN",
        "255.255.255.255,MARTIAN",
        "10.0.2.2,MARTIAN",
        "10.0.2.255,MARTIAN"
    })
    void shouldDropSourcesThatCannotBeAnswered(String source, DropReason reason) throws Exception {
        try (Guest guest = guest(Slirps.GUEST)) {
            guest.send(PacketBuilder.udp(IpAddress.parse(source), 1, Slirps.GATEWAY, 9, ByteBuffer.allocate(1)));

            assertEquals(1, dropped(reason));
            assertTrue(guest.inbox.isEmpty());
        }
    }
}
