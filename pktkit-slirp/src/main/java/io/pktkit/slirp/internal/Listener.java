// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.FailureLog;
import io.pktkit.slirp.SlirpListener;
import io.pktkit.slirp.SlirpStream;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.vtcp.host.TcpListener;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * A port that is listened on in every namespace. Complete connections wait in the namespaces, under their backlogs, so that a full
 * backlog holds back the guests of its own namespace and of no other; here is only a token for each place where some wait. Any
 * thread.
 */
final class Listener implements SlirpListener {
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
    private final int port;
    private final LinkedBlockingQueue<Token> tokens = new LinkedBlockingQueue<>();
    private final Map<Namespace, List<TcpListener>> opened = new HashMap<>();
    private volatile boolean closed;

    Listener(SlirpStack stack, List<IpAddress> addresses, int port) {
        this.stack = stack;
        this.addresses = addresses;
        this.port = port;
    }

    @Override
    public SlirpStream accept() throws IOException {
        while (!closed) {
            Token token = take();
            Namespace namespace = token.namespace;
            TcpListener listener = token.listener;
            if (namespace == null || listener == null) {
                break;
            }
            Stream stream = namespace.get(() -> next(token, namespace, listener));
            if (stream != null) {
                return stream; // else it was reset while it waited
            }
        }
        tokens.add(CLOSED); // for the next acceptor
        throw new IOException("cannot accept on port " + port + ": the listener is closed");
    }

    /** Under the namespace's lock. */
    private @Nullable Stream next(Token token, Namespace namespace, TcpListener listener) {
        token.queued = false;
        HostConnection connection = listener.accept();
        if (listener.waiting() > 0) {
            queue(token);
        }
        return connection == null ? null : new Stream(namespace, connection);
    }

    /** Under the namespace's lock. */
    private void queue(Token token) {
        if (!token.queued) {
            token.queued = true;
            tokens.add(token);
        }
    }

    /** Places where connections wait, for tests. */
    int queued() {
        return tokens.size();
    }

    @Override
    public int port() {
        return port;
    }

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
            TcpListener opened = namespace.tcp().listen(null, address, port, OPTIONS, () -> queue(token));
            token.listener = opened;
            listeners.add(opened);
        } catch (IOException e) {
            FAILURES.record(e); // the namespace is closing
        }
    }

    private Token take() throws IOException {
        try {
            return tokens.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while accepting on port " + port);
        }
    }
}
