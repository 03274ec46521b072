// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import io.pktkit.vtcp.TcpFailure;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.vtcp.host.TcpEvents;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.Condition;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A blocking socket of a {@link Guest}; the test's timeout is the only limit on how long it waits. */
class GuestSocket implements TcpEvents {
    private final Guest guest;
    private final Condition changed;
    private @Nullable HostConnection connection;

    GuestSocket(Guest guest) {
        this.guest = guest;
        this.changed = guest.lock.newCondition();
    }

    void bind(HostConnection opened) {
        connection = opened;
    }

    HostConnection connection() {
        HostConnection bound = connection;
        if (bound == null) {
            throw new IllegalStateException("not bound");
        }
        return bound;
    }

    @Override
    public void onEstablished(HostConnection c, long nowNanos) {
        changed.signalAll();
    }

    @Override
    public void onReadable(HostConnection c, long nowNanos) {
        changed.signalAll();
    }

    @Override
    public void onWritable(HostConnection c, long nowNanos) {
        changed.signalAll();
    }

    @Override
    public void onClosed(HostConnection c, long nowNanos) {
        changed.signalAll();
    }

    void awaitEstablished() throws IOException {
        await(() -> connection().isEstablished() || connection().failure() != null);
        checkFailure();
    }

    /** Waits for the end and tells why; null for an orderly one. */
    @Nullable
    TcpFailure awaitOver() {
        await(() -> connection().isOver());
        return connection().failure();
    }

    int read(ByteBuffer target) throws IOException {
        while (true) {
            int[] read = new int[1];
            guest.locked(now -> read[0] = connection().read(target, now));
            if (read[0] != 0) {
                return read[0];
            }
            checkFailure();
            await(() -> connection().readable() > 0
                    || connection().endOfStream()
                    || connection().failure() != null);
        }
    }

    byte[] readToEnd() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        while (read(buffer.clear()) >= 0) {
            all.write(buffer.array(), 0, buffer.position());
        }
        return all.toByteArray();
    }

    byte[] read(int length) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (read(buffer) < 0) {
                throw new IOException("ended after " + buffer.position() + " of " + length);
            }
        }
        return buffer.array();
    }

    void write(byte[] bytes) throws IOException {
        ByteBuffer source = ByteBuffer.wrap(bytes);
        while (source.hasRemaining()) {
            guest.locked(now -> connection().write(source, now));
            checkFailure();
            if (source.hasRemaining()) {
                await(() -> connection().writable() > 0 || connection().failure() != null);
            }
        }
    }

    /** Writes what fits, and does not ask whether the answer to it has ended the connection meanwhile. */
    void writeAnyway(byte[] bytes) {
        guest.locked(now -> connection().write(ByteBuffer.wrap(bytes), now));
    }

    void shutdownOutput() {
        guest.locked(connection()::shutdownOutput);
    }

    void reset() {
        guest.locked(connection()::abort);
    }

    private void checkFailure() throws IOException {
        TcpFailure failure = connection().failure();
        if (failure != null) {
            throw new IOException(failure.name());
        }
    }

    private void await(BooleanSupplier condition) {
        guest.lock.lock();
        try {
            while (!condition.getAsBoolean()) {
                changed.awaitUninterruptibly();
            }
        } finally {
            guest.lock.unlock();
        }
    }
}
