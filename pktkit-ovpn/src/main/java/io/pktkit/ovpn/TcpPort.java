// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.device.Burst;
import io.pktkit.internal.AcceptLoop;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Takes TCP connections, and reads them on one thread. */
final class TcpPort implements Runnable, AutoCloseable {

    private static final int BACKLOG = 128;
    private static final IpAddress ANY = IpAddress.unspecified(IpFamily.IPV6);

    private final ServerCore core;
    private final Selector selector;
    private final List<ServerSocketChannel> listeners = new ArrayList<>();
    private final List<AcceptLoop<?>> loops = new ArrayList<>();
    private final DataReceiver data;
    private final long handshakeNanos;

    // Guarded by this.
    private final Map<Object, Integer> perSource = new HashMap<>();
    private final Set<TcpConnection> connections = new HashSet<>();
    private boolean closed;

    private int number;

    /** Opens a channel of a family, which not every system has. */
    @FunctionalInterface
    interface Opener {
        ServerSocketChannel open(ProtocolFamily family) throws IOException;
    }

    private static final class NoSuchFamilyException extends IOException {
        private static final long serialVersionUID = 1L;

        NoSuchFamilyException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** On a selector, which is closed with this. */
    TcpPort(ServerCore core, Selector selector, long handshakeNanos) {
        this.core = core;
        this.selector = selector;
        this.handshakeNanos = handshakeNanos;
        this.data = new DataReceiver(core);
    }

    static TcpPort open(ServerCore core, DatagramConfig bound, long handshakeNanos) throws IOException {
        return open(core, bound, handshakeNanos, ServerSocketChannel::open);
    }

    static TcpPort open(ServerCore core, DatagramConfig bound, long handshakeNanos, Opener opener) throws IOException {
        TcpPort port = new TcpPort(core, Selector.open(), handshakeNanos);
        try {
            port.bind(bound, opener);
            return port;
        } catch (IOException | RuntimeException | Error failure) {
            port.close();
            throw failure;
        }
    }

    private void bind(DatagramConfig bound, Opener opener) throws IOException {
        Map<IpFamily, IpAddress> addresses = bound.addresses();
        number = bound.port();
        boolean all = addresses.values().stream().allMatch(IpAddress::isUnspecified);
        if (!addresses.isEmpty() && !(all && addresses.size() == 2)) {
            for (IpAddress address : addresses.values()) {
                bind(address, opener);
            }
            return;
        }
        try {
            // One socket for both families.
            bind(ANY, opener);
        } catch (NoSuchFamilyException absent) {
            if (!addresses.isEmpty()) {
                throw absent;
            }
            bind(IpAddress.unspecified(IpFamily.IPV4), opener);
        }
    }

    /** Opened for the family of its address: one for both families listens at all IPv6 addresses for 0.0.0.0, too. */
    private void bind(IpAddress address, Opener opener) throws IOException {
        ServerSocketChannel listener;
        try {
            listener = opener.open(address.isIpv4() ? StandardProtocolFamily.INET : StandardProtocolFamily.INET6);
        } catch (UnsupportedOperationException absent) {
            throw new NoSuchFamilyException(
                    "TCP " + address + " cannot be bound: this system lacks its family; leave the address out", absent);
        }
        listeners.add(listener);
        try {
            listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            listener.bind(new InetSocketAddress(address.toInetAddress(), number), BACKLOG);
            listener.configureBlocking(false);
            listen(listener);
            number = ((InetSocketAddress) listener.getLocalAddress()).getPort();
        } catch (IOException e) {
            throw new IOException(
                    "TCP " + address + " port " + number + " cannot be bound (" + e.getMessage()
                            + "): choose another, or end who has it",
                    e);
        }
    }

    private void listen(ServerSocketChannel listener) throws IOException {
        AcceptLoop<SocketChannel> loop = AcceptLoop.on(listener, this::take, core::failed, core.timers());
        loops.add(loop);
        listener.register(selector, SelectionKey.OP_ACCEPT, loop);
    }

    int port() {
        return number;
    }

    @Override
    public void run() {
        while (selector.isOpen()) {
            try {
                await(selector);
                Burst burst = Burst.open();
                try {
                    for (SelectionKey key : selector.selectedKeys()) {
                        serve(key);
                    }
                } finally {
                    burst.close();
                }
                selector.selectedKeys().clear();
            } catch (ClosedSelectorException | ConcurrentModificationException failure) {
                if (selector.isOpen()) {
                    core.failed(failure);
                } // else it was closed, which takes its keys away under the loop
            } catch (IOException | RuntimeException | Error failure) {
                core.failed(failure);
            }
        }
    }

    /**
     * Waits for what is to be done. A selector returns at once for an interrupted thread, and user code on this one may have
     * interrupted it: the interrupt is put aside meanwhile, and given back for who looks for it.
     */
    static void await(Selector selector) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            selector.select();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void serve(SelectionKey key) {
        if (!key.isValid()) {
            return;
        }
        if (key.attachment() instanceof AcceptLoop<?> loop) {
            loop.onReady(key);
        } else if (key.attachment() instanceof TcpConnection connection) {
            try {
                if (key.isWritable()) {
                    connection.write();
                }
                if (key.isValid() && key.isReadable()) {
                    read(connection);
                }
            } catch (CancelledKeyException failure) {
                if (key.isValid()) {
                    core.failed(failure);
                } // else another thread has closed the connection, between two looks at it
                connection.close();
            } catch (RuntimeException | Error failure) {
                core.failed(failure);
                connection.close();
            }
        }
    }

    private void read(TcpConnection connection) {
        try {
            connection.read(data);
        } finally {
            data.endOfBurst();
        }
    }

    /** A connection, on the selecting thread. */
    void take(SocketChannel channel) throws IOException {
        InetSocketAddress remote = (InetSocketAddress) channel.getRemoteAddress();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        TcpConnection connection = new TcpConnection(core, this, channel, remote);
        if (!admit(connection)) {
            core.drop(OvpnDrop.NO_ROOM);
            channel.close();
            return;
        }
        try {
            SelectionKey key = channel.register(selector, SelectionKey.OP_READ, connection);
            connection.register(key, Timers.after(core.nowNanos(), handshakeNanos));
        } catch (IOException | RuntimeException | Error failure) {
            connection.close();
            if (!isClosed()) {
                throw failure;
            } // else the close has taken the channel or the selector away meanwhile
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private synchronized boolean admit(TcpConnection connection) {
        OvpnLimits limits = core.config().limits();
        Object source = connection.source();
        int its = perSource.getOrDefault(source, 0);
        if (closed
                || connections.size() >= limits.tcpConnections()
                || (its >= limits.tcpPerSource() && outsideOf(source) >= limits.tcpPerSource())) {
            return false;
        }
        connections.add(connection);
        perSource.put(source, its + 1);
        return true;
    }

    private long outsideOf(Object source) {
        return connections.stream()
                .filter(each -> !each.isIn() && each.source().equals(source))
                .count();
    }

    synchronized void remove(TcpConnection connection) {
        if (connections.remove(connection)) {
            perSource.computeIfPresent(connection.source(), (key, n) -> n == 1 ? null : n - 1);
        }
    }

    /** {@return how many connections there are} */
    synchronized int size() {
        return connections.size();
    }

    @Override
    public void close() {
        List<TcpConnection> open;
        synchronized (this) {
            closed = true;
            open = List.copyOf(connections);
        }
        listeners.forEach(this::closeQuietly);
        loops.forEach(AcceptLoop::close);
        open.forEach(TcpConnection::close);
        closeQuietly(selector);
    }

    private void closeQuietly(AutoCloseable what) {
        try {
            what.close();
        } catch (Exception e) {
            core.failed(e);
        }
    }
}
