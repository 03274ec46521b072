// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.FailureLog;
import io.pktkit.iphost.socket.StreamSocketImpl;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.vtcp.host.TcpListener;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A port that is listened on in every namespace, behind a {@link java.net.ServerSocket}. Complete connections wait in the
 * namespaces, under their backlogs, so that a full backlog holds back the guests of its own namespace and of no other; here is only a
 * token for each place where some wait. Any thread.
 */
public final class Listener extends SocketImpl {
    private static final FailureLog FAILURES = new FailureLog(Listener.class, "listening");

    /** Connections that may wait in one namespace. */
    private static final TcpListener.Options OPTIONS = new TcpListener.Options(16, 128, 10_000_000_000L);

    /**
     * Connections wait in that listener; one without a listener wakes an acceptor after the close. It is queued once, however
     * many wait and however many that waited were reset, for else guests could fill the queue while nobody accepts.
     */
    private static final class Token {
        final @Nullable Namespace namespace;

        /** Set before the token is first queued. */
        @Nullable
        TcpListener listener;

        /** Guarded by the namespace's lock. */
        boolean queued;

        Token(@Nullable Namespace namespace) {
            this.namespace = namespace;
        }
    }

    private static final Token CLOSED = new Token(null);

    private final SlirpStack stack;
    private final List<IpAddress> addresses;
    private final LinkedBlockingQueue<Token> tokens = new LinkedBlockingQueue<>();
    private final Map<Namespace, List<TcpListener>> opened = new HashMap<>();
    private volatile boolean closed;
    private volatile int timeoutMillis;

    Listener(SlirpStack stack, List<IpAddress> addresses, int port) {
        this.stack = stack;
        this.addresses = addresses;
        this.localport = port;
    }

    /**
     * Waits for a connection.
     *
     * @return one whose handshake is complete, to be handed to {@link #accept}
     * @throws IOException when the listener is closed, the time is over, or the thread is interrupted
     */
    public StreamSocketImpl next() throws IOException {
        long deadline = timeoutMillis == 0 ? 0 : System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
        while (!closed) {
            Token token = take(deadline);
            Namespace namespace = token.namespace;
            TcpListener listener = token.listener;
            if (namespace == null || listener == null) {
                break;
            }
            StreamSocketImpl accepted = namespace.get(() -> next(token, namespace, listener));
            if (accepted != null) {
                return accepted; // else it was reset while it waited
            }
        }
        tokens.add(CLOSED); // for the next acceptor
        throw new SocketException("cannot accept on port " + localport + ": the listener is closed");
    }

    /** Under the namespace's lock. */
    private @Nullable StreamSocketImpl next(Token token, Namespace namespace, TcpListener listener) {
        token.queued = false;
        HostConnection connection = listener.accept();
        if (listener.waiting() > 0) {
            queue(token);
        }
        return connection == null ? null : new StreamSocketImpl(namespace.shell(), connection);
    }

    /** Under the namespace's lock. */
    private void queue(Token token) {
        if (!token.queued) {
            token.queued = true;
            tokens.add(token);
        }
    }

    /** {@return whether it was closed} */
    public boolean isClosed() {
        return closed;
    }

    /** Places where connections wait, for tests. */
    int queued() {
        return tokens.size();
    }

    /** {@return the port it listens on} */
    public int boundPort() {
        return localport;
    }

    boolean overlaps(List<IpAddress> others) {
        return !Collections.disjoint(addresses, others);
    }

    /** Listens in a namespace too. Called with the stack's membership lock held, so nothing may be delivered from here. */
    void open(Namespace namespace) {
        List<TcpListener> listeners = namespace.get(() -> openAll(namespace));
        synchronized (this) {
            if (!closed) {
                opened.put(namespace, listeners);
                return;
            }
        }
        long now = stack.timers().nowNanos();
        namespace.get(() -> {
            listeners.forEach(listener -> listener.close(now)); // nobody can have connected yet
            return null;
        });
    }

    synchronized void forget(Namespace namespace) {
        opened.remove(namespace);
    }

    private List<TcpListener> openAll(Namespace namespace) {
        List<TcpListener> listeners = new ArrayList<>();
        for (IpAddress address : addresses) {
            openAt(namespace, address, listeners);
        }
        return listeners;
    }

    private void openAt(Namespace namespace, IpAddress address, List<TcpListener> listeners) {
        Token token = new Token(namespace);
        try {
            TcpListener at = namespace.host().tcp().listen(null, address, localport, OPTIONS, () -> queue(token));
            token.listener = at;
            listeners.add(at);
        } catch (IOException e) {
            FAILURES.record(e); // the namespace is closing
        }
    }

    private Token take(long deadline) throws IOException {
        try {
            Token token =
                    deadline == 0 ? tokens.take() : tokens.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (token == null) {
                throw new SocketTimeoutException("accept timed out");
            }
            return token;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while accepting on port " + localport);
        }
    }

    // -- what a ServerSocket calls
    // -----------------------------------------------------------------------------------------------

    @Override
    protected void create(boolean stream) {}

    /** It listens already: on the addresses and the port that it was made for. */
    @Override
    protected void bind(InetAddress host, int port) {
        address = host;
    }

    @Override
    protected void listen(int backlog) {}

    @Override
    protected void accept(SocketImpl accepted) throws IOException {
        ((StreamSocketImpl) accepted).describe();
    }

    /** Stops listening, wakes whoever waits, and resets connections that nobody has accepted. Idempotent. */
    @Override
    public void close() {
        Map<Namespace, List<TcpListener>> all;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            all = new HashMap<>(opened);
            opened.clear();
        }
        stack.onClosed(this);
        tokens.add(CLOSED);
        all.forEach(
                (namespace, listeners) -> namespace.locked(now -> listeners.forEach(listener -> listener.close(now))));
    }

    @Override
    public void setOption(int option, Object value) throws SocketException {
        switch (option) {
            case SO_TIMEOUT -> timeoutMillis = (Integer) value;
            case SO_REUSEADDR -> {} // a port is free as soon as its listener is closed
            default -> throw new SocketException("option not supported: option=" + option);
        }
    }

    @Override
    public Object getOption(int option) throws SocketException {
        return switch (option) {
            case SO_TIMEOUT -> timeoutMillis;
            case SO_REUSEADDR -> true;
            case SO_RCVBUF -> stack.config().tcp().receiveBuffer();
            default -> throw new SocketException("option not supported: option=" + option);
        };
    }

    @Override
    protected void connect(String host, int port) throws IOException {
        throw notConnectable();
    }

    @Override
    protected void connect(InetAddress toAddress, int port) throws IOException {
        throw notConnectable();
    }

    @Override
    protected void connect(SocketAddress toAddress, int timeout) throws IOException {
        throw notConnectable();
    }

    @Override
    protected InputStream getInputStream() throws IOException {
        throw notConnectable();
    }

    @Override
    protected OutputStream getOutputStream() throws IOException {
        throw notConnectable();
    }

    @Override
    protected int available() throws IOException {
        throw notConnectable();
    }

    @Override
    protected void sendUrgentData(int data) throws IOException {
        throw notConnectable();
    }

    private static SocketException notConnectable() {
        return new SocketException("a listening socket");
    }
}
