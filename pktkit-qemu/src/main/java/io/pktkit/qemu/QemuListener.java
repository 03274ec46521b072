// SPDX-License-Identifier: MIT
package io.pktkit.qemu;

import io.pktkit.device.Acceptor;
import io.pktkit.device.L2Device;
import io.pktkit.device.Quota;
import io.pktkit.internal.CallbackGate;
import io.pktkit.qemu.internal.AcceptSource;
import io.pktkit.qemu.internal.ChannelLoop;
import io.pktkit.qemu.internal.Sockets;
import io.pktkit.qemu.internal.UnixSocketFile;
import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Waits for guests: QEMU connects to it, and each connection is a device. Any network can be served with them, a hub for
 * instance, on which each guest then has a port until it goes:
 *
 * <pre>{@code
 * QemuListener listener = QemuListener.open(QemuAddress.parse("unix:q.sock"), QemuConfig.DEFAULT);
 * Serve<L2Device, Frame> guests = Serve.start(listener, hub);
 * System.out.println(QemuArguments.connectingTo(listener.address(), QemuVersion.installed()));
 * }</pre>
 *
 * <p>A guest that comes again, because QEMU or this program was started again, is a new device. A Unix socket's file is made
 * for its owner alone and removed by {@link #close()}; one that a killed program left behind is replaced.
 *
 * <p>Any thread; one at a time in {@link #accept()}.
 */
public final class QemuListener implements Acceptor<L2Device>, Closeable {

    private final QemuAddress address;
    private final QemuConfig config;
    private final ChannelLoop loop;
    private final @Nullable UnixSocketFile file;
    private final AcceptSource source;
    private final Quota places;
    private final AtomicLong refused = new AtomicLong();

    /** Guarded by this, as is the flag. */
    private final Deque<QemuDevice> waiting = new ArrayDeque<>();

    private boolean closed;

    private QemuListener(
            QemuAddress address, QemuConfig config, ServerSocketChannel channel, @Nullable UnixSocketFile file)
            throws IOException {
        this.address = address;
        this.config = config;
        this.file = file;
        this.places = new Quota(config.maxGuests());
        this.loop = ChannelLoop.start("pktkit-qemu-" + address);
        this.source = new AcceptSource(channel, loop, config.timers(), this::arrived);
    }

    /**
     * Starts to listen.
     *
     * @param address where: the file of a Unix socket, or a host of this machine and a port
     * @param config limits, also of the guests' devices
     * @return the listener
     * @throws IOException if it cannot listen there; the message names the address and tells what to do
     */
    public static QemuListener open(QemuAddress address, QemuConfig config) throws IOException {
        if (address.isUnix()) {
            UnixSocketFile.Bound bound = UnixSocketFile.listen(address.path());
            return started(address, config, bound.channel(), bound.file());
        }
        ServerSocketChannel channel = ServerSocketChannel.open();
        try {
            channel.configureBlocking(false);
            channel.bind(address.resolve());
        } catch (IOException failure) {
            Sockets.closeQuietly(channel);
            throw explained(address, failure);
        }
        return started(withPortOf(channel, address), config, channel, null);
    }

    private static QemuListener started(
            QemuAddress address, QemuConfig config, ServerSocketChannel channel, @Nullable UnixSocketFile file)
            throws IOException {
        try {
            QemuListener listener = new QemuListener(address, config, channel, file);
            listener.source.start();
            return listener;
        } catch (IOException | Error failure) {
            Sockets.closeQuietly(channel);
            if (file != null) {
                file.remove();
            }
            throw failure;
        }
    }

    private static IOException explained(QemuAddress address, IOException failure) {
        if (!(failure instanceof BindException)) {
            return failure;
        }
        String said = String.valueOf(failure.getMessage());
        String remedy = said.contains("in use")
                ? "the port is in use: stop the program that has it, or choose another port"
                : said.contains("assign")
                        ? "no interface of this machine has this address: choose one that has, such as 127.0.0.1"
                        : said;
        return new IOException(remedy + ": " + address, failure);
    }

    private static QemuAddress withPortOf(ServerSocketChannel channel, QemuAddress address) throws IOException {
        SocketAddress local = channel.getLocalAddress();
        return local instanceof InetSocketAddress inet ? QemuAddress.tcp(address.host(), inet.getPort()) : address;
    }

    /** {@return where it listens, with the port that the system chose} */
    public QemuAddress address() {
        return address;
    }

    /** {@return how many guests are connected} */
    public int guests() {
        return places.used();
    }

    /** {@return how many were hung up on because they were too many, or because the system could not serve them} */
    public long refused() {
        return refused.get();
    }

    /**
     * Waits for the next guest.
     *
     * @return its device, from now on the caller's
     * @throws ClosedChannelException when the listener is closed
     * @throws IOException when the thread is interrupted; the listener stays open
     */
    @Override
    public QemuDevice accept() throws IOException {
        synchronized (this) {
            while (!closed) {
                QemuDevice next = waiting.poll();
                if (next != null) {
                    return next;
                }
                try {
                    wait();
                } catch (InterruptedException interrupt) {
                    Thread.currentThread().interrupt();
                    throw new IOException("interrupted while waiting for a guest", interrupt);
                }
            }
        }
        throw new ClosedChannelException();
    }

    @Override
    public boolean isOpen() {
        synchronized (this) {
            return !closed;
        }
    }

    /**
     * Stops listening and removes the socket's file. Guests that were accepted stay; those that were not are hung up on. The port
     * is free when this returns, or soon after that where a guest's callback calls it. Idempotent.
     */
    @Override
    public void close() throws IOException {
        List<QemuDevice> left;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            left = new ArrayList<>(waiting);
            waiting.clear();
            notifyAll();
        }
        source.stop();
        left.forEach(QemuDevice::close);
        try {
            if (file != null) {
                file.remove();
            }
        } finally {
            if (loop.release()) {
                CallbackGate.join(loop.thread());
            }
        }
    }

    /** A connection. On the loop's thread. */
    private void arrived(SocketChannel channel) {
        if (!places.tryAcquire()) {
            refused.incrementAndGet();
            Sockets.closeQuietly(channel);
            return;
        }
        loop.retain();
        QemuDevice device;
        try {
            device = QemuDevice.on(channel, loop, config, places::release);
        } catch (IOException failure) { // this one's alone
            refused.incrementAndGet();
            return;
        } catch (RuntimeException | Error failure) {
            refused.incrementAndGet();
            throw failure;
        }
        synchronized (this) {
            if (!closed) {
                waiting.add(device);
                var unused = device.done().thenRun(() -> ended(device));
                notifyAll();
                return;
            }
        }
        device.close();
    }

    /** Nobody wants a device whose connection has ended already. */
    private synchronized void ended(QemuDevice device) {
        waiting.remove(device);
    }

    @Override
    public String toString() {
        return "QemuListener[" + address + "]";
    }
}
