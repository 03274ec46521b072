// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.pktkit.device.DropReason;
import io.pktkit.time.ManualTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class L2HubVlanTest {

    private static final long ALL = 0xFFFF_FFFF_FFFFL;

    private final L2Hub hub = new L2Hub(new ManualTime());
    private final Station a = new Station(1);
    private final Station b = new Station(2);
    private final HubPort portA = hub.connect(a);
    private final HubPort portB = hub.connect(b);

    /**
     * Modes: {@code aN} access in N, {@code tX} trunk of 5, 10 and 20 with native X, {@code t-} trunk without a
     * native VLAN, {@code tallX} trunk of all, {@code T} transparent. Frames are what stands between the source address and the payload; nothing for
     * dropped.
     */
    @ParameterizedTest(name = "{0} to {1}: {2} becomes {3}")
    @CsvSource(
            nullValues = "-",
            value = {
                // access to access
                "a10, a10, 0800, 0800",
                "a10, a20, 0800, -",
                "a10, a10, 8100000a0800, 0800",
                "a10, a10, 8100a00a0800, 0800",
                "a10, a10, 810000140800, -",
                "a10, a10, 8100a0000800, 0800", // a priority tag belongs to the port's VLAN
                "a0, a0, 0800, 0800",
                "a0, a0, 810000050800, -",
                // access to trunk: tagged, priority and DEI kept
                "a10, t20, 0800, 8100000a0800",
                "a10, t20, 8100f0000800, 8100f00a0800",
                "a10, t20, 8100f00a0800, 8100f00a0800",
                "a30, t20, 0800, -",
                // access to the native VLAN of a trunk
                "a20, t20, 0800, 0800",
                "a20, t20, 8100e0000800, 0800",
                // trunk to access
                "t20, a10, 8100000a0800, 0800",
                "t20, a20, 0800, 0800",
                "t20, a20, 8100e0000800, 0800",
                "t20, a20, 810000140800, 0800",
                "t20, a10, 0800, -",
                "t-, a10, 0800, -",
                "t-, a10, 8100e0000800, -",
                "t20, a30, 8100001e0800, -",
                // trunk to trunk
                "t20, t10, 8100000a0800, 0800",
                "t20, t10, 0800, 810000140800",
                "t20, t20, 8100600a0800, 8100600a0800",
                "t-, t-, 8100000a0800, 8100000a0800",
                // native, but not allowed: as if there was none
                "t30, t30, 0800, -",
                // transparent: as if VLANs did not exist
                "T, T, 0800, 0800",
                "T, T, 8100e0000800, 8100e0000800",
                "T, T, 810001ff0800, 810001ff0800",
                "T, T, 81000fff0800, 81000fff0800",
                "T, T, 8100000a810000140800, 8100000a810000140800",
                "T, T, 88a8000a810000140800, 88a8000a810000140800",
                "T, a10, 8100000a0800, 0800",
                "T, a10, 0800, -",
                "a10, T, 0800, 8100000a0800",
                // hopping: what is left without the port's tag must not be a tag again
                "a20, t20, 81000014810000050800, -",
                "a20, t20, 8100000088a800050800, -",
                "a20, t20, 88a800050800, -",
                "a10, t20, 8100000a810000050800, -", // a station has no business stacking tags, whatever comes after
                "a10, t20, 8100000088a800050800, -",
                "a10, t20, 88a800050800, -",
                "a20, t20, 910000050800, -",
                "t20, a20, 81000014810000050800, -",
                "t20, a10, 8100000a88a800050800, -",
                "t10, t20, 81000014810000050800, -",
                "t10, t20, 81000014910000050800, -",
                "t20, t-, 8100000a810000050800, 8100000a810000050800",
                // a priority tag names no VLAN: whoever gets it takes it for the native one
                "T, tall, 0800, -",
                "T, tall, 8100e0000800, -",
                "a0, tall, 0800, -",
                "T, tall20, 0800, -",
                "T, tall20, 810000140800, 0800",
                "t0, t0, 0800, 0800",
                "t0, t0, 8100e0000800, 8100e0000800",
                "t0, t0, 8100000a0800, 8100000a0800",
                "t0, a0, 8100e0000800, 0800",
                "t0, t0, 81000000810000050800, -",
                "T, t0, 8100000088a800050800, -",
                // 4095 is reserved
                "tall, tall, 81000fff0800, -",
                "T, tall, 81000fff0800, -",
                "T, tall, 81000ffe0800, 81000ffe0800",
                "T, a10, 8100000a810000140800, -",
            })
    void shouldShapeFramesBetweenPorts(String from, String to, String in, String out) {
        portA.setMode(mode(from));
        portB.setMode(mode(to));

        a.inject(Station.frame(ALL, 0x02_00_00_00_00_01L, in));

        List<String> expected = out == null ? List.of() : List.of(Station.frame(ALL, 0x02_00_00_00_00_01L, out));
        assertEquals(expected, b.inbox);
        assertEquals(out == null ? 1 : 0, hub.stats().dropped());
        assertEquals(1, hub.stats().received());
    }

    @ParameterizedTest(name = "known unicast {0} to {1}: {2} becomes {3}")
    @CsvSource(
            nullValues = "-",
            value = {
                "a10, t20, 0800, 8100000a0800",
                "t20, a10, 8100a00a0800, 0800",
                "t10, t20, 81000014810000050800, -",
                "t20, t20, 8100000a0800, 8100000a0800",
            })
    void shouldShapeUnicastInTheSameWay(String from, String to, String in, String out) {
        portA.setMode(mode(from));
        portB.setMode(mode(to));
        for (String reply : List.of("0800", "8100000a0800", "810000140800")) {
            b.inject(Station.frame(ALL, Station.mac(2), reply));
        }
        a.inbox.clear();
        b.inbox.clear();

        a.inject(Station.frame(Station.mac(2), Station.mac(1), in));

        List<String> expected = out == null ? List.of() : List.of(Station.frame(Station.mac(2), Station.mac(1), out));
        assertEquals(expected, b.inbox);
        assertEquals(0, hub.stats().unknownUnicasts());
    }

    /** Whatever a port sends, a port like it at the other end of the cable takes for the same VLAN. */
    @Test
    void shouldSendNothingThatItWouldNotTakeInTheSameVlan() {
        List<String> modes =
                List.of("a0", "a10", "a20", "t-", "t0", "t10", "t20", "t30", "tall", "tall0", "tall20", "T");
        String[] tags = {"", "8100e000", "8100000a", "81000014", "81000005", "81000fff", "81000ffe", "8100000a81000014"
        };
        for (String from : modes) {
            for (String to : modes) {
                for (String tag : tags) {
                    VlanRules in = new VlanRules(mode(from), null);
                    VlanRules out = new VlanRules(mode(to), null);
                    String at = from + " to " + to + ": " + tag;
                    portA.setMode(mode(from));
                    portB.setMode(mode(to));
                    b.inbox.clear();
                    byte[] frame = java.util.HexFormat.of().parseHex(Station.frame(ALL, Station.mac(1), tag + "0800"));

                    a.inject(frame);

                    if (!b.inbox.isEmpty()) {
                        byte[] sent = java.util.HexFormat.of().parseHex(b.inbox.get(0));
                        assertEquals(in.ingress(view(frame)), out.ingress(view(sent)), at);
                    }
                }
            }
        }
    }

    private static io.pktkit.wire.Frame view(byte[] frame) {
        return new io.pktkit.wire.Frame().wrap(java.nio.ByteBuffer.wrap(frame));
    }

    @Test
    void shouldCountAUnicastThatItsPortDoesNotCarry() {
        portA.setMode(PortMode.access(10));
        portB.setMode(PortMode.trunk(VlanSet.of(10), 10));
        b.inject(Station.frame(ALL, Station.mac(2), "0800"));
        b.inbox.clear();

        // What is left without the tag would be a tag again.
        Station c = new Station(3);
        hub.connect(c);
        c.inject(Station.frame(Station.mac(2), Station.mac(3), "8100000a88a800050800"));

        assertEquals(0, b.inbox.size());
        assertEquals(1, hub.stats().dropped(DropReason.VLAN));
        assertEquals(0, hub.stats().forwarded());
    }

    @Test
    void shouldTagFramesOfAnyLength() {
        for (int length = 14; length < 9000; length += length > 2000 && length < 2060 ? 1 : 67) {
            assertTagged(length);
        }
        for (int power = 2048; power <= 8192; power *= 2) {
            for (int length = power - 5; length <= power + 1; length++) {
                assertTagged(length);
            }
        }
    }

    private void assertTagged(int length) {
        portA.setMode(PortMode.access(10));
        portB.setMode(PortMode.trunk(VlanSet.of(10)));
        b.inbox.clear();
        byte[] frame = new byte[length];
        new java.util.Random(length).nextBytes(frame);
        java.nio.ByteBuffer.wrap(frame).putLong(0, 0xFFFF_FFFF_FFFF_0200L).putShort(12, (short) 0x0800);

        a.inject(frame);

        String hex = java.util.HexFormat.of().formatHex(frame);
        assertEquals(List.of(hex.substring(0, 24) + "8100000a" + hex.substring(24)), b.inbox, "length=" + length);
    }

    @Test
    void shouldPassATagThatIsRightWithoutACopy() {
        Object[] seen = new Object[1];
        HubPort trunk = hub.connect(new Probe(frame -> seen[0] = frame.buffer()));
        trunk.setMode(PortMode.trunk(VlanSet.of(10)));
        portA.setMode(PortMode.trunk(VlanSet.of(10)));
        java.nio.ByteBuffer tagged = java.nio.ByteBuffer.wrap(
                java.util.HexFormat.of().parseHex(Station.frame(ALL, Station.mac(1), "8100000a0800")));

        a.inject(new io.pktkit.wire.Frame().wrap(tagged));

        assertSame(tagged, seen[0]);
    }

    @Test
    void shouldKnowStationsByVlan() {
        Station c = new Station(3);
        HubPort portC = hub.connect(c);
        portA.setMode(PortMode.trunk(VlanSet.all()));
        portB.setMode(PortMode.access(10));
        portC.setMode(PortMode.access(20));
        b.inject(Station.frame(ALL, Station.mac(2), "0800"));

        a.inject(Station.frame(Station.mac(2), Station.mac(1), "810000140800"));

        assertEquals(0, b.inbox.size());
        assertEquals(1, c.inbox.size(), "learned in VLAN 10 is no hit in VLAN 20");
    }

    @Test
    void shouldForgetAndRelearnWhenTheModeChanges() {
        b.inject(Station.frame(ALL, Station.mac(2), "0800"));
        assertEquals(1, portB.macCount());

        portB.setMode(PortMode.access(10));

        assertEquals(0, portB.macCount());
        assertEquals(0, hub.macTableSize());
        assertEquals(PortMode.access(10), portB.mode());
        a.inject(Station.frame(Station.mac(2), Station.mac(1), "0800"));
        assertEquals(0, b.inbox.size());
    }

    @Test
    void shouldDropATagThatIsCutOff() {
        portA.setMode(PortMode.trunk(VlanSet.all(), 1));
        byte[] cut = new byte[16];
        cut[0] = 2;
        cut[12] = (byte) 0x81;

        a.inject(cut);

        assertEquals(1, hub.stats().dropped(DropReason.VLAN));
    }

    @Test
    void shouldPassAFrameInTheRightShapeWithoutACopy() {
        Object[] seen = new Object[1];
        b.close();
        portB.close();
        hub.connect(new Probe(frame -> seen[0] = frame.buffer()));
        java.nio.ByteBuffer buffer = java.nio.ByteBuffer.allocate(64);
        buffer.put(0, (byte) 2);

        a.inject(new io.pktkit.wire.Frame().wrap(buffer, 0, 64));

        assertSame(buffer, seen[0]);
    }

    @Test
    void shouldBuildEachFormOnceForAFlood() {
        portA.setMode(PortMode.access(10));
        portB.close();
        java.util.Set<Object> forms = java.util.Collections.newSetFromMap(new java.util.IdentityHashMap<>());
        for (int i = 0; i < 10; i++) {
            HubPort port = hub.connect(new Probe(frame -> forms.add(frame.buffer())));
            port.setMode(i % 2 == 0 ? PortMode.trunk(VlanSet.of(10)) : PortMode.access(10));
        }

        a.inject(Station.frame(ALL, Station.mac(1), "810000000800"));

        assertEquals(2, forms.size());
    }

    private static PortMode mode(String text) {
        if (text.equals("T")) {
            return PortMode.transparent();
        }
        if (text.startsWith("tall")) {
            return text.equals("tall")
                    ? PortMode.trunk(VlanSet.all())
                    : PortMode.trunk(VlanSet.all(), Integer.parseInt(text.substring(4)));
        }
        if (text.equals("t-")) {
            return PortMode.trunk(VlanSet.of(10, 20));
        }
        int vlan = Integer.parseInt(text.substring(1));
        return text.charAt(0) == 'a' ? PortMode.access(vlan) : PortMode.trunk(VlanSet.of(0, 10, 20, 5), vlan);
    }
}
