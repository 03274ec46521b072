// SPDX-License-Identifier: MIT
package io.pktkit.l2adapter;

import static io.pktkit.l2adapter.TestNet.HOST4;
import static io.pktkit.l2adapter.TestNet.HOST6;
import static io.pktkit.l2adapter.TestNet.PEER4;
import static io.pktkit.l2adapter.TestNet.PEER6;
import static io.pktkit.l2adapter.TestNet.PEER_MAC;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import org.junit.jupiter.api.Test;

/** Answers on the thread of the question, any number of them, and no deeper than is good. */
class ExchangeTest {

    private final TestNet net = new TestNet();

    @Test
    void shouldAnswerAnyNumberOfRequestsOnOneThread() {
        for (int i = 0; i < 100; i++) {
            net.arpRequest(PEER_MAC, PEER4, HOST4);
        }

        assertEquals(100, net.frames.size());
    }

    @Test
    void shouldCutAnEndlessExchangeOfRequestsAndReplies() {
        int[] sent = {0};
        net.listen(frame -> {
            sent[0]++;
            net.arpRequest(PEER_MAC, PEER4, HOST4);
        });

        net.arpRequest(PEER_MAC, PEER4, HOST4);

        assertTrue(sent[0] > 1 && sent[0] < 100, "sent=" + sent[0]);
        assertEquals(1, net.dropped(DropReason.LOOP));
    }

    @Test
    void shouldAnswerAnyNumberOfSolicitationsOnOneThread() {
        for (int i = 0; i < 100; i++) {
            net.solicit(PEER_MAC, PEER6, HOST6);
        }

        assertEquals(100, net.frames.size());
    }

    @Test
    void shouldCutAnEndlessExchangeOfSolicitationsAndAdvertisements() {
        int[] sent = {0};
        net.listen(frame -> {
            sent[0]++;
            net.solicit(PEER_MAC, PEER6, HOST6);
        });

        net.solicit(PEER_MAC, PEER6, HOST6);

        assertTrue(sent[0] > 1 && sent[0] < 100, "sent=" + sent[0]);
        assertEquals(1, net.dropped(DropReason.LOOP));
    }
}
