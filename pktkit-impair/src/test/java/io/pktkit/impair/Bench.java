// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import io.pktkit.time.ManualTime;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** An impaired pipe on a manual clock, and what came out at its two ends. */
final class Bench {

    static final long START = -1_000_000;

    final ManualTime time;
    final Wire wire = new Wire();
    final ImpairL3 device;
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
        device = new ImpairL3(wire, send, receive, time);
        wire.setFar(packet -> sent.add(arrival(packet, start)));
        device.setHandler(packet -> received.add(arrival(packet, start)));
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

    boolean send(int number, int length) {
        return device.send(numbered(number, length));
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

    LinkStats stats() {
        return device.link().stats(Direction.SEND);
    }

    private Arrival arrival(Packet packet, long start) {
        ByteBuffer content = ByteBuffer.wrap(packet.toBytes());
        return new Arrival(content.getInt(0), time.nowNanos() - start, content);
    }
}
