// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import static io.pktkit.wg.tunnel.VirtualNet.at;
import static io.pktkit.wg.tunnel.VirtualNet.options;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.device.Mailbox;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerListener;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PeerEventsTest {

    private final VirtualNet net = new VirtualNet();
    private final WgPeer peer = net.port("192.0.2.1")
            .addDevice(net.key())
            .identity()
            .addPeer(net.key().publicKey(), options().endpoint(at("192.0.2.2")), 0);

    @AfterEach
    void close() {
        net.close();
    }

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

    /** What a listener hears of events that waited together, as each came behind the ones before. */
    private List<String> told(int... noted) {
        List<Runnable> tasks = new ArrayList<>();
        List<String> told = new ArrayList<>();
        PeerEvents<WgPeer> events =
                new PeerEvents<>(new Mailbox(tasks::add, PeerEventsTest.class), PeerEvents.teller(new WgPeerListener() {
                    @Override
                    public void handshakeCompleted(WgPeer peer) {
                        told.add("handshake");
                    }

                    @Override
                    public void endpointChanged(WgPeer peer, WgEndpoint endpoint) {
                        told.add("endpoint");
                    }

                    @Override
                    public void unanswered(WgPeer peer) {
                        told.add("unanswered");
                    }

                    @Override
                    public void sessionLost(WgPeer peer) {
                        told.add("lost");
                    }

                    @Override
                    public void peerExpired(WgPeer peer) {
                        told.add("expired");
                    }

                    @Override
                    public void peerRemoved(WgPeer peer) {
                        told.add("removed");
                    }
                }));
        for (int event : noted) {
            events.note(peer, event);
        }
        for (int i = 0; i < tasks.size(); i++) {
            tasks.get(i).run(); // which may bring another
        }
        return told;
    }

    @Test
    void shouldTellAnEndBeforeTheSessionThatCameBehindIt() {
        assertEquals(
                List.of("unanswered", "lost", "endpoint", "handshake"),
                told(PeerEvents.UNANSWERED, PeerEvents.LOST, PeerEvents.ENDPOINT, PeerEvents.HANDSHAKE));
        assertEquals(List.of("expired", "handshake"), told(PeerEvents.EXPIRED, PeerEvents.HANDSHAKE));
        assertEquals(List.of("lost", "handshake"), told(PeerEvents.HANDSHAKE, PeerEvents.LOST, PeerEvents.HANDSHAKE));
        assertEquals(
                List.of("lost", "handshake", "removed"),
                told(PeerEvents.LOST, PeerEvents.HANDSHAKE, PeerEvents.REMOVED));
    }

    @Test
    void shouldTellAnEndBehindTheSessionThatWas() {
        assertEquals(
                List.of("handshake", "unanswered", "lost"),
                told(PeerEvents.HANDSHAKE, PeerEvents.UNANSWERED, PeerEvents.LOST));
        assertEquals(List.of("handshake", "lost"), told(PeerEvents.LOST, PeerEvents.HANDSHAKE, PeerEvents.LOST));
        assertEquals(List.of("handshake", "expired"), told(PeerEvents.HANDSHAKE, PeerEvents.EXPIRED));
    }
}
