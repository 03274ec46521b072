// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.time.ManualTime;
import org.junit.jupiter.api.Test;

/** What two threads may ask between which another one has changed the dispute. {@link L2HubMoveTest} has the rest. */
class DisputeTest {

    private final L2Hub hub = new L2Hub(new ManualTime());
    private final HubPort home = hub.connect(new Station(1));
    private final HubPort thief = hub.connect(new Station(2));

    @Test
    void shouldRefuseUnderTheLockWhatItRefusesWithout() {
        Dispute dispute = new Dispute(home, 0);

        assertTrue(dispute.refuses(thief, Dispute.HOLD_NANOS - 1));
        assertFalse(dispute.judge(home, thief, Dispute.HOLD_NANOS - 1));
        assertFalse(dispute.refuses(thief, Dispute.HOLD_NANOS));
        assertTrue(dispute.judge(home, thief, Dispute.HOLD_NANOS));
    }

    @Test
    void shouldRefuseNothingWithoutTheLockThatMayBeRight() {
        Dispute dispute = new Dispute(home, 0);

        assertFalse(dispute.refuses(home, 0));
        dispute.hear();
        assertFalse(dispute.refuses(thief, 1), "the silence must begin anew, under the lock");
    }
}
