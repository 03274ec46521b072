// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.device.DropReason;
import io.pktkit.vtcp.IsnSource;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.vtcp.TcpState;
import io.pktkit.vtcp.TcpTuple;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import io.pktkit.wire.TcpSegment;
import java.io.IOException;
import java.net.BindException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The TCP of one IP endpoint: it gives each segment to its connection, opens connections from listeners, on demand
 * ({@link UnclaimedSynHandler}) or on request, answers strays with a reset, and keeps one deadline over all connections.
 *
 * <p>Which addresses are its own is the owner's business: it takes every packet it is given, and the packet's destination becomes
 * the local address. Not safe for threads; see the package.
 */
public final class TcpHost {
    /** No deadline. */
    public static final long NEVER = Long.MAX_VALUE;

    /** The most that a data offset of 15 words can say. */
    static final int MAX_TCP_HEADER = 60;

    private final TcpHostConfig config;
    private final TcpConfig connectionConfig;
    private final SegmentWriter out;
    private final ConnectionTable table = new ConnectionTable();
    private final DeadlineHeap deadlines = new DeadlineHeap();
    private final ListenerTable listeners = new ListenerTable();
    private final StraySegments strays;
    private final ActiveOpens opens;
    private final Set<HostConnection> timeWait = new LinkedHashSet<>();
    private final IcmpQuote quote = new IcmpQuote();
    private @Nullable UnclaimedSynHandler unclaimed;
    private boolean closed;

    /**
     * A host without connections.
     *
     * @param config limits and the settings of connections
     * @param isn where initial sequence numbers come from
     * @param sink takes the packets
     */
    public TcpHost(TcpHostConfig config, IsnSource isn, PacketSink sink) {
        this.config = config;
        this.connectionConfig = charging(config.connectionConfig());
        this.out = new SegmentWriter(sink, config.hopLimit());
        this.strays = new StraySegments(this, isn, out, table, listeners);
        this.opens = new ActiveOpens(this, table, isn, out);
    }

    /**
     * Says who judges the SYNs no listener wants. Without one they are refused.
     *
     * @param handler the judge, or null for none
     */
    public void setUnclaimedSynHandler(@Nullable UnclaimedSynHandler handler) {
        unclaimed = handler;
    }

    /**
     * Opens a connection and sends the SYN; {@link TcpEvents#onEstablished} or {@link TcpEvents#onClosed} tells the outcome.
     *
     * @param settings the connection's settings, or null for those of the host
     * @param localAddress the source address
     * @param localPort the source port, or 0 for one of 49152 to 65535 that is free for this remote (RFC 6056). A port in
     *     TIME-WAIT is free after a second, if the connection had timestamps (RFC 6191)
     * @param remoteAddress the destination, of the same family
     * @param remotePort the destination port
     * @param events told what happens
     * @param nowNanos the time
     * @return the connection, in SYN-SENT
     * @throws IOException when no port is free, the port is taken, or the host is full or closed
     */
    public HostConnection connect(
            @Nullable TcpConfig settings,
            IpAddress localAddress,
            int localPort,
            IpAddress remoteAddress,
            int remotePort,
            TcpEvents events,
            long nowNanos)
            throws IOException {
        return connect(settings, localAddress, localPort, remoteAddress, remotePort, null, events, nowNanos);
    }

    /**
     * Opens a connection with data to send. If the settings allow Fast Open and the server's cookie is known, as much of it as
     * fits goes with the SYN, and the server may see that part twice; else it follows the handshake.
     *
     * @param settings the connection's settings, or null for those of the host
     * @param localAddress the source address
     * @param localPort the source port or 0, as above
     * @param remoteAddress the destination, of the same family
     * @param remotePort the destination port
     * @param data the first bytes of the stream; the position moves over what the send buffer takes. Null for none, which never uses
     *     Fast Open; an empty one asks for a cookie for the next time
     * @param events told what happens
     * @param nowNanos the time
     * @return the connection, in SYN-SENT
     * @throws IOException as above
     */
    public HostConnection connect(
            @Nullable TcpConfig settings,
            IpAddress localAddress,
            int localPort,
            IpAddress remoteAddress,
            int remotePort,
            @Nullable ByteBuffer data,
            TcpEvents events,
            long nowNanos)
            throws IOException {
        if (!hasRoom()) {
            throw new IOException("cannot connect to " + remoteAddress + " port " + remotePort + ": "
                    + (closed ? "closed" : "all " + config.maxConnections() + " connections are in use"));
        }
        TcpConfig chosen = settings(settings);
        TcpTuple tuple = opens.reserve(localAddress, localPort, remoteAddress, remotePort, nowNanos);
        if (!HostConnection.charge(chosen)) {
            throw new IOException("cannot connect to " + remoteAddress + " port " + remotePort
                    + ": no memory is left for connections; close some, or raise the budget");
        }
        return opens.open(chosen, tuple, data, events, nowNanos);
    }

    /**
     * Listens on a port.
     *
     * @param settings settings of the connections, or null for those of the host
     * @param address the local address, or null for every address; a listener with an address goes before one without
     * @param port 1 to 65535
     * @param options the listener's limits
     * @param onAcceptable run when a connection begins to wait for {@link TcpListener#accept}, under the owner's lock
     * @return the listener
     * @throws IOException when the port is taken or the host is closed
     */
    public TcpListener listen(
            @Nullable TcpConfig settings,
            @Nullable IpAddress address,
            int port,
            TcpListener.Options options,
            Runnable onAcceptable)
            throws IOException {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("port must be in [1, 65535]: port=" + port);
        }
        if (closed) {
            throw new IOException("cannot listen on port " + port + ": closed");
        }
        TcpListener listener = new TcpListener(this, address, port, options, settings(settings), onAcceptable);
        if (!listeners.add(listener)) {
            throw new BindException("cannot listen on port " + port + ": the port is in use; choose another one");
        }
        return listener;
    }

    /**
     * Takes a packet whose protocol is TCP and which is not a fragment.
     *
     * @param packet lent for the call
     * @param nowNanos the time
     * @return null when the segment was taken, or why it was dropped
     */
    public @Nullable DropReason onPacket(Packet packet, long nowNanos) {
        TcpSegment segment = packet.tcp();
        if (segment == null || !segment.isValid() || packet.fragmentOffset() != 0 || packet.moreFragments()) {
            return DropReason.MALFORMED;
        }
        if (segment.sourcePort() == 0 || segment.destinationPort() == 0 || StraySegments.isUnanswerable(packet)) {
            return DropReason.MALFORMED;
        }
        if (!packet.checksumPending() && packet.verifyTransportChecksum() == ChecksumStatus.INVALID) {
            return DropReason.BAD_CHECKSUM;
        }
        if (closed) {
            return DropReason.CLOSED;
        }
        TupleEntry entry = table.find(
                packet.isIpv6(),
                packet.destinationHigh(),
                packet.destinationLow(),
                segment.destinationPort(),
                packet.sourceHigh(),
                packet.sourceLow(),
                segment.sourcePort());
        if (entry instanceof HeldSyn held) {
            return strays.onHeldSegment(held, packet, segment, nowNanos);
        }
        if (entry instanceof HostConnection connection) {
            return yields(connection, segment, nowNanos)
                    ? strays.onSuccessor(connection, packet, segment, nowNanos)
                    : onConnectionSegment(connection, packet, segment, nowNanos);
        }
        return strays.onStray(packet, segment, nowNanos);
    }

    /**
     * Takes an ICMP or ICMPv6 error whose checksum the owner has verified, in case it is about a segment of ours.
     *
     * @param packet lent for the call
     * @param nowNanos the time
     * @return whether it quotes a segment of a connection of this host
     */
    public boolean onIcmpError(Packet packet, long nowNanos) {
        IcmpMessage icmp = packet.icmp();
        if (icmp == null || !icmp.isError() || !quote.read(packet, icmp)) {
            return false;
        }
        if (!(quote.sender(table) instanceof HostConnection connection)) {
            return false;
        }
        IcmpVerdict.of(packet.isIpv6(), icmp).apply(connection.engine(), icmp, quote.sequenceNumber(), nowNanos);
        settle(connection, nowNanos);
        return true;
    }

    /**
     * Runs what is due.
     *
     * @param nowNanos the time
     */
    public void onTick(long nowNanos) {
        // Each entry at most once a call, whatever its new deadline says.
        for (int budget = deadlines.size(); budget > 0; budget--) {
            TupleEntry entry = deadlines.first();
            if (entry == null || entry.armedAt - nowNanos > 0) {
                return;
            }
            deadlines.remove(entry);
            long deadline = entry.deadline();
            if (deadline != NEVER && deadline - nowNanos <= 0 && entry instanceof HostConnection connection) {
                expire(connection, nowNanos);
            } else {
                deadlines.update(entry);
            }
        }
    }

    /**
     * When {@link #onTick} is next due. May be earlier than any connection really needs, never later.
     *
     * @return a time, or {@link #NEVER}
     */
    public long nextDeadlineNanos() {
        TupleEntry first = deadlines.first();
        return first == null ? NEVER : first.armedAt;
    }

    /**
     * Resets every connection and closes every listener; from now on packets are dropped. Held SYNs are refused.
     *
     * @param nowNanos the time
     */
    public void close(long nowNanos) {
        if (closed) {
            return;
        }
        closed = true;
        for (TcpListener listener : listeners.snapshot()) {
            listener.close(nowNanos);
        }
        for (TupleEntry entry : table.snapshot()) {
            if (entry instanceof HeldSyn held) {
                held.refuse(nowNanos);
            } else if (entry instanceof HostConnection connection) {
                if (!connection.isOver()) {
                    connection.abort(nowNanos);
                }
                remove(connection);
            }
        }
    }

    /** {@return how many live connections and held SYNs there are, 0 up to {@link TcpHostConfig#maxConnections}} */
    public int connections() {
        return table.size() - timeWait.size();
    }

    /** {@return how many connections are in TIME-WAIT, 0 up to {@link TcpHostConfig#maxTimeWait}} */
    public int timeWaiting() {
        return timeWait.size();
    }

    // -- what connections, listeners and held SYNs call
    // --------------------------------------------------------------------------

    /** After every call on a connection: timers, events, and its place in the tables. */
    void settle(HostConnection connection, long nowNanos) {
        connection.fireEvents(nowNanos);
        if (connection.engine().isClosed()) {
            remove(connection);
            return;
        }
        if (connection.state() == TcpState.TIME_WAIT && !connection.inTimeWait) {
            connection.inTimeWait = true;
            connection.uncharge(); // from here on it is one of those that are bounded by their number
            timeWait.add(connection);
            trimTimeWait();
        }
        if (table.contains(connection)) {
            deadlines.update(connection);
        }
    }

    void removeListener(TcpListener listener) {
        listeners.remove(listener);
    }

    @Nullable
    UnclaimedSynHandler unclaimedSynHandler() {
        return unclaimed;
    }

    // -- segments
    // ----------------------------------------------------------------------------------------------------------------

    /** Whether a connection in TIME-WAIT makes way for a new SYN (RFC 6191); then it is gone. */
    private boolean yields(HostConnection connection, TcpSegment segment, long nowNanos) {
        if (connection.state() != TcpState.TIME_WAIT
                || !StraySegments.isOpening(segment)
                || !connection.engine().acceptsNewSyn(segment, nowNanos)) {
            return false;
        }
        remove(connection);
        return true;
    }

    private @Nullable DropReason onConnectionSegment(
            HostConnection connection, Packet packet, TcpSegment segment, long nowNanos) {
        TcpListener listener = connection.listener;
        if (listener != null
                && listener.isQueueFull()
                && !connection.engine().mayTransfer()
                && connection.state() == TcpState.SYN_RECEIVED
                && !segment.has(TcpSegment.RST)) {
            return DropReason.QUEUE_FULL; // held: the SYN-ACK is repeated, and so is the peer's answer to it
        }
        connection.onSegment(segment, packet.segmentSize(), packet.ecn(), nowNanos);
        settle(connection, nowNanos);
        return null;
    }

    // -- tables
    // ------------------------------------------------------------------------------------------------------------------

    void admit(HostConnection connection, long nowNanos) {
        table.add(connection);
        settle(connection, nowNanos);
    }

    private void expire(HostConnection connection, long nowNanos) {
        if (connection.isHalfOpenOverdue(nowNanos)) {
            // Without a reset: the SYN may have been forged, and its supposed sender never asked for one.
            TcpListener listener = connection.listener;
            if (listener != null) {
                listener.onGone(connection);
            }
            connection.engine().forget(nowNanos); // the data of its SYN is held against the budget
            remove(connection);
            return;
        }
        connection.engine().onTick(nowNanos);
        settle(connection, nowNanos);
    }

    void remove(HostConnection connection) {
        connection.endWatch(0); // forgotten in the middle of a handshake
        connection.uncharge();
        table.remove(connection);
        deadlines.remove(connection);
        if (connection.inTimeWait) {
            timeWait.remove(connection);
        }
    }

    private void trimTimeWait() {
        Iterator<HostConnection> oldest = timeWait.iterator();
        while (timeWait.size() > config.maxTimeWait()) {
            HostConnection connection = oldest.next();
            oldest.remove();
            remove(connection);
        }
    }

    boolean hasRoom() {
        return !closed && connections() < config.maxConnections();
    }

    TcpConfig settings(@Nullable TcpConfig own) {
        return own == null ? connectionConfig : own.memoryForAll() ? own : charging(own);
    }

    private static TcpConfig charging(TcpConfig config) {
        return config.toBuilder().memoryForAll(true).build();
    }
}
