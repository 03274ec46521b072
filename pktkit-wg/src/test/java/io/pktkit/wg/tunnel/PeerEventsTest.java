// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.device.Mailbox;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class PeerEventsTest {

    @Test
    void shouldTellWhatWaitsWithTheNextEventWhenThereWasNoThreadForOnce() {
        AtomicBoolean lacking = new AtomicBoolean(true);
        Mailbox mailbox = new Mailbox(
                task -> {
                    if (lacking.getAndSet(false)) {
                        throw new Error("unable to create native thread (not a real one)");
                    }
                    task.run();
                },
                PeerEventsTest.class);
        List<Integer> told = new ArrayList<>();
        PeerEvents<String> events = new PeerEvents<>(mailbox, (of, which) -> told.add(which));

        events.note("only", PeerEvents.HANDSHAKE);
        assertEquals(List.of(), told);
        events.note("only", PeerEvents.LOST);

        assertEquals(List.of(PeerEvents.HANDSHAKE | PeerEvents.LOST), told);
    }
}
