// SPDX-License-Identifier: MIT
package io.pktkit.interop.afpacket;

import io.pktkit.device.Receiver;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.Frame;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpSegment;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Keeps what a device delivers, until the frame that the script sends last. */
final class FrameLog implements Receiver<Frame> {

    static final int LAST_TYPE = 0x88b6;

    /** A frame as it was delivered, with what the bytes do not say. */
    record Entry(
            String bytes, int length, int segmentSize, boolean checksumPending, boolean checksumGood, String thread) {}

    private final List<Entry> entries = new ArrayList<>();

    /** The TCP payload, by its distance from what came first. */
    private final TreeMap<Integer, byte[]> stream = new TreeMap<>();

    private int first;

    private final CountDownLatch last = new CountDownLatch(1);

    @Override
    public synchronized void receive(Frame frame) {
        byte[] bytes = new byte[frame.length()];
        frame.buffer().get(frame.offset(), bytes);
        Packet packet = frame.packet();
        entries.add(new Entry(
                HexFormat.of().formatHex(bytes),
                frame.length(),
                frame.segmentSize(),
                frame.checksumPending(),
                packet.verifyTransportChecksum() != ChecksumStatus.INVALID,
                Thread.currentThread().getName()));
        TcpSegment tcp = packet.tcp();
        if (tcp != null && tcp.payloadLength() > 0) {
            byte[] payload = new byte[tcp.payloadLength()];
            tcp.buffer().get(tcp.payloadOffset(), payload);
            if (stream.isEmpty()) {
                first = tcp.sequenceNumber();
            }
            stream.merge(
                    tcp.sequenceNumber() - first, payload, (one, other) -> one.length >= other.length ? one : other);
        }
        if (frame.etherType() == LAST_TYPE) {
            last.countDown();
        }
    }

    void awaitLast() throws InterruptedException {
        if (!last.await(Wire.LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("the last frame did not come; frames=" + entries.size());
        }
    }

    /** All up to the last frame: the two hosts may go on speaking behind it, by ARP. */
    synchronized List<String> bytes() {
        return upToLast(entries.stream().map(Entry::bytes).toList());
    }

    /** Cuts off what came behind the frame that the script sends last, where it is there. */
    static List<String> upToLast(List<String> frames) {
        String type = Integer.toHexString(LAST_TYPE);
        for (int i = 0; i < frames.size(); i++) {
            if (frames.get(i).startsWith(type, 24)) {
                return frames.subList(0, i + 1);
            }
        }
        return frames;
    }

    /** What came until now, for who looks while frames come. */
    synchronized List<Entry> entries() {
        return List.copyOf(entries);
    }

    /** The TCP stream, put together from its segments; what is missing in between ends it. */
    synchronized byte[] stream() {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        int base = stream.isEmpty() ? 0 : stream.firstKey();
        stream.forEach((at, payload) -> {
            int skip = base + whole.size() - at;
            if (skip >= 0 && skip < payload.length) {
                whole.write(payload, skip, payload.length - skip);
            }
        });
        return whole.toByteArray();
    }
}
