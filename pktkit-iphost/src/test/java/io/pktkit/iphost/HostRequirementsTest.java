// SPDX-License-Identifier: MIT
package io.pktkit.iphost;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.pktkit.device.DropReason;
import io.pktkit.device.Outbox;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.host.TcpHostConfig;
import io.pktkit.wire.Fragmenter;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What RFC 1122, RFC 4291 and RFC 8200 ask of a host. Each case in both families: the parameter is whether it is IPv6. */
class HostRequirementsTest {
    private static final long SECOND = 1_000_000_000L;
    private static final int MTU = 1500;

    private final HostAddresses addresses = new HostAddresses();
    private final Outbox outbox = new Outbox();
    private final IpHost host = new IpHost(
            IpHostConfig.of(TcpHostConfig.of(TcpConfig.builder().mtu(MTU).build())), addresses, outbox, reason -> {});
    private final List<Packet> sent = new ArrayList<>();
    private long now;

    HostRequirementsTest() {
        addresses.setPrefix(IpPrefix.parse("10.0.0.1/24"));
        addresses.setPrefix(IpPrefix.parse("fd00::1/64"));
    }

    private static IpAddress self(boolean ipv6) {
        return IpAddress.parse(ipv6 ? "fd00::1" : "10.0.0.1");
    }

    private static IpAddress peer(boolean ipv6) {
        return IpAddress.parse(ipv6 ? "fd00::2" : "10.0.0.2");
    }

    private static IpAddress nobody(boolean ipv6) {
        return IpAddress.parse(ipv6 ? "::" : "0.0.0.0");
    }

    private void drain() {
        outbox.drainPackets(out -> sent.add(new Packet().wrap(ByteBuffer.wrap(out.toBytes()))));
    }

    private @Nullable DropReason receive(Packet packet) {
        DropReason reason = host.onPacket(packet, now);
        drain();
        return reason;
    }

    private void tickAfter(long seconds) {
        now += seconds * SECOND;
        host.onTick(now);
        drain();
    }

    private static List<Packet> fragments(IpAddress from, IpAddress to) {
        Packet whole = new Packet().wrap(PacketBuilder.udp(from, 5, to, 9, ByteBuffer.allocate(3000)));
        List<Packet> fragments = new ArrayList<>();
        new Fragmenter()
                .fragment(
                        whole.dontFragment(false),
                        1300,
                        77,
                        fragment -> fragments.add(new Packet().wrap(ByteBuffer.wrap(fragment.toBytes()))));
        return fragments;
    }

    /** RFC 1122 section 3.3.2, RFC 8200 section 4.5: within 30 s of the first, and 60 s. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldSayThatFragmentsDidNotComeInTime(boolean ipv6) {
        Packet first = fragments(peer(ipv6), self(ipv6)).get(0);
        assertNull(receive(first));
        tickAfter(ipv6 ? 59 : 29);
        assertEquals(List.of(), sent);

        tickAfter(2);

        assertEquals(1, sent.size());
        assertEquals(peer(ipv6), sent.get(0).destination());
        assertEquals(self(ipv6), sent.get(0).source());
        IcmpMessage error = Objects.requireNonNull(sent.get(0).icmp());
        assertEquals(ipv6 ? "3/1" : "11/1", error.type() + "/" + error.code());
        byte[] said = sent.get(0).toBytes();
        byte[] quoted = Arrays.copyOfRange(said, (ipv6 ? 40 : 20) + IcmpMessage.HEADER_LENGTH, said.length);
        assertArrayEquals(Arrays.copyOf(first.toBytes(), quoted.length), quoted);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldSayNothingOfFragmentsOfWhichTheFirstDidNotCome(boolean ipv6) {
        assertNull(receive(fragments(peer(ipv6), self(ipv6)).get(1)));

        tickAfter(61);

        assertEquals(0, host.reassembling());
        assertEquals(List.of(), sent);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldSayNothingOfFragmentsToAGroup(boolean ipv6) {
        IpAddress group = IpAddress.parse(ipv6 ? "ff02::1" : "224.0.0.1");
        assertNull(receive(fragments(peer(ipv6), group).get(0)));

        tickAfter(61);

        assertEquals(List.of(), sent);
    }

    /** RFC 1122 section 3.2.1.3 (a), RFC 4291 section 2.5.2: who has no address yet asks all, or a group. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldDropWhatComesFromNobodyToItAlone(boolean ipv6) throws IOException {
        UdpPort port = host.udp().open(null, 67, () -> {});
        IpAddress all = IpAddress.parse(ipv6 ? "ff02::1" : "255.255.255.255");
        ByteBuffer one = ByteBuffer.allocate(1);

        assertEquals(
                DropReason.MARTIAN,
                receive(new Packet().wrap(PacketBuilder.udp(nobody(ipv6), 68, self(ipv6), 67, one))));
        assertEquals(
                DropReason.MARTIAN,
                receive(new Packet()
                        .wrap(PacketBuilder.icmpEcho(nobody(ipv6), self(ipv6), true, 1, 2, ByteBuffer.allocate(8)))));
        assertEquals(-1, port.queue().nextLength());

        assertNull(receive(new Packet().wrap(PacketBuilder.udp(nobody(ipv6), 68, all, 67, one))));
        assertEquals(1, port.queue().nextLength());
        assertEquals(List.of(), sent);
    }
}
