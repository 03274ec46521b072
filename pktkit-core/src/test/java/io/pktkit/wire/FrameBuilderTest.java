// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class FrameBuilderTest {

    private static final MacAddress A = MacAddress.parse("02:00:00:00:00:0a");
    private static final MacAddress B = MacAddress.parse("02:00:00:00:00:0b");
    private final Frame frame = new Frame();

    @Property
    void poppingGivesBackWhatWasPushed(
            @ForAll byte[] payload, @ForAll @IntRange(max = 4095) int vlan, @ForAll @IntRange(max = 7) int priority) {
        ByteBuffer plain = FrameBuilder.frame(A, B, EtherType.IPV4, ByteBuffer.wrap(payload));

        ByteBuffer tagged = FrameBuilder.pushVlan(new Frame().wrap(plain), vlan, priority);
        Frame view = new Frame().wrap(tagged);

        assertTrue(view.hasVlan());
        assertEquals(vlan, view.vlanId());
        assertEquals(priority, view.vlanPriority());
        assertFalse(view.vlanDei());
        assertEquals(EtherType.IPV4, view.etherType());
        assertEquals(plain.capacity() + 4, tagged.capacity());
        assertArrayEquals(Packets.bytes(plain), Packets.bytes(FrameBuilder.popVlan(view)));
    }

    @Test
    void shouldNotStackTags() {
        ByteBuffer tagged = Packets.hex("02000000000a 02000000000b 8100 2005 0800 a1a2");
        ByteBuffer cutShort = Packets.hex("02000000000a 02000000000b 8100 20");

        assertArrayEquals(Packets.bytes(tagged), Packets.bytes(FrameBuilder.pushVlan(frame.wrap(tagged), 9, 0)));
        assertArrayEquals(Packets.bytes(cutShort), Packets.bytes(FrameBuilder.pushVlan(frame.wrap(cutShort), 9, 0)));
    }

    @Test
    void shouldPopOnlyTheOuterOfTwoTags() {
        ByteBuffer stacked = Packets.hex("02000000000a 02000000000b 8100 0001 8100 0002 0800 a1");

        assertArrayEquals(
                Packets.bytes(Packets.hex("02000000000a 02000000000b 8100 0002 0800 a1")),
                Packets.bytes(FrameBuilder.popVlan(frame.wrap(stacked))));
    }

    @Test
    void shouldReplaceATagWhenWritingTagged() {
        ByteBuffer target = Packets.dirty(40);
        frame.wrap(Packets.hex("02000000000a 02000000000b 8100 e005 0800 a1a2"));

        int length = FrameBuilder.writeTagged(frame, 0xB009, target, 3);

        assertEquals(20, length);
        assertArrayEquals(
                Packets.bytes(Packets.hex("a5a5a5 02000000000a 02000000000b 8100 b009 0800 a1a2 a5")),
                Packets.slice(target, 0, 24));
    }

    @Test
    void shouldWriteUntagged() {
        ByteBuffer target = Packets.dirty(40);
        frame.wrap(Packets.hex("02000000000a 02000000000b 8100 e005 0800 a1a2"));

        int length = FrameBuilder.writeUntagged(frame, target, 3);

        assertEquals(16, length);
        assertArrayEquals(
                Packets.bytes(Packets.hex("a5a5a5 02000000000a 02000000000b 0800 a1a2 a5")),
                Packets.slice(target, 0, 20));
    }

    @Test
    void shouldBuildArp() {
        ByteBuffer bytes = FrameBuilder.arp(
                MacAddress.BROADCAST, ArpPacket.REQUEST, A, Packets.V4_A, MacAddress.ZERO, Packets.V4_B);

        assertArrayEquals(
                Packets.bytes(Packets.hex("ffffffffffff 02000000000a 0806"
                        + "0001 0800 06 04 0001 02000000000a 0a000001 000000000000 c0000207")),
                Packets.bytes(bytes));
        ArpPacket arp = new ArpPacket().wrap(frame.wrap(bytes));
        assertTrue(arp.isValid());
        assertEquals(ArpPacket.REQUEST, arp.operation());
        assertEquals(A.toLong(), arp.senderMac());
        assertEquals(Packets.V4_A, arp.senderAddress());
        assertEquals(0, arp.targetMac());
        assertEquals(Packets.V4_B, arp.targetAddress());
    }

    @Test
    void shouldRefuseWhatCannotBeBuilt() {
        frame.wrap(ByteBuffer.allocate(60));
        Frame empty = new Frame();

        assertThrows(IllegalArgumentException.class, () -> FrameBuilder.pushVlan(frame, 4096, 0));
        assertThrows(IllegalArgumentException.class, () -> FrameBuilder.pushVlan(frame, -1, 0));
        assertThrows(IllegalArgumentException.class, () -> FrameBuilder.pushVlan(frame, 1, 8));
        assertThrows(IllegalArgumentException.class, () -> FrameBuilder.pushVlan(empty, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> FrameBuilder.popVlan(empty));
        assertThrows(
                IllegalArgumentException.class,
                () -> FrameBuilder.arp(A, ArpPacket.REPLY, A, Packets.V6_A, B, Packets.V4_B));
    }
}
