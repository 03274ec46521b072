// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpFamily;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What one end counts and what it lets the other know, where few of its acknowledgments get through. */
class AccEcnTransferTest {
    private static final long MS = Simulation.MS;
    private static final int BYTES = 1_000_000;
    private static final int SEEDS = 40;

    /** Marks that were made and those that the sender knows of, and so for bytes. */
    private record Outcome(long made, long known, long bytesMade, TcpInfo.EcnOption option) {}

    @Test
    void shouldKnowOfEveryMarkWhileAcknowledgmentsAreThinned() {
        for (long seed = 0; seed < SEEDS; seed++) {
            Outcome outcome = run(seed, 0);
            String where = "seed=" + seed + " " + outcome;

            assertTrue(outcome.made > 40, where);
            assertEquals(outcome.made, outcome.known, where);
            assertEquals(outcome.bytesMade, outcome.option.ceBytes(), where);
            assertTrue(outcome.option.ect0Bytes() + outcome.bytesMade <= BYTES, where);
            assertTrue(outcome.option.ect0Bytes() + outcome.bytesMade > BYTES * 9 / 10, where);
        }
    }

    /** Else the test above would show nothing. */
    @Test
    void shouldMissSomeMarksWithoutTheOption() {
        int missed = 0;
        for (long seed = 0; seed < SEEDS; seed++) {
            Outcome outcome = run(seed, 1);
            assertEquals(0, outcome.known % 8 - outcome.made % 8, "seed=" + seed + " " + outcome);
            missed += outcome.known < outcome.made ? 1 : 0;
        }
        assertTrue(missed > 0, "the counter of three bits would have done");
    }

    private static Outcome run(long seed, long stripAfter) {
        TcpConfig config = TcpConfig.builder().ecn(EcnMode.ACCURATE).build();
        long[] made = {0, 0, 0};
        Simulation simulation = new Simulation(
                seed,
                IpFamily.IPV4,
                (make, s, sender) -> List.of(
                        markRuns(made), make.thinAcks(0.9), make.stripLater(172, stripAfter), make.delay(20 * MS, 0)),
                config,
                config,
                BYTES,
                0);
        simulation.run(300);
        TcpInfo.Ecn known = simulation.client.connection().info().ecn();
        assertEquals(made[1], simulation.server.connection().info().ecn().ceReceived(), "seed=" + seed);
        return new Outcome(made[1], known.deliveredCe(), made[2], known.option());
    }

    /** Marks twenty in a row, now and then, but none of the last. */
    private static Stage markRuns(long[] made) {
        return (packet, next) -> {
            boolean marked = packet.ecn() != 0 && made[0]++ % 150 >= 130 && made[0] < 600;
            made[1] += marked ? 1 : 0;
            made[2] += marked ? packet.segment().payloadLength() : 0;
            next.accept(marked ? packet.marked(3) : packet);
        };
    }
}
