// SPDX-License-Identifier: MIT
package io.pktkit.iphost.socket;

import io.pktkit.time.Timers;
import io.pktkit.vtcp.TcpFailure;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.vtcp.host.TcpEvents;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Objects;

/** The two streams of an established connection. Guarded by the shell's lock, which its methods take. */
final class TcpStream implements TcpEvents {
    private static final int DISCARD_BUFFER = 8 << 10;

    private final HostShell shell;
    private final HostConnection connection;
    private final SocketSettings settings;
    private final Waiter readable;
    private final Waiter writable;
    private final Waiter delivered;
    private boolean inputShut;
    private boolean outputShut;
    private boolean closed;

    TcpStream(HostShell shell, HostConnection connection, SocketSettings settings) {
        this.shell = shell;
        this.connection = connection;
        this.settings = settings;
        this.readable = shell.newWaiter();
        this.writable = shell.newWaiter();
        this.delivered = shell.newWaiter();
        connection.setEvents(this);
    }

    HostConnection connection() {
        return connection;
    }

    InputStream input() {
        return new Input();
    }

    OutputStream output() {
        return new Output();
    }

    @Override
    public void onReadable(HostConnection source, long nowNanos) {
        if (inputShut) {
            discard(nowNanos);
        }
        readable.signal();
    }

    @Override
    public void onWritable(HostConnection source, long nowNanos) {
        writable.signal();
    }

    @Override
    public void onClosed(HostConnection source, long nowNanos) {
        readable.signal();
        writable.signal();
        delivered.signal();
    }

    @Override
    public void onDelivered(HostConnection source, long nowNanos) {
        delivered.signal();
    }

    int available() throws IOException {
        shell.enter();
        try {
            checkOpen();
            return inputShut ? 0 : connection.readable();
        } finally {
            shell.leave();
        }
    }

    int read(byte[] target, int from, int length) throws IOException {
        Objects.checkFromIndexSize(from, length, target.length);
        shell.enter();
        try {
            long deadline = settings.readDeadline(shell.nowNanos());
            boolean inTime = true;
            while (true) {
                checkOpen();
                if (inputShut || length == 0) {
                    return length == 0 ? 0 : -1;
                }
                int read = connection.read(ByteBuffer.wrap(target, from, length), shell.nowNanos());
                if (read != 0) {
                    return read;
                }
                throwFailure();
                if (connection.isOver()) {
                    return -1;
                }
                if (!inTime) {
                    throw new SocketTimeoutException("read timed out");
                }
                inTime = readable.await(deadline);
            }
        } finally {
            shell.leave();
        }
    }

    void write(byte[] source, int from, int length) throws IOException {
        Objects.checkFromIndexSize(from, length, source.length);
        ByteBuffer left = ByteBuffer.wrap(source, from, length);
        shell.enter();
        try {
            while (true) {
                checkOpen();
                if (outputShut) {
                    throw new SocketException("the output is shut down");
                }
                int taken = left.hasRemaining() ? connection.write(left, shell.nowNanos()) : 0;
                if (!left.hasRemaining()) {
                    return;
                }
                throwFailure();
                if (taken < 0) {
                    throw new SocketException("broken pipe: the connection is closed");
                }
                writable.await(Timers.NEVER);
            }
        } finally {
            shell.leave();
        }
    }

    void shutdownInput() throws IOException {
        shell.enter();
        try {
            checkOpen();
            inputShut = true;
            discard(shell.nowNanos());
            readable.signal();
        } finally {
            shell.leave();
        }
    }

    void shutdownOutput() throws IOException {
        shell.enter();
        try {
            checkOpen();
            outputShut = true;
            connection.shutdownOutput(shell.nowNanos());
            writable.signal();
        } finally {
            shell.leave();
        }
    }

    /**
     * Lets the connection go; the shell keeps it until its end is agreed on with the peer. With a time to linger it waits,
     * without the lock, until what was written is delivered or given up.
     */
    void close() {
        if (closed) {
            return;
        }
        closed = true;
        readable.signal();
        writable.signal();
        long linger = settings.lingerNanos();
        if (linger < 0) {
            connection.release(shell.nowNanos());
            return;
        }
        connection.release(linger, shell.nowNanos());
        try {
            while (!connection.isOutputDone()) {
                delivered.await(Timers.NEVER); // the connection has the deadline
            }
        } catch (InterruptedIOException e) {
            // The thread stays marked, and the connection goes on without it.
        }
    }

    /** What arrives after the input was shut down is taken and forgotten, so that the peer is not held up. */
    private void discard(long nowNanos) {
        ByteBuffer scratch = ByteBuffer.allocate(DISCARD_BUFFER);
        while (connection.read(scratch, nowNanos) > 0) {
            scratch.clear();
        }
    }

    private void checkOpen() throws SocketException {
        shell.checkOpen();
        if (closed) {
            throw new SocketException("socket closed");
        }
    }

    private void throwFailure() throws SocketException {
        TcpFailure failure = connection.failure();
        if (failure != null) {
            String peer = " by " + connection.tuple().remoteAddress() + " port "
                    + connection.tuple().remotePort();
            throw new SocketException(
                    switch (failure) {
                        case REFUSED, RESET -> "connection reset" + peer;
                        case TIMED_OUT -> "connection timed out: no answer" + peer;
                        case UNREACHABLE -> "connection lost: network reports no way to the peer";
                        case ABORTED -> "connection aborted";
                    });
        }
    }

    private final class Input extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return TcpStream.this.read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int from, int length) throws IOException {
            return TcpStream.this.read(target, from, length);
        }

        @Override
        public int available() throws IOException {
            return TcpStream.this.available();
        }
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            TcpStream.this.write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] source, int from, int length) throws IOException {
            TcpStream.this.write(source, from, length);
        }
    }
}
