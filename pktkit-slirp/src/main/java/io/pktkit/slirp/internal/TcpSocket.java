// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.DropReason;
import io.pktkit.internal.SelfConnect;
import io.pktkit.vtcp.host.HostConnection;
import io.pktkit.wire.IpProtocol;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The socket that carries one guest connection on. The loop thread moves the data, between the socket and the engine's buffers by way of
 * its one scratch buffer; little that the guest sends goes on at once by the thread that brought it ({@link TcpUplink}), for to wake the
 * loop would be most of its way. Backpressure needs no queue: the socket is read only while the guest's send buffer has room, and the
 * guest's receive buffer only while the socket takes what is written.
 */
final class TcpSocket implements SelectorLoop.Ready, Runnable {
    /** Rounds of the scratch buffer that one flow may fill before the others have their turn. */
    private static final int ROUNDS = 8;

    /** More than that is for the loop, while the guest's thread reads on. */
    private static final int LITTLE = 16 << 10;

    private final Namespace namespace;
    private final TcpFlow flow;
    private final AtomicBoolean scheduled = new AtomicBoolean();

    /** Of moving data. */
    private final Turn turn = new Turn();

    // Owned by the loop thread, and by who has the turn.
    private @Nullable HostConnection guest;
    private @Nullable SocketChannel channel;
    private @Nullable SelectionKey key;

    /** The socket takes no more for now. */
    private boolean hostFull;

    /** What the host has sent and the guest's buffer had no memory for. */
    private @Nullable ByteBuffer unread;

    /** The socket had something to read when another had the turn. Owned by the loop thread. */
    private boolean missed;

    private boolean triedOther;
    private boolean hostEnded;
    private boolean hostReset;
    private boolean guestEnded;
    private volatile boolean failed;

    /** The guest is gone, or its place is another's: it is not to be dialled any more. */
    private volatile boolean withdrawn;

    private volatile boolean ended;

    TcpSocket(Namespace namespace, TcpFlow flow) {
        this.namespace = namespace;
        this.flow = flow;
    }

    /** Any thread. */
    void schedule() {
        if (scheduled.compareAndSet(false, true)) {
            namespace.stack().loop().execute(this);
        }
    }

    /** Any thread: ends it, and what still waits for the loop does nothing. */
    void withdraw() {
        withdrawn = true;
        namespace.stack().loop().execute(() -> end(true));
    }

    // -- on the guest's thread
    // ------------------------------------------------------------------------------------------------------

    /** Sends on what has come, if it is little and the socket takes it. What is not as usual is for the loop. No lock held. */
    void sendOn(ByteBuffer buffer) {
        if (!turn.take()) {
            schedule();
            return;
        }
        boolean sent = false;
        try {
            sent = sendLittle(buffer);
        } catch (IOException e) {
            sent = false; // the loop meets it, too
        } finally {
            if (turn.release() || !sent) {
                schedule();
            }
        }
    }

    /** {@return whether there is nothing else to do} */
    private boolean sendLittle(ByteBuffer buffer) throws IOException {
        SocketChannel open = channel;
        HostConnection connection = guest;
        if (ended || failed || hostFull || guestEnded || open == null || connection == null) {
            return false;
        }
        buffer.clear().limit(LITTLE);
        if (peek(connection, buffer) <= 0) {
            return false;
        }
        return skip(connection, open.write(buffer.flip()));
    }

    // -- on the loop thread
    // ------------------------------------------------------------------------------------------------------

    /** Asks the policy and begins to connect. */
    void dial() {
        if (withdrawn) {
            return; // whose end is next
        }
        InetSocketAddress target = namespace
                .stack()
                .destinations()
                .resolve(
                        IpProtocol.TCP,
                        flow.tuple().localAddress(),
                        flow.tuple().localPort());
        if (target == null) {
            refuse(DropReason.FILTERED);
            return;
        }
        if (!ended && !withdrawn) { // else it was cancelled before its turn came
            connect(target);
        }
    }

    private void connect(InetSocketAddress target) {
        try {
            SocketChannel opened = SocketChannel.open(
                    target.getAddress() instanceof Inet4Address
                            ? StandardProtocolFamily.INET
                            : StandardProtocolFamily.INET6);
            channel = opened;
            opened.configureBlocking(false);
            opened.setOption(StandardSocketOptions.TCP_NODELAY, true);
            opened.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            opened.socket().setOOBInline(true); // an urgent byte is one of the stream (RFC 6093 section 3.1)
            // On loopback the other end has answered before connect returns, which it does not tell.
            boolean connected =
                    opened.connect(target) || (target.getAddress().isLoopbackAddress() && opened.finishConnect());
            key = namespace.stack().loop().register(opened, connected ? 0 : SelectionKey.OP_CONNECT, this);
            if (connected) {
                onConnected(opened);
            }
        } catch (IOException | UnsupportedOperationException e) { // the latter where the host does without IPv6
            onRefused();
        } catch (RuntimeException | Error failure) {
            refuse(DropReason.IO_ERROR); // at once, and not when the time for dialling is over
            throw failure;
        }
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
                        .otherTarget(flow.tuple().localAddress(), flow.tuple().localPort());
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
        SelfConnect.refuse(open.getLocalAddress(), open.getRemoteAddress());
        namespace.locked(now -> guest = flow.accept(now)); // from here on data may come
        if (guest == null) {
            end(true); // withdrawn or timed out meanwhile
        } else {
            interest(SelectionKey.OP_READ);
        }
    }

    private void refuse(DropReason reason) {
        namespace.dropped(reason);
        namespace.locked(flow::failDial);
        end(true);
    }

    @Override
    public void onReady(SelectionKey ready) {
        if (ready.isConnectable()) {
            finishConnect();
            return;
        }
        missed |= ready.isReadable();
        if (!turn.takeOrAsk()) {
            interest(0); // until then
            return;
        }
        try {
            readMissed();
            if (!ended && ready.isWritable()) {
                writeHost();
            }
            settle();
        } catch (IOException e) {
            onHostReset();
            settle();
        } finally {
            finish();
        }
    }

    private void finish() {
        if (turn.release()) {
            schedule();
        }
    }

    /** The socket is reset, or its handling has failed. */
    @Override
    public void onFailure() {
        failed = true;
        run();
    }

    /**
     * Once both ends have sent their last, all that the guest sent is the system's to deliver, and all that the host sent is
     * read: there is nothing to cut short, and a reset would throw away what is on its way.
     */
    @Override
    public void onHangUp() {
        if (!guestEnded) {
            onFailure();
        }
    }

    /** Something has changed on the guest's side. */
    @Override
    public void run() {
        scheduled.set(false);
        if (!turn.takeOrAsk()) {
            return;
        }
        try {
            work();
        } catch (IOException e) {
            onHostReset();
            settle();
        } catch (RuntimeException | Error failure) {
            onHostReset();
            settle();
            throw failure;
        } finally {
            finish();
        }
    }

    private void work() throws IOException {
        if (failed) {
            onHostReset();
        }
        HostConnection connection = guest;
        if (ended || connection == null) {
            return;
        }
        if (unread != null) {
            writeUnread(connection);
        }
        readMissed();
        writeHost();
        settle();
    }

    private void readMissed() throws IOException {
        if (missed) {
            missed = false;
            readHost();
        }
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
            int room = roomForHost(connection);
            if (room == 0) {
                return;
            }
            buffer.limit(Math.min(room, buffer.capacity()));
            int read = open.read(buffer);
            if (read == 0) {
                return;
            }
            boolean all = buffer.hasRemaining(); // for now, and the selector tells of more
            if (read < 0) {
                hostEnded = true;
                namespace.locked(connection::shutdownOutput);
                namespace.stack().loop().watchForReset(open, this);
                return;
            }
            write(buffer.flip(), connection);
            if (buffer.hasRemaining()) { // another has taken the memory meanwhile
                unread = ByteBuffer.allocate(buffer.remaining()).put(buffer).flip();
                return;
            }
            if (all) {
                return;
            }
        }
    }

    // Written out, as a method that takes what is to be done under the lock would take a new object each time.

    private int roomForHost(HostConnection connection) {
        namespace.shell().enter();
        try {
            return flow.roomForHost(connection);
        } finally {
            namespace.shell().leave();
        }
    }

    private void write(ByteBuffer buffer, HostConnection connection) {
        namespace.shell().enter();
        try {
            flow.answered = true;
            connection.write(buffer, namespace.nowNanos());
        } finally {
            namespace.shell().leave();
        }
    }

    private int peek(HostConnection connection, ByteBuffer buffer) {
        namespace.shell().enter();
        try {
            return connection.peek(buffer);
        } finally {
            namespace.shell().leave();
        }
    }

    /** {@return whether there is no more to come for now} */
    private boolean skip(HostConnection connection, int length) {
        namespace.shell().enter();
        try {
            connection.skip(length, namespace.nowNanos());
            return connection.readable() == 0 && !connection.endOfStream();
        } finally {
            namespace.shell().leave();
        }
    }

    /** {@return whether nothing is left over} */
    private boolean writeUnread(HostConnection connection) {
        ByteBuffer rest = unread;
        if (rest == null) {
            return true;
        }
        write(rest, connection);
        if (rest.hasRemaining()) {
            return false;
        }
        unread = null;
        return true;
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
            int read = peek(connection, buffer);
            if (read == 0) {
                return;
            }
            if (read < 0) {
                guestEnded = true;
                open.shutdownOutput();
                return;
            }
            int written = open.write(buffer.flip());
            skip(connection, written);
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
        int interest;
        namespace.shell().enter();
        try {
            interest = interestOrEnd(connection);
        } finally {
            namespace.shell().leave();
        }
        if (interest < 0) {
            end(interest == TcpFlow.RESET);
        } else {
            interest(interest);
        }
    }

    private int interestOrEnd(HostConnection connection) {
        if (connection.failure() != null) {
            return TcpFlow.RESET;
        }
        if (hostReset && unread == null) {
            return flow.resetDelivered(connection);
        }
        if (connection.isOver() && connection.readable() == 0) {
            return TcpFlow.IN_ORDER;
        }
        int interest = hostFull ? SelectionKey.OP_WRITE : 0;
        if (!hostEnded && flow.roomForHost(connection) > 0) {
            interest |= SelectionKey.OP_READ;
        }
        return interest;
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
        namespace.locked(flow::onEnded);
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
