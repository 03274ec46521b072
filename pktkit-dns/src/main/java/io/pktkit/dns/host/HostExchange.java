// SPDX-License-Identifier: MIT
package io.pktkit.dns.host;

import io.pktkit.dns.upstream.DnsServer;
import io.pktkit.dns.upstream.DnsTransport;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A query through a socket of the host. All of the socket is done on the transport's thread, so that a guest's thread neither
 * waits for a system call nor, being interrupted, closes what it touches. What has come waits here for whoever polls.
 */
abstract class HostExchange implements DnsTransport.Exchange {
    /** More than honest servers send before the first is read. */
    private static final int MAX_WAITING = 16;

    final DnsServer server;
    final byte[] query;
    private final HostDnsTransport transport;
    private final Runnable onArrival;
    private @Nullable SelectableChannel channel;

    // Guarded by this.
    private final ArrayDeque<byte[]> arrived = new ArrayDeque<>(1);
    private @Nullable IOException failure;
    private boolean closed;

    HostExchange(HostDnsTransport transport, DnsServer server, byte[] query, Runnable onArrival) {
        this.transport = transport;
        this.server = server;
        this.query = query;
        this.onArrival = onArrival;
    }

    /** Opens the socket and sends, or begins to connect. On the transport's thread, as all that follow. */
    abstract SelectableChannel begin(Selector selector) throws IOException;

    /** The socket is ready for something. */
    abstract void onReady(SelectionKey key, ByteBuffer buffer) throws IOException;

    final void start(Selector selector) {
        try {
            if (!isClosed()) {
                channel = begin(selector);
            }
        } catch (IOException | RuntimeException e) {
            fail(e instanceof IOException known ? known : new IOException(e));
        }
    }

    /** Frees the socket. */
    final void end() {
        SelectableChannel open = channel;
        channel = null;
        HostDnsTransport.closeQuietly(open);
    }

    /** {@return whether more is wanted} */
    final boolean arrived(byte[] message) {
        synchronized (this) {
            if (closed || arrived.size() >= MAX_WAITING) {
                return !closed;
            }
            arrived.add(message);
        }
        onArrival.run();
        return !isClosed();
    }

    final void fail(IOException cause) {
        synchronized (this) {
            failure = failure == null ? cause : failure;
        }
        end();
        onArrival.run();
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public final synchronized byte @Nullable [] poll() throws IOException {
        byte[] message = arrived.poll();
        if (message == null && failure != null) {
            throw new IOException("cannot ask " + server + ": " + failure.getMessage(), failure);
        }
        return message;
    }

    @Override
    public final void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            arrived.clear();
        }
        transport.executeOrRun(this::end);
    }

    final InetSocketAddress socketAddress() throws UnknownHostException {
        IpAddress address = server.address();
        InetAddress known = server.scope() == 0
                ? address.toInetAddress()
                : Inet6Address.getByAddress(null, address.toBytes(), server.scope());
        return new InetSocketAddress(known, server.port());
    }
}
