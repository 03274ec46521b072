// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class TransferTest {
    private static final long MS = Simulation.MS;

    @Test
    void shouldCarryBothStreamsOverACleanLink() {
        TcpConfig config = TcpConfig.builder().build();
        Simulation simulation =
                new Simulation(1, Simulation.Impairment.none(10 * MS), config, config, 3_000_000, 500_000);

        simulation.run(300);

        assertEquals(0, simulation.client.connection().info().counters().retransmissions());
        assertEquals(0, simulation.server.connection().info().counters().retransmissions());
    }

    @Test
    void shouldCarryBothStreamsWithoutDelay() {
        TcpConfig config = TcpConfig.builder().build();
        Simulation simulation = new Simulation(2, Simulation.Impairment.none(0), config, config, 3_000_000, 500_000);

        simulation.run(300);

        assertEquals(0, simulation.client.connection().info().counters().retransmissions());
    }
}
