// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import io.pktkit.device.ByteBudget;

/**
 * A snapshot of one connection, in the manner of Linux' {@code TCP_INFO}, whose names are given where they differ. Sizes
 * are bytes, times nanoseconds.
 *
 * @param state the connection's state
 * @param negotiated what the handshake and path MTU discovery settled
 * @param fastOpen data exchanged with the SYN
 * @param timing round-trip times and the retransmission timeout
 * @param congestion window, recovery and what is in flight
 * @param slowStart how the first slow start goes, or went
 * @param rate how fast segments leave and how fast the path delivers
 * @param reordering how far segments overtake each other on the path
 * @param limits how long there was something to send, and what held it back
 * @param counters totals since the connection was made
 * @param queues what is buffered at this end, and the two windows
 * @param buffers how much may be buffered, and what that follows from
 * @param mtuSearch the search for the path MTU
 * @param ecn what explicit congestion notification does
 */
public record TcpInfo(
        TcpState state,
        Negotiated negotiated,
        FastOpen fastOpen,
        Timing timing,
        Congestion congestion,
        SlowStart slowStart,
        Rate rate,
        Reordering reordering,
        Limits limits,
        Counters counters,
        Queues queues,
        Buffers buffers,
        MtuSearch mtuSearch,
        Ecn ecn) {

    /**
     * The congestion window in whole segments, {@code tcpi_snd_cwnd}.
     *
     * @return segments of {@link Negotiated#sendMss}, 0 before that is known
     */
    public int windowSegments() {
        return negotiated.sendMss == 0 ? 0 : congestion.window / negotiated.sendMss;
    }

    /** What loss recovery is doing. */
    public enum RecoveryPhase {
        /** Nothing is known to be lost. */
        OPEN,
        /** The peer reported congestion marks: the window shrinks to the threshold over a round trip. */
        CWR,
        /** Fast recovery: losses were found from acknowledgments. */
        RECOVERY,
        /** A retransmission timeout is being repaired. */
        LOSS
    }

    /**
     * What the handshake and path MTU discovery settled.
     *
     * @param sendMss payload bytes of the largest segment we send, room for timestamps taken off
     * @param receiveMss the MSS that we announced
     * @param pathMtu the largest IP packet that we send
     * @param windowScaling whether both ends scale their windows
     * @param sendShift bits by which the peer's windows are shifted
     * @param receiveShift bits by which ours are shifted
     * @param sack whether selective acknowledgments are exchanged
     * @param timestamps whether every segment carries a timestamp
     */
    public record Negotiated(
            int sendMss,
            int receiveMss,
            int pathMtu,
            boolean windowScaling,
            int sendShift,
            int receiveShift,
            boolean sack,
            boolean timestamps) {}

    /** What became of Fast Open (RFC 7413). */
    public enum FastOpenState {
        /** The handshake had nothing of it. */
        UNUSED,
        /** The client asked for a cookie, and the server, if it does Fast Open, gave one. */
        ASKED,
        /** The client showed its cookie, and the server has not answered. */
        SENT,
        /** The cookie was good: data was exchanged before the handshake was complete. */
        ACCEPTED,
        /** The server did not take the data, which was sent again. */
        REFUSED,
        /** The SYN was not answered, and was repeated without option and data. */
        LOST
    }

    /**
     * Data exchanged with the SYN.
     *
     * @param state what became of it
     * @param sent payload bytes of our SYN
     * @param acked those of them that the SYN-ACK acknowledged
     * @param received payload bytes of the peer's SYN that were taken, with or without Fast Open
     */
    public record FastOpen(FastOpenState state, int sent, int acked, int received) {}

    /**
     * Round-trip times and the retransmission timeout.
     *
     * @param smoothedRttNanos SRTT, 0 before the first sample
     * @param rttVariationNanos RTTVAR, 0 before the first sample
     * @param minimumRttNanos the smallest sample of the last five to ten minutes, 0 before the first
     * @param rtoNanos the retransmission timeout, backed off as it now is
     * @param backoff how many times it has been doubled
     * @param retries retransmission timeouts since something new was acknowledged ({@code tcpi_retransmits})
     * @param probes probes of a closed window or of a silent peer that were not answered ({@code tcpi_probes})
     * @param sinceSentNanos how long ago data, or a FIN, last went out; since the connection was made if none did
     *     ({@code tcpi_last_data_sent})
     * @param sinceReceivedNanos how long ago an acceptable segment last arrived; likewise ({@code tcpi_last_ack_recv})
     */
    public record Timing(
            long smoothedRttNanos,
            long rttVariationNanos,
            long minimumRttNanos,
            long rtoNanos,
            int backoff,
            int retries,
            int probes,
            long sinceSentNanos,
            long sinceReceivedNanos) {}

    /**
     * Congestion window and what is in flight.
     *
     * @param algorithm name of the congestion control
     * @param phase what loss recovery is doing
     * @param window the congestion window
     * @param slowStartThreshold the threshold, {@code Integer.MAX_VALUE} before the first loss
     * @param inFlight bytes believed to be in the network
     * @param sacked bytes that the peer holds out of order
     * @param lost bytes taken for lost
     * @param repeated bytes in flight that were sent before ({@code tcpi_retrans})
     */
    public record Congestion(
            String algorithm,
            RecoveryPhase phase,
            int window,
            int slowStartThreshold,
            long inFlight,
            long sacked,
            long lost,
            long repeated) {}

    /** Where the first slow start is, which has to find out what the path holds; with BBR, where Startup is. */
    public enum SlowStartPhase {
        /** The window may double each round trip. */
        STANDARD,
        /** HyStart++ saw the delay rise, and the window grows at a quarter of that pace (CSS of RFC 9406). */
        CONSERVATIVE,
        /** It is over. */
        ENDED
    }

    /** What ended the first slow start. */
    public enum SlowStartExit {
        /** Nothing has. */
        NONE,
        /** The delay stayed high over the rounds of conservative slow start (RFC 9406). */
        DELAY,
        /** A segment was lost. */
        LOSS,
        /** The peer reported congestion marks. */
        ECN,
        /** The retransmission timer fired, perhaps for a loss that was known and not repaired in time. */
        TIMEOUT,
        /** BBR: sending faster was delivered no faster. */
        PLATEAU
    }

    /**
     * How the first slow start goes, or went. If what ended it proves wrong and is taken back, it goes on.
     *
     * @param phase where it is
     * @param exit what ended it
     * @param exitWindow the congestion window at that moment, not yet reduced for it; 0 while slow start goes on
     * @param conservativeEntries times that HyStart++ slowed the growth down
     */
    public record SlowStart(SlowStartPhase phase, SlowStartExit exit, int exitWindow, int conservativeEntries) {}

    /**
     * How fast segments leave, and how fast the path delivers them; bytes a second (draft-ietf-ccwg-bbr section 4.1).
     *
     * @param pacing the rate at which segments leave ({@code tcpi_pacing_rate}); 0 if the window alone decides
     * @param delivery the last rate measured ({@code tcpi_delivery_rate}), 0 before the first. One that the application
     *     held down counts only if it is higher than the one before
     * @param applicationLimited whether that rate was measured while the application left the window unused ({@code
     *     tcpi_delivery_rate_app_limited})
     * @param delivered bytes that were acknowledged, selectively or not, a FIN being one ({@code tcpi_delivered}, which
     *     counts segments)
     */
    public record Rate(long pacing, long delivery, boolean applicationLimited, long delivered) {}

    /**
     * How far segments overtake each other on the path, as selective acknowledgments tell (RFC 8985 section 6.2).
     *
     * @param overtaken segments that arrived after later ones without having been repeated, and recoveries that proved
     *     needless ({@code tcpi_reord_seen}, which counts acknowledgments)
     * @param duplicates segments that the peer reported to have arrived twice (RFC 2883; {@code tcpi_dsack_dups})
     * @param windowMultiplier RACK.reo_wnd_mult: by how much such reports have widened the window below, 1 if they have
     *     not
     * @param windowNanos RACK.reo_wnd: how long a segment may come after later ones before it is taken for lost
     */
    public record Reordering(long overtaken, long duplicates, int windowMultiplier, long windowNanos) {}

    /**
     * How long there was something to send, and how long of that something else than the network held it back. What is
     * left of the busy time belongs to the congestion window, to pacing, or to an application that wrote too little.
     *
     * @param busyNanos data, or a FIN, was queued or not acknowledged ({@code tcpi_busy_time})
     * @param peerWindowNanos what was queued did not fit the peer's window, although it would have fit the congestion
     *     window ({@code tcpi_rwnd_limited})
     * @param sendBufferNanos all that was queued was in flight, the congestion window had room for a segment, and the
     *     send buffer had none ({@code tcpi_sndbuf_limited}; Linux also wants a writer to wait)
     */
    public record Limits(long busyNanos, long peerWindowNanos, long sendBufferNanos) {}

    /**
     * Totals since the connection was made.
     *
     * @param segmentsSent segments of any kind
     * @param segmentsReceived segments of any kind, also those refused
     * @param dataSegmentsSent segments with payload
     * @param dataSegmentsReceived acceptable segments with payload
     * @param bytesSent payload, repeats included
     * @param bytesRetransmitted payload of the repeats
     * @param bytesAcked payload that the peer acknowledged
     * @param bytesReceived payload received in order
     * @param retransmissions segments sent again
     * @param timeouts retransmission timeouts
     * @param fastRecoveries times that fast recovery began
     * @param duplicateSegments received segments that held nothing new
     * @param outOfOrderSegments received segments that left a gap before them
     * @param challengeAcks acknowledgments sent in answer to unacceptable segments
     * @param reneges times that the peer forgot what it had selectively acknowledged
     * @param undos cuts of the window that were taken back, because what was repeated had arrived
     */
    public record Counters(
            long segmentsSent,
            long segmentsReceived,
            long dataSegmentsSent,
            long dataSegmentsReceived,
            long bytesSent,
            long bytesRetransmitted,
            long bytesAcked,
            long bytesReceived,
            long retransmissions,
            long timeouts,
            long fastRecoveries,
            long duplicateSegments,
            long outOfOrderSegments,
            long challengeAcks,
            long reneges,
            long undos) {}

    /**
     * What is buffered at this end, and the two windows.
     *
     * @param sendQueued bytes taken from the application and not acknowledged
     * @param unacknowledged those of them that were sent, a FIN being one
     * @param unsent those of them that were not ({@code tcpi_notsent_bytes})
     * @param receiveQueued bytes that the application can read
     * @param outOfOrder bytes held beyond a gap
     * @param sendWindow the peer's window
     * @param receiveWindow what is left of the window that we announced
     * @param sendAllocated heap bytes of the send buffer
     * @param receiveAllocated heap bytes of the receive buffer
     */
    public record Queues(
            int sendQueued,
            long unacknowledged,
            long unsent,
            int receiveQueued,
            int outOfOrder,
            long sendWindow,
            long receiveWindow,
            int sendAllocated,
            int receiveAllocated) {}

    /**
     * How much may be buffered, and what that follows from.
     *
     * @param sendLimit bytes that the send buffer may hold now
     * @param receiveLimit bytes that the receive buffer may hold now
     * @param grown bytes of the two that are beyond the initial sizes, and reserved from the {@link ByteBudget}
     * @param receiveRttNanos the round trip as the receiving side sees it, 0 before the first measurement and
     *     after silence
     * @param receiveSpace bytes that the application read in the last round trip measured, 0 likewise
     */
    public record Buffers(int sendLimit, int receiveLimit, int grown, long receiveRttNanos, long receiveSpace) {}

    /**
     * The search for the path MTU by probes (RFC 4821). What it has found is {@link Negotiated#pathMtu}.
     *
     * @param searching whether larger packets are to be tried as soon as there is enough to send
     * @param probe bytes of the packet that is being tried, 0 if none is on its way
     * @param upperBound the largest packet that may yet prove to pass
     * @param probesSent probes sent
     * @param probesLost probes that were lost while nothing else was
     * @param blackHoles how many times packets were made smaller, because larger ones vanished
     */
    public record MtuSearch(
            boolean searching, int probe, int upperBound, int probesSent, int probesLost, int blackHoles) {}

    /** How the ends tell each other of congestion marks. */
    public enum EcnFeedback {
        /** Not at all. */
        NONE,
        /** RFC 3168: whether there were any, once a round trip. */
        CLASSIC,
        /** RFC 9768: how many packets. */
        ACCURATE
    }

    /**
     * The AccECN option of RFC 9768, beside the counter that every segment carries. What was sent while no option came
     * through is not in the totals.
     *
     * @param sent whether ours is sent: false once the path seemed to drop what carries it
     * @param read whether the peer's is believed: false before there is any, and if its fields are cleared on the way
     * @param ect0Bytes payload of ours that arrived as ECT(0)
     * @param ect1Bytes payload of ours that arrived as ECT(1)
     * @param ceBytes payload of ours that arrived with a congestion mark
     */
    public record EcnOption(boolean sent, boolean read, long ect0Bytes, long ect1Bytes, long ceBytes) {
        /** That of a connection whose feedback is not accurate. */
        public static final EcnOption UNUSED = new EcnOption(false, false, 0, 0, 0);
    }

    /**
     * Explicit congestion notification.
     *
     * @param feedback what the handshake agreed on
     * @param capable whether new data is sent ECN-capable; false also once the path was seen to change codepoints
     * @param ceReceived acceptable segments that arrived with a congestion mark
     * @param reductions times that the window was reduced because the peer reported marks
     * @param deliveredCe segments of ours that arrived marked; with classic feedback, those acknowledged while the peer
     *     reported marks
     * @param option what the AccECN option adds
     */
    public record Ecn(
            EcnFeedback feedback,
            boolean capable,
            long ceReceived,
            long reductions,
            long deliveredCe,
            EcnOption option) {}
}
