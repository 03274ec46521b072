// SPDX-License-Identifier: MIT
package io.pktkit.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.link.PipeL3;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a subclass gets of {@link AbstractDevice}. */
@Timeout(60)
class AbstractDeviceTest {

    private final List<String> log = new ArrayList<>();
    private final Probe device = new Probe();

    @Test
    void shouldTellWhetherAnybodyIsAttached() {
        assertFalse(device.listens());
        Attachment<Packet> place = device.attach(packet -> {});
        assertTrue(device.listens());

        place.close();
        place.close();

        assertFalse(device.listens());
        assertEquals(List.of("attached", "detached"), log);
    }

    @Test
    void shouldSayWhyNobodyTookWhatCameIn() {
        assertEquals(DropReason.NO_HANDLER, device.in());
        Attachment<Packet> place = device.attach(packet -> log.add("got"));
        assertNull(device.in());
        place.close();
        assertEquals(DropReason.NO_HANDLER, device.in());
        device.attach(packet -> {
            throw new IllegalStateException("a receiver that breaks its contract");
        });
        assertEquals(DropReason.HANDLER_FAILED, device.in());
        assertEquals(1, device.stats().snapshot().errors());

        device.close();

        assertEquals(DropReason.CLOSED, device.in());
        assertEquals(0, device.stats().snapshot().receiveDropped(), "counting is left to the caller");
    }

    @Test
    void shouldHandOnToTheFarSide() {
        assertTrue(device.out(packet -> log.add("far")));
        assertFalse(device.out(null));
        assertFalse(device.out(packet -> {
            throw new IllegalStateException("a far side that breaks its contract");
        }));
        device.close();
        assertFalse(device.out(packet -> log.add("late")));

        DeviceStats.Snapshot stats = device.stats().snapshot();
        assertEquals(List.of("far", "closing"), log);
        assertEquals(1, stats.sentPackets());
        assertEquals(1, stats.sendDropped(DropReason.NO_HANDLER));
        assertEquals(1, stats.sendDropped(DropReason.HANDLER_FAILED));
        assertEquals(1, stats.sendDropped(DropReason.CLOSED));
        assertEquals(1, stats.errors());
    }

    /** When it stops what it has started, nobody is called any more. */
    @Test
    void shouldLetNothingThroughFromWithinItsOwnClose() {
        device.attach(packet -> log.add("got"));
        List<Object> outcomes = new ArrayList<>();
        device.atClose = () -> {
            outcomes.add(String.valueOf(device.in()));
            outcomes.add(device.out(packet -> log.add("far")));
        };

        device.close();

        assertEquals(List.of("CLOSED", false), outcomes);
        assertEquals(List.of("attached", "closing"), log, "and it is not told that somebody left an open device");
        assertNull(device.attachment());
    }

    @Test
    void shouldStopOnceAndAtTheFirstClose() {
        device.close();
        assertEquals(List.of("closing"), log);

        device.close();

        assertEquals(List.of("closing"), log);
    }

    @Test
    void shouldEndAlsoWhenItsOwnCloseThrows() {
        device.atClose = () -> {
            throw new IllegalStateException("a device that breaks its contract");
        };

        device.close();

        assertEquals(1, device.stats().snapshot().errors());
        assertTrue(device.done().toCompletableFuture().isDone());
    }

    /** Else its close would wait for a callback that is over. */
    @Test
    void shouldLeaveTheCallbackOfAChange() {
        device.attach(packet -> {});
        device.narrow();

        device.close();

        assertTrue(device.done().toCompletableFuture().isDone());
    }

    @Test
    void shouldCountSuperSegmentsEachWay() {
        Packet single = new Packet().wrap(ByteBuffer.allocate(100));
        Packet several = new Packet().wrap(ByteBuffer.allocate(100)).segmentSize(10);
        PipeL3 pipe = new PipeL3(packet -> {});
        pipe.attach(packet -> {});

        pipe.inject(single);
        pipe.inject(several);
        pipe.inject(several);
        pipe.send(single);
        pipe.send(several);

        DeviceStats.Snapshot stats = pipe.stats().snapshot();
        assertEquals(3, stats.receivedPackets());
        assertEquals(2, stats.receivedSuperSegments());
        assertEquals(2, stats.sentPackets());
        assertEquals(1, stats.sentSuperSegments());
    }

    @Test
    void shouldCountAReceiverThatThrowsOverAChange() {
        device.attach(new Receiver<>() {
            @Override
            public void receive(Packet packet) {}

            @Override
            public void deviceChanged() {
                throw new IllegalStateException("a receiver that breaks its contract");
            }
        });

        device.narrow();

        assertEquals(1, device.stats().snapshot().errors());
        assertEquals(1400, device.mtu());
    }

    @Test
    void shouldWaitForItsThread() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        Thread reader = new Thread(() -> {
            for (int i = 0; i < 100_000; i++) {
                Thread.onSpinWait();
            }
            ended.countDown();
        });
        device.atClose = () -> {
            reader.start();
            Probe.join(reader);
            log.add("ended " + ended.getCount());
        };

        device.close();

        assertEquals(List.of("closing", "ended 0"), log);
        assertFalse(reader.isAlive());
    }

    /** A device whose protected methods can be called. */
    private final class Probe extends AbstractL3Device {
        private Runnable atClose = () -> {};

        boolean listens() {
            return isAttached();
        }

        @Nullable
        DropReason in() {
            return dispatch(new Packet());
        }

        boolean out(@Nullable Receiver<Packet> far) {
            return deliverFar(far, new Packet());
        }

        void narrow() {
            changeMtu(1400);
        }

        static void join(Thread thread) {
            awaitEnd(thread);
        }

        @Override
        public boolean send(Packet packet) {
            return false;
        }

        @Override
        protected void onAttach() {
            log.add("attached");
        }

        @Override
        protected void onDetach() {
            log.add("detached");
        }

        @Override
        protected void onClose() {
            log.add("closing");
            atClose.run();
        }
    }
}
