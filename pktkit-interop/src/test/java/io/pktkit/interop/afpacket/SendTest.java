// SPDX-License-Identifier: MIT
package io.pktkit.interop.afpacket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afpacket.AfPacket;
import io.pktkit.device.Burst;
import io.pktkit.device.DropReason;
import io.pktkit.interop.Await;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.wire.Frame;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is sent is what tcpdump sees at the other end. */
@NeedsPeer({"ip", "tcpdump", "python3"})
@Timeout(300)
class SendTest {

    private static final long SEED = Long.getLong("pktkit.seed", 0x5EED_0AF0L);

    private Wire wire;

    @BeforeEach
    void makeWire() throws IOException {
        wire = new Wire();
    }

    @AfterEach
    void removeWire() throws IOException {
        wire.close();
    }

    private static Frame frame(int length, int type, Random random) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        ByteBuffer frame = ByteBuffer.wrap(bytes);
        frame.putLong(0, 0x02000000_0077_0200L).putInt(8, 0x00000088).putShort(12, (short) type);
        return new Frame().wrap(frame);
    }

    private static String hex(Frame frame) {
        byte[] bytes = new byte[frame.length()];
        frame.buffer().get(frame.offset(), bytes);
        return HexFormat.of().formatHex(bytes);
    }

    /** Of each length, among them those of a header and nothing else; in bursts larger than a batch, or one by one. */
    @ParameterizedTest
    @CsvSource({"false, true, 1", "true, true, 1", "true, true, 3", "false, false, 1", "true, false, 3"})
    void shouldSendFramesAsTheyAre(boolean inBursts, boolean outgoing, int threads) throws Exception {
        Random random = new Random(SEED);
        List<String> sent = new ArrayList<>();
        FrameLog log = new FrameLog();
        try (AfPacket device = wire.open(
                        wire.config().outgoing(outgoing).threads(threads).build());
                Tcpdump tcpdump = new Tcpdump(wire.there, Wire.THEIRS, "in")) {
            device.attach(log);
            for (int i = 0; i < 10; i++) {
                Burst burst = inBursts ? Burst.open() : null;
                for (int length = 14 + i; length <= 1514; length += 17) {
                    Frame frame = frame(length, 0x88b5, random);
                    sent.add(hex(frame));
                    assertTrue(device.send(frame));
                }
                if (burst != null) {
                    burst.close();
                }
            }
            wire.script("last " + Wire.THEIRS);
            log.awaitLast();

            tcpdump.expectSame(sent);
            assertEquals(1, log.entries().size(), "its own frames came back");
            assertEquals(sent.size(), device.stats().snapshot().sentPackets());
            assertEquals(0, device.stats().snapshot().sendDropped());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldCountWhatItDoesNotSend(boolean inBurst) throws Exception {
        Random random = new Random(SEED);
        try (AfPacket device = wire.open(wire.config().build())) {
            Burst burst = inBurst ? Burst.open() : null;
            device.send(frame(1514, 0x88b5, random));
            device.send(frame(1519, 0x88b5, random));
            device.send(frame(1514, 0x88b5, random));
            if (burst != null) {
                burst.close();
            }
            assertFalse(device.send(frame(70_000, 0x88b5, random)));
            assertFalse(device.send(new Frame().wrap(ByteBuffer.allocate(13))));
            assertFalse(device.send(frame(100, 0x88b5, random).checksumPending(true)));

            assertEquals(2, device.stats().snapshot().sentPackets());
            assertEquals(2, device.stats().dropped(DropReason.TOO_BIG));
            assertEquals(1, device.stats().dropped(DropReason.MALFORMED));
            assertEquals(1, device.stats().dropped(DropReason.UNSUPPORTED));
        }
    }

    /** Who waits for a socket is gone through for each frame sent by it, so nobody does for that one: it gets nothing. */
    @Test
    void shouldSendByASocketThatReceivesNothing() throws Exception {
        FrameLog log = new FrameLog();
        try (AfPacket device = wire.open(wire.config().threads(2).build())) {
            device.attach(log);
            assertEquals(List.of("0000 0", "0003 1", "0003 1"), sockets());
            assertTrue(device.send(Wire.broadcast()));
            wire.script("last " + Wire.THEIRS);
            log.awaitLast();

            wire.here("ip link del " + Wire.OURS);
            wire.make();
            Await.until(() -> sockets().toString(), () -> sockets().equals(List.of("0000 0", "0003 1", "0003 1")));
        }
        try (AfPacket seesTheHost =
                wire.open(wire.config().threads(2).outgoing(true).build())) {
            assertEquals(List.of("0003 1", "0003 1"), sockets(), () -> "of " + seesTheHost);
        }
        assertEquals(List.of(), sockets());
    }

    /** Of each packet socket here on the interface, by /proc/net/packet: its protocol, and 1 if it receives. */
    private List<String> sockets() {
        String index = wire.here("cat /sys/class/net/" + Wire.OURS + "/ifindex").strip();
        return wire.here("cat /proc/net/packet")
                .lines()
                .map(line -> line.strip().split(" +"))
                .filter(fields -> fields[4].equals(index))
                .map(fields -> fields[3] + " " + fields[5])
                .sorted()
                .toList();
    }

    @Test
    void shouldSendNothingOnceClosed() throws Exception {
        AfPacket device = wire.open(wire.config().build());
        device.close();

        assertFalse(device.send(frame(100, 0x88b5, new Random(SEED))));
        assertEquals(1, device.stats().dropped(DropReason.CLOSED));
    }

    /** A frame with a tag may be longer by it. */
    @Test
    void shouldSendATagAboveTheMtu() throws Exception {
        Random random = new Random(SEED);
        try (AfPacket device = wire.open(wire.config().build())) {
            assertTrue(device.send(frame(1518, 0x8100, random)));
        }
    }
}
