// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.socket;

import io.pktkit.afxdp.AfXdpConfig;
import io.pktkit.device.Burst;
import io.pktkit.internal.Daemons;
import io.pktkit.nativeio.EventFd;
import io.pktkit.nativeio.NativeFd;
import io.pktkit.nativeio.NativeIoException;
import io.pktkit.nativeio.Poller;
import io.pktkit.nativeio.XdpSocket;
import io.pktkit.wire.Frame;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A queue with its thread, which receives, and calls the kernel for what is left to send. The first thread of a device also
 * waits for changes of the interface.
 *
 * <p>The socket's memory is held twice: by the device, until {@link #release}, and by the thread, until it ends. The last
 * one frees it, so that a handler that closes the device keeps the frame that it was lent.
 */
public final class QueueReader {

    /** Frames between two looks at whether to stop, and at most held back by one scope of batched sends. */
    private static final int BATCH = 64;

    /** How long what the kernel does not take at once waits for the next call. */
    private static final int DRIVE_MILLIS = 1;

    private static final int SOCKET = 0;
    private static final int WAKE = 1;
    private static final int CHANGES = 2;

    private final QueueSocket queue;
    private final QueueReceiver receiver;
    private final QueueSender sender;
    private final Events events;
    private final int spins;
    private final boolean busyPoll;
    private final EventFd wake;
    private final Poller poller;
    private final boolean watches;
    private final Thread thread;
    private final AtomicInteger holders = new AtomicInteger(2);
    private final AtomicInteger released = new AtomicInteger();
    private volatile boolean stopping;

    /** Who hears what. Called on the thread. */
    public interface Events {

        /**
         * A frame came.
         *
         * @param frame on loan
         */
        void onFrame(Frame frame);

        /** The kernel gave what cannot be. */
        void onInvalid();

        /** The interface has changed; on the first thread only. */
        void onChange();

        /**
         * Waiting failed.
         *
         * @param failure why
         */
        void onError(IOException failure);
    }

    /**
     * Makes the thread; {@link #start} starts it.
     *
     * @param config what to do when nothing comes
     * @param queue the socket, owned from now on
     * @param changes what is readable when the interface has changed, or null
     * @param events who hears
     * @throws IOException when there are too many descriptors; the socket is closed then
     */
    public QueueReader(AfXdpConfig config, QueueSocket queue, @Nullable NativeFd changes, Events events)
            throws IOException {
        this.queue = queue;
        this.events = events;
        XdpSocket socket = queue.socket();
        try {
            wake = EventFd.open();
        } catch (IOException | RuntimeException | Error failure) {
            queue.close();
            throw failure;
        }
        watches = changes != null;
        poller = changes != null ? new Poller(socket.fd(), wake.fd(), changes) : new Poller(socket.fd(), wake.fd());
        spins = config.spins();
        busyPoll = config.busyPollMicros() > 0;
        receiver = new QueueReceiver(queue.chunks(), config.chunkSize(), queue.received(), queue.fill(), socket::pull);
        sender = new QueueSender(
                queue.chunks(),
                config.chunkSize(),
                queue.transmit(),
                queue.completed(),
                !queue.isZeroCopy(),
                socket::kick,
                wake::signal);
        thread = Daemons.thread("pktkit-" + config.interfaceName() + "-xdp" + queue.queue(), this::run);
    }

    /** Starts the thread. */
    public void start() {
        thread.start();
    }

    /** Makes the thread end. Any thread. Does not wait. */
    public void stop() {
        stopping = true;
        wake.signal();
    }

    /** Gives up the device's hold, when nothing more is sent; without the thread's, if that was never started. */
    public void release() {
        sender.close();
        if (released.getAndIncrement() == 0) {
            if (thread.getState() == Thread.State.NEW) {
                letGo();
            }
            letGo();
        }
    }

    private void letGo() {
        if (holders.decrementAndGet() == 0) {
            queue.close();
            wake.close();
        }
    }

    /** {@return what sends by the queue} */
    public QueueSender sender() {
        return sender;
    }

    /** {@return the socket} */
    public QueueSocket queue() {
        return queue;
    }

    /** {@return the thread} */
    public Thread thread() {
        return thread;
    }

    private void run() {
        try {
            int quiet = 0;
            while (!stopping) {
                if (receiveBatch() > 0) {
                    quiet = 0;
                } else if (quiet < spins) {
                    quiet++;
                    spin();
                } else {
                    quiet = 0;
                    await();
                }
                if (sender.isDriven()) {
                    sender.drive();
                }
            }
        } finally {
            letGo();
        }
    }

    private int receiveBatch() {
        Burst burst = Burst.open();
        try {
            return receiver.receive(delivery, BATCH);
        } finally {
            burst.close();
        }
    }

    private final QueueReceiver.Receiver delivery = new QueueReceiver.Receiver() {
        @Override
        public void onFrame(Frame frame) {
            events.onFrame(frame);
        }

        @Override
        public void onInvalid() {
            events.onInvalid();
        }
    };

    private void spin() {
        if (busyPoll) {
            queue.socket().pull();
        } else {
            Thread.onSpinWait();
        }
    }

    private void await() {
        try {
            poller.await(sender.isDriven() ? DRIVE_MILLIS : -1);
            if (poller.events(WAKE) != 0) {
                wake.drain();
            }
            if (watches && poller.events(CHANGES) != 0) {
                events.onChange();
            }
            if ((poller.events(SOCKET) & ~(Poller.IN | Poller.OUT)) != 0
                    && queue.socket().takeError() != 0
                    && watches) {
                events.onChange();
            }
        } catch (NativeIoException failure) {
            if (!stopping) {
                events.onError(failure);
            }
        }
    }
}
