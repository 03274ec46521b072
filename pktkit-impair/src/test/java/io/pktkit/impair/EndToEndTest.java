// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.link.Links;
import io.pktkit.link.PipeL3;
import io.pktkit.time.Alarm;
import io.pktkit.time.ManualTime;
import io.pktkit.time.Timers;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A counter that is repeated until it is acknowledged, over a cable with a bad link at each end. */
class EndToEndTest {

    private static final int COUNT = 300;
    private static final long REPEAT_NANOS = 30_000_000;
    private static final int CHECK = 0x5A5A_5A5A;

    private final ManualTime time = new ManualTime();
    private final PipeL3 near = new PipeL3(this::acknowledged);
    private final PipeL3 far = new PipeL3(this::acknowledge);
    private final List<Integer> counted = new ArrayList<>();
    private final Alarm alarm = time.newAlarm(this::sendNext);
    private int next;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void shouldCountToTheEndOverABadLink(long seed) {
        Impairment bad = Impairment.none()
                .delay(Duration.ofMillis(5))
                .jitter(Duration.ofMillis(8))
                .loss(0.1)
                .burst(0.01, 0.3)
                .duplicate(0.05)
                .corrupt(0.05)
                .rate(1_000_000);
        Links.Cable<Packet> cable = Links.connect(near, far);
        ImpairedLink<Packet> a = ImpairedLink.on(cable.first(), bad.seed(seed), bad.seed(seed), time);
        ImpairedLink<Packet> b = ImpairedLink.on(cable.second(), bad.seed(seed + 100), bad.seed(seed + 100), time);

        sendNext();
        int events = 0;
        while (next < COUNT && events < 1_000_000 && time.runNext()) {
            events++;
        }

        assertEquals(COUNT, next, "seed=" + seed);
        for (int i = 0; i < COUNT; i++) {
            assertEquals(i, counted.get(i), "seed=" + seed);
        }
        assertTrue(lossOf(a) + lossOf(b) > 0);
        cable.close();
    }

    private static long lossOf(ImpairedLink<Packet> link) {
        return link.stats(Direction.SEND).lost() + link.stats(Direction.RECEIVE).lost();
    }

    private void sendNext() {
        near.inject(message(next));
        alarm.arm(Timers.after(time.nowNanos(), REPEAT_NANOS));
    }

    private void acknowledge(Packet packet) {
        int number = read(packet);
        if (number < 0) {
            return;
        }
        if (number == counted.size()) {
            counted.add(number);
        }
        if (number < counted.size()) {
            far.inject(message(number));
        }
    }

    private void acknowledged(Packet packet) {
        if (read(packet) == next) {
            next++;
            if (next < COUNT) {
                sendNext();
            }
        }
    }

    private static Packet message(int number) {
        return new Packet().wrap(ByteBuffer.allocate(40).putInt(0, number).putInt(4, number ^ CHECK));
    }

    /** The number, or -1 if a bit of it was flipped. */
    private static int read(Packet packet) {
        int number = packet.buffer().getInt(packet.offset());
        return (packet.buffer().getInt(packet.offset() + 4) ^ CHECK) == number ? number : -1;
    }
}
