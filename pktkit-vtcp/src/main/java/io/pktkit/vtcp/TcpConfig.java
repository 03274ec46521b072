// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import io.pktkit.device.ByteBudget;
import io.pktkit.wire.IpFamily;

/**
 * The settings of a connection. Immutable, safe for use from any thread, and shared by as many connections as wanted.
 */
public final class TcpConfig {
    /**
     * The smallest MSS that is used, whatever a peer announces: what the smallest link of the Internet takes is 48 octets
     * behind an IPv4 header (RFC 791 section 3.1), and a smaller one only multiplies the work.
     */
    public static final int MIN_MSS = 48;

    /** The largest buffer, 512 MiB: half of the largest window that RFC 7323 can announce. */
    public static final int MAX_BUFFER = 1 << 29;

    private static final int DEFAULT_BUFFER = 1 << 20;
    private static final int DEFAULT_BUFFER_MAX = 16 << 20;

    private static final TcpConfig DEFAULTS = builder().build();

    private final TcpConfigBuilder values;

    TcpConfig(TcpConfigBuilder values) {
        this.values = values;
    }

    /**
     * The settings that a builder starts from.
     *
     * @return a shared instance
     */
    public static TcpConfig defaults() {
        return DEFAULTS;
    }

    /**
     * Starts from the defaults.
     *
     * @return a new builder
     */
    public static TcpConfigBuilder builder() {
        return new TcpConfigBuilder();
    }

    /**
     * Starts from these settings.
     *
     * @return a new builder; this instance does not change
     */
    public TcpConfigBuilder toBuilder() {
        return new TcpConfigBuilder(values);
    }

    /**
     * Bytes of the largest IP packet that the first hop takes.
     *
     * @return 576 to 65,535 bytes
     */
    public int mtu() {
        return values.mtu;
    }

    /**
     * The MSS to announce over a family: what was set, bounded by what the MTU leaves.
     *
     * @param family the family of the connection's addresses
     * @return bytes of payload and TCP options
     */
    public int mss(IpFamily family) {
        int fromMtu = values.mtu - (family == IpFamily.IPV4 ? 40 : 60);
        return values.mss == 0 ? fromMtu : Math.min(values.mss, fromMtu);
    }

    /**
     * When the path MTU is probed for (RFC 4821).
     *
     * @return {@link MtuProbing#ON_BLACK_HOLE} unless set
     */
    public MtuProbing mtuProbing() {
        return values.mtuProbing;
    }

    /**
     * Whether window scaling is offered and accepted (RFC 7323 section 2).
     *
     * @return true unless switched off
     */
    public boolean windowScaling() {
        return values.windowScaling;
    }

    /**
     * Whether timestamps are offered and accepted (RFC 7323 section 3).
     *
     * @return true unless switched off
     */
    public boolean timestamps() {
        return values.timestamps;
    }

    /**
     * Whether selective acknowledgments are offered and accepted (RFC 2018).
     *
     * @return true unless switched off
     */
    public boolean sack() {
        return values.sack;
    }

    /**
     * Whether data goes with the SYN for clients that have been here before (RFC 7413), and may be delivered twice.
     *
     * @return false unless set
     */
    public boolean fastOpen() {
        return values.fastOpen;
    }

    /**
     * How the congestion window is sized.
     *
     * @return CUBIC unless set
     */
    public CongestionAlgorithm congestion() {
        return values.congestion;
    }

    /**
     * Whether segments are spread over the round trip.
     *
     * @return true unless switched off
     */
    public boolean pacing() {
        return values.pacing;
    }

    /**
     * Whether a pause of a retransmission timeout takes the congestion window back to the initial one (RFC 5681 section
     * 4.1), or keeps it (RFC 7661).
     *
     * @return true unless switched off
     */
    public boolean slowStartAfterIdle() {
        return values.slowStartAfterIdle;
    }

    /**
     * What is done about explicit congestion notification.
     *
     * @return {@link EcnMode#PASSIVE} unless set
     */
    public EcnMode ecn() {
        return values.ecn;
    }

    /**
     * Whether small segments are sent at once, without Nagle's algorithm.
     *
     * @return false unless set
     */
    public boolean noDelay() {
        return values.noDelay;
    }

    /**
     * The longest time that an acknowledgment is held back.
     *
     * @return nanoseconds, 0 for not at all
     */
    public long delayedAckNanos() {
        return values.delayedAckNanos;
    }

    /**
     * The most bytes that the send buffer holds before it has grown.
     *
     * @return bytes
     */
    public int sendBuffer() {
        return values.sendBuffer == 0 ? DEFAULT_BUFFER : values.sendBuffer;
    }

    /**
     * The most bytes that the send buffer holds once it has grown.
     *
     * @return bytes, the same as {@link #sendBuffer} if it does not grow
     */
    public int sendBufferMax() {
        return maxOf(values.sendBuffer, values.sendBufferMax);
    }

    /**
     * How many bytes may wait in the send buffer without having been sent, before the connection stops saying that it
     * can be written to.
     *
     * @return bytes, 0 for no such limit
     */
    public int notSentLowWater() {
        return values.notSentLowWater;
    }

    /**
     * The most bytes that the receive buffer holds before it has grown, and so the first window.
     *
     * @return bytes
     */
    public int receiveBuffer() {
        return values.receiveBuffer == 0 ? DEFAULT_BUFFER : values.receiveBuffer;
    }

    /**
     * The most bytes that the receive buffer holds once it has grown, and so the largest window. The window scale is
     * chosen for it.
     *
     * @return bytes, the same as {@link #receiveBuffer} if it does not grow
     */
    public int receiveBufferMax() {
        return maxOf(values.receiveBuffer, values.receiveBufferMax);
    }

    /** A size that was set without a maximum is meant, as with SO_RCVBUF on Linux. */
    private int maxOf(int size, int max) {
        int initial = size == 0 ? DEFAULT_BUFFER : size;
        int unset = size == 0 ? DEFAULT_BUFFER_MAX : initial;
        return values.autoTune ? Math.max(initial, max == 0 ? unset : max) : initial;
    }

    /**
     * Whether buffers may grow.
     *
     * @return true unless switched off
     */
    public boolean autoTune() {
        return values.autoTune;
    }

    /**
     * What growth is reserved from.
     *
     * @return the process-wide one unless set
     */
    public ByteBudget memory() {
        return values.memory;
    }

    /**
     * Whether also what buffers hold up to their initial sizes is reserved from the budget.
     *
     * @return true if it is
     */
    public boolean memoryForAll() {
        return values.memoryForAll;
    }

    /**
     * Whether idle connections are probed.
     *
     * @return false unless set
     */
    public boolean keepAlive() {
        return values.keepAlive;
    }

    /**
     * How long a connection is silent before the first keepalive probe.
     *
     * @return nanoseconds
     */
    public long keepAliveIdleNanos() {
        return values.keepAliveIdleNanos;
    }

    /**
     * The time between keepalive probes.
     *
     * @return nanoseconds
     */
    public long keepAliveIntervalNanos() {
        return values.keepAliveIntervalNanos;
    }

    /**
     * Unanswered keepalive probes after which the connection is given up.
     *
     * @return at least 1
     */
    public int keepAliveCount() {
        return values.keepAliveCount;
    }

    /**
     * The floor of the retransmission timeout's variance term.
     *
     * @return nanoseconds
     */
    public long minRtoNanos() {
        return values.minRtoNanos;
    }

    /**
     * The ceiling of the retransmission timeout.
     *
     * @return nanoseconds
     */
    public long maxRtoNanos() {
        return values.maxRtoNanos;
    }

    /**
     * How many times a SYN or SYN-ACK is repeated before the connection is given up.
     *
     * @return at least 0
     */
    public int synRetries() {
        return values.synRetries;
    }

    /**
     * How many consecutive retransmission timeouts, or unanswered zero-window probes, end the connection.
     *
     * @return at least 1
     */
    public int retries() {
        return values.retries;
    }

    /**
     * How long sent data may stay unacknowledged, or queued data unsent, before the connection is given up.
     *
     * @return nanoseconds, 0 for no such limit
     */
    public long userTimeoutNanos() {
        return values.userTimeoutNanos;
    }

    /**
     * How long the tuple is kept after both directions have closed.
     *
     * @return nanoseconds
     */
    public long timeWaitNanos() {
        return values.timeWaitNanos;
    }

    /**
     * How long a released connection waits for the peer's FIN.
     *
     * @return nanoseconds, 0 for as long as it takes
     */
    public long finWait2Nanos() {
        return values.finWait2Nanos;
    }
}
