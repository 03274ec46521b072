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
        String both = "Linux " + fields + ", ours " + ours;
        assertAll(
                // Linux counts the SYN among what was acknowledged, and the FIN among what was received.
                () -> assertEquals(sent, get("bytes_received") - 1, both),
                () -> assertEquals(received, counters.bytesReceived(), both),
                () -> assertTrue(get("bytes_acked") <= received + 2, both),
                () -> assertTrue(counters.bytesAcked() <= sent, both),
                () -> assertEquals(sent, counters.bytesSent() - counters.bytesRetransmitted(), both),
                () -> assertTrue(get("data_segs_in") <= counters.dataSegmentsSent(), both),
                () -> assertTrue(counters.dataSegmentsReceived() <= get("data_segs_out"), both),
                () -> assertEquals(get("snd_mss"), ours.negotiated().sendMss(), both),
                () -> assertEquals(get("sack"), ours.negotiated().sack() ? 1 : 0, both),
                () -> assertEquals(get("timestamps"), ours.negotiated().timestamps() ? 1 : 0, both));
    }
}
