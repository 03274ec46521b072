// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.AddressState;
import io.pktkit.device.DropReason;
import io.pktkit.device.Offload;
import io.pktkit.device.Receiver;
import io.pktkit.l2adapter.internal.NeighborLimits;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.ArpPacket;
import io.pktkit.wire.Checksum;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpHeader;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** An adapter in virtual time between a host that records its packets and a network that records its frames. */
final class TestNet {

    static final MacAddress MAC = MacAddress.parse("02:00:00:00:00:01");
    static final MacAddress PEER_MAC = MacAddress.parse("02:00:00:00:00:02");
    static final MacAddress GATEWAY_MAC = MacAddress.parse("02:00:00:00:00:fe");
    static final MacAddress EVIL_MAC = MacAddress.parse("02:66:66:66:66:66");
    static final IpAddress HOST4 = IpAddress.parse("10.0.0.1");
    static final IpAddress PEER4 = IpAddress.parse("10.0.0.2");
    static final IpAddress GATEWAY4 = IpAddress.parse("10.0.0.254");
    static final IpAddress FAR4 = IpAddress.parse("192.0.2.9");
    static final IpAddress HOST6 = IpAddress.parse("2001:db8::1");
    static final IpAddress LINK_LOCAL = IpAddress.parse("fe80::ff:fe00:1");
    static final IpAddress PEER6 = IpAddress.parse("2001:db8::2");
    static final IpAddress GATEWAY6 = IpAddress.parse("fe80::fe");
    static final IpAddress FAR6 = IpAddress.parse("2001:db8:ffff::9");
    static final IpAddress ANY4 = IpAddress.parse("0.0.0.0");
    static final IpAddress ANY6 = IpAddress.parse("::");
    static final int NS = 135;
    static final int NA = 136;
    static final int SOLICITED = 1 << 30;
    static final int OVERRIDE = 1 << 29;

    /** Records what it is sent, and can be made to send. */
    static final class Host extends AbstractL3Device {
        final List<byte[]> packets = new ArrayList<>();
        final Map<IpAddress, AddressState> linkAddresses = new HashMap<>();

        Set<IpAddress> groups = Set.of();

        @Override
        public Set<IpAddress> groups() {
            return groups;
        }

        void listenTo(Set<IpAddress> wanted) {
            groups = wanted;
            changed();
        }

        @Override
        public void linkAddress(IpAddress address, @Nullable AddressState state) {
            if (state == null) {
                linkAddresses.remove(address);
            } else {
                linkAddresses.put(address, state);
            }
        }

        @Override
        public boolean send(Packet packet) {
            packets.add(packet.toBytes());
            return true;
        }

        void deliverFor(Packet packet) {
            deliver(packet);
        }

        void emit(ByteBuffer packet) {
            deliver(new Packet().wrap(packet));
        }
    }

    final ManualTime time = new ManualTime();
    final Host host = new Host();
    final List<byte[]> frames = new ArrayList<>();
    final L2Adapter adapter;

    /** Who listens to the adapter. */
    private volatile Receiver<Frame> network = frame -> frames.add(frame.toBytes());

    TestNet() {
        this(HOST4 + "/24", HOST6 + "/64");
    }

    TestNet(String ipv4, String ipv6) {
        this(ipv4, ipv6, NeighborLimits.DEFAULT);
    }

    TestNet(String ipv4, String ipv6, NeighborLimits limits) {
        this(ipv4, ipv6, builder -> builder.limits(limits));
    }

    TestNet(String ipv4, String ipv6, UnaryOperator<L2Adapter.Builder> settings) {
        if (!ipv4.isEmpty()) {
            host.setPrefix(IpPrefix.parse(ipv4));
        }
        if (!ipv6.isEmpty()) {
            host.setPrefix(IpPrefix.parse(ipv6));
        }
        adapter = settings.apply(L2Adapter.builder(host).macAddress(MAC).timers(time))
                .build();
        adapter.attach(new Receiver<>() {
            @Override
            public void receive(Frame frame) {
                network.receive(frame);
            }

            @Override
            public Set<Offload> offloads() {
                return network.offloads();
            }
        });
        settle();
    }

    /** Lets the addresses be checked and the groups be reported, which is not what most tests look at. */
    private void settle() {
        time.advance(Duration.ofSeconds(3));
        frames.clear();
    }

    /** Takes the place of who listens to the adapter. */
    void listen(Receiver<Frame> receiver) {
        network = receiver;
    }

    // What the network sends

    boolean inject(ByteBuffer frame) {
        return adapter.send(new Frame().wrap(frame));
    }

    boolean injectIp(MacAddress from, MacAddress to, ByteBuffer packet) {
        int type = packet.get(0) >> 4 == 4 ? EtherType.IPV4 : EtherType.IPV6;
        return inject(FrameBuilder.frame(to, from, type, packet));
    }

    boolean arpRequest(MacAddress mac, IpAddress sender, IpAddress target) {
        return inject(FrameBuilder.arp(MacAddress.BROADCAST, ArpPacket.REQUEST, mac, sender, MacAddress.ZERO, target));
    }

    boolean arpReply(MacAddress mac, IpAddress sender) {
        return inject(FrameBuilder.arp(MAC, ArpPacket.REPLY, mac, sender, MAC, HOST4));
    }

    /** An advertisement to the host's own address, from the target. */
    boolean advertise(MacAddress mac, IpAddress target, int flags) {
        return injectIp(mac, MAC, ndp(NA, flags, target, HOST6, target, mac));
    }

    boolean solicit(MacAddress mac, IpAddress from, IpAddress target) {
        IpAddress group = IpAddress.ofIpv6(0xFF02L << 48, 0x1_FF00_0000L | (target.low() & 0xFF_FFFF));
        MacAddress groupMac = MacAddress.of(0x3333_0000_0000L | (group.low() & 0xFFFF_FFFFL));
        return injectIp(mac, groupMac, ndp(NS, 0, from, group, target, mac));
    }

    /** A well-formed message, with the type's link-layer address option unless the MAC address is zero. */
    static ByteBuffer ndp(int type, int flags, IpAddress from, IpAddress to, IpAddress target, MacAddress mac) {
        boolean option = !mac.equals(MacAddress.ZERO);
        int length = option ? 32 : 24;
        ByteBuffer packet = ByteBuffer.allocate(40 + length);
        IpHeader.write(packet, 0, from, to, IpProtocol.ICMPV6, length, 255, 0, 0, false);
        packet.put(40, (byte) type);
        packet.putInt(44, flags);
        target.writeTo(packet, 48);
        if (option) {
            packet.put(64, (byte) (type == NS ? 1 : 2)).put(65, (byte) 1);
            packet.put(66, mac.toBytes());
        }
        return rechecksum(packet);
    }

    /** Makes the ICMPv6 checksum right again after an edit. */
    static ByteBuffer rechecksum(ByteBuffer packet) {
        Packet view = new Packet().wrap(packet);
        packet.putShort(42, (short) 0);
        int length = packet.limit() - 40;
        packet.putShort(42, (short)
                Checksum.transport(view.source(), view.destination(), IpProtocol.ICMPV6, packet, 40, length));
        return packet;
    }

    /** Who answers requests for an address by itself, once {@link #live} was called. */
    final Map<IpAddress, MacAddress> alive = new HashMap<>();

    /** Has a station answer every request for its address that reaches it: one to everybody, or to its MAC address. */
    void live(MacAddress mac, IpAddress address) {
        alive.put(address, mac);
        listen(frame -> {
            frames.add(frame.toBytes());
            MacAddress station = isSolicitation(frame.toBytes()) ? alive.get(target(frame)) : null;
            if (station != null && (frame.isMulticast() || frame.destination().equals(station))) {
                confirm(station, target(frame));
            }
        });
    }

    /** The address that a request asks for. */
    static IpAddress target(Frame frame) {
        Packet packet = frame.packet();
        if (!packet.isValid()) {
            return new ArpPacket().wrap(frame).targetAddress();
        }
        int at = packet.transportOffset() + 8;
        return IpAddress.ofIpv6(packet.buffer().getLong(at), packet.buffer().getLong(at + 8));
    }

    /** Claims an address in every way that nobody asked for. */
    void claim(MacAddress mac, IpAddress address) {
        if (address.isIpv4()) {
            arpRequest(mac, address, HOST4);
            arpRequest(mac, address, address);
            inject(FrameBuilder.arp(MacAddress.BROADCAST, ArpPacket.REPLY, mac, address, mac, address));
        } else {
            solicit(mac, address, HOST6);
            advertise(mac, address, OVERRIDE);
            advertise(mac, address, 0);
        }
    }

    /** Has the host send a packet, which is seen on the wire; returns where it went, or null if it waits. */
    @Nullable
    MacAddress destinationOf(IpAddress to) {
        frames.clear();
        emitTo(to, 99);
        List<MacAddress> sent = take().stream()
                .map(TestNet::frame)
                .filter(frame -> !marks(List.of(frame.toBytes()), any -> true).isEmpty())
                .map(Frame::destination)
                .toList();
        assertTrue(sent.size() <= 1, sent::toString);
        return sent.isEmpty() ? null : sent.get(0);
    }

    /** Lets the peer answer a resolution that is open, so that it is REACHABLE. */
    void confirm(MacAddress mac, IpAddress address) {
        if (address.isIpv4()) {
            arpReply(mac, address);
        } else {
            advertise(mac, address, SOLICITED | OVERRIDE);
        }
    }

    /** Sends a packet to a neighbour and lets it answer; leaves no frames behind. */
    void resolve(MacAddress mac, IpAddress address) {
        emitTo(address, 0);
        confirm(mac, address);
        assertEquals(NeighborState.REACHABLE, state(address));
        frames.clear();
    }

    // What the host sends

    static IpAddress hostAddress(IpAddress peer) {
        return peer.isIpv4() ? HOST4 : HOST6;
    }

    static ByteBuffer udp(IpAddress to, int mark) {
        ByteBuffer payload = ByteBuffer.allocate(4).putInt(0, mark);
        return PacketBuilder.udp(hostAddress(to), 1000, to, 2000, payload);
    }

    void emitTo(IpAddress to, int mark) {
        host.emit(udp(to, mark));
    }

    // What came of it

    void advance(double seconds) {
        time.advance(Duration.ofNanos((long) (seconds * 1e9)));
    }

    List<byte[]> take() {
        List<byte[]> taken = new ArrayList<>(frames);
        frames.clear();
        return taken;
    }

    static Frame frame(byte[] bytes) {
        return new Frame().wrap(ByteBuffer.wrap(bytes));
    }

    /** Takes the recorded frames, of which there must be one. */
    Frame takeOne() {
        List<byte[]> taken = take();
        assertEquals(1, taken.size(), () -> "frames=" + describe(taken));
        return frame(taken.get(0));
    }

    static List<String> describe(List<byte[]> frames) {
        return frames.stream()
                .map(bytes -> frame(bytes) + " " + new ArpPacket().wrap(frame(bytes)))
                .toList();
    }

    static ArpPacket arp(Frame frame) {
        ArpPacket arp = new ArpPacket().wrap(frame);
        assertTrue(arp.isValid(), () -> "not ARP: " + frame);
        return arp;
    }

    static boolean isSolicitation(byte[] bytes) {
        Frame frame = frame(bytes);
        if (frame.etherType() == EtherType.ARP) {
            return new ArpPacket().wrap(frame).operation() == ArpPacket.REQUEST;
        }
        Packet packet = frame.packet();
        return packet.isIpv6()
                && packet.protocol() == IpProtocol.ICMPV6
                && packet.buffer().get(packet.transportOffset()) == (byte) NS;
    }

    /** Takes the recorded frames and counts those that ask for a neighbour. */
    long takeSolicitations() {
        return take().stream().filter(TestNet::isSolicitation).count();
    }

    /** Takes the recorded frames and lists the marks of the UDP packets among them. */
    List<Integer> takeMarks() {
        return marks(take(), bytes -> true);
    }

    static List<Integer> marks(List<byte[]> frames, Predicate<Frame> which) {
        List<Integer> marks = new ArrayList<>();
        for (byte[] bytes : frames) {
            Frame frame = frame(bytes);
            Packet packet = frame.packet();
            if (which.test(frame) && packet.isValid() && packet.protocol() == IpProtocol.UDP) {
                marks.add(packet.buffer().getInt(packet.transportOffset() + 8));
            }
        }
        return marks;
    }

    Neighbor neighbor(IpAddress address) {
        return adapter.neighbors().stream()
                .filter(neighbor -> neighbor.address().equals(address))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no neighbour " + address + " in " + adapter.neighbors()));
    }

    boolean knows(IpAddress address) {
        return adapter.neighbors().stream()
                .anyMatch(neighbor -> neighbor.address().equals(address));
    }

    NeighborState state(IpAddress address) {
        return neighbor(address).state();
    }

    long queuedBytes() {
        return (long) adapter.queuedBytes(IpFamily.IPV4) + adapter.queuedBytes(IpFamily.IPV6);
    }

    long dropped(DropReason reason) {
        return adapter.stats().dropped(reason);
    }

    static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(buffer.position(), bytes);
        return bytes;
    }

    static ByteBuffer pad(ByteBuffer frame, int length) {
        return ByteBuffer.wrap(Arrays.copyOf(bytes(frame), length));
    }
}
