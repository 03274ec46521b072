// SPDX-License-Identifier: MIT
package io.pktkit.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;

/** Forwarding paths must not allocate, compiled or not: nothing here leans on the compiler's escape analysis. */
class AllocationTest {

    private static final int ROUNDS = 20_000;

    private final Frame frame = new Frame();
    private final TcpOptions options = new TcpOptions();

    @Test
    void shouldNotAllocateWhenWalkingInward() throws Throwable {
        ByteBuffer udp = frameOf(Packets.udp4(100));
        ByteBuffer tcp = frameOf(new Packet()
                .wrap(PacketBuilder.tcp(Packets.V6_A, 1, Packets.V6_B, 2, 3, 4, 5, 6, Packets.random(1000, 1))));

        assertAllocatesNothing(() -> walk(udp) + walk(tcp));
    }

    @Test
    void shouldNotAllocateWhenRewritingAndHashing() throws Throwable {
        ByteBuffer udp = frameOf(Packets.udp4(100));
        IpAddress source = IpAddress.parse("192.0.2.1");

        assertAllocatesNothing(() -> {
            Packet packet = frame.wrap(udp, 0, udp.capacity()).destinationMac(1).packet();
            packet.source(source).hopLimit(64).ecn(2).decrementHopLimit();
            packet.recomputeTransportChecksum();
            return KeyedHash.shared()
                    .of(packet.sourceHigh(), packet.sourceLow(), packet.destinationHigh(), packet.destinationLow(), 17);
        });
    }

    @Test
    void shouldNotAllocateWhenWritingHeaders() throws Throwable {
        ByteBuffer target = Packets.dirty(200);

        assertAllocatesNothing(() -> {
            int at = FrameBuilder.writeHeader(target, 0, 1, 2, EtherType.IPV4);
            IpHeader.write(target, at, Packets.V4_A, Packets.V4_B, 17, 100, 64, 1, 0, false);
            at += IpHeader.write(target, at, Packets.V6_A, Packets.V6_B, 17, 100, 64, 1, 0, false);
            return (long) at + ArpPacket.write(target, at, 1, 2, 3, 4, 5);
        });
    }

    private long walk(ByteBuffer bytes) {
        frame.wrap(bytes, 0, bytes.capacity());
        Packet packet = frame.packet();
        long sum = frame.destinationMac() + packet.sourceLow() + packet.destinationHigh() + packet.hopLimit();
        sum += packet.verifyIpv4Checksum() == ChecksumStatus.INVALID ? 1 : 0;
        sum += packet.verifyTransportChecksum() == ChecksumStatus.VALID ? 1 : 0;
        UdpDatagram udp = packet.udp();
        TcpSegment tcp = packet.tcp();
        if (tcp != null) {
            options.wrap(tcp);
            sum += options.next() ? 1 : tcp.payloadLength();
        }
        return sum + (udp == null ? 0 : udp.payloadLength()) + (packet.isFragment() ? 1 : 0);
    }

    private static ByteBuffer frameOf(Packet packet) {
        int type = packet.isIpv4() ? EtherType.IPV4 : EtherType.IPV6;
        return FrameBuilder.frame(MacAddress.BROADCAST, MacAddress.ZERO, type, ByteBuffer.wrap(packet.toBytes()));
    }

    private static void assertAllocatesNothing(LongSupplier work) throws Throwable {
        MethodHandle allocatedBytes = allocatedBytes();
        long sink = run(work);
        long least = Long.MAX_VALUE;
        // The meter itself, or a class that loads late, may show in one measurement, but not in all of them.
        for (int i = 0; i < 5; i++) {
            long before = (long) allocatedBytes.invoke();
            sink += run(work);
            least = Math.min(least, (long) allocatedBytes.invoke() - before);
        }
        assertTrue(least < ROUNDS, "bytes for " + ROUNDS + " rounds: " + least);
        assertEquals(sink, sink);
    }

    private static long run(LongSupplier work) {
        long sum = 0;
        for (int i = 0; i < ROUNDS; i++) {
            sum += work.getAsLong();
        }
        return sum;
    }

    /** By name, since the module under test does not read jdk.management. */
    private static MethodHandle allocatedBytes() throws ReflectiveOperationException {
        Class<?> type = Class.forName("com.sun.management.ThreadMXBean");
        Object bean = Class.forName("java.lang.management.ManagementFactory")
                .getMethod("getThreadMXBean")
                .invoke(null);
        return MethodHandles.publicLookup()
                .findVirtual(type, "getCurrentThreadAllocatedBytes", MethodType.methodType(long.class))
                .bindTo(bean);
    }
}
