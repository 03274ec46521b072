// SPDX-License-Identifier: MIT
package io.pktkit.iphost;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Offload;
import io.pktkit.device.Outbox;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.host.TcpHostConfig;
import io.pktkit.wire.Checksum;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.Reassembler;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Datagrams of one length leave as one super-segment where that is cut, and as themselves where it is not. */
class DatagramRunTest {
    private static final int MTU = 1500;
    private static final Set<Offload> ALL = EnumSet.allOf(Offload.class);

    private final HostAddresses addresses = new HostAddresses();
    private final Outbox outbox = new Outbox();
    private Set<Offload> offloads = ALL;
    private final IpHost host = new IpHost(
            IpHostConfig.of(TcpHostConfig.of(TcpConfig.builder().mtu(MTU).build())),
            addresses,
            outbox,
            () -> offloads,
            reason -> {});
    private final Reassembler reassembler = new Reassembler();
    private final List<byte[]> datagrams = new ArrayList<>();
    private int superSegments;
    private int finished;

    DatagramRunTest() {
        addresses.setPrefix(IpPrefix.parse("10.0.0.1/24"));
        addresses.setPrefix(IpPrefix.parse("fd00::1/64"));
    }

    private static IpAddress self(boolean ipv6) {
        return IpAddress.parse(ipv6 ? "fd00::1" : "10.0.0.1");
    }

    private static IpAddress peer(boolean ipv6) {
        return IpAddress.parse(ipv6 ? "fd00::2" : "10.0.0.2");
    }

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private int send(boolean ipv6, IpAddress to, byte[] payloads, int length) {
        ByteBuffer source = ByteBuffer.allocateDirect(payloads.length + 7).position(7);
        source.put(payloads).position(7);
        int lost = host.output().sendUdp(self(ipv6), 1000, to, 2000, source, length, 0);
        assertEquals(7, source.position());
        outbox.drainPackets(this::take);
        return lost;
    }

    private void take(Packet packet) {
        assertTrue(packet.isValid() && packet.isComplete(), packet::toString);
        assertTrue(packet.segmentSize() != 0 || packet.length() <= MTU || addresses.comesBack(packet));
        Packet whole = packet.isFragment() ? reassembler.add(packet, 0) : packet;
        if (whole == null) {
            return;
        }
        UdpDatagram udp = Objects.requireNonNull(whole.udp());
        assertTrue(udp.isValid());
        assertEquals(1000, udp.sourcePort());
        assertEquals(2000, udp.destinationPort());
        if (whole.checksumPending()) {
            int sum =
                    Checksum.pseudoHeader(whole.source(), whole.destination(), IpProtocol.UDP, whole.transportLength());
            assertEquals(sum, udp.checksum(), "the sum of the pseudo-header, of this length");
        } else {
            finished++;
            assertEquals(ChecksumStatus.VALID, whole.verifyTransportChecksum());
        }
        byte[] all = new byte[udp.payloadLength()];
        udp.buffer().get(udp.payloadOffset(), all);
        superSegments += packet.segmentSize() == 0 ? 0 : 1;
        int size = packet.segmentSize() == 0 ? Math.max(1, all.length) : packet.segmentSize();
        for (int at = 0; at == 0 || at < all.length; at += size) {
            datagrams.add(Arrays.copyOfRange(all, at, Math.min(all.length, at + size)));
        }
    }

    private void assertSent(byte[] payloads, int length) {
        int at = 0;
        for (byte[] each : datagrams) {
            assertArrayEquals(Arrays.copyOfRange(payloads, at, Math.min(payloads.length, at + length)), each);
            at += length;
        }
        assertTrue(at >= payloads.length && at < payloads.length + length, "at=" + at);
        datagrams.clear();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldJoinThemWhereTheyAreCut(boolean ipv6) {
        int longest = MTU - 8 - (ipv6 ? 40 : 20);
        for (int length : new int[] {1, 2, 999, longest}) {
            byte[] payloads = bytes(20 * length + length / 2);
            superSegments = 0;
            assertEquals(0, send(ipv6, peer(ipv6), payloads, length));
            assertSent(payloads, length);
            assertEquals(1, superSegments, "length=" + length);
        }
        assertEquals(0, finished, "checksums are left to who takes them");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldSendThemOneByOneWhereTheyAreNot(boolean ipv6) {
        byte[] payloads = bytes(5500);
        for (Set<Offload> some : List.of(Set.<Offload>of(), Set.of(Offload.CHECKSUM), Set.of(Offload.SEGMENTATION))) {
            offloads = some;
            finished = 0;
            assertEquals(0, send(ipv6, peer(ipv6), payloads, 1000));
            assertSent(payloads, 1000);
            assertEquals(some.contains(Offload.CHECKSUM) ? 0 : 6, finished);
        }
        assertEquals(0, superSegments);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldSendThemOneByOneWhereThatIsNotPossible(boolean ipv6) {
        byte[] one = bytes(1000);
        assertEquals(0, send(ipv6, peer(ipv6), one, 1000));
        assertSent(one, 1000);
        byte[] tooLongForThePath = bytes(3 * 1600);
        assertEquals(0, send(ipv6, peer(ipv6), tooLongForThePath, 1600));
        assertSent(tooLongForThePath, 1600);
        byte[] tooMuch = bytes(70_000);
        assertEquals(0, send(ipv6, peer(ipv6), tooMuch, 1000));
        assertSent(tooMuch, 1000);
        finished = 0;
        byte[] toItself = bytes(3000);
        assertEquals(0, send(ipv6, self(ipv6), toItself, 1000));
        assertSent(toItself, 1000);
        assertEquals(3, finished, "nobody finishes what does not leave");
        assertEquals(0, superSegments);
    }

    @Test
    void shouldTellHowManyWereLost() {
        byte[] most = bytes(65_508 + 10);
        assertEquals(1, send(false, peer(false), most, 65_508), "too long for IPv4, but for its rest");
        assertEquals(1, datagrams.size());
        datagrams.clear();
        outbox.close();
        assertEquals(5, send(false, peer(false), bytes(4100), 1000));
        offloads = Set.of();
        assertEquals(5, send(false, peer(false), bytes(4100), 1000));
        assertFalse(outbox.size() > 0);
        assertThrows(IllegalArgumentException.class, () -> send(false, peer(false), most, 0));
    }

    /** Each datagram has an identification of its own, as if it had been sent alone (RFC 6864 section 4). */
    @Test
    void shouldUseNoIdentificationTwice() {
        List<Integer> first = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            host.output().sendUdp(self(false), 1, peer(false), 2, ByteBuffer.allocate(5000), 1000, 0);
            outbox.drainPackets(packet -> first.add(packet.identification()));
        }
        assertEquals(5, (first.get(1) - first.get(0)) & 0xFFFF);
    }
}
