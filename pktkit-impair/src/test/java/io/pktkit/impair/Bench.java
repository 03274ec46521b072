// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import io.pktkit.device.Attachment;
import io.pktkit.device.Receiver;
import io.pktkit.link.PipeL3;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A pipe with an impaired link on a manual clock, and what came out at the two ends. */
final class Bench {

    static final long START = -1_000_000;

    final ManualTime time;
    final PipeL3 device = new PipeL3(packet -> this.far.receive(packet));
    final Attachment<Packet> attachment;
    final ImpairedLink<Packet> link;
    private Receiver<Packet> far;
    private Receiver<Packet> near;

    final List<Arrival> sent = new ArrayList<>();
    final List<Arrival> received = new ArrayList<>();

    /** A message that came out: its number, its bytes and when, in nanoseconds since the start. */
    record Arrival(int number, long at, ByteBuffer content) {

        byte[] bytes() {
            byte[] bytes = new byte[content.capacity()];
            content.get(0, bytes);
            return bytes;
        }

        @Override
        public String toString() {
            return number + "@" + at + ":" + content.hashCode();
        }
    }

    Bench(Impairment send, Impairment receive) {
        this(send, receive, START);
    }

    Bench(Impairment send, Impairment receive, long start) {
        time = new ManualTime(start);
        far = packet -> sent.add(arrival(packet, start));
        near = packet -> received.add(arrival(packet, start));
        attachment = device.attach(packet -> near.receive(packet));
        link = ImpairedLink.on(attachment, send, receive, time);
    }

    static Bench sending(Impairment impairment) {
        return new Bench(impairment, Impairment.none());
    }

    /** Messages whose first four bytes are their number. */
    static Packet numbered(int number, int length) {
        ByteBuffer buffer = ByteBuffer.allocate(length + 5);
        java.util.Arrays.fill(buffer.array(), (byte) 0xA5);
        buffer.putInt(3, number);
        return new Packet().wrap(buffer, 3, length);
    }

    /** Changes what gets what was sent into the device. */
    void setFar(Receiver<Packet> receiver) {
        far = receiver;
    }

    /** Changes what gets what came out of the device. */
    void setNear(Receiver<Packet> receiver) {
        near = receiver;
    }

    boolean send(int number, int length) {
        return attachment.send(numbered(number, length));
    }

    boolean inject(int number, int length) {
        return device.inject(numbered(number, length));
    }

    void sendAll(int count, int length) {
        for (int i = 0; i < count; i++) {
            send(i, length);
        }
    }

    void runAll() {
        while (time.nextDeadlineNanos() != io.pktkit.time.Timers.NEVER) {
            time.runNext();
        }
    }

    List<Integer> sentNumbers() {
        return sent.stream().map(Arrival::number).toList();
    }

    List<Long> sentTimes() {
        return sent.stream().map(Arrival::at).toList();
    }

    List<Integer> receivedNumbers() {
        return received.stream().map(Arrival::number).toList();
    }

    LinkStats stats() {
        return link.stats(Direction.SEND);
    }

    private Arrival arrival(Packet packet, long start) {
        ByteBuffer content = ByteBuffer.wrap(packet.toBytes());
        return new Arrival(content.getInt(0), time.nowNanos() - start, content);
    }
}
