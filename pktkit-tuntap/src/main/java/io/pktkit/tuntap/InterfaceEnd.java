// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.device.DropReason;
import io.pktkit.nativeio.NativeFd;
import io.pktkit.wire.Pdu;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * This program's end of an interface, the same for frames and packets: what {@link Tap} and {@link Tun} are faces of. Any
 * thread.
 *
 * @param <P> frames or packets
 */
final class InterfaceEnd<P extends Pdu> {

    private final KernelInterface kernel;
    private final InterfaceDevice<P> face;
    private final IntConsumer changeMtu;
    private final InterfaceOffloads offloads;
    private final List<Queue> queues = new ArrayList<>();
    private final @Nullable FlowQueues flows; // where there are several queues
    private final AtomicBoolean gone = new AtomicBoolean();

    /** Takes a message on the thread of a queue. */
    interface Arrival {

        /** Takes so many bytes of a buffer, on loan, and what the header before them says. */
        void take(DriverHeader header, ByteBuffer buffer, int offset, int length);
    }

    /**
     * Makes the end; {@link #start} starts its threads.
     *
     * @param longest the longest message in bytes
     * @param attached whether anybody receives what comes
     * @param arrivals makes who takes what comes, for each queue one
     * @param changeMtu takes the interface's MTU
     */
    InterfaceEnd(
            KernelInterface kernel,
            InterfaceDevice<P> face,
            int longest,
            BooleanSupplier attached,
            Supplier<Arrival> arrivals,
            IntConsumer changeMtu)
            throws IOException {
        this.kernel = kernel;
        this.face = face;
        this.changeMtu = changeMtu;
        offloads = kernel.offloads();
        int count = kernel.queues().size();
        flows = count == 1 ? null : new FlowQueues(count, kernel.isEthernet());
        for (int i = 0; i < count; i++) {
            queues.add(new Queue(i, longest, attached, arrivals.get()));
        }
        changeMtu.accept(kernel.mtu());
    }

    void start() {
        try {
            queues.forEach(queue -> queue.reader.start());
        } catch (Error noThread) {
            face.close(); // those that have started hold the interface
            throw noThread;
        }
    }

    /** Looks whether anybody is attached now. */
    void attached() {
        queues.forEach(queue -> queue.reader.wake());
    }

    boolean send(P pdu, boolean valid, int length) {
        if (!valid) {
            face.stats().sendDropped(DropReason.MALFORMED);
            return false;
        }
        FlowQueues several = flows;
        int queue = several == null ? 0 : several.queueOf(pdu.buffer(), pdu.offset(), length);
        return queues.get(queue).writer.write(pdu, length);
    }

    InterfaceOffloads offloads() {
        return offloads;
    }

    boolean setSegmentation(boolean wanted) {
        return offloads.setSegmentation(wanted, kernel.calls(), kernel.queues().get(0));
    }

    KernelInterface kernel() {
        return kernel;
    }

    void setMtu(int mtu) throws IOException {
        kernel.setMtu(mtu);
        changeMtu.accept(mtu);
    }

    /** Closes the interface, and tells its threads to end. */
    List<Thread> stop() {
        queues.forEach(queue -> queue.reader.stop());
        kernel.close();
        return queues.stream().map(queue -> queue.reader.thread()).toList();
    }

    /** A descriptor, the thread that reads it and what writes it. The first also hears of changes of the interface. */
    private final class Queue implements InterfaceReader.Receiver {
        private final int number;
        private final Arrival arrival;
        private final InterfaceReader reader;
        private final InterfaceWriter<P> writer;
        private final DriverHeader header = kernel.header();

        Queue(int number, int longest, BooleanSupplier attached, Arrival arrival) throws IOException {
            this.number = number;
            this.arrival = arrival;
            NativeFd fd = kernel.queues().get(number);
            String name = number == 0 ? kernel.name() : kernel.name() + "-" + number;
            NativeFd changes = number == 0 ? kernel.changes() : null;
            reader = new InterfaceReader(fd, changes, kernel.calls(), name, header.length(), longest, attached, this);
            writer = new InterfaceWriter<>(fd, kernel.calls(), header, offloads, face.stats(), longest);
        }

        @Override
        public void onMessage(ByteBuffer buffer, int offset, int length) {
            int before = header.length();
            if (length < before) {
                onTruncated();
                return;
            }
            header.read(buffer, offset);
            if (flows != null) {
                flows.arrived(number, buffer, offset + before, length - before);
            }
            arrival.take(header, buffer, offset + before, length - before);
        }

        @Override
        public void onTruncated() {
            face.stats().receiveDropped(DropReason.TRUNCATED);
        }

        @Override
        public void onChange() {
            int mtu = kernel.changedMtu();
            if (mtu != 0) {
                changeMtu.accept(mtu);
            }
        }

        @Override
        public void onGone(Throwable reason) {
            if (gone.compareAndSet(false, true)) { // all queues go at once
                face.stats().error();
                GoneLog.record(kernel.name(), reason);
                face.close();
            }
        }
    }
}
