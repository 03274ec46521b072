// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.Fragmenter.Result;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FragmenterTest {

    private final Fragmenter fragmenter = new Fragmenter();
    private final List<Packet> fragments = new ArrayList<>();

    @Test
    void shouldLeaveAloneWhatFits() {
        assertEquals(Result.FITS, fragment(Packets.udp4(72), 100));
        assertEquals(Result.FITS, fragment(Packets.udp4(4), 40));
        assertEquals(Result.FITS, fragment(Packets.udp6(1232), 1280));
        assertTrue(fragments.isEmpty());
    }

    @Test
    void shouldIgnorePaddingBehindThePacket() {
        byte[] padded = Arrays.copyOf(Packets.udp4(72).toBytes(), 200);

        assertEquals(Result.FITS, fragment(new Packet().wrap(ByteBuffer.wrap(padded)), 100));
        assertEquals(Result.FRAGMENTED, fragment(new Packet().wrap(ByteBuffer.wrap(padded)), 99));

        assertEquals(
                100 - 20, fragments.get(0).transportLength() + fragments.get(1).length() - 20);
    }

    @Test
    void shouldCutIpv4IntoAlignedPieces() {
        Packet packet = Packets.udp4(200).identification(0xBEEF);

        assertEquals(Result.FRAGMENTED, fragment(packet, 101));

        assertEquals(
                List.of(0, 80, 160),
                fragments.stream().map(Packet::fragmentOffset).toList());
        assertEquals(
                List.of(100, 100, 68), fragments.stream().map(Packet::length).toList());
        assertEquals(
                List.of(true, true, false),
                fragments.stream().map(Packet::moreFragments).toList());
        for (Packet fragment : fragments) {
            assertEquals(0xBEEF, fragment.identification());
            assertEquals(ChecksumStatus.VALID, fragment.verifyIpv4Checksum());
            assertTrue(fragment.isComplete());
            assertEquals(64, fragment.hopLimit());
        }
    }

    @Test
    void shouldKeepOffsetAndMoreFragmentsWhenCuttingAFragmentAgain() {
        fragment(Packets.udp4(400).identification(9), 220);
        List<Packet> middle = new ArrayList<>(fragments);
        fragments.clear();

        assertEquals(Result.FRAGMENTED, fragment(middle.get(1), 120));

        assertEquals(
                List.of(200, 296, 392),
                fragments.stream().map(Packet::fragmentOffset).toList());
        assertEquals(
                List.of(true, true, true),
                fragments.stream().map(Packet::moreFragments).toList());
        assertEquals(400, fragments.get(2).fragmentOffset() + fragments.get(2).length() - 20);
    }

    @Test
    void shouldKeepOnlyCopiedOptionsInLaterFragments() {
        // NOP, record route (not copied), strict source route (copied, odd length), end
        String options = "01 07 07 04 00000000 89 03 04 00";
        ByteBuffer packet = Packets.ipv4WithOptions(options, 99, Packets.random(200, 1));

        assertEquals(Result.FRAGMENTED, fragment(new Packet().wrap(packet), 100));

        assertArrayEquals(
                Packets.bytes(Packets.hex(options)),
                Packets.slice(fragments.get(0).buffer(), 20, 12));
        Packet later = fragments.get(1);
        assertEquals(24, later.headerLength());
        assertArrayEquals(Packets.bytes(Packets.hex("89030400")), Packets.slice(later.buffer(), 20, 4));
        assertEquals(ChecksumStatus.VALID, later.verifyIpv4Checksum());
        assertEquals(64, later.fragmentOffset());
        assertEquals(72, later.length() - 24 - later.length() % 4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"83000000", "83010000", "83050000", "010101 83"})
    void shouldRefuseMalformedOptions(String options) {
        ByteBuffer packet = Packets.ipv4WithOptions(options, 99, Packets.random(200, 1));

        assertEquals(Result.NOT_FRAGMENTABLE, fragment(new Packet().wrap(packet), 100));
        assertTrue(fragments.isEmpty());
    }

    @ParameterizedTest
    @CsvSource({"67, NOT_FRAGMENTABLE", "68, FRAGMENTED", "0, NOT_FRAGMENTABLE", "-5, NOT_FRAGMENTABLE"})
    void shouldRefuseAnMtuBelowTheMinimum(int mtu, Result expected) {
        assertEquals(expected, fragment(Packets.udp4(200), mtu));
    }

    @Test
    void shouldHonourDontFragment() {
        assertEquals(Result.DONT_FRAGMENT, fragment(Packets.udp4(200).dontFragment(true), 100));
        assertEquals(Result.DONT_FRAGMENT, fragmenter.fragment(Packets.udp6(1400), 1280, fragments::add));
        assertTrue(fragments.isEmpty());
    }

    @Test
    void shouldRefuseWhatLiesAboutItsLength() {
        Packet truncated = Packets.udp4(200);
        truncated.wrap(truncated.buffer(), 0, 150);

        assertEquals(Result.NOT_FRAGMENTABLE, fragment(truncated, 100));
        assertEquals(Result.NOT_FRAGMENTABLE, fragment(new Packet(), 100));
    }

    @ParameterizedTest
    @CsvSource({"8160, 235, FRAGMENTED", "8160, 236, NOT_FRAGMENTABLE", "8191, 200, NOT_FRAGMENTABLE"})
    void shouldRefuseFragmentsThatEndPast65535(int offsetUnits, int payload, Result expected) {
        Packet packet = Packets.udp4(payload - 8);
        packet.buffer().putShort(6, (short) offsetUnits);

        assertEquals(expected, fragment(packet, 100));
    }

    @Test
    void shouldRefuseAMisalignedFragmentThatIsNotTheLast() {
        Packet packet = Packets.udp4(201);
        packet.buffer().putShort(6, (short) 0x2000);

        assertEquals(Result.NOT_FRAGMENTABLE, fragment(packet, 100));
    }

    @Test
    void shouldCutIpv6AtItsSource() {
        assertEquals(Result.FRAGMENTED, fragment(Packets.udp6(3000), 1280));

        assertEquals(
                List.of(0, 1232, 2464),
                fragments.stream().map(Packet::fragmentOffset).toList());
        assertEquals(
                List.of(true, true, false),
                fragments.stream().map(Packet::moreFragments).toList());
        for (Packet fragment : fragments) {
            assertTrue(fragment.isFragment());
            assertTrue(fragment.isComplete());
            assertTrue(fragment.length() <= 1280);
            assertEquals(0x12345678, fragment.identification());
            assertEquals(44, fragment.nextHeader());
        }
        assertNotNull(fragments.get(0).udp());
        assertEquals(44, fragments.get(1).protocol());
    }

    @Test
    void shouldPutTheFragmentHeaderBehindWhatRoutersRead() {
        // hop-by-hop, routing, destination options, then UDP
        String chain = "2b00 010400000000 3c00 000000000000 1100 010400000000";
        ByteBuffer udp = ByteBuffer.allocate(24 + 2000);
        udp.put(0, Packets.bytes(Packets.hex(chain)));
        ByteBuffer packet = PacketBuilder.ip(Packets.V6_A, Packets.V6_B, 0, 64, udp);

        assertEquals(Result.FRAGMENTED, fragment(new Packet().wrap(packet), 1280));

        for (Packet fragment : fragments) {
            assertEquals(0, fragment.nextHeader());
            assertEquals(44, fragment.buffer().get(48));
            assertEquals(60, fragment.buffer().get(56));
        }
        assertEquals(17, fragments.get(0).protocol());
    }

    @Test
    void shouldRefuseAFirstFragmentWithoutTheTransportHeader() {
        ByteBuffer options = ByteBuffer.allocate(1232 + 200);
        options.put(0, (byte) 17).put(1, (byte) (1232 / 8 - 1));
        ByteBuffer packet = PacketBuilder.ip(Packets.V6_A, Packets.V6_B, 60, 64, options);

        assertEquals(Result.NOT_FRAGMENTABLE, fragment(new Packet().wrap(packet), 1280));
        assertFalse(new Packet().wrap(packet).isFragment());
    }

    @Test
    void shouldNotCutAnIpv6FragmentAgain() {
        fragment(Packets.udp6(3000), 1400);

        assertEquals(Result.NOT_FRAGMENTABLE, fragmenter.fragment(fragments.get(0), 1280, 1, p -> {}));
        assertEquals(Result.NOT_FRAGMENTABLE, fragmenter.fragment(Packets.udp6(3000), 1279, 1, p -> {}));
    }

    private Result fragment(Packet packet, int mtu) {
        return packet.isIpv6()
                ? fragmenter.fragment(packet, mtu, 0x12345678, f -> fragments.add(Packets.copyOf(f)))
                : fragmenter.fragment(packet, mtu, f -> fragments.add(Packets.copyOf(f)));
    }
}
