// SPDX-License-Identifier: MIT
package io.pktkit.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class PairL3Test {
    private final PairL3 pair = new PairL3();
    private final Packet packet = new Packet()
            .wrap(PacketBuilder.udp(
                    IpAddress.parse("10.0.0.1"), 1, IpAddress.parse("10.0.0.2"), 2, ByteBuffer.allocate(10)));

    @Test
    void shouldBringOutAtOneEndWhatIsSentIntoTheOther() {
        List<String> seen = new ArrayList<>();
        pair.near().setHandler(p -> seen.add("near " + p.length()));
        pair.far().setHandler(p -> seen.add("far " + p.length()));

        assertTrue(pair.near().send(packet));
        assertTrue(pair.far().send(packet));

        assertEquals(List.of("far 38", "near 38"), seen);
        assertEquals(1, pair.near().stats().snapshot().sentPackets());
        assertEquals(38, pair.near().stats().snapshot().receivedBytes());
    }

    @Test
    void shouldCountWhyNothingCameOut() {
        assertFalse(pair.near().send(packet));
        pair.far().setHandler(p -> {
            throw new IllegalStateException("a handler that fails");
        });
        assertFalse(pair.near().send(packet));
        pair.far().close();
        assertFalse(pair.near().send(packet));

        assertEquals(1, pair.near().stats().dropped(DropReason.NO_HANDLER));
        assertEquals(1, pair.near().stats().dropped(DropReason.HANDLER_FAILED));
        assertEquals(1, pair.near().stats().dropped(DropReason.CLOSED));
    }

    @Test
    void shouldCutAPacketThatRunsInACircle() {
        pair.near().setHandler(p -> pair.near().send(p));
        pair.far().setHandler(p -> pair.far().send(p));

        pair.near().send(packet);

        long cut = pair.near().stats().dropped(DropReason.LOOP)
                + pair.far().stats().dropped(DropReason.LOOP);
        assertEquals(1, cut);
    }
}
