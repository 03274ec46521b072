// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.device.Sender;
import io.pktkit.link.PipeL3;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whether all of it went, and who is charged when not; what is made of it is in {@code OffloadTest}. */
class OffloadFinisherTest {

    private final ThreadState thread = ThreadState.current();
    private final List<Integer> lengths = new ArrayList<>();
    private final DeviceStats stats = new DeviceStats();
    private boolean takes = true;

    private final Sender<Packet> sender = packet -> {
        lengths.add(packet.length());
        return takes;
    };

    private static Packet udp(int payload) {
        return new Packet()
                .wrap(PacketBuilder.udp(
                        IpAddress.parse("10.0.0.1"), 1, IpAddress.parse("10.0.0.2"), 2, ByteBuffer.allocate(payload)));
    }

    private boolean finish(Packet packet) {
        return OffloadFinisher.sendFinished(sender, stats, false, packet, thread);
    }

    @Test
    void shouldSayWhetherItWasTaken() {
        for (boolean taken : new boolean[] {true, false}) {
            takes = taken;
            assertEquals(taken, finish(udp(10)));
            assertEquals(taken, finish(udp(10).checksumPending(true)));
            assertEquals(taken, finish(udp(1000).checksumPending(true).segmentSize(500)));
        }
        assertEquals(List.of(38, 38, 528, 528, 38, 38, 528, 528), lengths);
    }

    /** The checksum covers the end of the route (RFC 8200 section 8.1), which cannot be read. */
    @Test
    void shouldRefuseWhatHasARouteOfUnknownKindWholeOrCut() {
        ByteBuffer udp = PacketBuilder.udp(
                IpAddress.parse("fd00::1"), 1, IpAddress.parse("fd00::2"), 2, ByteBuffer.allocate(1000));
        int header = Packet.IPV6_HEADER_LENGTH;
        ByteBuffer routed = ByteBuffer.allocate(udp.remaining() + 8);
        routed.put(0, udp, 0, header).put(6, (byte) 43).putShort(4, (short) (routed.capacity() - header));
        routed.put(header, new byte[] {17, 0, (byte) 253, 1}).put(header + 8, udp, header, udp.remaining() - header);

        assertFalse(finish(new Packet().wrap(routed).checksumPending(true)));
        assertFalse(finish(new Packet().wrap(routed).checksumPending(true).segmentSize(500)));
        assertEquals(2, stats.snapshot().sendDropped(DropReason.MALFORMED));
        assertEquals(List.of(), lengths);

        routed.put(header + 3, (byte) 0); // at its end
        assertTrue(finish(new Packet().wrap(routed).checksumPending(true).segmentSize(500)));
        assertEquals(List.of(556, 556), lengths);
    }

    @Test
    void shouldSayThatNotAllSegmentsWereTaken() {
        Sender<Packet> second = packet -> {
            lengths.add(packet.length());
            return lengths.size() != 2;
        };

        boolean all = OffloadFinisher.sendFinished(
                second, stats, false, udp(1500).checksumPending(true).segmentSize(500), thread);

        assertFalse(all);
        assertEquals(List.of(528, 528, 528), lengths, "the rest goes on");
    }

    @Test
    void shouldChargeTheRightDirectionForWhatCannotBeFinished() {
        Packet notIp = new Packet().wrap(ByteBuffer.allocate(40));

        assertFalse(OffloadFinisher.sendFinished(sender, stats, true, notIp.checksumPending(true), thread));
        assertFalse(OffloadFinisher.sendFinished(sender, stats, false, notIp.segmentSize(10), thread));

        assertEquals(List.of(), lengths);
        assertEquals(1, stats.snapshot().receiveDropped(), stats.snapshot().toString());
        assertEquals(1, stats.snapshot().sendDropped(), stats.snapshot().toString());
    }

    @Test
    void shouldSayWhetherADeviceTookIt() {
        PipeL3 pipe = new PipeL3(packet -> lengths.add(packet.length()));
        var place = pipe.attach(packet -> {});

        assertTrue(OffloadFinisher.send(place, udp(10), thread));
        assertTrue(OffloadFinisher.send(place, udp(10).checksumPending(true), thread));
        pipe.close();
        assertFalse(OffloadFinisher.send(place, udp(10), thread));
        assertFalse(OffloadFinisher.send(place, udp(10).checksumPending(true), thread));

        assertEquals(List.of(38, 38), lengths);
        assertEquals(2, pipe.stats().dropped(DropReason.CLOSED));
    }
}
