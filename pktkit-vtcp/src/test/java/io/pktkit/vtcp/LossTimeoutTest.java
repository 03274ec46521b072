// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpFamily;
import io.pktkit.wire.TcpSegment;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The retransmission timer is the last resort: what acknowledgments or a probe of the tail can tell of a loss is repeated
 * before it fires (RFC 8985). Short transfers, every two of whose segments are lost the first time that they are sent.
 */
class LossTimeoutTest {
    private static final int INITIAL_WINDOW = 10;

    /** With timestamps and without, as an echo tells whether a repeat was the one that arrived. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldRecoverFromOneLossAndAnyTwoWithoutATimeout(boolean timestamps) {
        for (int segments = 3; segments <= 24; segments++) {
            for (int first = 0; first < segments; first++) {
                // In recovery there is no probe, so that the tail that is sent then waits for the timer.
                int end = segments <= INITIAL_WINDOW ? segments : first + 1;
                for (int second = first; second < end; second++) {
                    transfer(segments, new HashSet<>(List.of(first, second)), timestamps);
                }
            }
        }
    }

    /** A burst of losses at the end leaves nothing behind it that would tell: the probe does. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldRecoverFromTheLossOfTheTailWithoutATimeout(boolean timestamps) {
        for (int segments = 3; segments <= 24; segments++) {
            for (int lost = 1; lost <= Math.min(5, segments - 1); lost++) {
                Set<Integer> tail =
                        IntStream.range(segments - lost, segments).boxed().collect(Collectors.toSet());
                transfer(segments, tail, timestamps);
            }
        }
    }

    private static void transfer(int segments, Set<Integer> lost, boolean timestamps) {
        int size = timestamps ? 1448 : 1460;
        TcpConfig config = TcpConfig.builder().timestamps(timestamps).build();
        Set<Integer> left = new HashSet<>(lost);
        Simulation simulation = new Simulation(
                8, // one of those with the largest budget
                IpFamily.IPV4,
                (make, simulated, sender) -> List.of(
                        sender == simulated.client ? drops(left, size) : (packet, next) -> next.accept(packet),
                        make.delay(25 * Simulation.MS, 0)),
                config,
                config,
                segments * size - 300,
                0);
        simulation.client.chunk = 1 << 20;
        simulation.run(300);

        assertTrue(left.isEmpty(), () -> "not lost: " + left);
        TcpInfo info = simulation.client.connection().info();
        assertEquals(0, info.counters().timeouts(), () -> segments + " segments, lost " + lost + ": " + info);
    }

    /** Drops what is first sent as the n-th segment, for each of these n. */
    private static Stage drops(Set<Integer> lost, int size) {
        int[] start = {0};
        return (packet, next) -> {
            TcpSegment segment = packet.segment();
            if (segment.has(TcpSegment.SYN)) {
                start[0] = segment.sequenceNumber() + 1;
            }
            boolean drop = segment.payloadLength() > 0 && lost.remove((segment.sequenceNumber() - start[0]) / size);
            if (!drop) {
                next.accept(packet);
            }
        };
    }
}
