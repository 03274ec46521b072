// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.rules;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MssClampTest {

    private static final MssClamp CLAMP = new MssClamp(1440);

    /** A segment whose only option is an MSS, in a buffer with something before it. */
    private static Packet segment(boolean ipv4, int flags, int mss) {
        IpAddress from = IpAddress.parse(ipv4 ? "10.8.0.2" : "fd08::2");
        IpAddress to = IpAddress.parse(ipv4 ? "192.0.2.9" : "2001:db8::9");
        byte[] option = {2, 4, (byte) (mss >>> 8), (byte) mss};
        ByteBuffer built = PacketBuilder.tcp(from, 1, to, 2, 3, 4, flags, 1000, ByteBuffer.wrap(option));
        ByteBuffer buffer =
                ByteBuffer.allocate(7 + built.remaining()).position(7).put(built);
        Packet packet = new Packet().wrap(buffer, 7, buffer.capacity() - 7);
        buffer.put(7 + (ipv4 ? 20 : 40) + 12, (byte) (6 << 4));
        packet.recomputeTransportChecksum();
        return packet;
    }

    private static int mssOf(Packet packet) {
        int at = packet.offset() + (packet.isIpv4() ? 40 : 60);
        return packet.buffer().getShort(at + 2) & 0xffff;
    }

    @ParameterizedTest
    @CsvSource({
        "true,1460,1400",
        "true,1401,1400",
        "true,1400,1400",
        "true,536,536",
        "false,1440,1380",
        "false,65535,1380"
    })
    void shouldTellOfSegmentsThatFit(boolean ipv4, int told, int heard) {
        for (int flags : new int[] {TcpSegment.SYN, TcpSegment.SYN | TcpSegment.ACK}) {
            Packet packet = segment(ipv4, flags, told);
            byte[] before = packet.toBytes();
            ByteBuffer copy = CLAMP.copyIfTooLarge(packet);
            assertArrayEquals(before, packet.toBytes(), "the packet itself is not ours to change");
            if (told == heard) {
                assertNull(copy);
            } else {
                assertNotNull(copy);
                Packet copied = new Packet().wrap(copy, 0, copy.capacity());
                assertEquals(heard, mssOf(copied));
                assertEquals(ChecksumStatus.VALID, copied.verifyTransportChecksum());
            }
            CLAMP.inPlace(packet);
            assertEquals(heard, mssOf(packet));
            assertEquals(ChecksumStatus.VALID, packet.verifyTransportChecksum());
        }
    }

    @Test
    void shouldLeaveAloneWhatIsNoOffer() {
        Packet data = segment(true, TcpSegment.ACK, 1460);
        assertNull(CLAMP.copyIfTooLarge(data));
        Packet none = segment(true, TcpSegment.SYN, 1460);
        assertNull(new MssClamp(0).copyIfTooLarge(none), "not asked for");
        Packet fragment = segment(true, TcpSegment.SYN, 1460);
        fragment.buffer().putShort(7 + 6, (short) 0x2000);
        assertNull(CLAMP.copyIfTooLarge(fragment));
        Packet other = segment(true, TcpSegment.SYN, 1460);
        other.buffer().put(7 + 40, (byte) 30);
        assertNull(CLAMP.copyIfTooLarge(other), "another option");
        ByteBuffer udp = PacketBuilder.udp(
                IpAddress.parse("10.8.0.2"), 1, IpAddress.parse("10.8.0.3"), 2, ByteBuffer.allocate(30));
        assertNull(CLAMP.copyIfTooLarge(new Packet().wrap(udp, udp.position(), udp.remaining())));
    }
}
