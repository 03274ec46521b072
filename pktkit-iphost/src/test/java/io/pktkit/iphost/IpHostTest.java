// SPDX-License-Identifier: MIT
package io.pktkit.iphost;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.AddressState;
import io.pktkit.device.DropReason;
import io.pktkit.device.Outbox;
import io.pktkit.time.Timers;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.host.TcpHostConfig;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.Fragmenter;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IcmpErrors;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.LinkCast;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.Reassembler;
import io.pktkit.wire.TcpSegment;
import io.pktkit.wire.UdpDatagram;
import java.io.IOException;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each case in both families: the parameter is whether it is IPv6. */
class IpHostTest {
    private static final int MTU = 1500;

    private final HostAddresses addresses = new HostAddresses();
    private final Outbox outbox = new Outbox();
    private final Map<DropReason, Integer> drops = new EnumMap<>(DropReason.class);
    private final IpHost host = new IpHost(
            IpHostConfig.of(TcpHostConfig.of(TcpConfig.builder().mtu(MTU).build())),
            addresses,
            outbox,
            reason -> drops.merge(reason, 1, Integer::sum));
    private final List<Packet> sent = new ArrayList<>();
    private long now;

    IpHostTest() {
        addresses.setPrefix(IpPrefix.parse("10.0.0.1/24"));
        addresses.setPrefix(IpPrefix.parse("fd00::1/64"));
    }

    private static IpAddress self(boolean ipv6) {
        return IpAddress.parse(ipv6 ? "fd00::1" : "10.0.0.1");
    }

    private static IpAddress peer(boolean ipv6) {
        return IpAddress.parse(ipv6 ? "fd00::2" : "10.0.0.2");
    }

    private static IpAddress group(boolean ipv6) {
        return IpAddress.parse(ipv6 ? "ff02::1" : "224.0.0.1");
    }

    private static ByteBuffer bytes(int length) {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        for (int i = 0; i < length; i++) {
            bytes.put(i, (byte) (i * 31));
        }
        return bytes;
    }

    private @Nullable DropReason receive(ByteBuffer packet) {
        return receive(new Packet().wrap(packet));
    }

    private @Nullable DropReason receive(Packet packet) {
        DropReason reason = host.onPacket(packet, now);
        outbox.drainPackets(out -> sent.add(new Packet().wrap(ByteBuffer.wrap(out.toBytes()))));
        return reason;
    }

    private Packet onlyReply() {
        assertEquals(1, sent.size(), sent.toString());
        Packet reply = sent.remove(0);
        assertTrue(reply.isComplete());
        assertTrue(reply.verifyIpv4Checksum() != ChecksumStatus.INVALID);
        assertEquals(ChecksumStatus.VALID, reply.verifyTransportChecksum());
        return reply;
    }

    private void expectError(int type, int code, int rest) {
        IcmpMessage error = Objects.requireNonNull(onlyReply().icmp());
        assertEquals(type + "/" + code, error.type() + "/" + error.code());
        assertEquals(rest, error.restOfHeader());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldAnswerEchoRequests(boolean ipv6) {
        assertNull(receive(PacketBuilder.icmpEcho(peer(ipv6), self(ipv6), true, 7, 8, bytes(100))));

        Packet reply = onlyReply();
        IcmpMessage message = Objects.requireNonNull(reply.icmp());
        assertTrue(message.isEchoReply());
        assertEquals(7, message.identifier());
        assertEquals(8, message.sequenceNumber());
        assertEquals(self(ipv6), reply.source());
        assertEquals(peer(ipv6), reply.destination());
    }

    /** A super-segment of UDP is several datagrams, the last of them shorter. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldTakeDatagramsThatCameAsOneOneByOne(boolean ipv6) throws IOException {
        UdpPort port = host.udp().open(null, 53, () -> {});
        Packet merged = new Packet().wrap(PacketBuilder.udp(peer(ipv6), 5000, self(ipv6), 53, bytes(2500)));

        assertNull(receive(merged.segmentSize(1000).checksumPending(true)));

        for (int at = 0; at < 2500; at += 1000) {
            ByteBuffer target = ByteBuffer.allocate(2000);
            assertTrue(port.queue().poll(target));
            assertEquals(bytes(2500).position(at).limit(Math.min(2500, at + 1000)), target.flip());
        }
        assertEquals(DropReason.MALFORMED, receive(merged.segmentSize(1).checksumPending(true))); // too many
        Packet nobodys = new Packet().wrap(PacketBuilder.udp(peer(ipv6), 5000, self(ipv6), 54, bytes(2500)));
        assertEquals(DropReason.NO_RECEIVER, receive(nobodys.segmentSize(1000).checksumPending(true)));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldAnswerWhatCameInFragmentsInFragments(boolean ipv6) {
        Packet whole = new Packet().wrap(PacketBuilder.icmpEcho(peer(ipv6), self(ipv6), true, 1, 2, bytes(5000)));
        List<Packet> fragments = new ArrayList<>();
        new Fragmenter()
                .fragment(
                        whole.dontFragment(false),
                        1300,
                        77,
                        fragment -> fragments.add(new Packet().wrap(ByteBuffer.wrap(fragment.toBytes()))));

        fragments.forEach(this::receive);

        Reassembler reassembler = new Reassembler();
        Packet reply = null;
        assertEquals(4, sent.size());
        for (Packet fragment : sent) {
            assertTrue(fragment.length() <= MTU);
            reply = reassembler.add(fragment, 0);
        }
        assertEquals(ChecksumStatus.VALID, Objects.requireNonNull(reply).verifyTransportChecksum());
        assertEquals(5000 + IcmpMessage.HEADER_LENGTH, reply.transportLength());
        assertEquals(0, host.reassembling());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldSayThatNobodyListens(boolean ipv6) {
        assertEquals(DropReason.NO_RECEIVER, receive(PacketBuilder.udp(peer(ipv6), 5, self(ipv6), 9, bytes(4))));
        expectError(ipv6 ? 1 : 3, ipv6 ? 4 : 3, 0);
        assertEquals(DropReason.NO_RECEIVER, receive(PacketBuilder.udp(peer(ipv6), 5, group(ipv6), 9, bytes(4))));
        assertTrue(sent.isEmpty(), "a group is never answered");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldSayThatAProtocolIsUnknown(boolean ipv6) {
        ByteBuffer unknown = PacketBuilder.ip(peer(ipv6), self(ipv6), 200, 64, bytes(8));

        assertEquals(DropReason.UNSUPPORTED, receive(unknown));
        // RFC 1122 section 3.2.2.1; RFC 4443 section 3.4: code 1, and the Next Header field of the fixed header is
        // octet 6
        expectError(ipv6 ? 4 : 3, ipv6 ? 1 : 2, ipv6 ? 6 : 0);
        assertEquals(DropReason.UNSUPPORTED, receive(PacketBuilder.ip(peer(ipv6), group(ipv6), 200, 64, bytes(8))));
        assertTrue(sent.isEmpty(), "a group is never answered");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldLimitItsErrors(boolean ipv6) {
        for (int i = 0; i < 80; i++) {
            receive(PacketBuilder.udp(peer(ipv6), 5, self(ipv6), 9, bytes(4)));
        }
        assertEquals(50, sent.size());
        assertEquals(30, drops.get(DropReason.RATE_LIMITED));

        now += 1_000_000_000L;
        sent.clear();
        receive(PacketBuilder.ip(peer(ipv6), self(ipv6), 200, 64, bytes(8)));
        assertEquals(1, sent.size());
    }

    @Test
    void shouldJudgeExtensionHeaders() {
        byte[] chain = HexFormat.of().parseHex("3a009e0411223344");
        ByteBuffer echo = PacketBuilder.icmpEcho(peer(true), self(true), true, 1, 2, bytes(8));
        ByteBuffer packet = ByteBuffer.allocate(echo.limit() + 8);
        packet.put(0, echo, 0, 40).put(40, chain).put(48, echo, 40, echo.limit() - 40);
        packet.putShort(4, (short) (packet.limit() - 40)).put(6, (byte) 0);

        assertEquals(DropReason.UNSUPPORTED, receive(packet));
        expectError(4, 2, 42);
        packet.put(42, (byte) 0x1e); // the same option, to be skipped
        assertNull(receive(packet));
        assertTrue(Objects.requireNonNull(onlyReply().icmp()).isEchoReply());
    }

    @Test
    void shouldJudgeExtensionHeadersBehindAFragmentHeader() {
        // An atomic fragment (RFC 6946) before an unknown routing header with segments left.
        ByteBuffer echo = PacketBuilder.icmpEcho(peer(true), self(true), true, 1, 2, bytes(8));
        byte[] chain = HexFormat.of().parseHex("2b00000000000001" + "3a00fd0100000000");
        ByteBuffer packet = ByteBuffer.allocate(echo.limit() + 16);
        packet.put(0, echo, 0, 40).put(40, chain).put(56, echo, 40, echo.limit() - 40);
        packet.putShort(4, (short) (packet.limit() - 40)).put(6, (byte) 44);

        assertEquals(DropReason.UNSUPPORTED, receive(packet));
        expectError(4, 0, 42); // in the packet as it was put together
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldTakeNothingForAnAddressThatIsNotGood(boolean ipv6) {
        addresses.put(self(ipv6), AddressState.TENTATIVE);

        assertEquals(
                DropReason.NOT_FOR_US, receive(PacketBuilder.icmpEcho(peer(ipv6), self(ipv6), true, 1, 2, bytes(4))));
        Assertions.assertThrows(IOException.class, () -> host.sourceFor(peer(ipv6)), "nothing is sent from it either");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldLiveAtEachOfItsAddresses(boolean ipv6) {
        IpAddress other = IpAddress.parse(ipv6 ? "fe80::1" : "10.0.0.77");
        IpAddress asker = IpAddress.parse(ipv6 ? "fe80::2" : "10.0.0.2");
        addresses.put(other, AddressState.GOOD);

        assertNull(receive(PacketBuilder.icmpEcho(asker, other, true, 1, 2, bytes(4))));

        assertEquals(other, onlyReply().source());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldDropWhatNamesNoHost(boolean ipv6) {
        IpAddress loopback = IpAddress.parse(ipv6 ? "::1" : "127.0.0.1");
        for (IpAddress source : List.of(loopback, group(ipv6), self(ipv6))) {
            assertEquals(DropReason.MARTIAN, receive(PacketBuilder.icmpEcho(source, self(ipv6), true, 1, 2, bytes(4))));
        }
        assertEquals(DropReason.MARTIAN, receive(PacketBuilder.icmpEcho(peer(ipv6), loopback, true, 1, 2, bytes(4))));
        assertTrue(sent.isEmpty());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldDropUnicastInALinkBroadcast(boolean ipv6) {
        Packet packet = new Packet().wrap(PacketBuilder.icmpEcho(peer(ipv6), self(ipv6), true, 1, 2, bytes(4)));

        assertEquals(DropReason.LINK_BROADCAST, receive(packet.linkCast(LinkCast.BROADCAST)));
        assertTrue(sent.isEmpty());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldMoveDatagramsBothWays(boolean ipv6) throws IOException {
        UdpPort port = host.udp().open(null, 53, () -> {});
        assertNull(receive(PacketBuilder.udp(peer(ipv6), 5000, self(ipv6), 53, bytes(4000))));

        ByteBuffer target = ByteBuffer.allocate(5000);
        assertTrue(port.queue().poll(target));
        assertEquals(peer(ipv6), port.queue().address());
        assertEquals(5000, port.queue().port());
        assertEquals(4000, target.position());

        port.send(port.queue().address(), port.queue().port(), target.flip(), now);
        outbox.drainPackets(out -> sent.add(new Packet().wrap(ByteBuffer.wrap(out.toBytes()))));
        Reassembler reassembler = new Reassembler();
        Packet whole = null;
        for (Packet fragment : sent) {
            whole = reassembler.add(fragment, 0);
        }
        UdpDatagram answer =
                Objects.requireNonNull(Objects.requireNonNull(whole).udp());
        byte[] payload = new byte[answer.payloadLength()];
        answer.buffer().get(answer.payloadOffset(), payload);
        assertArrayEquals(bytes(4000).array(), payload);
        port.close();
        assertEquals(0, host.udp().size());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldBelieveAboutPathsOnlyWhatItCanHaveCaused(boolean ipv6) throws IOException {
        UdpPort port = host.udp().open(null, 53, () -> {});
        ByteBuffer tooBig = error(
                PacketBuilder.udp(self(ipv6), 54, peer(ipv6), 9, bytes(1400)), IcmpError.packetTooBig(1300), ipv6);
        assertEquals(DropReason.NO_RECEIVER, receive(tooBig), "nothing is sent from that port");
        assertEquals(1, packetsOf(port, ipv6));

        tooBig = error(
                PacketBuilder.udp(self(ipv6), 53, peer(ipv6), 9, bytes(1400)), IcmpError.packetTooBig(1300), ipv6);
        assertNull(receive(tooBig));
        assertEquals(2, packetsOf(port, ipv6));

        now += 11L * 60 * 1_000_000_000;
        assertEquals(1, packetsOf(port, ipv6), "after ten minutes it may have changed");
    }

    private int packetsOf(UdpPort port, boolean ipv6) throws IOException {
        sent.clear();
        port.send(peer(ipv6), 9, bytes(1400), now);
        outbox.drainPackets(out -> sent.add(new Packet().wrap(ByteBuffer.wrap(out.toBytes()))));
        return sent.size();
    }

    private static ByteBuffer error(ByteBuffer about, IcmpError error, boolean ipv6) {
        ByteBuffer buffer = ByteBuffer.allocate(IcmpErrors.MAX_LENGTH);
        IpAddress router = IpAddress.parse(ipv6 ? "fd00::fe" : "10.0.0.254");
        int length = IcmpErrors.write(new Packet().wrap(about), router, error, buffer, 0);
        return buffer.limit(length);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldTellAConnectedPortOfAClosedOne(boolean ipv6) throws IOException {
        int[] changes = {0};
        UdpPort port = host.udp().open(null, 53, () -> changes[0]++);
        port.connect(peer(ipv6), 9);
        receive(error(PacketBuilder.udp(self(ipv6), 53, peer(ipv6), 9, bytes(4)), IcmpError.portUnreachable(), ipv6));

        assertEquals(1, changes[0]);
        Assertions.assertThrows(PortUnreachableException.class, port::throwFailure);
        port.throwFailure(); // once
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldTakeEverythingAsAGateway(boolean ipv6) {
        List<String> taken = new ArrayList<>();
        host.setGateway(new Gateway() {
            @Override
            public @Nullable DropReason onDatagram(Packet packet, UdpDatagram datagram, boolean own, long nowNanos) {
                taken.add("udp " + packet.destination() + " own=" + own);
                return null;
            }

            @Override
            public @Nullable DropReason onEcho(Packet packet, long nowNanos) {
                taken.add("echo " + packet.destination());
                return null;
            }
        });
        IpAddress far = IpAddress.parse(ipv6 ? "2001:db8::9" : "192.0.2.9");
        assertNull(receive(PacketBuilder.udp(peer(ipv6), 5, far, 9, bytes(4))));
        assertNull(receive(PacketBuilder.udp(peer(ipv6), 5, self(ipv6), 9, bytes(4))));
        assertNull(receive(PacketBuilder.icmpEcho(peer(ipv6), far, true, 1, 2, bytes(4))));
        assertEquals(List.of("udp " + far + " own=false", "udp " + self(ipv6) + " own=true", "echo " + far), taken);

        Packet last = new Packet().wrap(PacketBuilder.udp(peer(ipv6), 5, far, 9, bytes(4)));
        assertEquals(DropReason.TTL_EXPIRED, receive(last.hopLimit(1)));
        expectError(ipv6 ? 3 : 11, 0, 0);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldResetWhatIsNotListenedTo(boolean ipv6) {
        receive(PacketBuilder.tcp(peer(ipv6), 5, self(ipv6), 80, 1, 0, TcpSegment.SYN, 1000, ByteBuffer.allocate(0)));
        assertTrue(Objects.requireNonNull(onlyReply().tcp()).has(TcpSegment.RST));
        assertEquals(Timers.NEVER, host.nextDeadlineNanos());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldMeasureRoundTrips(boolean ipv6) throws IOException {
        Ping ping = host.icmp().ping(peer(ipv6), () -> {}, now);
        outbox.drainPackets(out -> sent.add(new Packet().wrap(ByteBuffer.wrap(out.toBytes()))));
        Packet request = onlyReply();
        IcmpMessage message = Objects.requireNonNull(request.icmp());
        now += 5_000_000;
        receive(PacketBuilder.icmpEcho(
                peer(ipv6), self(ipv6), false, message.identifier(), message.sequenceNumber(), bytes(56)));

        assertTrue(ping.isAnswered());
        assertEquals(5_000_000, ping.roundTripNanos());
        assertEquals(ipv6 ? IpProtocol.ICMPV6 : IpProtocol.ICMP, request.protocol());
    }
}
