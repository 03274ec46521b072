// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VirtioNetHeaderTest {

    private static final int AT = 40;
    private static final String ADDRESSES_4 = "10.0.0.1 10.0.0.2";
    private static final String ADDRESSES_6 = "2001:db8::1 2001:db8::2";

    private final ByteBuffer target = ByteBuffer.allocateDirect(4096);

    private static Packet tcp(String addresses, int flags, int payload) {
        String[] ends = addresses.split(" ", 2);
        return new Packet()
                .wrap(PacketBuilder.tcp(
                        IpAddress.parse(ends[0]),
                        1000,
                        IpAddress.parse(ends[1]),
                        80,
                        1,
                        2,
                        flags,
                        1000,
                        junk(payload)));
    }

    private static Packet udp(String addresses, int payload) {
        String[] ends = addresses.split(" ", 2);
        return new Packet()
                .wrap(PacketBuilder.udp(IpAddress.parse(ends[0]), 1000, IpAddress.parse(ends[1]), 53, junk(payload)));
    }

    private static ByteBuffer junk(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return ByteBuffer.wrap(bytes);
    }

    /** flags, type, headers, size, start, offset, in the byte order of the machine. */
    private String written() {
        ByteBuffer order = target.duplicate().order(ByteOrder.nativeOrder());
        return String.format(
                "%d %d %d %d %d %d",
                order.get(AT),
                order.get(AT + 1) & 0xff,
                order.getShort(AT + 2) & 0xffff,
                order.getShort(AT + 4) & 0xffff,
                order.getShort(AT + 6) & 0xffff,
                order.getShort(AT + 8) & 0xffff);
    }

    /** The message as it would go out: what was written behind the header, and the rest. */
    private ByteBuffer message(io.pktkit.wire.Pdu pdu, int copied) {
        ByteBuffer whole = ByteBuffer.allocate(VirtioNetHeader.LENGTH + pdu.length());
        whole.put(0, target, AT, VirtioNetHeader.LENGTH + copied);
        whole.put(VirtioNetHeader.LENGTH + copied, pdu.buffer(), pdu.offset() + copied, pdu.length() - copied);
        return whole;
    }

    @Test
    void shouldSayNothingOfAFinishedPacket() {
        for (int i = 0; i < 200; i++) {
            target.put(i, (byte) 0x5a);
        }
        assertEquals(0, VirtioNetHeader.write(udp(ADDRESSES_4, 100), target, AT));
        assertEquals("0 0 0 0 0 0", written());
        assertEquals(0x5a, target.get(AT + VirtioNetHeader.LENGTH));
        assertEquals(0x5a, target.get(AT - 1));
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1 10.0.0.2, 16, 1 1 40 1000 20 16",
        "10.0.0.1 10.0.0.2, 144, 1 129 40 1000 20 16",
        "2001:db8::1 2001:db8::2, 16, 1 4 60 1000 40 16",
        "2001:db8::1 2001:db8::2, 144, 1 132 60 1000 40 16"
    })
    void shouldDescribeATcpSuperSegment(String addresses, int flags, String expected) {
        Packet packet = tcp(addresses, flags, 3500).segmentSize(1000);
        byte[] before = packet.toBytes();

        int copied = VirtioNetHeader.write(packet, target, AT);

        assertEquals(expected, written());
        assertArray(before, packet.toBytes());
        ByteBuffer out = message(packet, copied);
        Packet read = new Packet().wrap(out, VirtioNetHeader.LENGTH, packet.length());
        assertNull(new VirtioNetHeader().read(out, 0).applyTo(read, true));
        assertEquals(1000, read.segmentSize());
        assertTrue(read.checksumPending());
        assertTrue(read.recomputeTransportChecksum());
        assertArray(before, read.toBytes());
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1 10.0.0.2, 1 5 28 700 20 6", "2001:db8::1 2001:db8::2, 1 5 48 700 40 6"})
    void shouldDescribeAUdpSuperSegment(String addresses, String expected) {
        assertTrue(VirtioNetHeader.write(udp(addresses, 1500).segmentSize(700), target, AT) > 0);
        assertEquals(expected, written());
    }

    /** The kernel sums from csum_start on: with the pseudo-header's sum in the field the result is the right checksum. */
    @ParameterizedTest
    @ValueSource(strings = {ADDRESSES_4, ADDRESSES_6})
    void shouldLetTheKernelFinishAChecksum(String addresses) {
        for (Packet packet : new Packet[] {tcp(addresses, 16, 333), udp(addresses, 333)}) {
            packet.checksumPending(true);
            String right = HexFormat.of().formatHex(packet.toBytes());
            ByteBuffer out = message(packet, VirtioNetHeader.write(packet, target, AT));

            Packet read = new Packet().wrap(out, VirtioNetHeader.LENGTH, packet.length());
            assertNull(new VirtioNetHeader().read(out, 0).applyTo(read, false));

            assertFalse(read.isUnfinished());
            assertEquals(ChecksumStatus.VALID, read.verifyTransportChecksum());
            assertEquals(right, HexFormat.of().formatHex(read.toBytes()));
        }
    }

    @Test
    void shouldDescribeAFrameWithATagAndLeavePaddingOut() {
        Packet packet = tcp(ADDRESSES_4, 16, 2);
        ByteBuffer untagged = ByteBuffer.allocate(100);
        int header = FrameBuilder.writeHeader(untagged, 0, 0x0200_0000_0002L, 0x0200_0000_0001L, 0x0800);
        packet.copyTo(untagged, header);
        ByteBuffer bytes = ByteBuffer.allocate(200);
        int length = FrameBuilder.writeTagged(new Frame().wrap(untagged, 0, header + packet.length()), 7, bytes, 0);
        Frame frame = new Frame().wrap(bytes, 0, length + 30).checksumPending(true);

        assertEquals(18 + 20 + 18, VirtioNetHeader.write(frame, target, AT));

        assertEquals("1 0 0 0 38 16", written());
        assertEquals(18 + 42, VirtioNetHeader.lengthOf(frame, frame.length()));
        assertEquals(
                frame.length(), VirtioNetHeader.lengthOf(frame.checksumPending(false), frame.length()), "as it came");
    }

    @Test
    void shouldTakeWhatFitsIntoOneSegmentForNone() {
        Packet packet = tcp(ADDRESSES_4, 16, 1000).segmentSize(1000);

        ByteBuffer out = message(packet, VirtioNetHeader.write(packet, target, AT));
        assertEquals("1 0 0 0 20 16", written());
        out.put(1, (byte) VirtioNetHeader.GSO_TCPV4);
        out.order(ByteOrder.nativeOrder()).putShort(4, (short) 1000).order(ByteOrder.BIG_ENDIAN);
        Packet read = new Packet().wrap(out, VirtioNetHeader.LENGTH, packet.length());
        assertNull(new VirtioNetHeader().read(out, 0).applyTo(read, true));

        assertEquals(0, read.segmentSize());
        assertTrue(read.checksumPending());
    }

    /** What the kernel cannot finish, or would finish otherwise. */
    @Test
    void shouldNotDescribeWhatMustBeFinishedHere() {
        Packet fragment = udp(ADDRESSES_4, 100).checksumPending(true);
        fragment.buffer().putShort(6, (short) 0x2000);
        Packet longer = udp(ADDRESSES_4, 100).checksumPending(true);
        Objects.requireNonNull(longer.udp()).udpLength(50);
        Packet cut = new Packet().wrap(udp(ADDRESSES_4, 100).buffer(), 0, 60).checksumPending(true);
        Packet icmp = new Packet()
                .wrap(PacketBuilder.icmpEcho(
                        IpAddress.parse("10.0.0.1"), IpAddress.parse("10.0.0.2"), true, 1, 1, junk(50)))
                .checksumPending(true);
        Packet extended = tcp(ADDRESSES_6, 16, 100).checksumPending(true);
        extended.buffer().put(6, (byte) 60); // what is TCP's is taken for a destination option then

        for (Packet packet : new Packet[] {fragment, longer, cut, icmp, extended}) {
            assertEquals(-1, VirtioNetHeader.write(packet, target, AT), packet::toString);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 0, 20, 16, MALFORMED",
        "1, 1, 100, 20, 4000, MALFORMED",
        "1, 1, 100, 65535, 65535, MALFORMED",
        "0, 4, 100, 20, 16, UNSUPPORTED",
        "0, 5, 100, 20, 16, UNSUPPORTED",
        "0, 3, 100, 20, 16, UNSUPPORTED",
        "0, 77, 100, 20, 16, UNSUPPORTED",
    })
    void shouldRefuseWhatContradictsTheBytes(int flags, int type, int size, int start, int offset, DropReason reason) {
        Packet packet = tcp(ADDRESSES_4, 16, 500);
        ByteBuffer data = ByteBuffer.allocate(10 + packet.length()).order(ByteOrder.nativeOrder());
        data.put((byte) flags).put((byte) type).putShort((short) 54).putShort((short) size);
        data.putShort((short) start).putShort((short) offset);
        data.order(ByteOrder.BIG_ENDIAN).put(10, packet.toBytes());

        assertEquals(
                reason,
                new VirtioNetHeader().read(data, 0).applyTo(new Packet().wrap(data, 10, packet.length()), true));
    }

    @Test
    void shouldBeTotal() {
        mutate(10_000);
    }

    @Test
    @Tag("long")
    void shouldBeTotalForLong() {
        mutate(1_000_000);
    }

    /** Whatever the header and the bytes: an answer, nothing outside is touched, and what is marked can be written again. */
    private void mutate(int rounds) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[][] valid = {
            tcp(ADDRESSES_4, 16, 300).toBytes(),
            tcp(ADDRESSES_6, 144, 300).toBytes(),
            udp(ADDRESSES_4, 300).toBytes(),
            udp(ADDRESSES_6, 300).toBytes()
        };
        int[] edges = {0, 1, 2, 6, 14, 16, 20, 34, 40, 54, 300, 0x7fff, 0x8000, 0xffff};
        byte[] bytes = new byte[600];
        ByteBuffer data = ByteBuffer.allocateDirect(600);
        VirtioNetHeader header = new VirtioNetHeader();
        Packet packet = new Packet();
        for (int i = 0; i < rounds; i++) {
            random.nextBytes(bytes);
            int at = random.nextInt(100);
            byte[] message = valid[random.nextInt(valid.length)];
            System.arraycopy(message, 0, bytes, at + 10, message.length);
            ByteBuffer fields = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
            fields.put(at, (byte) random.nextInt(4)).put(at + 1, (byte) random.nextInt(8));
            for (int field = at + 2; field < at + 10; field += 2) {
                fields.putShort(field, (short)
                        (random.nextInt(4) == 0 ? random.nextInt() : edges[random.nextInt(edges.length)]));
            }
            for (int flips = random.nextInt(4); flips > 0; flips--) {
                bytes[at + random.nextInt(70)] = (byte) random.nextInt();
            }
            int length = random.nextInt(3) == 0 ? random.nextInt(message.length + 50) : message.length;
            data.put(0, bytes);
            String round = "seed=" + seed + " round=" + i;

            packet.wrap(data, at + 10, length);
            DropReason refused = header.read(data, at).applyTo(packet, random.nextBoolean());

            byte[] after = new byte[600];
            data.get(0, after);
            assertEquals(-1, Arrays.mismatch(bytes, 0, at + 10, after, 0, at + 10), round);
            int end = at + 10 + length;
            assertEquals(-1, Arrays.mismatch(bytes, end, 600, after, end, 600), round);
            if (refused == null && packet.isUnfinished()) {
                int copied = VirtioNetHeader.write(packet, target, AT);
                assertTrue(copied <= VirtioNetHeader.MAX_HEAD - VirtioNetHeader.LENGTH, round);
                assertTrue(copied < length, round);
                TcpSegment tcp = packet.tcp();
                assertTrue(packet.segmentSize() == 0 || packet.length() > packet.segmentSize(), round);
                assertTrue(packet.segmentSize() == 0 || tcp != null || packet.udp() != null, round);
            }
        }
    }

    private static void assertArray(byte[] expected, byte[] actual) {
        assertEquals(HexFormat.of().formatHex(expected), HexFormat.of().formatHex(actual));
    }
}
