// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are laid out by hand, from the drafts. */
class CaptureReaderTest {

    private static ByteOrder order(String name) {
        return name.equals("big") ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    }

    private static byte[] classic(ByteOrder order, int magic, int fraction) {
        return ByteBuffer.allocate(24 + 16 + 5)
                .order(order)
                .putInt(magic)
                .putShort((short) 2)
                .putShort((short) 4)
                .putInt(0)
                .putInt(0)
                .putInt(65_535)
                .putInt(1)
                .putInt(1000)
                .putInt(fraction)
                .putInt(5)
                .putInt(60)
                .put(new byte[] {1, 2, 3, 4, 5})
                .array();
    }

    private static byte[] newer(ByteOrder order) {
        ByteBuffer file = ByteBuffer.allocate(500).order(order);
        file.putInt(0x0A0D0D0A)
                .putInt(28)
                .putInt(0x1A2B3C4D)
                .putShort((short) 1)
                .putShort((short) 0)
                .putLong(-1)
                .putInt(28);
        file.putInt(1)
                .putInt(20)
                .putShort((short) 101)
                .putShort((short) 0)
                .putInt(0)
                .putInt(20); // microseconds
        file.putInt(1).putInt(40).putShort((short) 1).putShort((short) 0).putInt(4);
        file.putShort((short) 2).putShort((short) 3).put("eth\0".getBytes(StandardCharsets.US_ASCII));
        file.putShort((short) 9).putShort((short) 1).put(new byte[] {(byte) 0x8A, 0, 0, 0}); // 2^-10 seconds
        file.putInt(0).putInt(40);
        file.putInt(0x0BAD).putInt(16).putInt(7).putInt(16); // of an unknown type
        file.putInt(6)
                .putInt(52)
                .putInt(0)
                .putInt(0)
                .putInt(5)
                .putInt(3)
                .putInt(9)
                .put(new byte[] {9, 8, 7, 0});
        file.putShort((short) 1).putShort((short) 2).put(new byte[] {'h', 'i', 0, 0});
        file.putShort((short) 2).putShort((short) 4).putInt(2);
        file.putInt(52);
        file.putInt(2)
                .putInt(36)
                .putShort((short) 1)
                .putShort((short) 0)
                .putInt(0)
                .putInt(2048)
                .putInt(1)
                .putInt(1);
        file.put(new byte[] {6, 0, 0, 0}).putInt(36);
        file.putInt(3).putInt(20).putInt(3).put(new byte[] {5, 5, 5, 0}).putInt(20);
        return Arrays.copyOf(file.array(), file.position());
    }

    private static CaptureReader read(byte[] file) {
        return CaptureReader.of(new ByteArrayInputStream(file));
    }

    @ParameterizedTest
    @ValueSource(strings = {"big", "little"})
    void shouldReadTheClassicFormat(String order) throws IOException {
        CapturedPacket packet = new CapturedPacket();
        for (int magic : new int[] {0xA1B2C3D4, 0xA1B23C4D}) {
            CaptureReader reader = read(classic(order(order), magic, 5));
            assertTrue(reader.next(packet));
            assertArrayEquals(new byte[] {1, 2, 3, 4, 5}, packet.toBytes());
            assertEquals(60, packet.originalLength());
            assertEquals(1_000_000_000_000L + (magic == 0xA1B2C3D4 ? 5000 : 5), packet.epochNanos());
            assertEquals(1, packet.linkType());
            assertFalse(reader.next(packet));
            assertFalse(reader.next(packet));
            assertNull(reader.problem());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"big", "little"})
    void shouldReadTheNewerFormat(String order) throws IOException {
        CapturedPacket packet = new CapturedPacket();
        CaptureReader reader = read(newer(order(order)));

        assertTrue(reader.next(packet), reader::problem);
        assertArrayEquals(new byte[] {9, 8, 7}, packet.toBytes());
        assertEquals(9, packet.originalLength());
        assertEquals(5000, packet.epochNanos());
        assertEquals(101, packet.linkType());
        assertEquals("hi", packet.comment());
        assertEquals(CaptureDirection.OUTBOUND, packet.direction());

        assertTrue(reader.next(packet), reader::problem);
        assertArrayEquals(new byte[] {6}, packet.toBytes());
        assertEquals(2_000_000_000L, packet.epochNanos(), "2048 units of 2^-10 seconds");
        assertEquals("eth", reader.interfaces().get(packet.interfaceNumber()).name());

        assertTrue(reader.next(packet), reader::problem);
        assertArrayEquals(new byte[] {5, 5, 5}, packet.toBytes());
        assertFalse(reader.next(packet));
        assertNull(reader.problem());
    }

    /** A section that follows begins its interfaces anew, and may have the other byte order. */
    @Test
    void shouldReadSectionsOfBothOrders() throws IOException {
        byte[] big = newer(ByteOrder.BIG_ENDIAN);
        byte[] both = Arrays.copyOf(big, 2 * big.length);
        System.arraycopy(newer(ByteOrder.LITTLE_ENDIAN), 0, both, big.length, big.length);
        CapturedPacket packet = new CapturedPacket();
        CaptureReader reader = read(both);
        int packets = 0;
        while (reader.next(packet)) {
            assertEquals(packets / 3 * 2 + packets % 3 % 2, packet.interfaceNumber(), "packet " + packets);
            packets++;
        }

        assertNull(reader.problem());
        assertEquals(6, packets);
        assertEquals(4, reader.interfaces().size());
    }

    @Test
    void shouldGiveWhatIsWholeOfAFileThatIsCutOff() throws IOException {
        byte[] file = newer(ByteOrder.LITTLE_ENDIAN);
        CapturedPacket packet = new CapturedPacket();
        int before = 0;
        for (int length = 0; length < file.length; length++) {
            CaptureReader reader = read(Arrays.copyOf(file, length));
            int packets = 0;
            while (reader.next(packet)) {
                packets++;
            }
            assertTrue(packets >= before, "length=" + length);
            before = packets;
        }
        assertEquals(2, before);
        byte[] old = classic(ByteOrder.BIG_ENDIAN, 0xA1B2C3D4, 0);
        for (int length = 0; length < old.length; length++) {
            CaptureReader reader = read(Arrays.copyOf(old, length));
            assertFalse(reader.next(packet));
            assertEquals(length == 24, reader.problem() == null, "length=" + length);
        }
    }

    @Test
    void shouldTakeAMillionDamagedFiles() throws IOException {
        byte[][] files = {
            newer(ByteOrder.LITTLE_ENDIAN), newer(ByteOrder.BIG_ENDIAN), classic(ByteOrder.LITTLE_ENDIAN, 0xA1B23C4D, 1)
        };
        int[] lies = {0, 1, 3, 11, 12, 0x7FFF_FFFF, 0x8000_0000, -1, 0x00FF_FFFC, 0x0100_0000, 1 << 16};
        long seed = System.nanoTime();
        Random random = new Random(seed);
        CapturedPacket packet = new CapturedPacket();
        long packets = 0;
        for (int i = 0; i < 1_000_000; i++) {
            byte[] file = files[i % files.length].clone();
            for (int m = random.nextInt(3); m >= 0; m--) {
                int at = random.nextInt(file.length);
                if (random.nextBoolean() || at > file.length - 4) {
                    file[at] = (byte) random.nextInt();
                } else {
                    ByteBuffer.wrap(file).putInt(at & -4, lies[random.nextInt(lies.length)]);
                }
            }
            // Without a buffer in between, which would cost more than the reading
            try (CaptureReader reader = read(file)) {
                for (int n = 0; reader.next(packet); n++) {
                    assertTrue(n < 100, "seed=" + seed + " round=" + i);
                    packet.packet().udp();
                    packets++;
                }
            } catch (RuntimeException thrown) {
                throw new AssertionError("seed=" + seed + " round=" + i, thrown);
            }
        }
        assertTrue(packets > 100_000, "packets=" + packets);
    }

    /** A length that promises much makes the reader hold no more than what came. */
    @Test
    void shouldNotHoldWhatOnlyALengthPromises() throws IOException {
        byte[] file = Arrays.copyOf(newer(ByteOrder.BIG_ENDIAN), 1000);
        ByteBuffer.wrap(file).putInt(32, CaptureReader.MAX_BLOCK);
        CaptureReader reader = read(file);

        assertFalse(reader.next(new CapturedPacket()));
        assertTrue(String.valueOf(reader.problem()).startsWith("cut off in a block"), reader.problem());
    }

    /** Of blocks that are whole: 65 536 interfaces could have names of 4 GiB, and 10 000 addresses of 640 MiB. */
    @Test
    void shouldBoundTheNamesThatItHolds() throws IOException {
        int length = 60_000;
        int block = 8 + 8 + 4 + length + 4;
        int record = 8 + 4 + 4 + length + 4 + 4;
        ByteBuffer file = ByteBuffer.allocate(28 + 200 * (block + record));
        file.putInt(0x0A0D0D0A)
                .putInt(28)
                .putInt(0x1A2B3C4D)
                .putInt(0x10000)
                .putLong(-1)
                .putInt(28);
        byte[] name = "x".repeat(length).getBytes(StandardCharsets.US_ASCII);
        name[length - 1] = 0;
        for (int i = 0; i < 200; i++) {
            file.putInt(1).putInt(block).putInt(0x10000).putInt(0);
            file.putShort((short) 2).putShort((short) length).put(name).putInt(block);
            file.putInt(4).putInt(record).putShort((short) 1).putShort((short) (length + 4));
            file.putInt(0x0A000000 + i % 3).put(name).putInt(0).putInt(record);
        }

        CaptureReader reader = read(file.array());

        assertFalse(reader.next(new CapturedPacket()));
        assertNull(reader.problem());
        assertEquals(200, reader.interfaces().size());
        assertEquals(3, reader.names().size());
        long held = reader.interfaces().stream()
                        .mapToLong(each -> each.name().length())
                        .sum()
                + reader.names().values().stream().mapToLong(String::length).sum();
        assertTrue(held > 4_000_000 && held <= 4 << 20, "held=" + held);
    }

    @Test
    void shouldSayWhatIsNoCapture() throws IOException {
        CaptureReader reader = read("hello, world".getBytes(StandardCharsets.US_ASCII));

        assertFalse(reader.next(new CapturedPacket()));
        assertEquals("neither pcap nor pcapng, before byte 4", reader.problem());
    }
}
