// SPDX-License-Identifier: MIT
package io.pktkit.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Attachment;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.lab.internal.Closers;
import io.pktkit.wire.Frame;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What cannot be brought up leaves nothing behind. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LanFailureTest {

    private static LanConfig.Builder config() {
        return LanConfig.builder().resolvConf(Path.of("/nonexistent"));
    }

    @Test
    void shouldLeaveNothingOfAHostWhoseLinkIsRefused() throws Exception {
        try (Lan lan = Lan.open(config().build())) {
            int ports = lan.hub().portCount();
            for (Throwable refusal :
                    List.of(new IllegalStateException("no"), new StackOverflowError("not a real one"))) {
                Throwable thrown = assertThrows(Throwable.class, () -> lan.addHost("alice", link -> fail(refusal)));

                assertSame(refusal, thrown);
                assertEquals(ports, lan.hub().portCount());
            }
        }
    }

    private static void fail(Throwable with) {
        if (with instanceof Error error) {
            throw error;
        }
        throw (RuntimeException) with;
    }

    @Test
    void shouldCloseADeviceOfItsOwnThatCannotBeAttached() throws Exception {
        try (Lan lan = Lan.open(config().build());
                L2Adapter taken = L2Adapter.builder().build()) {
            int ports = lan.hub().portCount();
            Attachment<Frame> elsewhere = taken.attach(frame -> {});

            assertThrows(IllegalStateException.class, () -> lan.adopt(taken));

            assertTrue(taken.done().toCompletableFuture().isDone());
            assertEquals(ports, lan.hub().portCount());
            elsewhere.close();
        }
    }

    @Test
    void shouldCloseADeviceOfItsOwnWithItself() throws Exception {
        Lan lan = Lan.open(config().build());
        L2Adapter device = lan.adopt(L2Adapter.builder().build());

        lan.close();

        assertTrue(device.done().toCompletableFuture().isDone());
        assertEquals(0, lan.hub().portCount());
    }

    @Test
    void shouldCloseTheRestAfterAnError() {
        List<String> closed = new ArrayList<>();
        for (boolean afterFailure : new boolean[] {false, true}) {
            Closers closers = new Closers();
            closers.add(() -> closed.add("first"));
            closers.add(() -> {
                throw new StackOverflowError("not a real one");
            });
            IllegalStateException cause = new IllegalStateException("why");
            if (afterFailure) {
                closers.closeAfter(cause);
                assertEquals(1, cause.getSuppressed().length);
            } else {
                closers.close();
            }
        }

        assertEquals(List.of("first", "first"), closed);
    }
}
