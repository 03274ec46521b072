// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.EtherType;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.PacketBuilder;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One flow has one queue, in both directions and for good. */
class FlowQueuesTest {
    private static ByteBuffer udp(String source, int sourcePort, String target, int targetPort) {
        return PacketBuilder.udp(
                IpAddress.parse(source), sourcePort, IpAddress.parse(target), targetPort, ByteBuffer.allocate(8));
    }

    private static ByteBuffer framed(ByteBuffer packet, int type) {
        return FrameBuilder.frame(
                MacAddress.parse("02:00:00:00:00:01"), MacAddress.parse("02:00:00:00:00:02"), type, packet);
    }

    private static int hash(ByteBuffer message, boolean ethernet) {
        return FlowQueues.hash(message, message.position(), message.remaining(), ethernet);
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1, 10.0.0.2", "fd00::1, fd00::2"})
    void shouldBeTheSameForBothDirections(String one, String other) {
        ByteBuffer there = udp(one, 1000, other, 53);
        ByteBuffer back = udp(other, 53, one, 1000);

        assertEquals(hash(there, false), hash(back, false));
        assertNotEquals(hash(there, false), hash(udp(one, 53, other, 1000), false), "another flow");
        assertNotEquals(hash(there, false), hash(udp(one, 1001, other, 53), false));
        int type = one.contains(":") ? EtherType.IPV6 : EtherType.IPV4;
        assertEquals(hash(there, false), hash(framed(there, type), true));
    }

    @Test
    void shouldPutFragmentsOfOneDatagramTogether() {
        ByteBuffer first = udp("10.0.0.1", 1000, "10.0.0.2", 53);
        ByteBuffer later = udp("10.0.0.1", 7, "10.0.0.2", 8); // whatever stands where ports would be
        first.putShort(first.position() + 6, (short) 0x2000); // more fragments
        later.putShort(later.position() + 6, (short) 0x0010); // an offset

        assertEquals(hash(first, false), hash(later, false));
    }

    @Test
    void shouldTellStationsApartThatSpeakSomethingElse() {
        ByteBuffer arp = framed(ByteBuffer.allocate(28), EtherType.ARP);
        ByteBuffer other = framed(ByteBuffer.allocate(28), EtherType.ARP);
        other.put(other.position() + 11, (byte) 9);

        assertNotEquals(hash(arp, true), hash(other, true));
    }

    @Test
    void shouldAnswerAFlowOnTheQueueThatItCameOn() {
        FlowQueues flows = new FlowQueues(4, false);
        for (int i = 0; i < 4; i++) {
            ByteBuffer packet = udp("10.0.0.1", 100 + i, "10.0.0.2", 53);
            flows.arrived(i, packet, packet.position(), packet.remaining());
            ByteBuffer answer = udp("10.0.0.2", 53, "10.0.0.1", 100 + i);

            assertEquals(i, flows.queueOf(answer, answer.position(), answer.remaining()));
        }
    }

    @Test
    void shouldNotMoveAFlow() {
        FlowQueues flows = new FlowQueues(4, false);
        ByteBuffer packet = udp("10.0.0.1", 100, "10.0.0.2", 53);
        int queue = flows.queueOf(packet, packet.position(), packet.remaining());

        flows.arrived((queue + 1) % 4, packet, packet.position(), packet.remaining());

        assertEquals(queue, flows.queueOf(packet, packet.position(), packet.remaining()));
    }

    @Test
    void shouldUseAllQueues() {
        FlowQueues flows = new FlowQueues(3, false);
        Set<Integer> used = new HashSet<>();
        for (int port = 1; port < 100; port++) {
            ByteBuffer packet = udp("10.0.0.1", port, "10.0.0.2", 53);
            used.add(flows.queueOf(packet, packet.position(), packet.remaining()));
        }

        assertEquals(Set.of(0, 1, 2), used);
    }

    @Test
    void shouldTakeWhateverComes() {
        long seed = 5;
        Random random = new Random(seed);
        FlowQueues frames = new FlowQueues(3, true);
        FlowQueues packets = new FlowQueues(3, false);
        for (int i = 0; i < 200_000; i++) {
            byte[] bytes = new byte[random.nextInt(70)];
            random.nextBytes(bytes);
            if (bytes.length > 14) {
                bytes[0] = (byte) (random.nextBoolean() ? 0x45 : 0x60);
                bytes[12] = (byte) (random.nextBoolean() ? 0x08 : 0x86);
                bytes[13] = (byte) (random.nextBoolean() ? 0x00 : 0xDD);
            }
            ByteBuffer message = ByteBuffer.wrap(bytes);
            int queue = packets.queueOf(message, 0, bytes.length);
            int other = frames.queueOf(message, 0, bytes.length);

            assertTrue(queue >= 0 && queue < 3 && other >= 0 && other < 3, "seed=" + seed + " i=" + i);
        }
    }
}
