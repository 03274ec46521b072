// SPDX-License-Identifier: MIT
package io.pktkit.interop.afpacket;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.interop.NetworkNamespace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** tcpdump on an interface: what it captures, packet for packet. */
final class Tcpdump implements AutoCloseable {

    private static final int FILE_HEADER = 24;
    private static final int RECORD_HEADER = 16;
    private static final int MAGIC = 0xa1b2c3d4;

    private final Path file = Files.createTempFile("pktkit-tcpdump", ".pcap");
    private final Path output = Files.createTempFile("pktkit-tcpdump", ".out");
    private final Process process;

    /** Starts it and waits until it captures, in one direction: {@code in}, {@code out} or {@code inout}. */
    Tcpdump(NetworkNamespace where, String interfaceName, String direction) throws IOException {
        // As root throughout: it would otherwise write as a user who may not.
        process = where.start(
                output,
                "tcpdump",
                "-Z",
                "root",
                "-i",
                interfaceName,
                "-Q",
                direction,
                "-B",
                "65536",
                "-s",
                "131072",
                "-U",
                "-w",
                file.toString());
        Wire.await(process, output, "listening on");
    }

    /**
     * Waits for as many frames as the device has, which are to be the same, byte for byte; ends the capture. In any order: where
     * who sends changes its processor, two processors bring frames at once, and each socket has its own order of those.
     */
    void expectSame(List<String> device) throws IOException, InterruptedException {
        List<String> other = device.stream().sorted().toList();
        long start = System.nanoTime();
        List<String> mine = read();
        while (mine.size() < other.size() && System.nanoTime() - start < Wire.LIMIT.toNanos()) {
            LockSupport.parkNanos(5_000_000);
            mine = read();
        }
        Wire.end(process);
        mine = FrameLog.upToLast(read()).stream().sorted().toList();
        for (int i = 0; i < Math.min(mine.size(), other.size()); i++) {
            if (!mine.get(i).equals(other.get(i))) {
                throw new AssertionError(
                        "frame " + i + " differs:\ntcpdump " + start(mine.get(i)) + "\ndevice  " + start(other.get(i)));
            }
        }
        assertEquals(mine.size(), other.size(), "how many frames; tcpdump said: " + Files.readString(output));
    }

    private static String start(String frame) {
        return frame.length() / 2 + " bytes " + frame.substring(0, Math.min(frame.length(), 200));
    }

    private List<String> read() throws IOException {
        ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<String> frames = new ArrayList<>();
        if (all.capacity() < FILE_HEADER) {
            return frames;
        }
        assertEquals(MAGIC, all.getInt(0), "no pcap file");
        int at = FILE_HEADER;
        while (at + RECORD_HEADER <= all.capacity() && at + RECORD_HEADER + all.getInt(at + 8) <= all.capacity()) {
            byte[] frame = new byte[all.getInt(at + 8)];
            all.get(at + RECORD_HEADER, frame);
            frames.add(HexFormat.of().formatHex(frame));
            at += RECORD_HEADER + frame.length;
        }
        return frames;
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly();
        Files.deleteIfExists(file);
        Files.deleteIfExists(output);
    }
}
