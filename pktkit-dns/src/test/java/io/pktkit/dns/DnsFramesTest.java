// SPDX-License-Identifier: MIT
package io.pktkit.dns;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DnsFramesTest {
    @Test
    void shouldPutTogetherWhatComesInPiecesOfAnySize() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        List<byte[]> sent = new ArrayList<>();
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        for (int i = 0; i < 200; i++) {
            byte[] message = new byte[random.nextInt(10) == 0 ? random.nextInt(65_536) : random.nextInt(600)];
            random.nextBytes(message);
            sent.add(message);
            stream.writeBytes(DnsFrames.frame(message));
        }
        byte[] octets = stream.toByteArray();

        DnsFrames frames = new DnsFrames();
        List<byte[]> received = new ArrayList<>();
        for (int at = 0; at < octets.length; ) {
            int length = Math.min(octets.length - at, 1 + random.nextInt(random.nextBoolean() ? 3 : 4096));
            frames.add(ByteBuffer.wrap(octets, at, length));
            at += length;
            for (byte[] next = frames.next(); next != null; next = frames.next()) {
                received.add(next);
            }
        }

        assertEquals(sent.size(), received.size(), "seed=" + seed);
        for (int i = 0; i < sent.size(); i++) {
            assertArrayEquals(sent.get(i), received.get(i), "seed=" + seed + " i=" + i);
        }
    }

    @Test
    void shouldWaitForTheLastOctet() {
        DnsFrames frames = new DnsFrames();
        byte[] framed = DnsFrames.frame(new byte[] {7, 8, 9});

        for (int i = 0; i < framed.length; i++) {
            assertNull(frames.next(), "octets " + i);
            frames.add(ByteBuffer.wrap(framed, i, 1));
        }

        assertArrayEquals(new byte[] {7, 8, 9}, frames.next());
        assertNull(frames.next());
    }
}
