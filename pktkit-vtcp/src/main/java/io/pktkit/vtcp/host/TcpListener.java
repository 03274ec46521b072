// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.vtcp.FastOpenCookies;
import io.pktkit.vtcp.SynAnswer;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.TcpSegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A listening port of a {@link TcpHost}. Up to {@link Options#maxHalfOpen} handshakes are remembered; beyond that SYNs are answered
 * with cookies and cost nothing. When {@link Options#backlog} connections wait to be accepted, the last step of further handshakes
 * is held back (the peer repeats it) rather than refused. The payload of SYNs is kept up to 256 KiB a listener; what exceeds it the
 * peers send again. With {@link TcpConfig#fastOpen} up to 64 connections whose clients have shown a cookie are given out before
 * their handshakes are complete; more of them are treated as if Fast Open were off. Owned like its host.
 */
public final class TcpListener {
    /**
     * The limits of a listener.
     *
     * @param backlog complete connections that may wait for {@link #accept}, at least 1
     * @param maxHalfOpen handshakes remembered at once, at least 0
     * @param halfOpenNanos how long a handshake may take before it is forgotten, more than 0
     */
    public record Options(int backlog, int maxHalfOpen, long halfOpenNanos) {
        /** Backlog 128, 256 half-open for at most 10 seconds. */
        public static final Options DEFAULT = new Options(128, 256, 10_000_000_000L);

        /**
         * Checks the ranges.
         *
         * @param backlog at least 1
         * @param maxHalfOpen at least 0
         * @param halfOpenNanos more than 0
         * @throws IllegalArgumentException if one is out of its range
         */
        public Options {
            if (backlog < 1 || maxHalfOpen < 0 || halfOpenNanos <= 0) {
                throw new IllegalArgumentException(
                        "backlog must be at least 1, maxHalfOpen at least 0 and halfOpenNanos"
                                + " more than 0: backlog=" + backlog + " maxHalfOpen=" + maxHalfOpen + " halfOpenNanos="
                                + halfOpenNanos);
            }
        }
    }

    /** What the SYNs of unfinished handshakes may have brought along; beyond it their payload is not taken. */
    static final int MAX_SYN_BYTES = 1 << 18;

    private final TcpHost host;
    private final @Nullable IpAddress address;
    private final int port;
    private final Options options;
    private final TcpConfig config;
    private final Runnable onAcceptable;
    private final ArrayDeque<HostConnection> queue = new ArrayDeque<>();
    private final Set<HostConnection> halfOpen = new HashSet<>();
    private final FastOpenSlots fastOpen = new FastOpenSlots();
    private int synBytes;
    private boolean closed;

    TcpListener(
            TcpHost host,
            @Nullable IpAddress address,
            int port,
            Options options,
            TcpConfig config,
            Runnable onAcceptable) {
        this.host = host;
        this.address = address;
        this.port = port;
        this.options = options;
        this.config = config;
        this.onAcceptable = onAcceptable;
    }

    /**
     * Takes the longest-waiting connection. Set its events with {@link HostConnection#setEvents}, then look at what it holds
     * already: what came before is not told again.
     *
     * @return a connection whose handshake is complete, or whose client has shown a Fast Open cookie; null when none waits
     */
    public @Nullable HostConnection accept() {
        HostConnection connection = queue.pollFirst();
        if (connection != null) {
            connection.listener = null;
        }
        return connection;
    }

    /**
     * Stops listening. Unfinished handshakes and connections nobody has accepted are reset.
     *
     * @param nowNanos the time
     */
    public void close(long nowNanos) {
        if (closed) {
            return;
        }
        closed = true;
        host.removeListener(this);
        List<HostConnection> unclaimed = new ArrayList<>(queue);
        unclaimed.addAll(halfOpen);
        for (HostConnection connection : unclaimed) {
            connection.abort(nowNanos);
        }
        queue.clear();
        halfOpen.clear();
    }

    /**
     * The local address.
     *
     * @return the address, or null for every address of the host
     */
    public @Nullable IpAddress address() {
        return address;
    }

    /**
     * The local port.
     *
     * @return 1 to 65535
     */
    public int port() {
        return port;
    }

    /**
     * Whether {@link #close} was called.
     *
     * @return true once closed
     */
    public boolean isClosed() {
        return closed;
    }

    /**
     * Connections that wait for {@link #accept}.
     *
     * @return 0 up to the backlog
     */
    public int waiting() {
        return queue.size();
    }

    /**
     * Handshakes under way that are remembered.
     *
     * @return 0 up to {@link Options#maxHalfOpen}
     */
    public int halfOpen() {
        return halfOpen.size();
    }

    Options options() {
        return options;
    }

    TcpConfig config() {
        return config;
    }

    boolean isQueueFull() {
        return queue.size() >= options.backlog();
    }

    boolean mayRemember() {
        return halfOpen.size() < options.maxHalfOpen();
    }

    /** What becomes of the payload of a SYN: anyone can send one under any address, so together they get only so much. */
    SynAnswer judge(HostConnection connection, TcpSegment syn, FastOpenCookies cookies, long nowNanos) {
        SynAnswer answer = SynAnswer.HOLD;
        if (config.fastOpen()) {
            boolean mayDeliver = fastOpen.hasRoom(nowNanos);
            answer = cookies.judge(connection.tuple(), syn, mayDeliver, nowNanos);
        }
        if (answer.payload() == SynAnswer.Payload.DELIVER) {
            fastOpen.take(connection);
        } else if (answer.payload() == SynAnswer.Payload.HOLD) {
            if (syn.payloadLength() > MAX_SYN_BYTES - synBytes) {
                return new SynAnswer(SynAnswer.Payload.IGNORE, answer.grantsCookie(), answer.cookie());
            }
            connection.synBytes = syn.payloadLength();
        }
        return answer;
    }

    void onHalfOpen(HostConnection connection) {
        halfOpen.add(connection);
        synBytes += connection.synBytes;
    }

    void onEstablished(HostConnection connection) {
        removeHalfOpen(connection);
        queue.addLast(connection);
        onAcceptable.run();
    }

    /** The connection has ended before anybody accepted it. */
    void onGone(HostConnection connection) {
        if (!removeHalfOpen(connection)) {
            queue.remove(connection);
        }
    }

    private boolean removeHalfOpen(HostConnection connection) {
        if (!halfOpen.remove(connection)) {
            return false;
        }
        synBytes -= connection.synBytes;
        return true;
    }
}
