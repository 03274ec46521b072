// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import io.pktkit.time.Timers;
import io.pktkit.vtcp.internal.Tcb;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One end of a TCP connection (RFC 9293), without thread, clock or socket.
 *
 * <p>The owner feeds it segments, application calls and the time, transmits what it gives to its {@link SegmentSink},
 * and calls {@link #onTick} when {@link #nextDeadlineNanos()} is reached. Every call may change that deadline, what can
 * be read or written, and the state: look at them after each.
 *
 * <p>Ending: {@link #shutdownOutput} sends a FIN after what is queued and leaves reading open. {@link #release} says
 * that nobody will read or write any more; what arrives then is refused with a reset, as it would otherwise vanish
 * unnoticed. {@link #abort} resets at once. After any of them the connection is to be kept and fed until
 * {@link #isClosed()}.
 *
 * <p>Not thread-safe: one owner at a time. Times are those of one monotonic clock with any origin; a time earlier than
 * that of the call before counts as the same.
 */
public final class TcpConnection {
    private static final ByteBuffer NO_DATA = ByteBuffer.allocate(0);

    private final Tcb tcb;
    private final long originNanos;

    private TcpConnection(TcpConfig config, TcpTuple tuple, IsnSource isn, SegmentSink out, long nowNanos) {
        Objects.requireNonNull(config, "config");
        Objects.requireNonNull(tuple, "tuple");
        this.originNanos = nowNanos;
        this.tcb = new Tcb(config, tuple, isn.timestampOffset(tuple), out, nowNanos);
    }

    /**
     * Opens a connection actively: emits a SYN.
     *
     * @param config the settings
     * @param tuple the ends
     * @param isn gives the initial sequence number
     * @param out takes the segments, of this and of all later calls
     * @param nowNanos the time
     * @return the connection, in SYN-SENT
     */
    public static TcpConnection connect(
            TcpConfig config, TcpTuple tuple, IsnSource isn, SegmentSink out, long nowNanos) {
        return connect(config, tuple, isn, null, NO_DATA, out, nowNanos);
    }

    /**
     * Opens a connection actively, with data to send. With a Fast Open cookie the SYN carries as much of it as fits
     * (RFC 7413), and the peer's application may see that part twice; the rest, or all of it, follows the handshake.
     *
     * @param config the settings
     * @param tuple the ends
     * @param isn gives the initial sequence number
     * @param cookie the server's; {@link FastOpenCookie#NONE} to ask for one; null not to use Fast Open
     * @param data taken as {@link #write} takes it
     * @param out takes the segments, of this and of all later calls
     * @param nowNanos the time
     * @return the connection, in SYN-SENT
     */
    public static TcpConnection connect(
            TcpConfig config,
            TcpTuple tuple,
            IsnSource isn,
            @Nullable FastOpenCookie cookie,
            ByteBuffer data,
            SegmentSink out,
            long nowNanos) {
        TcpConnection connection = new TcpConnection(config, tuple, isn, out, nowNanos);
        connection.tcb.openActive(isn.initialSequence(tuple, nowNanos), cookie, data);
        return connection;
    }

    /**
     * Opens a connection passively: emits a SYN-ACK in answer to a SYN. Payload of the SYN, and a FIN in it, are taken
     * as far as the window goes and held back until the connection is established (RFC 9293 section 3.10.7.2).
     *
     * @param config the settings
     * @param tuple the ends; the segment's source is the remote one
     * @param isn gives the initial sequence number
     * @param syn a segment with SYN and without ACK and RST, checksum already verified
     * @param out takes the segments, of this and of all later calls
     * @param nowNanos the time
     * @return the connection, in SYN-RECEIVED
     * @throws IllegalArgumentException if the segment is no SYN
     */
    public static TcpConnection accept(
            TcpConfig config, TcpTuple tuple, IsnSource isn, TcpSegment syn, SegmentSink out, long nowNanos) {
        return accept(config, tuple, isn, syn, 0, SynAnswer.HOLD, out, nowNanos);
    }

    /**
     * Opens a connection passively, with a say in what becomes of the payload of the SYN, and knowing how the SYN arrived:
     * accurate ECN feedback tells the peer (RFC 9768 section 3.1.1).
     *
     * @param config the settings
     * @param tuple the ends; the segment's source is the remote one
     * @param isn gives the initial sequence number
     * @param syn a segment with SYN and without ACK and RST, checksum already verified
     * @param ecn the codepoint of the SYN's IP header, 0-3
     * @param answer what becomes of the SYN's payload, and whether the SYN-ACK gives a Fast Open cookie
     * @param out takes the segments, of this and of all later calls
     * @param nowNanos the time
     * @return the connection, in SYN-RECEIVED
     * @throws IllegalArgumentException if the segment is no SYN
     */
    public static TcpConnection accept(
            TcpConfig config,
            TcpTuple tuple,
            IsnSource isn,
            TcpSegment syn,
            int ecn,
            SynAnswer answer,
            SegmentSink out,
            long nowNanos) {
        if (!syn.has(TcpSegment.SYN) || syn.has(TcpSegment.ACK) || syn.has(TcpSegment.RST)) {
            throw new IllegalArgumentException(
                    "segment must be a SYN without ACK and RST: flags=" + TcpSegment.flagsText(syn.flags()));
        }
        TcpConnection connection = new TcpConnection(config, tuple, isn, out, nowNanos);
        connection.tcb.openPassive(isn.initialSequence(tuple, nowNanos), syn, ecn, answer);
        return connection;
    }

    /**
     * Builds the connection that a SYN cookie stood for, from the segment that brought the cookie back. The segment is
     * processed too, so that data or a FIN in it is not lost.
     *
     * @param config the settings
     * @param tuple the ends
     * @param isn gives the timestamp offset
     * @param cookie what {@link SynCookies#check} found in the segment
     * @param ack the segment, checksum already verified
     * @param out takes the segments, of this and of all later calls
     * @param nowNanos the time
     * @return the connection, as a rule in ESTABLISHED
     */
    public static TcpConnection accept(
            TcpConfig config,
            TcpTuple tuple,
            IsnSource isn,
            SynCookies.Accepted cookie,
            TcpSegment ack,
            SegmentSink out,
            long nowNanos) {
        TcpConnection connection = new TcpConnection(config, tuple, isn, out, nowNanos);
        connection.tcb.openFromCookie(cookie, ack);
        return connection;
    }

    /**
     * Processes a segment of this connection. Its tuple and checksum are the caller's to have verified. An answer, if
     * one is due, is emitted before this returns.
     *
     * @param segment the segment, on loan until the call returns
     * @param ecn the codepoint of its IP header, 0-3
     * @param nowNanos the time
     */
    public void onSegment(TcpSegment segment, int ecn, long nowNanos) {
        onSegment(segment, 0, ecn, nowNanos);
    }

    /**
     * Processes several segments that came as one, which a link or the receiving host has merged or never cut. They are
     * counted as they were, and acknowledged once. Else as {@link #onSegment(TcpSegment, int, long)}.
     *
     * @param segment the super-segment, on loan until the call returns
     * @param segmentSize payload bytes of each segment but the last, or 0 if it is only one
     * @param ecn the codepoint of its IP header, 0-3
     * @param nowNanos the time
     */
    public void onSegment(TcpSegment segment, int segmentSize, int ecn, long nowNanos) {
        tcb.onSegment(segment, segmentSize, ecn, nowNanos - originNanos);
    }

    /**
     * Does what is due. Calling it early or late does no harm.
     *
     * @param nowNanos the time
     */
    public void onTick(long nowNanos) {
        tcb.onTick(nowNanos - originNanos);
    }

    /**
     * When {@link #onTick} is due.
     *
     * @return a time on the caller's clock, or {@code Long.MAX_VALUE} if nothing is pending
     */
    public long nextDeadlineNanos() {
        long deadline = tcb.nextDeadline();
        // A deadline is no less one for falling, where the clock wraps, on the value that means "none".
        return deadline == Timers.NEVER ? Timers.NEVER : Timers.after(originNanos, deadline);
    }

    /**
     * Queues bytes to send, as many as the buffer takes, and sends what may be sent. Before the connection is
     * established they wait. The source's position is advanced by the bytes taken.
     *
     * @param source the bytes, from position to limit; copied
     * @param nowNanos the time
     * @return bytes taken, 0 if the buffer is full, -1 if the connection takes no more bytes, because its output is
     *     shut down or it is closed
     */
    public int write(ByteBuffer source, long nowNanos) {
        return tcb.write(source, nowNanos - originNanos);
    }

    /**
     * Reads what has arrived in order, and announces the room this makes if the peer is waiting for it.
     *
     * @param target receives the bytes from its position on, which is advanced
     * @param nowNanos the time
     * @return bytes read; 0 if there are none now, in which case {@link #failure()} tells whether any will come; -1 if
     *     the peer's FIN has arrived and all before it was read
     */
    public int read(ByteBuffer target, long nowNanos) {
        return tcb.read(target, nowNanos - originNanos);
    }

    /** {@return bytes that {@link #read} would give, 0 until {@link #mayTransfer}} */
    public int readable() {
        return tcb.readable();
    }

    /**
     * Bytes that {@link #write} would take, or fewer with {@link TcpConfig#notSentLowWater}.
     *
     * @return bytes, 0 if the buffer is full, enough waits unsent, or the output is shut down
     */
    public int writable() {
        return tcb.writable();
    }

    /** {@return whether the peer's FIN has arrived and all before it was read, so that reads answer -1} */
    public boolean endOfStream() {
        return tcb.endOfStream();
    }

    /**
     * Changes whether small segments are sent at once, or held while others are not acknowledged.
     *
     * @param on true for at once
     * @param nowNanos the time
     */
    public void setNoDelay(boolean on, long nowNanos) {
        tcb.setNoDelay(on, nowNanos - originNanos);
    }

    /**
     * Changes whether an idle peer is asked for signs of life, as the settings say.
     *
     * @param on true to ask
     * @param nowNanos the time
     */
    public void setKeepAlive(boolean on, long nowNanos) {
        tcb.setKeepAlive(on, nowNanos - originNanos);
    }

    /**
     * Changes the differentiated services code point of the packets sent.
     *
     * @param octet the octet of the IP header; its two lowest bits are those of ECN and stay the engine's
     */
    public void setTrafficClass(int octet) {
        tcb.setTrafficClass(octet);
    }

    /**
     * Copies received bytes and leaves them, for who does not know yet how many of them he can take.
     *
     * @param target filled from its position on, up to its limit
     * @return as for {@link #read}
     */
    public int peek(ByteBuffer target) {
        return tcb.peek(target);
    }

    /**
     * Takes received bytes without a copy.
     *
     * @param length how many, at least 0
     * @param nowNanos the time
     * @return bytes taken: fewer than asked for when there are fewer, as after the connection was given up
     */
    public int skip(int length, long nowNanos) {
        return tcb.skip(length, nowNanos - originNanos);
    }

    /** {@return bytes that were written and that the peer has not acknowledged} */
    public int unacknowledged() {
        return tcb.unacknowledged();
    }

    /**
     * Whether nothing of ours is under way any more: the peer has acknowledged everything up to our FIN, or the
     * connection is closed.
     *
     * @return true once nothing is left to deliver
     */
    public boolean isOutputDone() {
        return tcb.isOutputDone();
    }

    /**
     * Ends our direction: a FIN follows the last queued byte. Reading goes on. Before the connection is established
     * the FIN waits. Repeated calls do nothing.
     *
     * @param nowNanos the time
     */
    public void shutdownOutput(long nowNanos) {
        tcb.shutdownOutput(nowNanos - originNanos);
    }

    /**
     * Nobody will read or write any more. If bytes are unread the connection is reset, so that the peer learns they
     * were lost (RFC 2525 section 2.17); else it closes in order, and data that still arrives is answered by a reset.
     *
     * @param nowNanos the time
     */
    public void release(long nowNanos) {
        tcb.release(nowNanos - originNanos);
    }

    /**
     * Like {@link #release(long)}, with a limit on how long delivery may take ({@code SO_LINGER}): what is unsent or
     * unacknowledged when it is over, the FIN included, is given up, and a reset tells the peer. The connection then
     * fails with {@link TcpFailure#ABORTED}.
     *
     * @param lingerNanos the limit, at least 0; with 0 the connection is {@linkplain #abort aborted} at once
     * @param nowNanos the time
     * @throws IllegalArgumentException if the limit is negative
     */
    public void release(long lingerNanos, long nowNanos) {
        if (lingerNanos < 0) {
            throw new IllegalArgumentException("lingerNanos must not be negative: lingerNanos=" + lingerNanos);
        }
        tcb.release(lingerNanos, nowNanos - originNanos);
    }

    /**
     * Resets the connection and forgets what is queued. In the states in which both FINs are on their way no reset is
     * sent (RFC 9293 section 3.10.5).
     *
     * @param nowNanos the time
     */
    public void abort(long nowNanos) {
        tcb.abort(nowNanos - originNanos);
    }

    /**
     * Ends the connection and gives back what it holds, as {@link #abort}, but without a reset: for a handshake whose SYN may
     * have been forged, as its supposed sender never asked for one.
     *
     * @param nowNanos the time
     */
    public void forget(long nowNanos) {
        tcb.forget(nowNanos - originNanos);
    }

    /**
     * An ICMP message said that a packet of ours was too big. It counts only if the quoted segment is in flight; the
     * path MTU is only ever lowered, and not below 552 bytes over IPv4. Over IPv6 one that tells of less than 1280 is
     * discarded (RFC 8201 section 4).
     *
     * @param mtu the next hop's MTU in bytes, or 0 if the message did not tell
     * @param quotedSequence the sequence number of the quoted TCP header
     * @param nowNanos the time
     */
    public void onPacketTooBig(int mtu, int quotedSequence, long nowNanos) {
        tcb.onPacketTooBig(mtu, quotedSequence, nowNanos - originNanos);
    }

    /**
     * An ICMP message said that the peer cannot be reached. It counts only if the quoted segment is in flight. A hard
     * error ends a connection that is not yet established; after that every error is only remembered, until something
     * new is acknowledged, and tells why when retransmissions run out (RFC 5461).
     *
     * @param hard true for port or protocol unreachable and for prohibited; false for network or host unreachable
     * @param quotedSequence the sequence number of the quoted TCP header
     * @param nowNanos the time
     */
    public void onUnreachable(boolean hard, int quotedSequence, long nowNanos) {
        tcb.onUnreachable(hard, quotedSequence, nowNanos - originNanos);
    }

    /**
     * Whether a SYN for the tuple may take this connection's place: only in TIME-WAIT, and only if its timestamp or
     * its sequence number shows that it is newer than all that this connection saw (RFC 6191). If so, the owner drops
     * this connection and accepts the SYN.
     *
     * @param syn a segment with SYN
     * @param nowNanos the time
     * @return true if the SYN is to be accepted in place of this connection
     */
    public boolean acceptsNewSyn(TcpSegment syn, long nowNanos) {
        return tcb.acceptsNewSyn(syn, nowNanos - originNanos);
    }

    /**
     * Whether an active open of the same tuple may take this connection's place: only in TIME-WAIT, and only if it had
     * timestamps and the last segment arrived a second ago. The timestamps of the new connection, which go on rising
     * (see {@link IsnSource#timestampOffset}), then tell its segments from old ones (RFC 6191, RFC 7323 section 5). If
     * so, the owner drops this connection and connects.
     *
     * @param nowNanos the time
     * @return true if the tuple may be used again
     */
    public boolean yieldsToConnect(long nowNanos) {
        return tcb.yieldsToConnect(nowNanos - originNanos);
    }

    /**
     * What the first sequence number of a connection that takes this one's place is not to be below (RFC 9293 section 3.6.1).
     *
     * @return SND.NXT, the number after the last that was used
     */
    public int nextSequenceNumber() {
        return tcb.nextSequenceNumber();
    }

    /** {@return the state of RFC 9293} */
    public TcpState state() {
        return tcb.state();
    }

    /**
     * Whether data can be exchanged: from ESTABLISHED on, or earlier if the peer's SYN showed a good Fast Open cookie.
     *
     * @return true from then on, also after the end
     */
    public boolean mayTransfer() {
        return tcb.mayTransfer();
    }

    /**
     * The Fast Open cookie for the next time: what the server gave in its SYN-ACK, or the one that was used, if the server
     * announced another MSS with it.
     *
     * @return the cookie, or null if what was known still holds
     */
    public @Nullable FastOpenCookie grantedCookie() {
        return tcb.grantedCookie();
    }

    /** {@return whether the handshake was completed, at whatever time} */
    public boolean isEstablished() {
        return tcb.wasEstablished();
    }

    /**
     * Whether the connection is over and may be forgotten. Bytes already received can still be read.
     *
     * @return true in CLOSED
     */
    public boolean isClosed() {
        return tcb.state() == TcpState.CLOSED;
    }

    /**
     * Why the connection ended, if not in order.
     *
     * @return the reason, or null while it lives and after an orderly end
     */
    public @Nullable TcpFailure failure() {
        return tcb.failure();
    }

    /** {@return the ends of the connection} */
    public TcpTuple tuple() {
        return tcb.tuple();
    }

    /** {@return a snapshot for diagnosis, its times as of the last call that told the time} */
    public TcpInfo info() {
        return tcb.info();
    }

    /**
     * A snapshot for diagnosis.
     *
     * @param nowNanos the time, up to which {@link TcpInfo.Limits} and the ages in {@link TcpInfo.Timing} count
     * @return the snapshot
     */
    public TcpInfo info(long nowNanos) {
        return tcb.info(nowNanos - originNanos);
    }

    /** What the tests look into. */
    Tcb tcb() {
        return tcb;
    }

    @Override
    public String toString() {
        return "TcpConnection[" + tcb.tuple() + " " + tcb.state() + "]";
    }
}
