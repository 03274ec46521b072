// SPDX-License-Identifier: MIT
package io.pktkit.qemu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two devices of this process, and the one thread of both. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class QemuPairTest {

    private final Station station = new Station();

    private static boolean isAlive() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("pktkit-qemu-pair") && thread.isAlive());
    }

    @Test
    void shouldJoinTwoOfThisProcess() throws Exception {
        try (QemuPair pair = QemuPair.open(QemuConfig.DEFAULT.withMtu(9000))) {
            pair.second().attach(station);

            assertTrue(pair.first().send(Peer.view(Peer.frame(9014, 4))));

            assertEquals(4, ByteBuffer.wrap(station.next()).getInt(14));
            assertEquals(9000, pair.first().mtu());
        }
        assertFalse(isAlive());
    }

    /** It hears of the first's end, closes the second for that, and has not ended when the pair is closed. */
    @Test
    void shouldAwaitThePairsThreadThatClosesTheLastItself() throws Exception {
        Thread closer = Thread.currentThread();
        CountDownLatch closing = new CountDownLatch(1);
        AtomicBoolean returned = new AtomicBoolean();
        QemuPair pair = QemuPair.open(QemuConfig.DEFAULT);
        pair.second().attach(station);
        var unused = pair.second().done().thenRun(() -> {
            closing.countDown();
            while (closer.getState() != Thread.State.TIMED_WAITING && !returned.get()) {
                Thread.onSpinWait();
            }
        });
        pair.first().close();
        closing.await();

        pair.close();
        boolean alive = isAlive();
        returned.set(true);

        assertFalse(alive);
    }
}
