// SPDX-License-Identifier: MIT
package io.pktkit.interop.tcp;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.TcpInfo;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** What {@code TCP_INFO} told the peer of a connection, by the names of the kernel's structure. */
record LinuxInfo(Map<String, Long> fields) {

    /** Reads what the peer tells for the action {@code info}. */
    static LinuxInfo parse(String told) {
        return new LinuxInfo(Arrays.stream(told.split(" "))
                .map(field -> field.split("="))
                .collect(Collectors.toMap(pair -> pair[0], pair -> Long.parseLong(pair[1]))));
    }

    long get(String name) {
        return Objects.requireNonNull(fields.get(name), name);
    }

    /**
     * Compares the books of both ends, after Linux has read our stream to its end and has told its {@code info}, and we
     * have read all that Linux sent.
     */
    void assertAgrees(TcpInfo ours, long sent, long received) {
        TcpInfo.Counters counters = ours.counters();
        TcpInfo.Negotiated negotiated = ours.negotiated();
        String both = "Linux " + fields + ", ours " + ours;
        assertAll(
                // Linux counts the SYN among what was acknowledged, and the FIN among what was received.
                () -> assertEquals(sent, get("bytes_received") - 1, both),
                () -> assertEquals(received, counters.bytesReceived(), both),
                () -> assertTrue(get("bytes_acked") <= received + 2, both),
                () -> assertTrue(counters.bytesAcked() <= sent, both),
                () -> assertEquals(sent, counters.bytesSent() - counters.bytesRetransmitted(), both),
                () -> assertEquals(received, get("bytes_sent") - get("bytes_retrans"), both),
                // What is missing was lost, and what was lost was repeated.
                () -> assertBetween(
                        0, counters.dataSegmentsSent() - get("data_segs_in"), counters.retransmissions(), both),
                () -> assertBetween(
                        0, get("data_segs_out") - counters.dataSegmentsReceived(), get("total_retrans"), both),
                // A segment lost three times in a row is taken for too large, on a path that does lose.
                () -> assertBlackHoleOrEqual(ours, get("snd_mss"), negotiated.sendMss(), both),
                () -> assertBlackHoleOrEqual(ours, get("pmtu"), negotiated.pathMtu(), both),
                () -> assertEquals(get("rcv_wscale"), negotiated.sendShift(), both),
                () -> assertEquals(get("snd_wscale"), negotiated.receiveShift(), both),
                () -> assertEquals(get("scaling"), negotiated.windowScaling() ? 1 : 0, both),
                () -> assertEquals(get("sack"), negotiated.sack() ? 1 : 0, both),
                () -> assertEquals(get("timestamps"), negotiated.timestamps() ? 1 : 0, both));
    }

    /** The same once both streams are over and acknowledged, when there is nothing on its way about which to differ. */
    void assertSettled(TcpInfo ours, long sent, long received, boolean linuxDialled) {
        TcpInfo.Counters counters = ours.counters();
        String both = "Linux " + fields + ", ours " + ours;
        assertAgrees(ours, sent, received);
        assertAll(
                // The FIN, and for the end that dials the SYN too.
                () -> assertEquals(received + (linuxDialled ? 2 : 1), get("bytes_acked"), both),
                () -> assertEquals(sent, counters.bytesAcked(), both),
                () -> assertEquals(0, get("unacked") + get("lost") + get("sacked") + get("notsent"), both),
                () -> assertEquals(
                        0, ours.queues().unacknowledged() + ours.queues().sendQueued(), both),
                () -> assertEquals(
                        0, ours.congestion().inFlight() + ours.congestion().lost(), both),
                () -> assertTrue(get("min_rtt") > 0 && get("rtt") > 0, both),
                () -> assertTrue(ours.timing().minimumRttNanos() > 0, both),
                () -> assertTrue(
                        ours.timing().smoothedRttNanos() >= ours.timing().minimumRttNanos(), both));
    }

    /** Checks the books of an end that dialled and whose two streams are over: what it sent, and what it received. */
    void assertMoved(long sent, long received) {
        assertAll(
                fields.toString(),
                () -> assertEquals(sent, get("bytes_sent") - get("bytes_retrans")),
                () -> assertEquals(sent + 2, get("bytes_acked")),
                () -> assertEquals(received + 1, get("bytes_received")),
                () -> assertEquals(0, get("unacked") + get("lost") + get("notsent")),
                () -> assertEquals(1, get("sack") & get("timestamps") & get("scaling")),
                () -> assertTrue(get("rtt") > 0 && get("min_rtt") > 0));
    }

    /** Checks that what this end, which dialled, sent and received is what the far end of a NAT received and sent. */
    void assertCarriedOn(LinuxInfo far) {
        assertMoved(far.get("bytes_received") - 1, far.get("bytes_sent") - far.get("bytes_retrans"));
        assertEquals(0, far.get("unacked") + far.get("notsent"), far::toString);
    }

    private static void assertBlackHoleOrEqual(TcpInfo info, long expected, long actual, String message) {
        if (info.mtuSearch().blackHoles() > 0) {
            assertBetween(1, actual, expected, message);
        } else {
            assertEquals(expected, actual, message);
        }
    }

    private static void assertBetween(long least, long value, long most, String message) {
        assertTrue(least <= value && value <= most, () -> least + " <= " + value + " <= " + most + ": " + message);
    }
}
