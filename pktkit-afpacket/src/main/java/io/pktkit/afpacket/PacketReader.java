// SPDX-License-Identifier: MIT
package io.pktkit.afpacket;

import io.pktkit.device.Burst;
import io.pktkit.internal.Daemons;
import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.EventFd;
import io.pktkit.nativeio.FrameVector;
import io.pktkit.nativeio.NativeIoException;
import io.pktkit.nativeio.PacketSocket;
import io.pktkit.nativeio.Poller;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A thread that reads a socket: waits for it together with an event that wakes the thread, then reads until there is
 * nothing left or the burst is long enough. The first thread of a device also waits for changes of the interface.
 *
 * <p>The buffers are reused for each burst and lent to the receiver.
 */
final class PacketReader {

    /** Frames by one call. */
    private static final int BATCH = 32;

    /** Calls at most between two looks at the event; bounds what one scope of batched sends holds back. */
    private static final int BURST = 4;

    /** The longest IP packet behind the longest header, and what stands before. Not a power of two, as for caches. */
    private static final int SLOT = 65_535 + 64;

    /** How long after an error that says nothing to do the next call waits: no error costs a processor. */
    private static final int PAUSE_MILLIS = 10;

    /** How often the first thread looks for an interface that is gone, should it have missed its return. */
    private static final int LOST_MILLIS = 250;

    private static final int SOCKET = 0;
    private static final int WAKE = 1;
    private static final int CHANGES = 2;

    private final int number;
    private final PacketSockets sockets;
    private final boolean outgoing;
    private final Receiver receiver;
    private final EventFd wake;
    private final Poller pause;
    private final ByteBuffer data = ByteBuffer.allocateDirect(BATCH * SLOT);
    private final FrameVector frames = new FrameVector(data, BATCH);
    private final Thread thread;
    private volatile boolean stopping;

    /** Whether the interface is gone. The thread's own. */
    private boolean lost;

    /** Who gets what is read. Called on the reader's thread. */
    interface Receiver {

        /** Header and frame, on loan: see {@link FrameDecoder#decode}. */
        void onFrame(ByteBuffer data, int at, int length, int tag);

        /** A frame that cannot be had as a whole. */
        void onTruncated();

        /** A frame that the kernel has no header for: a super-segment of another protocol. */
        void onUnsupported();

        /** An error that is about no frame. */
        void onError(int errno);

        /** The interface has changed; to be looked at here. On the first thread only. */
        void onChange();
    }

    /** Makes the thread; {@link #start} starts it. */
    PacketReader(int number, AfPacketConfig config, PacketSockets sockets, Receiver receiver) throws IOException {
        this.number = number;
        this.outgoing = config.outgoing();
        this.sockets = sockets;
        this.receiver = receiver;
        wake = EventFd.open();
        pause = new Poller(wake.fd());
        String suffix = number == 0 ? "" : "-" + number;
        thread = Daemons.thread("pktkit-" + config.interfaceName() + suffix, this::run);
    }

    void start() {
        thread.start();
    }

    /** Makes the thread look for its socket. Any thread. */
    void wake() {
        wake.signal();
    }

    /** Makes the thread end. Any thread. Does not wait. */
    void stop() {
        stopping = true;
        wake.signal();
    }

    /** Frees what a thread that was never started holds. */
    void abandon() {
        wake.close();
    }

    Thread thread() {
        return thread;
    }

    private void run() {
        PacketSocket socket = null;
        Poller poller = pause;
        try {
            while (!stopping) {
                PacketSocket present = sockets.socket(number);
                if (present != socket) {
                    socket = present;
                    poller = poller(present);
                }
                turn(present, poller);
            }
        } finally {
            wake.close();
        }
    }

    private Poller poller(PacketSocket socket) {
        return number == 0 ? new Poller(socket.fd(), wake.fd(), sockets.changes()) : new Poller(socket.fd(), wake.fd());
    }

    private void turn(PacketSocket socket, Poller poller) {
        try {
            int ready = poller.await(lost ? LOST_MILLIS : -1);
            if (poller.events(WAKE) != 0) {
                wake.drain();
            }
            if (number == 0 && (ready == 0 || poller.events(CHANGES) != 0)) {
                receiver.onChange();
                lost = !sockets.isBound();
            }
            if (poller.events(SOCKET) != 0) {
                readBurst(socket);
            }
        } catch (NativeIoException replaced) {
            // The descriptor was closed before the wait: by a close, or because another one takes its place.
            rest();
        }
    }

    private void readBurst(PacketSocket socket) {
        Burst burst = Burst.open();
        try {
            for (int i = 0; i < BURST && !stopping; i++) {
                int count = read(socket);
                for (int k = 0; k < count && !stopping; k++) {
                    take(k);
                }
                if (count < BATCH) {
                    return;
                }
            }
        } finally {
            burst.close();
        }
    }

    private int read(PacketSocket socket) {
        for (int i = 0; i < BATCH; i++) {
            frames.setIncoming(i, i * SLOT, SLOT);
        }
        int count = socket.receive(frames, BATCH);
        if (count < 0) {
            failed(-count);
        }
        return count;
    }

    private void take(int index) {
        if (frames.isComplete(index)) {
            if (outgoing || !frames.isOutgoing(index)) {
                receiver.onFrame(data, index * SLOT, frames.length(index), frames.strippedTag(index));
            }
        } else {
            receiver.onTruncated();
        }
    }

    private void failed(int errno) {
        switch (errno) {
            case Errno.EAGAIN, Errno.EINTR -> {
                // nothing there
            }
            case Errno.EINVAL -> receiver.onUnsupported();
            case Errno.ENETDOWN, Errno.ENODEV, Errno.ENXIO -> {
                // Told once, when the interface goes down. The socket hears when it is up again.
            }
            case Errno.EBADF -> {
                // closed, or replaced
            }
            default -> {
                receiver.onError(errno);
                rest();
            }
        }
    }

    private void rest() {
        if (!stopping) {
            try {
                pause.await(PAUSE_MILLIS);
            } catch (NativeIoException closing) {
                // nothing to wait for then
            }
        }
    }
}
