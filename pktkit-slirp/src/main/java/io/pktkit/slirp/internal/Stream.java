// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.slirp.SlirpStream;
import io.pktkit.time.Timers;
import io.pktkit.vtcp.TcpFailure;
import io.pktkit.vtcp.TcpInfo;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.vtcp.host.TcpEvents;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.locks.Condition;

/** A blocking face of a guest's connection. Waiters are woken by the connection's events, and only by those. Any thread. */
final class Stream implements SlirpStream, TcpEvents {
    private static final int GONE = -2;

    private final Namespace namespace;
    private final HostConnection connection;
    private final Condition readable;
    private final Condition writable;

    // Guarded by the namespace's lock.
    private long timeoutNanos;
    private boolean closed;

    /** Called under the namespace's lock. */
    Stream(Namespace namespace, HostConnection connection) {
        this.namespace = namespace;
        this.connection = connection;
        this.readable = namespace.lock().newCondition();
        this.writable = namespace.lock().newCondition();
        connection.setEvents(this);
    }

    @Override
    public void onReadable(HostConnection changed, long nowNanos) {
        readable.signalAll();
    }

    @Override
    public void onWritable(HostConnection changed, long nowNanos) {
        writable.signalAll();
    }

    @Override
    public void onClosed(HostConnection changed, long nowNanos) {
        readable.signalAll();
        writable.signalAll();
    }

    @Override
    public int namespace() {
        return namespace.namespace();
    }

    @Override
    public IpAddress remoteAddress() {
        return connection.tuple().remoteAddress();
    }

    @Override
    public int remotePort() {
        return connection.tuple().remotePort();
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (!target.hasRemaining()) {
            return 0;
        }
        long[] left = {namespace.get(() -> timeoutNanos)};
        while (true) {
            int read = namespace.withLock(now -> {
                int taken = closed ? GONE : connection.read(target, now);
                return taken == 0 && connection.failure() != null ? GONE : taken;
            });
            if (read == GONE) {
                throw gone("read from");
            }
            if (read != 0) {
                return read;
            }
            await(readable, left, true);
        }
    }

    @Override
    public void write(ByteBuffer source) throws IOException {
        long[] left = {namespace.get(() -> timeoutNanos)};
        while (source.hasRemaining()) {
            int written = namespace.withLock(now -> closed ? GONE : connection.write(source, now));
            if (written < 0) {
                throw gone("write to");
            }
            if (source.hasRemaining()) {
                await(writable, left, false);
            }
        }
    }

    @Override
    public void shutdownOutput() throws IOException {
        if (namespace.get(() -> closed || connection.failure() != null)) {
            throw gone("shut down");
        }
        namespace.locked(connection::shutdownOutput);
    }

    @Override
    public void setTimeout(Duration timeout) {
        long nanos = timeout.isNegative() ? 0 : Timers.toNanos(timeout);
        namespace.get(() -> timeoutNanos = nanos);
    }

    @Override
    public TcpInfo info() {
        return namespace.get(() -> connection.info(namespace.nowNanos()));
    }

    @Override
    public void close() {
        namespace.locked(now -> {
            if (!closed) {
                closed = true;
                connection.release(now);
                readable.signalAll();
                writable.signalAll();
            }
        });
    }

    /** Waits until there may be something to do. {@code left} is what remains of the timeout, 0 for none. */
    private void await(Condition condition, long[] left, boolean reading) throws IOException {
        namespace.lock().lock();
        try {
            while (!isDue(reading)) {
                if (left[0] == 0) {
                    condition.await();
                    continue;
                }
                left[0] = condition.awaitNanos(left[0]);
                if (left[0] <= 0) {
                    throw new SocketTimeoutException("timed out: peer=" + remoteAddress() + " port=" + remotePort());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted: peer=" + remoteAddress() + " port=" + remotePort());
        } finally {
            namespace.lock().unlock();
        }
    }

    private boolean isDue(boolean reading) {
        if (closed || connection.failure() != null || connection.isOver()) {
            return true;
        }
        return reading ? connection.readable() > 0 || connection.endOfStream() : connection.writable() > 0;
    }

    private IOException gone(String what) {
        TcpFailure failure = namespace.get(connection::failure);
        String why = failure == null
                ? "it is closed"
                : "connection " + failure.name().toLowerCase(Locale.ROOT);
        return new IOException("cannot " + what + " " + remoteAddress() + " port " + remotePort() + ": " + why);
    }
}
