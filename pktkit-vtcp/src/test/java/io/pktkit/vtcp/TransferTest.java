// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TransferTest {
    private static final long MS = Simulation.MS;

    @ParameterizedTest
    @EnumSource
    void shouldCarryBothStreamsOverACleanLink(CongestionAlgorithm algorithm) {
        TcpConfig config = TcpConfig.builder().congestion(algorithm).build();
        Simulation simulation =
                new Simulation(1, Simulation.Impairment.none(10 * MS), config, config, 3_000_000, 500_000);

        simulation.run(300);

        assertEquals(0, simulation.client.connection().info().counters().retransmissions());
        assertEquals(0, simulation.server.connection().info().counters().retransmissions());
    }

    @ParameterizedTest
    @EnumSource
    void shouldCarryBothStreamsWithoutDelay(CongestionAlgorithm algorithm) {
        TcpConfig config = TcpConfig.builder().congestion(algorithm).build();
        Simulation simulation = new Simulation(2, Simulation.Impairment.none(0), config, config, 3_000_000, 500_000);

        simulation.run(300);

        assertEquals(0, simulation.client.connection().info().counters().retransmissions());
    }
}
