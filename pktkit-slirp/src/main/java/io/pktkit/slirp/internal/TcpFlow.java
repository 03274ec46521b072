// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.DropReason;
import io.pktkit.vtcp.host.HeldSyn;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.vtcp.host.TcpEvents;
import io.pktkit.wire.IpProtocol;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One guest connection and the socket that carries it on. What happens on the guest's side comes in as events under the
 * namespace's lock and only schedules the flow; all moving of data is done on the loop thread, between the socket and the engine's
 * buffers by way of the loop's one scratch buffer. Backpressure needs no queue: the socket is read only while the guest's send
 * buffer has room, and the guest's receive buffer only while the socket takes what is written.
 */
final class TcpFlow implements TcpEvents, SelectorLoop.Ready, Runnable {
    /** Rounds of the scratch buffer that one flow may fill before the others have their turn. */
    private static final int ROUNDS = 8;

    private final Namespace namespace;
    private final TcpNat nat;
    private final HeldSyn held;
    private final long dialDeadline;
    private final AtomicBoolean scheduled = new AtomicBoolean();

    // Guarded by the namespace's lock.
    private boolean dialing = true;
    private @Nullable HostConnection guest;

    // Owned by the loop thread.
    private @Nullable SocketChannel channel;
    private @Nullable SelectionKey key;
    private @Nullable ByteBuffer unwritten;
    private boolean hostEnded;
    private boolean guestEnded;
    private boolean ended;

    TcpFlow(Namespace namespace, TcpNat nat, HeldSyn held, long dialDeadline) {
        this.namespace = namespace;
        this.nat = nat;
        this.held = held;
        this.dialDeadline = dialDeadline;
    }

    // -- guest side, under the namespace's lock
    // ----------------------------------------------------------------------------------

    @Override
    public void onEstablished(HostConnection connection, long nowNanos) {
        schedule();
    }

    @Override
    public void onReadable(HostConnection connection, long nowNanos) {
        schedule();
    }

    @Override
    public void onWritable(HostConnection connection, long nowNanos) {
        schedule();
    }

    @Override
    public void onClosed(HostConnection connection, long nowNanos) {
        schedule();
    }

    long dialDeadline() {
        return dialDeadline;
    }

    /** The guest has lost interest. */
    void cancelDial() {
        dialEnded();
        namespace.stack().loop().execute(() -> end(true));
    }

    /** The host's network does not let us through, or not soon enough. */
    void failDial(long nowNanos) {
        if (dialing) {
            dialEnded();
            held.refuse(nowNanos);
            namespace.stack().loop().execute(() -> end(true));
        }
    }

    private void dialEnded() {
        if (dialing) {
            dialing = false;
            nat.onDialed(this);
        }
    }

    private void schedule() {
        if (scheduled.compareAndSet(false, true)) {
            namespace.stack().loop().execute(this);
        }
    }

    // -- socket side, on the loop thread
    // -----------------------------------------------------------------------------------------

    /** Asks the policy and begins to connect. */
    void dial() {
        InetSocketAddress target = namespace
                .stack()
                .destinations()
                .resolve(
                        IpProtocol.TCP,
                        held.tuple().localAddress(),
                        held.tuple().localPort());
        if (target == null) {
            refuse(DropReason.FILTERED);
            return;
        }
        if (ended) {
            return; // cancelled before its turn came
        }
        try {
            SocketChannel opened = SocketChannel.open();
            channel = opened;
            opened.configureBlocking(false);
            opened.setOption(StandardSocketOptions.TCP_NODELAY, true);
            opened.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            boolean connected = opened.connect(target);
            key = namespace.stack().loop().register(opened, connected ? 0 : SelectionKey.OP_CONNECT, this);
            if (connected) {
                onConnected();
            }
        } catch (IOException | UnsupportedAddressTypeException e) { // the latter where the host does without IPv6
            refuse(DropReason.UNREACHABLE);
        } catch (RuntimeException | Error failure) {
            refuse(DropReason.IO_ERROR); // at once, and not when the time for dialling is over
            throw failure;
        }
    }

    @Override
    public void onReady(SelectionKey ready) {
        if (ready.isConnectable()) {
            finishConnect();
            return;
        }
        try {
            if (ready.isReadable()) {
                readHost();
            }
            if (!ended && ready.isWritable()) {
                writeHost();
            }
        } catch (IOException e) {
            resetGuest();
            return;
        }
        settle();
    }

    @Override
    public void onFailure() {
        resetGuest();
    }

    /** Something has changed on the guest's side. */
    @Override
    public void run() {
        scheduled.set(false);
        if (ended || channel == null) {
            return;
        }
        try {
            writeHost();
        } catch (IOException e) {
            resetGuest();
            return;
        } catch (RuntimeException | Error failure) {
            resetGuest();
            throw failure;
        }
        settle();
    }

    /** Lets go of the socket; by a reset, or in order. Idempotent. */
    void end(boolean reset) {
        if (ended) {
            return;
        }
        ended = true;
        unwritten = null;
        SocketChannel open = channel;
        if (open != null) {
            closeSocket(open, reset);
        }
        namespace.locked(now -> {
            dialEnded();
            nat.onEnded(this);
        });
    }

    private void finishConnect() {
        SocketChannel open = channel;
        if (open == null || ended) {
            return;
        }
        try {
            if (open.finishConnect()) {
                onConnected();
            }
        } catch (IOException e) {
            refuse(DropReason.UNREACHABLE);
        }
    }

    private void onConnected() {
        interest(0);
        namespace.locked(now -> {
            dialEnded();
            guest = held.accept(namespace.stack().bridgeConfig(), this, now);
        });
        if (guest == null) {
            end(true); // withdrawn or timed out meanwhile
        }
    }

    private void refuse(DropReason reason) {
        namespace.dropped(reason);
        namespace.locked(this::failDial);
        end(true);
    }

    /** From the socket into the guest's send buffer, as far as there is room. */
    private void readHost() throws IOException {
        SocketChannel open = channel;
        HostConnection connection = guest;
        if (open == null || connection == null || hostEnded) {
            return;
        }
        for (int round = 0; round < ROUNDS && !ended; round++) {
            ByteBuffer buffer = namespace.stack().loop().buffer();
            int room = namespace.withLock(now -> roomForHost(connection));
            if (room == 0) {
                return;
            }
            buffer.limit(Math.min(room, buffer.capacity()));
            int read = open.read(buffer);
            if (read == 0) {
                return;
            }
            if (read < 0) {
                hostEnded = true;
                namespace.locked(connection::shutdownOutput);
                return;
            }
            buffer.flip();
            namespace.locked(now -> connection.write(buffer, now));
        }
    }

    /** Bytes the guest's send buffer takes; when none, an onWritable is asked for. */
    private static int roomForHost(HostConnection connection) {
        int room = connection.writable();
        if (room == 0) {
            connection.notifyWhenWritable();
        }
        return room;
    }

    /** From the guest's receive buffer into the socket, as far as the socket takes it. */
    private void writeHost() throws IOException {
        SocketChannel open = channel;
        HostConnection connection = guest;
        if (open == null || connection == null) {
            return;
        }
        ByteBuffer rest = unwritten;
        if (rest != null) {
            open.write(rest);
            if (rest.hasRemaining()) {
                return;
            }
            unwritten = null;
        }
        for (int round = 0; round < ROUNDS && !guestEnded; round++) {
            ByteBuffer buffer = namespace.stack().loop().buffer();
            int read = namespace.withLock(now -> connection.read(buffer, now));
            if (read == 0) {
                return;
            }
            if (read < 0) {
                guestEnded = true;
                open.shutdownOutput();
                return;
            }
            buffer.flip();
            open.write(buffer);
            if (buffer.hasRemaining()) {
                unwritten = ByteBuffer.allocateDirect(buffer.remaining())
                        .put(buffer)
                        .flip();
                return;
            }
        }
        if (!guestEnded) {
            schedule(); // there may be more; the other flows go first
        }
    }

    /** After each piece of work: is it over, and if not, what is waited for. */
    private void settle() {
        HostConnection connection = guest;
        if (ended || connection == null) {
            return;
        }
        int interest = namespace.withLock(now -> interestOrEnd(connection));
        if (interest < 0) {
            end(interest == RESET);
        } else {
            interest(interest);
        }
    }

    private static final int RESET = -1;
    private static final int IN_ORDER = -2;

    private int interestOrEnd(HostConnection connection) {
        if (connection.failure() != null) {
            return RESET;
        }
        if (connection.isOver() && unwritten == null && connection.readable() == 0) {
            return IN_ORDER;
        }
        int interest = unwritten == null ? 0 : SelectionKey.OP_WRITE;
        if (!hostEnded && connection.isEstablished() && roomForHost(connection) > 0) {
            interest |= SelectionKey.OP_READ;
        }
        return interest;
    }

    /** The socket has failed: the guest must not take what it has for the whole. */
    private void resetGuest() {
        HostConnection connection = guest;
        if (connection != null) {
            namespace.locked(connection::abort);
        }
        end(true);
    }

    private void interest(int ops) {
        SelectionKey registered = key;
        if (registered != null && registered.isValid() && registered.interestOps() != ops) {
            registered.interestOps(ops);
        }
    }

    private void closeSocket(SocketChannel open, boolean reset) {
        try {
            if (reset && open.isConnected()) {
                open.setOption(StandardSocketOptions.SO_LINGER, 0); // closes with RST instead of FIN
            }
        } catch (IOException e) {
            namespace.dropped(DropReason.IO_ERROR); // it is closed all the same
        }
        try {
            open.close();
        } catch (IOException e) {
            namespace.dropped(DropReason.IO_ERROR);
        }
    }
}
