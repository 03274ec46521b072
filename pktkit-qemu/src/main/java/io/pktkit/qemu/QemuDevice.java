// SPDX-License-Identifier: MIT
package io.pktkit.qemu;

import io.pktkit.device.AbstractL2Device;
import io.pktkit.device.DropReason;
import io.pktkit.internal.Backoff;
import io.pktkit.internal.CallbackGate;
import io.pktkit.internal.SelfConnect;
import io.pktkit.qemu.internal.ChannelLoop;
import io.pktkit.qemu.internal.Dialer;
import io.pktkit.qemu.internal.FrameDecoder;
import io.pktkit.qemu.internal.Sockets;
import io.pktkit.qemu.internal.StreamConnection;
import io.pktkit.qemu.internal.UnixSocketFile;
import io.pktkit.time.Timers;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A guest at the other end of a stream socket, or whoever else speaks QEMU's protocol. What is sent into it goes to the guest,
 * what the guest sends goes to who is attached. See the package description for threads, queues and limits.
 *
 * <p>A device that was accepted or dialled is done when its connection ends. One that is kept dialled is not: while it has no
 * connection, frames are dropped under {@link DropReason#LINK_DOWN}, and who is attached stays so.
 *
 * <p>{@link #macAddress()} is this end's, random; the guest's own is in its frames.
 */
public final class QemuDevice extends AbstractL2Device {

    /** How long TCP may take to connect a device that is dialled once. */
    private static final int CONNECT_MILLIS = 10_000;

    private final ChannelLoop loop;
    private final QemuConfig config;
    private final String peer;
    private final AtomicReference<@Nullable Runnable> gone;
    private final FromSocket fromSocket = new FromSocket();

    /** Open when the device has given up its place at the loop. */
    private final CountDownLatch left = new CountDownLatch(1);

    /** Only of a device that is kept dialled. */
    private final @Nullable Dialer dialer;

    private volatile @Nullable StreamConnection connection;
    private volatile @Nullable Throwable failure;

    /** Takes over the caller's place at the loop, until it is closed; {@code gone} hears when its socket is, too. */
    private QemuDevice(ChannelLoop loop, QemuConfig config, String peer, @Nullable QemuAddress redial, Runnable gone) {
        super(MacAddress.randomLocal());
        this.loop = loop;
        this.config = config;
        this.peer = peer;
        this.gone = new AtomicReference<>(gone);
        this.dialer = redial == null
                ? null
                : new Dialer(
                        loop,
                        config.timers(),
                        redial::resolve,
                        new Backoff(Timers.toNanos(config.firstPause()), Timers.toNanos(config.lastPause())),
                        this::connect);
        changeMtu(config.mtu());
    }

    /**
     * Connects to where QEMU listens, {@code server=on}, or to passt, gvproxy and the like. The device is done when the
     * connection ends.
     *
     * @param address where
     * @param config its limits
     * @return the device, connected
     * @throws IOException if there is nobody, or the address cannot be used; the message names it
     */
    public static QemuDevice dial(QemuAddress address, QemuConfig config) throws IOException {
        return of(connected(address), config);
    }

    /**
     * Makes a device that connects in the background, and again whenever the connection ends, until it is closed: QEMU may
     * start later, and be restarted.
     *
     * @param address where QEMU listens
     * @param config its limits, and the pauses between tries
     * @return the device, not connected yet
     * @throws IOException if the address can never be used, or the system refuses a thread its selector
     */
    public static QemuDevice keepDialled(QemuAddress address, QemuConfig config) throws IOException {
        if (address.isUnix()) {
            UnixSocketFile.requireShort(address.path());
        }
        ChannelLoop loop = ChannelLoop.start("pktkit-qemu-" + address);
        QemuDevice device = new QemuDevice(loop, config, address.toString(), address, () -> {});
        Dialer dialer = device.dialer;
        if (dialer != null) {
            dialer.dial();
        }
        return device;
    }

    /**
     * Takes over a socket that is connected by other means.
     *
     * @param channel connected, Unix or TCP; closed by the device from now on, also if this fails
     * @param config its limits
     * @return the device
     * @throws IOException if the channel is of no use
     */
    public static QemuDevice of(SocketChannel channel, QemuConfig config) throws IOException {
        ChannelLoop loop;
        try {
            loop = ChannelLoop.start("pktkit-qemu");
        } catch (IOException | Error failure) {
            Sockets.closeQuietly(channel);
            throw failure;
        }
        return on(channel, loop, config, () -> {});
    }

    /** Gives a channel its device, which takes over the caller's place at the loop; both are given up if this fails. */
    static QemuDevice on(SocketChannel channel, ChannelLoop loop, QemuConfig config, Runnable gone) throws IOException {
        QemuDevice device;
        try {
            device = new QemuDevice(loop, config, peerOf(channel), null, gone);
        } catch (RuntimeException | Error failure) {
            Sockets.closeQuietly(channel);
            gone.run();
            loop.release();
            throw failure;
        }
        try {
            device.connect(channel);
            return device;
        } catch (IOException | RuntimeException | Error failure) {
            Sockets.closeQuietly(channel);
            device.close();
            throw failure;
        }
    }

    /** Who connects to a Unix socket has no address, so that one is called by ours. */
    private static String peerOf(SocketChannel channel) {
        try {
            SocketAddress remote = channel.getRemoteAddress();
            return remote instanceof InetSocketAddress inet
                    ? QemuAddress.tcp(inet.getAddress().getHostAddress(), inet.getPort())
                            .toString()
                    : "unix:" + (remote == null || remote.toString().isEmpty() ? channel.getLocalAddress() : remote);
        } catch (IOException | RuntimeException gone) {
            return "unknown"; // what comes next will fail, too
        }
    }

    private static SocketChannel connected(QemuAddress address) throws IOException {
        if (address.isUnix()) {
            UnixSocketFile.requireShort(address.path());
        }
        SocketAddress target = address.resolve();
        SocketChannel channel = Sockets.open(target);
        try {
            if (target instanceof InetSocketAddress) {
                channel.socket().connect(target, CONNECT_MILLIS);
                SelfConnect.refuse(channel.getLocalAddress(), channel.getRemoteAddress());
            } else {
                channel.connect(target);
            }
            return channel;
        } catch (IOException failure) {
            Sockets.closeQuietly(channel);
            if (address.isUnix()) {
                throw UnixSocketFile.explained(address.path(), failure);
            }
            throw new IOException(failure.getMessage() + ": " + address, failure);
        }
    }

    /** A new connection, at the start or again. */
    private void connect(SocketChannel channel) throws IOException {
        StreamConnection made = new StreamConnection(
                channel, loop, config.timers(), config.queueBytes(), config.idleNanos(), fromSocket);
        connection = made;
        if (isClosed()) {
            made.finish();
        }
    }

    /** {@return whether there is a connection at this moment} */
    public boolean isConnected() {
        StreamConnection now = connection;
        return now != null && now.isOpen();
    }

    /** {@return why the latest connection ended; null if none did, or it ended in order} */
    public @Nullable Throwable failure() {
        return failure;
    }

    /** {@return who is at the other end, for people: an address} */
    public String peer() {
        return peer;
    }

    @Override
    public boolean send(Frame frame) {
        DropReason reason = refused(frame);
        if (reason == null) {
            stats().sent(frame.length());
            return true;
        }
        stats().sendDropped(reason);
        return false;
    }

    private @Nullable DropReason refused(Frame frame) {
        int length = frame.length();
        if (length < Frame.HEADER_LENGTH) {
            return DropReason.TRUNCATED;
        }
        if (length > FrameDecoder.LONGEST_FRAME) {
            return DropReason.TOO_BIG;
        }
        if (frame.isUnfinished()) {
            return DropReason.UNSUPPORTED;
        }
        StreamConnection now = connection;
        if (now == null || isClosed()) {
            return isClosed() ? DropReason.CLOSED : DropReason.LINK_DOWN;
        }
        return now.send(frame.buffer(), frame.offset(), length);
    }

    @Override
    protected void onAttach() {
        wantsChanged();
    }

    @Override
    protected void onDetach() {
        wantsChanged();
    }

    private void wantsChanged() {
        StreamConnection now = connection;
        if (now != null) {
            now.wantsChanged();
        }
    }

    @Override
    protected void onClose() {
        StreamConnection now = connection;
        if (now != null) {
            now.finish();
        } else {
            leave();
        }
        Dialer dials = dialer;
        if (dials != null) {
            loop.execute(dials::stop);
        }
        boolean last = loop.release();
        left.countDown();
        if (last) {
            awaitEnd(loop.thread());
        }
    }

    /** Waits for the end of a thread that nobody needs any more, also where that has closed this device itself. After a close. */
    void awaitThread() {
        CallbackGate.await(loop.thread(), left);
        if (loop.isLeft()) {
            CallbackGate.join(loop.thread());
        }
    }

    /** Once: the socket is given up, and with it what it has counted against. */
    private void leave() {
        Runnable last = gone.getAndSet(null);
        if (last != null) {
            last.run();
        }
    }

    @Override
    public String toString() {
        return "QemuDevice[" + peer + "]";
    }

    /** What the connection tells. On the loop's thread. */
    private final class FromSocket implements StreamConnection.Owner {

        private final Frame frame = new Frame();

        @Override
        public boolean wantsFrames() {
            return isAttached() && !isClosed();
        }

        @Override
        public void onFrame(ByteBuffer buffer, int offset, int length) {
            Dialer dials = dialer;
            if (dials != null) {
                dials.proven();
            }
            deliver(frame.wrap(buffer, offset, length));
        }

        @Override
        public void onDrop(DropReason reason) {
            stats().receiveDropped(reason);
        }

        @Override
        public void onEnd(StreamConnection ended, @Nullable Throwable reason) {
            if (reason != null) {
                stats().error();
            }
            failure = reason;
            connection = null;
            Dialer dials = dialer;
            if (dials == null || isClosed()) {
                leave();
                close();
            } else {
                dials.dialLater();
            }
        }
    }
}
