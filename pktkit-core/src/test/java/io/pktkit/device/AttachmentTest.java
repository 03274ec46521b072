// SPDX-License-Identifier: MIT
package io.pktkit.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.hub.L2Hub;
import io.pktkit.link.Links;
import io.pktkit.link.PipeL2;
import io.pktkit.link.PipeL3;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AttachmentTest {

    private final List<String> seen = new ArrayList<>();
    private final PipeL2 pipe = new PipeL2(MacAddress.ZERO, frame -> seen.add("far side"));

    @Test
    void shouldRefuseASecondAttachmentAndNameTheFirst() {
        L2Hub hub = new L2Hub(new ManualTime());
        hub.connect(pipe);

        IllegalStateException refused =
                assertThrows(IllegalStateException.class, () -> new L2Hub(new ManualTime()).connect(pipe));

        assertTrue(Objects.requireNonNull(refused.getMessage()).contains("port of"), refused.getMessage());
        assertEquals(1, hub.portCount());
        pipe.inject(frame());
        assertEquals(1, hub.stats().received(), "the first is not deaf");
    }

    @Test
    void shouldLeaveNoPortBehindWhenTheDeviceIsTaken() {
        pipe.attach(frame -> {});
        L2Hub hub = new L2Hub(new ManualTime());

        assertThrows(IllegalStateException.class, () -> hub.connect(pipe));

        assertEquals(0, hub.portCount());
    }

    @Test
    void shouldRefuseToAttachToAClosedDevice() {
        pipe.close();

        IllegalStateException refused = assertThrows(IllegalStateException.class, () -> pipe.attach(frame -> {}));

        assertTrue(Objects.requireNonNull(refused.getMessage()).contains("closed"), refused.getMessage());
    }

    @Test
    void shouldGiveThePlaceItsNeedsBeforeTheFirstFrame() {
        Attachment<Frame> place = pipe.attach(frame -> seen.add("receiver"), before -> {
            assertFalse(pipe.inject(frame()), "nobody is attached yet");
            assertTrue(before.send(frame()));
            assertThrows(IllegalStateException.class, () -> pipe.attach(frame -> {}));
            before.interpose(new Interposer<>() {
                @Override
                public void fromDevice(Frame frame, Receiver<Frame> next) {
                    seen.add("interposed");
                    next.receive(frame);
                }
            });
        });

        assertTrue(pipe.inject(frame()));

        assertEquals(List.of("far side", "interposed", "receiver"), seen);
        assertSame(place, pipe.attachment());
    }

    @Test
    void shouldAttachNobodyWhosePlaceIsRefused() {
        Interposer<Frame> interposer = new Interposer<>() {
            @Override
            public void removed() {
                seen.add("removed");
            }
        };
        assertThrows(
                ArithmeticException.class,
                () -> pipe.attach(frame -> {}, place -> {
                    place.interpose(interposer);
                    throw new ArithmeticException("on purpose");
                }));
        assertThrows(IllegalStateException.class, () -> pipe.attach(frame -> {}, Attachment::close));
        assertNull(pipe.attachment());
        pipe.attach(frame -> {}).close();
        assertThrows(
                IllegalStateException.class,
                () -> pipe.attach(frame -> {}, place -> {
                    place.interpose(interposer);
                    pipe.close();
                }));

        assertNull(pipe.attachment());
        assertEquals(List.of("removed", "removed"), seen);
    }

    @Test
    void shouldAttachAgainAfterDetaching() {
        Attachment<Frame> first = pipe.attach(frame -> seen.add("first"));
        assertSame(first, pipe.attachment());
        first.close();
        first.close();
        assertNull(pipe.attachment());
        assertFalse(pipe.inject(frame()));
        assertFalse(first.send(frame()), "a closed attachment does not send");
        Attachment<Frame> second = pipe.attach(frame -> seen.add("second"));

        assertTrue(pipe.inject(frame()));
        assertTrue(second.send(frame()));
        first.close();
        assertTrue(pipe.inject(frame()));

        assertEquals(List.of("second", "far side", "second"), seen);
        assertEquals(1, pipe.stats().snapshot().sendDropped(DropReason.CLOSED));
        assertEquals(1, pipe.stats().snapshot().receiveDropped(DropReason.NO_HANDLER));
    }

    @Test
    void shouldAttachNeitherEndOfACableWhenOneIsTaken() {
        PipeL2 other = new PipeL2(MacAddress.ZERO);
        other.attach(frame -> {});

        assertThrows(IllegalStateException.class, () -> Links.connect(pipe, other));

        assertNull(pipe.attachment());
    }

    @Test
    void shouldCutACable() {
        PipeL2 other = new PipeL2(MacAddress.ZERO);
        Links.Cable<Frame> cable = Links.connect(pipe, other);
        assertTrue(other.inject(frame()));

        cable.close();

        assertFalse(other.inject(frame()));
        assertEquals(List.of("far side"), seen);
        assertNull(other.attachment());
    }

    @Test
    void shouldPassWhatIsInterposedInOrderAndTakeItOutAgain() {
        Attachment<Frame> attachment = pipe.attach(frame -> seen.add("network"));
        Registration near = attachment.interpose(new Note("device side"));
        Registration far = attachment.interpose(new Note("network side"));

        pipe.inject(frame());
        attachment.send(frame());
        near.close();
        near.close();
        pipe.inject(frame());
        far.close();
        pipe.inject(frame());

        assertEquals(
                List.of(
                        "device side <",
                        "network side <",
                        "network",
                        "network side >",
                        "device side >",
                        "far side",
                        "device side removed",
                        "network side <",
                        "network",
                        "network side removed",
                        "network"),
                seen);
    }

    @Test
    void shouldChargeAnInterposerThatThrowsItsOwnMessage() {
        Attachment<Frame> attachment = pipe.attach(frame -> seen.add("network"));
        attachment.interpose(new Interposer<>() {
            @Override
            public void fromDevice(Frame frame, Receiver<Frame> next) {
                throw new IllegalStateException("broken");
            }

            @Override
            public boolean toDevice(Frame frame, Sender<Frame> next) {
                throw new StackOverflowError("not a real one");
            }

            @Override
            public void removed() {
                throw new IllegalStateException("broken too");
            }
        });

        assertFalse(pipe.inject(frame()));
        assertFalse(attachment.send(frame()));
        attachment.close();

        assertEquals(List.of(), seen);
        assertEquals(2, pipe.stats().dropped(DropReason.HANDLER_FAILED));
        assertEquals(3, pipe.stats().snapshot().errors());
        assertThrows(IllegalStateException.class, () -> attachment.interpose(new Note("late")));
    }

    @Test
    void shouldDropWhatAnInterposerKeptUntilAfterTheEnd() {
        Attachment<Frame> attachment = pipe.attach(frame -> seen.add("network"));
        Keep keep = new Keep();
        attachment.interpose(keep);
        pipe.inject(frame());
        attachment.send(frame());

        attachment.close();
        keep.release();

        assertEquals(List.of(), seen);
        assertEquals(2, pipe.stats().dropped(DropReason.CLOSED));
    }

    /** A frame on its way goes on by the links that it began with, past one that has been taken out meanwhile. */
    @Test
    void shouldLetAFrameOnItsWayPassWhatWasTakenOut() {
        Attachment<Frame> attachment = pipe.attach(frame -> seen.add("network"));
        Keep inward = new Keep();
        attachment.interpose(inward);
        Registration between = attachment.interpose(new Note("between"));
        Keep outward = new Keep();
        attachment.interpose(outward);
        pipe.inject(frame());
        attachment.send(frame());

        between.close();
        inward.fromDeviceLate();
        assertTrue(outward.toDeviceLate());

        assertEquals(List.of("between removed"), seen);
        outward.fromDeviceLate();
        assertTrue(inward.toDeviceLate());
        assertEquals(List.of("between removed", "network", "far side"), seen);
    }

    @Test
    void shouldTellWhatBecameOfWhatWasSent() {
        Attachment<Frame> attachment = pipe.attach(frame -> seen.add("network"));
        try (Registration passing = attachment.interpose(new Interposer<>() {})) {
            assertTrue(attachment.send(frame()));
            assertTrue(pipe.inject(frame()));
            assertEquals(List.of("far side", "network"), seen, passing.toString());
        }
        attachment.interpose(new Interposer<>() {
            @Override
            public boolean toDevice(Frame frame, Sender<Frame> next) {
                return false;
            }
        });

        assertFalse(attachment.send(frame()));
    }

    @RepeatedTest(20)
    void shouldLoseNothingWhileSomethingIsPutBetweenAndTakenOut() throws Exception {
        AtomicLong arrived = new AtomicLong();
        AtomicLong left = new AtomicLong();
        PipeL2 busy = new PipeL2(MacAddress.ZERO, frame -> left.incrementAndGet());
        Attachment<Frame> attachment = busy.attach(frame -> arrived.incrementAndGet());
        AtomicBoolean stop = new AtomicBoolean();
        AtomicLong sent = new AtomicLong();
        CountDownLatch running = new CountDownLatch(2);
        Thread[] threads = new Thread[2];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> {
                Frame frame = frame();
                while (!stop.get()) {
                    busy.inject(frame);
                    attachment.send(frame);
                    sent.incrementAndGet();
                    running.countDown();
                }
            });
            threads[i].start();
        }
        running.await();

        for (int i = 0; i < 50; i++) {
            attachment.interpose(new Interposer<>() {}).close();
        }
        stop.set(true);
        for (Thread thread : threads) {
            thread.join();
        }

        assertEquals(sent.get(), arrived.get());
        assertEquals(sent.get(), left.get());
    }

    @Test
    void shouldTellWhoIsAttachedOfChanges() {
        PipeL3 device = new PipeL3();
        int[] told = new int[1];
        device.attach(new Receiver<>() {
            @Override
            public void receive(Packet packet) {}

            @Override
            public void deviceChanged() {
                told[0]++;
                throw new IllegalStateException("contained");
            }
        });

        device.setPrefix(IpPrefix.parse("10.0.0.1/24"));
        device.setPrefix(IpPrefix.parse("10.0.0.1/24"));
        device.setMtu(9000);
        device.setMtu(9000);

        assertEquals(2, told[0], "of changes only");
        assertEquals(2, device.stats().snapshot().errors());
        assertEquals(9000, device.mtu());
        assertThrows(IllegalArgumentException.class, () -> device.setMtu(67));
        assertThrows(IllegalArgumentException.class, () -> device.setMtu(65_536));
        device.setMtu(68);
        device.setMtu(65_535);
    }

    private static Frame frame() {
        return new Frame().wrap(ByteBuffer.allocate(60));
    }

    private final class Note implements Interposer<Frame> {

        private final String name;

        private Note(String name) {
            this.name = name;
        }

        @Override
        public void fromDevice(Frame frame, Receiver<Frame> next) {
            seen.add(name + " <");
            next.receive(frame);
        }

        @Override
        public boolean toDevice(Frame frame, Sender<Frame> next) {
            seen.add(name + " >");
            return next.send(frame);
        }

        @Override
        public void removed() {
            seen.add(name + " removed");
        }
    }

    private static final class Keep implements Interposer<Frame> {

        private @Nullable Receiver<Frame> network;
        private @Nullable Sender<Frame> device;

        @Override
        public void fromDevice(Frame frame, Receiver<Frame> next) {
            network = next;
        }

        @Override
        public boolean toDevice(Frame frame, Sender<Frame> next) {
            device = next;
            return true;
        }

        private void release() {
            fromDeviceLate();
            assertFalse(toDeviceLate());
        }

        private void fromDeviceLate() {
            Objects.requireNonNull(network).receive(frame());
        }

        private boolean toDeviceLate() {
            return Objects.requireNonNull(device).send(frame());
        }
    }
}
