// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import io.pktkit.device.ByteBudget;
import java.time.Duration;
import java.util.Objects;

/** Collects the settings. Not thread-safe. */
public final class TcpConfigBuilder {
    int mtu = 1500;
    int mss;
    MtuProbing mtuProbing = MtuProbing.ON_BLACK_HOLE;
    boolean windowScaling = true;
    boolean timestamps = true;
    boolean sack = true;
    boolean fastOpen;
    CongestionAlgorithm congestion = CongestionAlgorithm.CUBIC;
    boolean pacing = true;
    boolean slowStartAfterIdle = true;
    EcnMode ecn = EcnMode.PASSIVE;
    boolean noDelay;
    long delayedAckNanos = Duration.ofMillis(40).toNanos();
    /** 0 for the default, which may grow; so is each of the maxima. */
    int sendBuffer;

    int sendBufferMax;
    int notSentLowWater;
    int receiveBuffer;
    int receiveBufferMax;
    boolean autoTune = true;
    ByteBudget memory = ByteBudget.shared();
    boolean memoryForAll;
    boolean keepAlive;
    long keepAliveIdleNanos = Duration.ofMinutes(5).toNanos();
    long keepAliveIntervalNanos = Duration.ofSeconds(15).toNanos();
    int keepAliveCount = 3;
    long minRtoNanos = Duration.ofMillis(200).toNanos();
    long maxRtoNanos = Duration.ofMinutes(1).toNanos();
    int synRetries = 6;
    int retries = 8;
    long userTimeoutNanos;
    long timeWaitNanos = Duration.ofMinutes(1).toNanos();
    long finWait2Nanos = Duration.ofMinutes(1).toNanos();

    TcpConfigBuilder() {}

    TcpConfigBuilder(TcpConfigBuilder from) {
        mtu = from.mtu;
        mss = from.mss;
        mtuProbing = from.mtuProbing;
        windowScaling = from.windowScaling;
        timestamps = from.timestamps;
        sack = from.sack;
        fastOpen = from.fastOpen;
        congestion = from.congestion;
        pacing = from.pacing;
        slowStartAfterIdle = from.slowStartAfterIdle;
        ecn = from.ecn;
        noDelay = from.noDelay;
        delayedAckNanos = from.delayedAckNanos;
        sendBuffer = from.sendBuffer;
        sendBufferMax = from.sendBufferMax;
        notSentLowWater = from.notSentLowWater;
        receiveBuffer = from.receiveBuffer;
        receiveBufferMax = from.receiveBufferMax;
        autoTune = from.autoTune;
        memory = from.memory;
        memoryForAll = from.memoryForAll;
        keepAlive = from.keepAlive;
        keepAliveIdleNanos = from.keepAliveIdleNanos;
        keepAliveIntervalNanos = from.keepAliveIntervalNanos;
        keepAliveCount = from.keepAliveCount;
        minRtoNanos = from.minRtoNanos;
        maxRtoNanos = from.maxRtoNanos;
        synRetries = from.synRetries;
        retries = from.retries;
        userTimeoutNanos = from.userTimeoutNanos;
        timeWaitNanos = from.timeWaitNanos;
        finWait2Nanos = from.finWait2Nanos;
    }

    /**
     * Bytes of the largest IP packet that the first hop takes. Default 1500.
     *
     * @param bytes 576 to 65,535
     * @return this builder
     */
    public TcpConfigBuilder mtu(int bytes) {
        mtu = inRange("mtu", bytes, 576, 0xffff);
        return this;
    }

    /**
     * The MSS to announce. Default 0: what the MTU leaves after IP and TCP headers without options. It bounds what the peer
     * sends; what is sent to the peer is bounded by its own announcement and by {@link #mtu}.
     *
     * @param bytes 0, or 48 to 65,495
     * @return this builder
     */
    public TcpConfigBuilder mss(int bytes) {
        mss = bytes == 0 ? 0 : inRange("mss", bytes, TcpConfig.MIN_MSS, 65495);
        return this;
    }

    /**
     * When the path MTU is probed for (RFC 4821). Default {@link MtuProbing#ON_BLACK_HOLE}. Path MTUs that routers tell
     * of are believed in every case, for ten minutes; with {@link MtuProbing#OFF} the first hop's is then used again.
     *
     * @param probing the mode
     * @return this builder
     */
    public TcpConfigBuilder mtuProbing(MtuProbing probing) {
        mtuProbing = Objects.requireNonNull(probing, "probing");
        return this;
    }

    /**
     * Offers and accepts window scaling. Default true.
     *
     * @param on false leaves the option out and limits windows to 65,535 bytes
     * @return this builder
     */
    public TcpConfigBuilder windowScaling(boolean on) {
        windowScaling = on;
        return this;
    }

    /**
     * Offers and accepts timestamps. Default true.
     *
     * @param on false leaves the option out
     * @return this builder
     */
    public TcpConfigBuilder timestamps(boolean on) {
        timestamps = on;
        return this;
    }

    /**
     * Offers and accepts selective acknowledgments. Default true.
     *
     * @param on false leaves the option out
     * @return this builder
     */
    public TcpConfigBuilder sack(boolean on) {
        sack = on;
        return this;
    }

    /**
     * Sends and takes data with the SYN, for clients that have been here before (TCP Fast Open, RFC 7413). Default
     * false: a SYN that the network duplicates, or a client that gives up and tries again, has the same data delivered
     * twice, once for each of two connections. It is for applications whose first request may be repeated without harm.
     *
     * <p>A listener with it gives cookies, and gives the data of a SYN with a good one to the application at once. An
     * active open uses it when it is made with data to send.
     *
     * @param on whether it is used
     * @return this builder
     */
    public TcpConfigBuilder fastOpen(boolean on) {
        fastOpen = on;
        return this;
    }

    /**
     * How the congestion window is sized. Default CUBIC.
     *
     * @param algorithm the algorithm
     * @return this builder
     */
    public TcpConfigBuilder congestion(CongestionAlgorithm algorithm) {
        congestion = Objects.requireNonNull(algorithm, "algorithm");
        return this;
    }

    /**
     * Spreads segments over the round trip instead of sending them as fast as acknowledgments admit. Default true. A
     * congestion control that names a rate of its own is paced in any case.
     *
     * @param on false sends whatever the window takes
     * @return this builder
     */
    public TcpConfigBuilder pacing(boolean on) {
        pacing = on;
        return this;
    }

    /**
     * What becomes of the congestion window while nothing is sent. Default true: after a pause of a retransmission
     * timeout sending starts again from the initial window (RFC 5681 section 4.1), like Linux with
     * {@code tcp_slow_start_after_idle}. With false the window is kept, and half of it is given up after each five
     * minutes in which not half of it was used (RFC 7661 section 4.4.3); that serves an application which sends much
     * after pauses, over paths whose capacity changes little. Without {@link #pacing} it all leaves in one burst.
     *
     * <p>A window of which something is used, but not half, is kept and given up in this way with either. BBR keeps its
     * window in any case.
     *
     * @param on false keeps the window
     * @return this builder
     */
    public TcpConfigBuilder slowStartAfterIdle(boolean on) {
        slowStartAfterIdle = on;
        return this;
    }

    /**
     * What to do about explicit congestion notification (RFC 3168, RFC 9768). Default {@link EcnMode#PASSIVE}.
     *
     * @param mode the mode
     * @return this builder
     */
    public TcpConfigBuilder ecn(EcnMode mode) {
        ecn = Objects.requireNonNull(mode, "mode");
        return this;
    }

    /**
     * Sends small segments at once, without Nagle's algorithm. Default false.
     *
     * @param on true to switch Nagle's algorithm off
     * @return this builder
     */
    public TcpConfigBuilder noDelay(boolean on) {
        noDelay = on;
        return this;
    }

    /**
     * The longest time that an acknowledgment is held back. Default 40 ms.
     *
     * @param delay zero to 500 ms (RFC 9293 section 3.8.6.3); zero acknowledges each segment at once
     * @return this builder
     */
    public TcpConfigBuilder delayedAck(Duration delay) {
        delayedAckNanos = inRange("delayedAck", delay, 0, 500_000_000L);
        return this;
    }

    /**
     * The most bytes that the send buffer holds, and it then does not grow unless {@link #sendBufferMax} is set too.
     * Memory is taken as it fills. Default 1 MiB to begin with.
     *
     * @param bytes 2048 to {@value TcpConfig#MAX_BUFFER}
     * @return this builder
     */
    public TcpConfigBuilder sendBuffer(int bytes) {
        sendBuffer = inRange("sendBuffer", bytes, 2048, TcpConfig.MAX_BUFFER);
        return this;
    }

    /**
     * Lets the send buffer grow to this, by doubling, while its size and not the path is what limits a transfer: to
     * twice the congestion window. Default 16 MiB if {@link #sendBuffer} is not set, else its size.
     *
     * @param bytes 2048 to {@value TcpConfig#MAX_BUFFER}; below the initial size it changes nothing
     * @return this builder
     */
    public TcpConfigBuilder sendBufferMax(int bytes) {
        sendBufferMax = inRange("sendBufferMax", bytes, 2048, TcpConfig.MAX_BUFFER);
        return this;
    }

    /**
     * Makes {@link TcpConnection#writable()} answer 0 once this many bytes wait without having been sent, so that an
     * application decides late what to send next ({@code TCP_NOTSENT_LOWAT}). {@link TcpConnection#write} still takes
     * as much as the buffer holds. Default 0: no such limit.
     *
     * @param bytes 0 to {@value TcpConfig#MAX_BUFFER}
     * @return this builder
     */
    public TcpConfigBuilder notSentLowWater(int bytes) {
        notSentLowWater = inRange("notSentLowWater", bytes, 0, TcpConfig.MAX_BUFFER);
        return this;
    }

    /**
     * The most bytes that the receive buffer holds, and so the largest window; it then does not grow unless
     * {@link #receiveBufferMax} is set too. Memory is taken as it fills. Default 1 MiB to begin with.
     *
     * @param bytes 2048 to {@value TcpConfig#MAX_BUFFER}
     * @return this builder
     */
    public TcpConfigBuilder receiveBuffer(int bytes) {
        receiveBuffer = inRange("receiveBuffer", bytes, 2048, TcpConfig.MAX_BUFFER);
        return this;
    }

    /**
     * Lets the receive buffer, and with it the window, grow to this, by doubling: to twice what the application reads
     * in a round trip. Default 16 MiB if {@link #receiveBuffer} is not set, else its size. As a window scale serves small
     * windows or large ones, the window does not grow beyond some 4000 times {@link #receiveBuffer}.
     *
     * @param bytes 2048 to {@value TcpConfig#MAX_BUFFER}; below the initial size it changes nothing
     * @return this builder
     */
    public TcpConfigBuilder receiveBufferMax(int bytes) {
        receiveBufferMax = inRange("receiveBufferMax", bytes, 2048, TcpConfig.MAX_BUFFER);
        return this;
    }

    /**
     * Lets buffers grow to their maxima. Default true.
     *
     * @param on false keeps both at their initial sizes
     * @return this builder
     */
    public TcpConfigBuilder autoTune(boolean on) {
        autoTune = on;
        return this;
    }

    /**
     * What the growth of buffers is reserved from: when it has no room, they stay as they are. A connection gives its
     * growth back after about a second of silence, and at its end. Default {@link ByteBudget#shared()}.
     *
     * @param budget shared by all connections that are given it
     * @return this builder
     */
    public TcpConfigBuilder memory(ByteBudget budget) {
        memory = Objects.requireNonNull(budget, "budget");
        return this;
    }

    /**
     * Reserves also what buffers hold up to their initial sizes from the budget, and the records of what is in flight, so that all
     * that peers can make us hold is in it.
     * What it has no room for is not taken: from peers as if it were lost, from the application as if there were no room. A
     * {@link io.pktkit.vtcp.host.TcpHost} does so for all its connections. Default false, for engines that nobody closes.
     *
     * @param on true to reserve it
     * @return this builder
     */
    public TcpConfigBuilder memoryForAll(boolean on) {
        memoryForAll = on;
        return this;
    }

    /**
     * Probes a silent peer, and gives up on one that does not answer. Default off; when switched on without more,
     * after 300 s, then three probes 15 s apart.
     *
     * @param on whether idle connections are probed
     * @return this builder
     */
    public TcpConfigBuilder keepAlive(boolean on) {
        keepAlive = on;
        return this;
    }

    /**
     * Probes a silent peer, and gives up on one that does not answer.
     *
     * @param idle silence before the first probe
     * @param interval time between probes
     * @param count unanswered probes after which the connection is given up, at least 1
     * @return this builder
     */
    public TcpConfigBuilder keepAlive(Duration idle, Duration interval, int count) {
        keepAlive = true;
        keepAliveIdleNanos = inRange("idle", idle, 1, Long.MAX_VALUE / 4);
        keepAliveIntervalNanos = inRange("interval", interval, 1, Long.MAX_VALUE / 4);
        keepAliveCount = inRange("count", count, 1, 1000);
        return this;
    }

    /**
     * Bounds of the retransmission timeout. The lower one bounds the variance term, so that the timeout is never
     * less than the round-trip time plus it. Default 200 ms and 60 s.
     *
     * @param min at least 1 ms
     * @param max 1 s to 10 min, and not less than {@code min}
     * @return this builder
     */
    public TcpConfigBuilder rto(Duration min, Duration max) {
        maxRtoNanos = inRange("max", max, 1_000_000_000L, 600_000_000_000L);
        minRtoNanos = inRange("min", min, 1_000_000L, maxRtoNanos);
        return this;
    }

    /**
     * How many times a SYN or SYN-ACK is repeated. Default 6, which gives up after about two minutes.
     *
     * @param count 0 to 16
     * @return this builder
     */
    public TcpConfigBuilder synRetries(int count) {
        synRetries = inRange("synRetries", count, 0, 16);
        return this;
    }

    /**
     * How many consecutive retransmission timeouts, or unanswered probes, end the connection. Default 8.
     *
     * @param count 1 to 32
     * @return this builder
     */
    public TcpConfigBuilder retries(int count) {
        retries = inRange("retries", count, 1, 32);
        return this;
    }

    /**
     * How long sent data may stay unacknowledged, or queued data unsent behind a closed window, before the
     * connection is given up (the user timeout of RFC 9293; {@code TCP_USER_TIMEOUT}). With keepalive it is also how
     * long the peer may be silent, whatever the number of probes. Default none.
     *
     * @param timeout the limit, or zero for none
     * @return this builder
     */
    public TcpConfigBuilder userTimeout(Duration timeout) {
        userTimeoutNanos = inRange("userTimeout", timeout, 0, Long.MAX_VALUE / 4);
        return this;
    }

    /**
     * How long the tuple is kept after both directions have closed. Default 60 s.
     *
     * @param time zero forgets the connection at once
     * @return this builder
     */
    public TcpConfigBuilder timeWait(Duration time) {
        timeWaitNanos = inRange("timeWait", time, 0, Long.MAX_VALUE / 4);
        return this;
    }

    /**
     * How long a released connection waits for the peer's FIN. Default 60 s.
     *
     * @param time the limit, counted from the release or the last segment; zero for none
     * @return this builder
     */
    public TcpConfigBuilder finWait2(Duration time) {
        finWait2Nanos = inRange("finWait2", time, 0, Long.MAX_VALUE / 4);
        return this;
    }

    /**
     * The settings collected so far.
     *
     * @return an immutable copy
     */
    public TcpConfig build() {
        return new TcpConfig(new TcpConfigBuilder(this));
    }

    private static int inRange(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " must be in [" + min + ", " + max + "]: " + name + "=" + value);
        }
        return value;
    }

    private static long inRange(String name, Duration value, long minNanos, long maxNanos) {
        long nanos = value.toNanos();
        if (nanos < minNanos || nanos > maxNanos) {
            throw new IllegalArgumentException(name + " must be in [" + Duration.ofNanos(minNanos) + ", "
                    + Duration.ofNanos(maxNanos) + "]: " + name + "=" + value);
        }
        return nanos;
    }
}
