// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.internal.DhcpMessage;
import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.dhcp.internal.DhcpPackets;
import io.pktkit.dhcp.internal.DhcpWriter;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** A client whose server is the test: records what is sent, and makes answers to it. Time stands in seconds since the start. */
final class ClientBench implements DhcpTransport {
    static final long SECOND = 1_000_000_000L;
    static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:01");
    static final long SERVER_MAC = 0x0200_0000_00FFL;
    static final int SERVER = 0x0A000202;
    static final int ADDRESS = 0x0A000264; // 10.0.2.100
    private static final long START = Long.MAX_VALUE - 30 * SECOND; // the clock overflows during each test

    /** Everything the client did, as "0.0 DISCOVER" and the like. */
    final List<String> log = new ArrayList<>();

    final List<Packet> sent = new ArrayList<>();
    final DhcpClient client;
    long now = START;

    ClientBench(boolean probe) {
        this(DhcpClientConfig.builder(MAC)
                .arpProbe(probe)
                .jitter(new NoJitter())
                .build());
    }

    static DhcpClientConfig probing() {
        return DhcpClientConfig.builder(MAC).jitter(new NoJitter()).build();
    }

    /** A client that had {@link #ADDRESS} before. */
    static ClientBench rebooting(boolean probe) {
        return new ClientBench(DhcpClientConfig.builder(MAC)
                .previousAddress(IpAddress.ofIpv4(ADDRESS))
                .arpProbe(probe)
                .jitter(new NoJitter())
                .build());
    }

    ClientBench(DhcpClientConfig config) {
        client = new DhcpClient(config, this);
    }

    /** Runs the client until a time, in seconds since the start. */
    void runUntil(double seconds) {
        long target = START + (long) (seconds * SECOND);
        long deadline = client.nextDeadlineNanos();
        while (deadline != Long.MAX_VALUE && deadline - target <= 0) {
            now = deadline - now > 0 ? deadline : now;
            client.onTick(now);
            deadline = client.nextDeadlineNanos();
        }
        now = target;
    }

    void start() {
        client.start(now);
    }

    /** Answers what was sent last. */
    void answer(int type, Consumer<DhcpWriter> options) {
        deliver(reply(type, options));
    }

    void deliver(byte[] message) {
        deliver(message, SERVER_MAC);
    }

    void deliver(byte[] message, long sourceMac) {
        IpAddress server = IpAddress.ofIpv4(SERVER);
        Packet packet = DhcpPackets.udp(0, server, 67, IpAddress.ofIpv4(ADDRESS), 68, message);
        assertTrue(client.onPacket(packet, sourceMac, now));
    }

    void offer() {
        answer(DhcpOptions.OFFER, ClientBench::usual);
    }

    void ack() {
        answer(DhcpOptions.ACK, ClientBench::usual);
    }

    void bind() {
        start();
        offer();
        ack();
    }

    /** An hour on 10.0.2.0/24 from the usual server. */
    static void usual(DhcpWriter writer) {
        granted(writer, 3600);
    }

    static void granted(DhcpWriter writer, int seconds) {
        writer.yiaddr(ADDRESS);
        writer.intOption(DhcpOptions.SERVER_IDENTIFIER, SERVER);
        writer.intOption(DhcpOptions.LEASE_TIME, seconds);
        writer.intOption(DhcpOptions.SUBNET_MASK, 0xFFFFFF00);
    }

    static void named(DhcpWriter writer) {
        writer.intOption(DhcpOptions.SERVER_IDENTIFIER, SERVER);
    }

    byte[] reply(int type, Consumer<DhcpWriter> options) {
        DhcpWriter writer = new DhcpWriter(1400).op(DhcpOptions.OP_REPLY).xid(last().xid());
        writer.hardware(1, 6, MAC.toBytes()).byteOption(DhcpOptions.MESSAGE_TYPE, type);
        options.accept(writer);
        return writer.finish();
    }

    DhcpMessage last() {
        return message(sent.get(sent.size() - 1));
    }

    static DhcpMessage message(Packet packet) {
        UdpDatagram datagram = Objects.requireNonNull(DhcpPackets.datagramTo(packet, 67));
        assertTrue(DhcpPackets.checksumsHold(packet));
        assertTrue(datagram.checksum() != 0, "the UDP checksum is computed");
        assertEquals(64, packet.hopLimit());
        ByteBuffer buffer = packet.buffer();
        return new DhcpMessage().wrap(buffer, datagram.payloadOffset(), datagram.payloadLength());
    }

    @Override
    public void sendBroadcast(Packet packet) {
        assertEquals(IpAddress.parse("255.255.255.255"), packet.destination());
        record(packet, " broadcast");
    }

    @Override
    public void sendUnicast(Packet packet, MacAddress serverMac) {
        record(packet, " to " + packet.destination() + " at " + serverMac);
    }

    @Override
    public void onBound(Lease lease) {
        add("bound " + lease.prefix());
    }

    @Override
    public void onRenewed(Lease lease) {
        add("renewed " + lease.prefix());
    }

    @Override
    public void onLost(Lease lease) {
        add("lost " + lease.prefix());
    }

    @Override
    public void sendProbe(IpAddress address) {
        add("probe " + address);
    }

    @Override
    public void sendAnnouncement(IpAddress address) {
        add("announce " + address);
    }

    private void record(Packet packet, String how) {
        sent.add(packet);
        String[] names = {"", "DISCOVER", "OFFER", "REQUEST", "DECLINE", "ACK", "NAK", "RELEASE", "INFORM"};
        add(names[message(packet).messageType()] + " from " + packet.source() + how);
    }

    private void add(String what) {
        log.add(seconds() + " " + what);
    }

    private String seconds() {
        long tenths = (now - START) / (SECOND / 10);
        return tenths / 10 + (tenths % 10 == 0 ? "" : "." + tenths % 10);
    }

    /** Makes every timer exact. */
    static final class NoJitter implements RandomGenerator {
        private final SplittableRandom random = new SplittableRandom(1);

        @Override
        public long nextLong() {
            return random.nextLong();
        }

        @Override
        public long nextLong(long origin, long bound) {
            return 0;
        }
    }
}
