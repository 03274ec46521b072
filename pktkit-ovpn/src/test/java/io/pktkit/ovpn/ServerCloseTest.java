// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.client.ClientListener;
import io.pktkit.ovpn.client.ConnectedClient;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two that close a server at a time. */
@Timeout(60)
class ServerCloseTest {

    private static Thread closing(OvpnServer server, Runnable then) {
        Thread thread = new Thread(
                () -> {
                    server.close();
                    then.run();
                },
                "another that closes");
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private static ClientListener onEnd(Consumer<ConnectedClient> told) {
        return new ClientListener() {
            @Override
            public void disconnected(ConnectedClient client, String reason) {
                told.accept(client);
            }
        };
    }

    /** Until a thread waits, or has ended. */
    private static void awaitWait(Thread thread) {
        while (thread.isAlive()
                && thread.getState() != Thread.State.TIMED_WAITING
                && thread.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
    }

    @Test
    void shouldReturnFromNoCloseBeforeItIsClosed() throws Exception {
        List<String> order = Collections.synchronizedList(new ArrayList<>());
        VirtualServer[] rigs = new VirtualServer[1];
        Thread[] second = new Thread[1];
        VirtualServer rig = new VirtualServer(config -> config.listener(onEnd(client -> {
            second[0] = closing(rigs[0].server, () -> order.add("closed"));
            awaitWait(second[0]);
            order.add("told");
        })));
        rigs[0] = rig;
        rig.connected("192.0.2.10", "alice");
        rig.server.close();
        second[0].join();
        assertEquals(List.of("told", "closed"), order);
    }

    @Test
    void shouldNotWaitForItself() {
        List<String> told = new ArrayList<>();
        VirtualServer[] rigs = new VirtualServer[1];
        VirtualServer rig = new VirtualServer(config -> config.listener(onEnd(client -> {
            rigs[0].server.close();
            told.add(client.identity().name());
        })));
        rigs[0] = rig;
        rig.connected("192.0.2.10", "alice");
        rig.server.close();
        assertEquals(List.of("alice"), told);
    }

    /** The first close waits for the control thread, on which user code closes, too. */
    @Test
    void shouldNotWaitForWhoWaitsForIt() throws Exception {
        VirtualServer[] rigs = new VirtualServer[1];
        Thread[] first = new Thread[1];
        VirtualServer rig = new VirtualServer(config -> config.revoked(() -> {
            first[0] = closing(rigs[0].server, () -> {});
            awaitWait(first[0]);
            rigs[0].server.close();
            return List.of();
        }));
        rigs[0] = rig;
        rig.peer("192.0.2.10", 1).client.start(rig.time.nowNanos());
        while (first[0] == null) {
            rig.time.runCallbacks();
            rig.peers.get(0).pump();
            rig.poll();
        }
        first[0].join();
        assertTrue(rig.server.done().toCompletableFuture().isDone());
    }
}
