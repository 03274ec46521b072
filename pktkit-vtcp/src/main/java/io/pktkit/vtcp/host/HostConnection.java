// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.device.ByteBudget;
import io.pktkit.device.FailureLog;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpConnection;
import io.pktkit.vtcp.TcpFailure;
import io.pktkit.vtcp.TcpInfo;
import io.pktkit.vtcp.TcpState;
import io.pktkit.vtcp.TcpTuple;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A connection of a {@link TcpHost}: the engine's connection, with the host told of every call so that timers, tables and events
 * stay right. Owned like its host: every method is called under the owner's lock.
 */
public final class HostConnection extends TupleEntry {
    /** Its objects, and the smallest arrays of its two buffers. */
    static final int COST = 8 << 10;

    private static final TcpEvents NO_EVENTS = new TcpEvents() {};
    private static final int MAX_LOW_WATER = 1 << 16;
    private static final int EVENTS = 5; // kinds of them
    private static final FailureLog FAILURES = new FailureLog(HostConnection.class, "handler of a connection");

    private final TcpHost host;
    private final long halfOpenDeadline;

    /** How much room is worth an onWritable: without it a bulk sender would be woken for each segment acknowledged. */
    private final int lowWaterMark;

    private @Nullable TcpConnection engine;
    private TcpEvents events = NO_EVENTS;

    /** Set while the listener counts this connection, that is until somebody has accepted it. */
    @Nullable
    TcpListener listener;

    boolean inTimeWait;

    /** Told when the handshake is over, then forgotten. */
    @Nullable
    HandshakeWatch watch;

    /** Payload of the SYN, charged to the listener while the handshake goes on. */
    int synBytes;

    private long bytesRead;
    private long readableTold;
    private boolean endTold;
    private boolean establishedTold;
    private boolean closedTold;
    private boolean wantsWritable;
    private boolean wantsDelivered;
    private @Nullable ByteBudget charged;
    private boolean deliveredWithoutEnd;
    private boolean firing;
    private boolean fireAgain;

    HostConnection(TcpHost host, TcpConfig config, TcpTuple tuple, long halfOpenDeadline) {
        super(tuple);
        this.host = host;
        this.halfOpenDeadline = halfOpenDeadline;
        this.lowWaterMark = lowWaterMark(config);
    }

    /**
     * Replaces who is told what happens. What happened before is not told again.
     *
     * @param events the new receiver
     */
    public void setEvents(TcpEvents events) {
        this.events = events;
    }

    /**
     * Queues bytes to be sent.
     *
     * @param source read from its position to its limit; the position moves over what was taken
     * @param nowNanos the time
     * @return bytes taken, or -1 when none will ever be; when fewer than offered, {@link TcpEvents#onWritable} follows once
     *     there is room worth a wake-up
     */
    public int write(ByteBuffer source, long nowNanos) {
        int taken = engine().write(source, nowNanos);
        wantsWritable |= source.hasRemaining();
        host.settle(this, nowNanos);
        return taken;
    }

    /**
     * Takes received bytes.
     *
     * @param target filled from its position on, up to its limit
     * @param nowNanos the time
     * @return bytes read; 0 when there are none now ({@link #failure} tells whether any will come); -1 at the end of the stream
     */
    public int read(ByteBuffer target, long nowNanos) {
        int read = engine().read(target, nowNanos);
        if (read > 0) {
            bytesRead += read;
        }
        host.settle(this, nowNanos);
        return read;
    }

    /**
     * Changes whether small segments are sent at once, or held while others are not acknowledged.
     *
     * @param on true for at once
     * @param nowNanos the time
     */
    public void setNoDelay(boolean on, long nowNanos) {
        engine().setNoDelay(on, nowNanos);
        host.settle(this, nowNanos);
    }

    /**
     * Changes whether an idle peer is asked for signs of life, as the settings say.
     *
     * @param on true to ask
     * @param nowNanos the time
     */
    public void setKeepAlive(boolean on, long nowNanos) {
        engine().setKeepAlive(on, nowNanos);
        host.settle(this, nowNanos);
    }

    /**
     * Changes the differentiated services code point of the packets sent.
     *
     * @param octet the octet of the IP header; its two lowest bits are those of ECN and stay the engine's
     */
    public void setTrafficClass(int octet) {
        engine().setTrafficClass(octet);
    }

    /**
     * Copies received bytes and leaves them, for who does not know yet how many of them he can take.
     *
     * @param target filled from its position on, up to its limit
     * @return as for {@link #read}
     */
    public int peek(ByteBuffer target) {
        return engine().peek(target);
    }

    /**
     * Takes received bytes without a copy.
     *
     * @param length how many, at least 0
     * @param nowNanos the time
     * @return bytes taken: fewer than asked for when there are fewer, as after the connection was given up
     */
    public int skip(int length, long nowNanos) {
        int skipped = engine().skip(length, nowNanos);
        bytesRead += skipped;
        host.settle(this, nowNanos);
        return skipped;
    }

    /** Asks for one {@link TcpEvents#onWritable} when there is room; at the next event if there is room already. */
    public void notifyWhenWritable() {
        wantsWritable = true;
    }

    /**
     * Asks for one {@link TcpEvents#onDelivered} when the peer has acknowledged all that was written, or never will; at the next
     * event if it is so already.
     */
    public void notifyWhenDelivered() {
        wantsDelivered = true;
        deliveredWithoutEnd = true;
    }

    /**
     * Sends FIN after what is queued; reading goes on.
     *
     * @param nowNanos the time
     */
    public void shutdownOutput(long nowNanos) {
        engine().shutdownOutput(nowNanos);
        host.settle(this, nowNanos);
    }

    /**
     * Lets go: sends FIN after what is queued; unread or later data is answered with a reset (RFC 2525, 2.17).
     *
     * @param nowNanos the time
     */
    public void release(long nowNanos) {
        engine().release(nowNanos);
        host.settle(this, nowNanos);
    }

    /**
     * Lets go like {@link #release(long)}; what is not delivered in time is given up with a reset ({@code SO_LINGER}).
     * {@link TcpEvents#onDelivered} or {@link TcpEvents#onClosed} tells that there is nothing to wait for any more.
     *
     * @param lingerNanos how long delivery may take, at least 0; with 0 the connection is reset at once
     * @param nowNanos the time
     */
    public void release(long lingerNanos, long nowNanos) {
        engine().release(lingerNanos, nowNanos);
        wantsDelivered = true;
        host.settle(this, nowNanos);
    }

    /**
     * Resets the connection.
     *
     * @param nowNanos the time
     */
    public void abort(long nowNanos) {
        engine().abort(nowNanos);
        host.settle(this, nowNanos);
    }

    /**
     * Bytes a {@link #read} would give.
     *
     * @return 0 or more
     */
    public int readable() {
        return engine().readable();
    }

    /**
     * Bytes a {@link #write} would take.
     *
     * @return 0 or more
     */
    public int writable() {
        return engine().writable();
    }

    /**
     * Bytes that were written and that the peer has not acknowledged.
     *
     * @return 0 or more
     */
    public int unacknowledged() {
        return engine().unacknowledged();
    }

    /**
     * Whether everything the peer sent before its FIN has been read.
     *
     * @return true when reads give -1
     */
    public boolean endOfStream() {
        return engine().endOfStream();
    }

    /**
     * Whether nothing of ours is under way any more.
     *
     * @return true once everything up to our FIN is acknowledged, or the connection is closed
     */
    public boolean isOutputDone() {
        return engine().isOutputDone();
    }

    /**
     * The state of RFC 9293, 3.3.2.
     *
     * @return the state
     */
    public TcpState state() {
        return engine().state();
    }

    /**
     * Whether the exchange is over: closed, failed, or only waiting in TIME-WAIT.
     *
     * @return true once {@link TcpEvents#onClosed} is due
     */
    public boolean isOver() {
        return engine().isClosed() || engine().state() == TcpState.TIME_WAIT;
    }

    /**
     * Whether the handshake is complete.
     *
     * @return true from ESTABLISHED on
     */
    public boolean isEstablished() {
        return engine().isEstablished();
    }

    /**
     * Why the connection ended.
     *
     * @return the failure, or null when it has not ended or ended in order
     */
    public @Nullable TcpFailure failure() {
        return engine().failure();
    }

    /**
     * The addresses and ports.
     *
     * @return the tuple
     */
    public TcpTuple tuple() {
        return tuple;
    }

    /**
     * Figures of the engine, for diagnosis.
     *
     * @return a snapshot, its times as of the last call that told the time
     */
    public TcpInfo info() {
        return engine().info();
    }

    /**
     * Figures of the engine, for diagnosis.
     *
     * @param nowNanos the time
     * @return a snapshot
     */
    public TcpInfo info(long nowNanos) {
        return engine().info(nowNanos);
    }

    @Override
    long deadline() {
        long deadline = engine().nextDeadlineNanos();
        if (isHalfOpen() && (deadline == TcpHost.NEVER || halfOpenDeadline - deadline < 0)) {
            return halfOpenDeadline;
        }
        return deadline;
    }

    void bind(TcpConnection connection) {
        engine = connection;
    }

    TcpConnection engine() {
        TcpConnection connection = engine;
        if (connection == null) {
            throw new IllegalStateException("connection used before it was opened: tuple=" + tuple);
        }
        return connection;
    }

    /** The handshake is over, or is never going to be. */
    void endWatch(long nowNanos) {
        HandshakeWatch told = watch;
        if (told != null) {
            watch = null;
            told.onHandshakeOver(this, nowNanos);
        }
    }

    /** A handshake a listener counts and nobody has a use for yet. */
    boolean isHalfOpen() {
        return halfOpenDeadline != TcpHost.NEVER && listener != null && engine().state() == TcpState.SYN_RECEIVED;
    }

    boolean isHalfOpenOverdue(long nowNanos) {
        return isHalfOpen() && nowNanos - halfOpenDeadline >= 0;
    }

    void onSegment(TcpSegment segment, int segmentSize, int ecn, long nowNanos) {
        engine().onSegment(segment, segmentSize, ecn, nowNanos);
    }

    /**
     * Tells what has changed. A handler that calls back in makes this run once more instead of nesting, so a chain of reads and
     * writes costs no stack.
     */
    void fireEvents(long nowNanos) {
        if (firing) {
            fireAgain = true;
            return;
        }
        firing = true;
        int failures = 0;
        try {
            do {
                fireAgain = false;
                try {
                    fireOnce(nowNanos);
                } catch (RuntimeException failure) {
                    FAILURES.record(failure);
                    fireAgain = ++failures < EVENTS; // there may be something else to tell
                }
            } while (fireAgain);
        } finally {
            firing = false;
        }
    }

    private void fireOnce(long nowNanos) {
        TcpConnection connection = engine();
        if (watch != null && (connection.isEstablished() || connection.isClosed())) {
            endWatch(nowNanos);
        }
        if (!establishedTold && connection.mayTransfer()) {
            establishedTold = true;
            TcpListener unaccepted = listener;
            if (unaccepted != null) {
                unaccepted.onEstablished(this);
            } else {
                events.onEstablished(this, nowNanos);
            }
        }
        long received = bytesRead + connection.readable();
        boolean ended = connection.endOfStream();
        if (establishedTold && (received != readableTold || (ended && !endTold))) {
            readableTold = received;
            endTold = ended;
            events.onReadable(this, nowNanos);
        }
        if (wantsWritable && establishedTold && isWorthWriting(connection)) {
            wantsWritable = false;
            events.onWritable(this, nowNanos);
        }
        if (wantsDelivered && isDelivered(connection)) {
            wantsDelivered = false;
            events.onDelivered(this, nowNanos);
        }
        if (!closedTold && isOver()) {
            closedTold = true;
            TcpListener unaccepted = listener;
            if (unaccepted != null && connection.isClosed()) {
                listener = null;
                unaccepted.onGone(this);
                connection.release(nowNanos); // what it had to read is nobody's
            }
            events.onClosed(this, nowNanos);
        }
    }

    /** Where memory is short there is never room up to the mark: then half of what there is has to do. */
    private boolean isWorthWriting(TcpConnection connection) {
        int room = connection.writable();
        return room >= lowWaterMark || (room > 0 && room >= connection.unacknowledged());
    }

    private boolean isDelivered(TcpConnection connection) {
        return connection.isOutputDone() || (deliveredWithoutEnd && connection.unacknowledged() == 0);
    }

    /** Takes what a live connection costs beside its buffers from the budget that those use. */
    static boolean charge(TcpConfig config) {
        return config.memory().tryReserve(COST);
    }

    /** What {@link #charge} took is this connection's, until it ends. */
    void charged(TcpConfig config) {
        charged = config.memory();
    }

    void uncharge() {
        ByteBudget budget = charged;
        if (budget != null) {
            charged = null;
            budget.release(COST);
        }
    }

    private static int lowWaterMark(TcpConfig config) {
        int mark = Math.min(MAX_LOW_WATER, config.sendBuffer() / 4);
        int unsent = config.notSentLowWater(); // there is never more room than this
        return Math.max(1, unsent == 0 ? mark : Math.min(mark, unsent / 2));
    }
}
