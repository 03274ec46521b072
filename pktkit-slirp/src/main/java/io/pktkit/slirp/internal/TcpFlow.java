// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.DropReason;
import io.pktkit.slirp.SlirpFlow;
import io.pktkit.vtcp.TcpInfo;
import io.pktkit.vtcp.TcpTuple;
import io.pktkit.vtcp.host.HeldSyn;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.vtcp.host.TcpEvents;
import io.pktkit.wire.IpProtocol;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.time.Duration;
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
    private final long startedNanos;
    private final AtomicBoolean scheduled = new AtomicBoolean();

    // Guarded by the namespace's lock.
    TcpNat.@Nullable Claim claim;
    private GuestMemory.@Nullable Part memory;
    private boolean dialing = true;
    private @Nullable HostConnection guest;

    // Owned by the loop thread.
    private @Nullable SocketChannel channel;
    private @Nullable SelectionKey key;

    /** The socket takes no more for now. */
    private boolean hostFull;

    /** What the host has sent and the guest's buffer had no memory for. */
    private @Nullable ByteBuffer unread;

    private boolean triedOther;
    private boolean hostEnded;
    private boolean hostReset;
    private boolean guestEnded;
    private boolean ended;

    TcpFlow(Namespace namespace, TcpNat nat, HeldSyn held, long dialDeadline) {
        this.namespace = namespace;
        this.nat = nat;
        this.held = held;
        this.dialDeadline = dialDeadline;
        this.startedNanos = namespace.nowNanos();
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
    public void onDelivered(HostConnection connection, long nowNanos) {
        schedule();
    }

    @Override
    public void onClosed(HostConnection connection, long nowNanos) {
        schedule();
    }

    long dialDeadline() {
        return dialDeadline;
    }

    /** Others need the place, and nobody has answered yet: the guest's next SYN is a new one. */
    void evict() {
        held.forget();
        cancelDial();
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

    /** What there is to tell. Under the namespace's lock. */
    SlirpFlow snapshot(long nowNanos) {
        TcpTuple tuple = held.tuple();
        HostConnection connection = guest;
        TcpInfo info = connection == null ? null : connection.info(nowNanos);
        return new SlirpFlow(
                namespace.namespace(),
                IpProtocol.TCP,
                tuple.remoteAddress(),
                tuple.remotePort(),
                tuple.localAddress(),
                tuple.localPort(),
                info == null ? "DIALING" : info.state().name(),
                info == null ? 0 : info.counters().bytesReceived(),
                info == null ? 0 : info.counters().bytesAcked(),
                Duration.ofNanos(nowNanos - startedNanos));
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
        if (!ended) { // else it was cancelled before its turn came
            connect(target);
        }
    }

    private void connect(InetSocketAddress target) {
        try {
            SocketChannel opened = SocketChannel.open();
            channel = opened;
            opened.configureBlocking(false);
            opened.setOption(StandardSocketOptions.TCP_NODELAY, true);
            opened.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            opened.socket().setOOBInline(true); // an urgent byte is one of the stream (RFC 6093 section 3.1)
            boolean connected = opened.connect(target);
            key = namespace.stack().loop().register(opened, connected ? 0 : SelectionKey.OP_CONNECT, this);
            if (connected) {
                onConnected(opened);
            }
        } catch (IOException | UnsupportedAddressTypeException e) { // the latter where the host does without IPv6
            onRefused();
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
            onHostReset();
        }
        settle();
    }

    /** The socket is reset, or its handling has failed. */
    @Override
    public void onFailure() {
        onHostReset();
        settle();
    }

    /** Something has changed on the guest's side. */
    @Override
    public void run() {
        scheduled.set(false);
        HostConnection connection = guest;
        if (ended || connection == null) {
            return;
        }
        try {
            if (unread != null) {
                writeUnread(connection);
            }
            writeHost();
        } catch (IOException e) {
            onHostReset();
        } catch (RuntimeException | Error failure) {
            onFailure();
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
        unread = null;
        SocketChannel open = channel;
        if (open != null) {
            closeSocket(open, reset);
        }
        HostConnection connection = guest;
        namespace.locked(now -> {
            dialEnded();
            nat.onEnded(this);
            if (connection != null) {
                connection.release(now); // what it had to read is nobody's
            }
            GuestMemory.Part part = memory;
            if (part != null) {
                memory = null;
                namespace.guestMemory().leave(part);
            }
        });
    }

    private void finishConnect() {
        SocketChannel open = channel;
        if (open == null || ended) {
            return;
        }
        try {
            if (open.finishConnect()) {
                onConnected(open);
            }
        } catch (IOException e) {
            onRefused();
        }
    }

    /** A service of the host may listen at the loopback address of one family only. */
    private void onRefused() {
        InetSocketAddress other = triedOther
                ? null
                : namespace
                        .stack()
                        .destinations()
                        .otherTarget(held.tuple().localAddress(), held.tuple().localPort());
        if (other == null || ended) {
            refuse(DropReason.UNREACHABLE);
            return;
        }
        triedOther = true;
        SocketChannel refused = channel;
        if (refused != null) {
            closeSocket(refused, false);
        }
        connect(other);
    }

    private void onConnected(SocketChannel open) throws IOException {
        if (isConnectedToItself(open)) {
            throw new ConnectException("nobody listens: the socket has met itself");
        }
        interest(0);
        namespace.locked(now -> {
            dialEnded();
            nat.onConnected(this);
            GuestMemory.Part part = namespace.guestMemory().enter(held.tuple().remoteAddress());
            memory = part;
            guest = held.accept(part.tcp(), this, now);
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
        if (!writeUnread(connection)) {
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
                namespace.stack().loop().watchForReset(open, this);
                return;
            }
            buffer.flip();
            namespace.locked(now -> connection.write(buffer, now));
            if (buffer.hasRemaining()) { // another has taken the memory meanwhile
                unread = ByteBuffer.allocate(buffer.remaining()).put(buffer).flip();
                return;
            }
        }
    }

    /** {@return whether nothing is left over} */
    private boolean writeUnread(HostConnection connection) {
        ByteBuffer rest = unread;
        if (rest == null) {
            return true;
        }
        namespace.locked(now -> connection.write(rest, now));
        if (rest.hasRemaining()) {
            return false;
        }
        unread = null;
        return true;
    }

    /** Bytes the guest's send buffer takes; when none, an onWritable is asked for. */
    private static int roomForHost(HostConnection connection) {
        int room = connection.writable();
        if (room == 0) {
            connection.notifyWhenWritable();
        }
        return room;
    }

    /** From the guest's receive buffer into the socket, as far as the socket takes it; what it does not take stays where it is. */
    private void writeHost() throws IOException {
        SocketChannel open = channel;
        HostConnection connection = guest;
        if (open == null || connection == null) {
            return;
        }
        hostFull = false;
        for (int round = 0; round < ROUNDS && !guestEnded; round++) {
            ByteBuffer buffer = namespace.stack().loop().buffer();
            int read = namespace.withLock(now -> connection.peek(buffer));
            if (read == 0) {
                return;
            }
            if (read < 0) {
                guestEnded = true;
                open.shutdownOutput();
                return;
            }
            int written = open.write(buffer.flip());
            namespace.locked(now -> connection.skip(written, now));
            hostFull = buffer.hasRemaining();
            if (hostFull) {
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
        if (hostReset && unread == null) {
            return resetDelivered(connection);
        }
        if (connection.isOver() && connection.readable() == 0) {
            return IN_ORDER;
        }
        int interest = hostFull ? SelectionKey.OP_WRITE : 0;
        if (!hostEnded && connection.isEstablished() && roomForHost(connection) > 0) {
            interest |= SelectionKey.OP_READ;
        }
        return interest;
    }

    /** What was acknowledged to the host is the guest's; then it learns that there is no more. */
    private int resetDelivered(HostConnection connection) {
        if (connection.unacknowledged() > 0) {
            connection.notifyWhenDelivered();
            return 0;
        }
        connection.abort(namespace.nowNanos());
        return RESET;
    }

    /** The socket has failed: the guest must not take what it gets for the whole. */
    private void onHostReset() {
        SocketChannel open = channel;
        if (guest == null) {
            refuse(DropReason.UNREACHABLE);
        } else if (!hostReset && !ended) {
            hostReset = true;
            hostEnded = true;
            channel = null;
            key = null;
            if (open != null) {
                closeSocket(open, true);
            }
        }
    }

    /**
     * Whether a port that nobody listens on has connected to the socket that dials it: the system has chosen as its own port the
     * one that it was to dial, and both SYNs have crossed.
     */
    static boolean isConnectedToItself(SocketChannel open) throws IOException {
        return open.getLocalAddress().equals(open.getRemoteAddress());
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
