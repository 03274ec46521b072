// SPDX-License-Identifier: MIT
package io.pktkit.pcap.internal.write;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.pcap.CaptureFormat;
import io.pktkit.pcap.CaptureReader;
import io.pktkit.pcap.CapturedPacket;
import io.pktkit.pcap.LinkType;
import io.pktkit.wire.Frame;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class BlockWriterTest {

    /** Fails when it is told to, and recovers. */
    private static final class Disk implements Outlet {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        boolean full;

        @Override
        public void write(ByteBuffer blocks) throws IOException {
            if (full) {
                throw new IOException("No space left on device");
            }
            byte[] copy = new byte[blocks.remaining()];
            blocks.get(copy);
            bytes.writeBytes(copy);
        }

        @Override
        public boolean hasRoom(long more) {
            return true;
        }

        @Override
        public boolean next() {
            return false;
        }

        @Override
        public boolean canRecover() {
            return true;
        }

        @Override
        public void close() {}
    }

    private final Disk disk = new Disk();
    private final TapInfo tap = new TapInfo("tap", LinkType.ETHERNET, 262_144, "");
    private final RecordRing ring = new RecordRing(RecordRing.LEAST_CAPACITY, RecordRing.PATIENCE_NANOS);
    private final RecordRing.Entry entry = new RecordRing.Entry();

    private RecordRing.Entry entry(int length, long time) {
        byte[] bytes = new byte[length];
        bytes[0] = (byte) length;
        long position = ring.record(0, time, 1, new Frame().wrap(ByteBuffer.wrap(bytes), 0, length), length);
        ring.settle(position, false, null);
        assertTrue(ring.peek(entry, 0));
        ring.release(entry);
        return entry;
    }

    /** By hand, from draft-ietf-opsawg-pcap. */
    @Test
    void shouldWriteTheClassicFormatToTheByte() throws IOException {
        BlockWriter writer = new BlockWriter(CaptureFormat.PCAP, LinkType.ETHERNET, 262_144, disk);
        writer.add(tap);
        writer.packet(tap, entry(3, 1_000_000_005L), 0);
        writer.packet(tap, entry(2, -5), 0);
        writer.packet(tap, entry(1, Long.MAX_VALUE), 0);
        writer.end(0, 0);

        assertArrayEquals(
                HexFormat.ofDelimiter(" ")
                        .parseHex("4d 3c b2 a1 02 00 04 00 00 00 00 00 00 00 00 00 00 00 04 00 01 00 00 00 "
                                + "01 00 00 00 05 00 00 00 03 00 00 00 03 00 00 00 03 00 00 "
                                + "00 00 00 00 00 00 00 00 02 00 00 00 02 00 00 00 02 00 "
                                + "ff ff ff ff ff c9 9a 3b 01 00 00 00 01 00 00 00 01"),
                disk.bytes.toByteArray());
    }

    /** They fill more than a batch. */
    @Test
    void shouldIntroduceEachOfManyTapsBeforeItsPackets() throws IOException {
        BlockWriter writer = new BlockWriter(CaptureFormat.PCAPNG, LinkType.ETHERNET, 262_144, disk);
        TapInfo last = tap;
        for (int i = 0; i < 100; i++) {
            last = new TapInfo("tap" + i, LinkType.ETHERNET, 262_144, "x".repeat(4096));
            writer.add(last);
        }
        writer.packet(last, entry(20, 1), 0);
        writer.end(0, 0);

        CapturedPacket packet = new CapturedPacket();
        CaptureReader reader = CaptureReader.of(new ByteArrayInputStream(disk.bytes.toByteArray()));
        assertTrue(reader.next(packet), () -> String.valueOf(reader.problem()));
        assertEquals(99, packet.interfaceNumber());
        assertFalse(reader.next(packet));
        assertNull(reader.problem());
        assertEquals(100, reader.interfaces().size());
    }

    private int occurrences(String text) {
        String all = new String(disk.bytes.toByteArray(), StandardCharsets.ISO_8859_1);
        return all.split(Pattern.quote(text), -1).length - 1;
    }

    @Test
    void shouldWriteANameOnceUntilItChanges() throws IOException {
        BlockWriter writer = new BlockWriter(CaptureFormat.PCAPNG, LinkType.ETHERNET, 262_144, disk);
        writer.add(tap);
        for (String name : List.of("alice", "alice", "bob", "bob")) {
            writer.name("0a000001", name);
            writer.name("0a000002", "carol");
            writer.packet(tap, entry(20, 1), 0);
            writer.flush(0);
        }
        writer.end(0, 0);

        assertEquals(1, occurrences("alice"));
        assertEquals(1, occurrences("bob"));
        assertEquals(1, occurrences("carol"));
    }

    /** They fill several batches, and nothing is written between them. */
    @Test
    void shouldTakeManyTapsAndLongNamesInARow() throws IOException {
        BlockWriter writer = new BlockWriter(CaptureFormat.PCAPNG, LinkType.ETHERNET, 262_144, disk);
        for (int i = 0; i < 300; i++) {
            writer.name("0a00%04x".formatted(i), i + "x".repeat(4000));
            writer.add(new TapInfo("tap" + i, LinkType.ETHERNET, 262_144, ""));
        }
        writer.add(tap);
        writer.packet(tap, entry(262_144, 1), 0);
        writer.end(0, 0);

        CapturedPacket packet = new CapturedPacket();
        CaptureReader reader = CaptureReader.of(new ByteArrayInputStream(disk.bytes.toByteArray()));
        assertTrue(reader.next(packet), () -> String.valueOf(reader.problem()));
        assertEquals(262_144, packet.length());
        assertFalse(reader.next(packet));
        assertNull(reader.problem());
        assertEquals(301, reader.interfaces().size());
        assertEquals(300, reader.names().size());
    }

    /** The counts of each are told, and more is written between them than a batch has room for. */
    @Test
    void shouldTakeManyTapsAwayInARow() throws IOException {
        BlockWriter writer = new BlockWriter(CaptureFormat.PCAPNG, LinkType.ETHERNET, 262_144, disk);
        List<TapInfo> all = new ArrayList<>();
        for (int i = 0; i < 4096; i++) {
            all.add(new TapInfo("tap" + i, LinkType.ETHERNET, 262_144, ""));
            writer.add(all.get(i));
            writer.flush(0);
        }
        writer.add(tap);
        for (int i = 0; i < 100; i++) {
            writer.makeRoom(0);
            writer.name("0a00%04x".formatted(i), i + "x".repeat(4000));
            writer.add(new TapInfo("more" + i, LinkType.ETHERNET, 262_144, ""));
        }
        for (TapInfo each : all) {
            writer.makeRoom(0);
            writer.remove(each, 1);
        }
        writer.packet(tap, entry(262_144, 1), 0);
        writer.end(0, 0);

        CapturedPacket packet = new CapturedPacket();
        CaptureReader reader = CaptureReader.of(new ByteArrayInputStream(disk.bytes.toByteArray()));
        assertTrue(reader.next(packet), () -> String.valueOf(reader.problem()));
        assertFalse(reader.next(packet));
        assertNull(reader.problem());
    }

    @Test
    void shouldGoOnWhenTheDiskHasRoomAgain() throws IOException {
        long second = 1_000_000_000L;
        BlockWriter writer = new BlockWriter(CaptureFormat.PCAPNG, LinkType.ETHERNET, 262_144, disk);
        disk.full = true;
        writer.begin();
        writer.add(tap);
        writer.name("0a000001", "alice");
        writer.packet(tap, entry(20, 1), 0);
        writer.flush(0);
        disk.full = false;
        writer.packet(tap, entry(21, 2), second / 2); // within the pause
        writer.packet(tap, entry(22, 3), second);
        writer.flush(second);
        disk.full = true;
        writer.packet(tap, entry(23, 4), second);
        writer.flush(second);
        disk.full = false;
        writer.packet(tap, entry(24, 5), 3 * second);
        writer.end(6, 3 * second);

        assertEquals(3, tap.unwritten.sum());
        CapturedPacket packet = new CapturedPacket();
        CaptureReader reader = CaptureReader.of(new ByteArrayInputStream(disk.bytes.toByteArray()));
        assertTrue(reader.next(packet));
        assertEquals(22, packet.length());
        assertTrue(reader.next(packet));
        assertEquals(24, packet.length());
        assertFalse(reader.next(packet));
        assertNull(reader.problem());
        assertEquals(1, reader.interfaces().size());
        assertEquals(1, reader.names().size());
    }

    /** The writer asks for a lock that networks take: while a packet is still under way it must not ask all the time. */
    @Test
    @Timeout(60)
    void shouldRestWhileAnOutcomeIsNotKnown() throws InterruptedException {
        Frame frame = new Frame().wrap(ByteBuffer.wrap(new byte[20]), 0, 20);
        ring.record(0, 1, 1, frame, 20);
        Thread writer = new Thread(() -> {
            while (!ring.isEnded()) {
                ring.await(1000);
            }
        });
        writer.start();
        while (writer.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        ring.end();
        writer.join();
    }

    @Test
    void shouldWaitForTheOutcomeButNotForEver() {
        Frame frame = new Frame().wrap(ByteBuffer.wrap(new byte[20]), 0, 20);
        long first = ring.record(0, 1, 1, frame, 20);
        long second = ring.record(0, 2, 1, frame, 20);
        ring.settle(second, true, DropReason.QUEUE_FULL);

        assertFalse(ring.peek(entry, 0));
        assertFalse(ring.peek(entry, RecordRing.PATIENCE_NANOS));
        assertTrue(ring.peek(entry, RecordRing.PATIENCE_NANOS + 1));
        assertFalse(entry.dropped);
        ring.release(entry);
        ring.settle(first, true, DropReason.LOOP); // too late, and harmless
        assertTrue(ring.peek(entry, 0));
        assertEquals(DropReason.QUEUE_FULL, entry.reason);
        ring.release(entry);
        assertFalse(ring.peek(entry, 0));
    }

    /** Against a plain list: what is taken comes out, in order and as it was, whatever the lengths. */
    @Test
    void shouldKeepRecordsAcrossTheEndOfTheRing() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        ArrayDeque<byte[]> model = new ArrayDeque<>();
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[14 + random.nextInt(random.nextInt(10) == 0 ? 60_000 : 200)];
            random.nextBytes(bytes);
            long position =
                    ring.record(0, i, 1, new Frame().wrap(ByteBuffer.wrap(bytes), 0, bytes.length), bytes.length);
            if (position >= 0) {
                ring.settle(position, false, null);
                model.add(bytes);
            } else {
                refused++;
            }
            // For 1000 rounds it fills, 1.5 MB more coming than going, and for 1000 it empties.
            int most = i / 1000 % 2 == 0 ? 1 : 3;
            for (int n = random.nextInt(most + 1); n > 0 && !model.isEmpty(); n--) {
                assertTrue(ring.peek(entry, 0), "seed=" + seed);
                byte[] got = new byte[entry.captured];
                entry.buffer.get(entry.offset, got);
                assertArrayEquals(model.remove(), got, "seed=" + seed + " round=" + i);
                ring.release(entry);
            }
        }
        assertTrue(refused > 0, "it was full now and then; seed=" + seed);
    }
}
