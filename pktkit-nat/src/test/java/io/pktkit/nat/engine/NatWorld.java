// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** An engine, its time, and what it wants sent. Whatever it sends is checked for right checksums. */
public final class NatWorld {

    public static final IpAddress PUBLIC = IpAddress.parse("203.0.113.1");
    static final IpAddress GATEWAY = IpAddress.parse("10.0.0.1");
    public static final IpAddress HOST = IpAddress.parse("10.0.0.2");
    public static final IpAddress OTHER_HOST = IpAddress.parse("10.0.0.3");
    public static final IpAddress SERVER = IpAddress.parse("198.51.100.7");
    static final IpAddress OTHER_SERVER = IpAddress.parse("198.51.100.8");
    static final int SYN = TcpSegment.SYN;
    static final int ACK = TcpSegment.ACK;
    static final int FIN = TcpSegment.FIN;
    static final int RST = TcpSegment.RST;

    final NatEngine engine;
    final NatInside inside;
    final NatLink link;
    final NatOutput output = new NatOutput();
    long now = 1_000_000_000L;

    @Nullable
    NatDrop drop;

    /** What was sent by the latest call. */
    final List<Sent> sent = new ArrayList<>();

    /** A packet and where it went; null for the outside. */
    record Sent(@Nullable NatLink to, Packet packet) {

        int sourcePort() {
            return port(0);
        }

        int destinationPort() {
            return port(2);
        }

        /** A port, or the identifier of an echo. */
        private int port(int at) {
            int from = packet.icmp() != null ? 4 : at;
            return packet.buffer().getShort(packet.transportOffset() + from) & 0xFFFF;
        }

        IcmpMessage icmp() {
            return Objects.requireNonNull(packet.icmp(), packet::toString);
        }
    }

    NatWorld() {
        this(builder -> builder);
    }

    NatWorld(UnaryOperator<NatConfig.Builder> settings) {
        Random random = new Random(7);
        engine = new NatEngine(settings.apply(NatConfig.builder(PUBLIC).random(random::nextLong))
                .build());
        inside = engine.addInside().prefix(IpPrefix.of(GATEWAY, 24));
        link = engine.addLink(inside);
    }

    void pass(Duration time) {
        passNanos(time.toNanos());
    }

    void passNanos(long nanos) {
        now += nanos;
    }

    /** Runs the timer, as a shell would. */
    void timer() {
        output.clear();
        engine.onTimer(now, output);
        collect();
    }

    @Nullable
    NatDrop out(ByteBuffer packet) {
        return out(link, packet);
    }

    @Nullable
    NatDrop out(NatLink from, ByteBuffer packet) {
        output.clear();
        byte[] before = bytes(packet);
        drop = engine.fromInside(from, new Packet().wrap(packet), now, output);
        assertEquals(ByteBuffer.wrap(before), ByteBuffer.wrap(bytes(packet)), "what was lent was written");
        collect();
        return drop;
    }

    @Nullable
    NatDrop in(ByteBuffer packet) {
        output.clear();
        byte[] before = bytes(packet);
        drop = engine.fromOutside(new Packet().wrap(packet), now, output);
        assertEquals(ByteBuffer.wrap(before), ByteBuffer.wrap(bytes(packet)), "what was lent was written");
        collect();
        return drop;
    }

    private void collect() {
        sent.clear();
        for (int i = 0; i < output.size(); i++) {
            Packet packet = output.packet(i);
            byte[] copy = packet.toBytes();
            Packet kept = new Packet().wrap(ByteBuffer.wrap(copy));
            assertNotEquals(ChecksumStatus.INVALID, kept.verifyIpv4Checksum(), kept::toString);
            assertNotEquals(ChecksumStatus.INVALID, kept.verifyTransportChecksum(), kept::toString);
            sent.add(new Sent(output.target(i), kept));
        }
    }

    Sent one() {
        assertEquals(1, sent.size(), () -> "drop=" + drop + " sent=" + sent);
        return sent.get(0);
    }

    /** What one packet out becomes. */
    Sent passedOut(ByteBuffer packet) {
        assertNull(out(packet));
        Sent sole = one();
        assertNull(sole.to());
        return sole;
    }

    /** What one packet in becomes. */
    Sent passedIn(ByteBuffer packet) {
        assertNull(in(packet));
        Sent sole = one();
        assertNotEquals(null, sole.to());
        return sole;
    }

    /** All bytes of a buffer, in a new array. */
    static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.capacity()];
        buffer.get(0, bytes);
        return bytes;
    }

    static ByteBuffer payload(int length) {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        for (int i = 0; i < length; i++) {
            bytes.put(i, (byte) (i * 7 + 3));
        }
        return bytes;
    }

    public static ByteBuffer udp(IpAddress from, int fromPort, IpAddress to, int toPort) {
        return PacketBuilder.udp(from, fromPort, to, toPort, payload(21));
    }

    static ByteBuffer udp(IpAddress from, int fromPort, IpAddress to, int toPort, int length) {
        return PacketBuilder.udp(from, fromPort, to, toPort, payload(length));
    }

    static ByteBuffer tcp(IpAddress from, int fromPort, IpAddress to, int toPort, int flags) {
        return PacketBuilder.tcp(from, fromPort, to, toPort, 1000, 2000, flags, 8192, payload(0));
    }

    static ByteBuffer ping(IpAddress from, IpAddress to, boolean request, int id) {
        return PacketBuilder.icmpEcho(from, to, request, id, 1, payload(33));
    }

    /** An error about a packet as its receiver, or a router on its way, got it. */
    static ByteBuffer error(IpAddress from, IpAddress to, int type, int code, Packet about) {
        ByteBuffer quote = ByteBuffer.wrap(about.toBytes());
        quote.limit(Math.min(quote.limit(), 548));
        return PacketBuilder.icmp(from, to, type, code, 0, quote);
    }

    /** Sends a datagram out and gives the outside port. */
    int mapUdp(IpAddress host, int port, IpAddress to, int toPort) {
        return passedOut(udp(host, port, to, toPort)).sourcePort();
    }

    /** Opens a connection from inside and gives the outside port. */
    int connect(IpAddress host, int port, IpAddress to, int toPort) {
        int outside = passedOut(tcp(host, port, to, toPort, SYN)).sourcePort();
        passedIn(tcp(to, toPort, PUBLIC, outside, SYN | ACK));
        passedOut(tcp(host, port, to, toPort, ACK));
        return outside;
    }

    static IpFamily v4() {
        return IpFamily.IPV4;
    }
}
