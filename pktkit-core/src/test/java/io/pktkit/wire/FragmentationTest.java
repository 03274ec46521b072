// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;

/** What is cut and put together again is what it was, whatever happens to the fragments on the way. */
class FragmentationTest {

    @Property(tries = 300)
    void survivesCuttingTwiceShufflingAndDuplication(
            @ForAll boolean ipv6,
            @ForAll @IntRange(max = 20_000) int payload,
            @ForAll @IntRange(min = 68, max = 9000) int mtu,
            @ForAll @IntRange(min = 68, max = 1500) int secondMtu,
            @ForAll int identification,
            @ForAll long seed) {
        Packet packet = (ipv6 ? Packets.udp6(payload) : Packets.udp4(payload)).identification(identification);
        Random random = new Random(seed);
        List<Packet> onTheWay = new ArrayList<>();
        for (Packet fragment : cut(packet, ipv6 ? Math.max(mtu, 1280) : mtu, identification)) {
            assertTrue(fragment.isComplete());
            onTheWay.addAll(ipv6 ? List.of(fragment) : route(fragment, secondMtu));
        }
        int duplicates = random.nextInt(4);
        for (int i = 0; i < duplicates; i++) {
            onTheWay.add(onTheWay.get(random.nextInt(onTheWay.size())));
        }
        Collections.shuffle(onTheWay, random);

        Reassembler reassembler = new Reassembler(new ReassemblyLimits(4, 4, 1 << 20, 1 << 20, 1024));
        byte @Nullable [] whole = null;
        for (Packet fragment : onTheWay) {
            Packet added = reassembler.add(fragment, 0);
            whole = whole == null && added != null ? added.toBytes() : whole;
        }

        assertArrayEquals(packet.toBytes(), whole);
        for (Reassembler.Drop reason : Reassembler.Drop.values()) {
            assertEquals(0, reassembler.dropped(reason), reason.name());
        }
    }

    private static List<Packet> cut(Packet packet, int mtu, int identification) {
        List<Packet> fragments = ReassemblerTest.fragments(packet, mtu, identification);
        return fragments.isEmpty() ? List.of(Packets.copyOf(packet)) : fragments;
    }

    private static List<Packet> route(Packet packet, int mtu) {
        List<Packet> fragments = new ArrayList<>();
        Fragmenter.Result result =
                new Fragmenter().fragment(packet, mtu, fragment -> fragments.add(Packets.copyOf(fragment)));
        return result == Fragmenter.Result.FITS ? List.of(packet) : fragments;
    }
}
