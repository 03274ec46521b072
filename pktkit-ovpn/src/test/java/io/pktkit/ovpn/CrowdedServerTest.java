// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.client.ClientListener;
import io.pktkit.ovpn.client.ConnectedClient;
import io.pktkit.ovpn.internal.session.TestCerts;
import io.pktkit.ovpn.internal.session.TestClient;
import io.pktkit.time.Alarm;
import io.pktkit.time.ManualTime;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;

/** How much room those take who are not in. */
class CrowdedServerTest {

    /** Each session makes an alarm, which is counted. */
    private static final class CountingTime implements Timers {

        private final List<Alarm> made = new ArrayList<>();
        private final ManualTime time = new ManualTime();

        @Override
        public long nowNanos() {
            return time.nowNanos();
        }

        @Override
        public Executor callbacks() {
            return time.callbacks();
        }

        @Override
        public Alarm newAlarm(Runnable callback) {
            Alarm alarm = time.newAlarm(callback);
            made.add(alarm);
            return alarm;
        }
    }

    /** What a client of an own session at the peer's address says to the server's cookie. */
    private static byte[] thirdPacket(VirtualServer rig, VirtualServer.VirtualPeer peer, long sessionId)
            throws IOException {
        TestClient client = new TestClient(sessionId);
        client.start(rig.time.nowNanos());
        peer.sendUnrecorded(client.out.remove(0));
        rig.poll();
        peer.endpoint.poll(datagram -> client.receive(datagram.toBytes(), rig.time.nowNanos()));
        return client.out.get(0);
    }

    /** A cookie is good for one session at a time, but three of them, in turn, would begin handshakes without end. */
    @Test
    void shouldBeginAFewSessionsOfAPeerInAMinute() throws IOException {
        CountingTime counting = new CountingTime();
        try (VirtualServer rig = new VirtualServer(config -> config.time(counting, Clock.systemUTC()))) {
            VirtualServer.VirtualPeer mallory = rig.peer("192.0.2.66", 0x66);
            List<byte[]> thirds = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                thirds.add(thirdPacket(rig, mallory, 0x100 + i));
            }
            int before = counting.made.size();
            for (int i = 0; i < 90; i++) {
                mallory.sendUnrecorded(thirds.get(i % 3));
                rig.endpointDrain(mallory);
            }
            assertEquals(4, counting.made.size() - before);
            assertTrue(rig.server.drops(OvpnDrop.RESET_RATE) > 20);
        }
    }

    /** Whom an address translator gives a port each, they all come in at once. */
    @Test
    void shouldNotCountTheNeighboursOfAPeer() {
        try (VirtualServer rig = new VirtualServer(config -> config.allowSameNames(true))) {
            for (int port = 4000; port < 4012; port++) {
                VirtualServer.VirtualPeer peer = rig.peer("192.0.2.10", port, port);
                peer.client.start(rig.time.nowNanos());
                rig.settle();
            }
            assertEquals(12, rig.server.clients().size());
            assertEquals(0, rig.server.drops(OvpnDrop.RESET_RATE));
        }
    }

    /** Who names a user, and has nobody who lets it in, holds no place against those who come later. */
    @Test
    void shouldMakeRoomByTheOldestWhoWaitsForAVerdict() {
        try (VirtualServer rig = new VirtualServer(config -> config.limits(new OvpnLimits(40, 40, 3, 4, 100, 1, 1))
                .authenticator(attempt -> {
                    if (attempt.identity().username().isEmpty()) {
                        attempt.accept();
                    } else {
                        attempt.pending(900, "", answer -> {});
                    }
                }))) {
            for (int i = 0; i < 3; i++) {
                waiting(rig, "192.0.2." + (60 + i), 100 + i);
            }
            assertEquals(3, rig.server.sessions());
            rig.connected("192.0.2.10", "alice");
            assertEquals(3, rig.server.sessions());
        }
    }

    /** The same at one address, where a client begins anew while its user is still asked. */
    @Test
    void shouldMakeRoomAtAnAddressByTheOldestWhoWaitsForAVerdict() {
        try (VirtualServer rig =
                new VirtualServer(config -> config.authenticator(attempt -> attempt.pending(900, "", answer -> {})))) {
            for (int i = 0; i < 3; i++) {
                VirtualServer.VirtualPeer peer = waiting(rig, "192.0.2.60", 100 + i);
                assertTrue(peer.client.messages.contains("AUTH_PENDING,timeout 900"), "session " + i);
                rig.peers.remove(peer);
                peer.endpoint.close();
            }
            assertEquals(2, rig.server.sessions());
        }
    }

    /** Who is refused stays a while to hear it, but not in the place of another who comes. */
    @Test
    void shouldMakeRoomByTheOldestWhoIsRefused() {
        List<String> told = new ArrayList<>();
        ClientListener listener = new ClientListener() {
            @Override
            public void disconnected(ConnectedClient client, String reason) {
                told.add(reason);
            }
        };
        try (VirtualServer rig = new VirtualServer(config -> config.limits(new OvpnLimits(40, 40, 3, 4, 100, 1, 1))
                .listener(listener)
                .authenticator(attempt -> attempt.reject("no")))) {
            for (int i = 0; i < 4; i++) {
                VirtualServer.VirtualPeer peer = waiting(rig, "192.0.2." + (60 + i), 100 + i);
                assertEquals(List.of("AUTH_FAILED,no"), peer.client.messages, "session " + i);
            }
            assertEquals(3, rig.server.sessions());
            rig.advance(6);
            assertEquals(0, rig.server.sessions());
            assertEquals(List.of(), told, "of who was never in");
        }
    }

    /** The same at one address, where a client asks its user again and again. */
    @Test
    void shouldMakeRoomAtAnAddressByTheOldestWhoIsRefused() {
        try (VirtualServer rig = new VirtualServer(config -> config.authenticator(attempt -> attempt.reject("no")))) {
            for (int i = 0; i < 4; i++) {
                VirtualServer.VirtualPeer peer = waiting(rig, "192.0.2.60", 100 + i);
                assertEquals(List.of("AUTH_FAILED,no"), peer.client.messages, "session " + i);
                rig.peers.remove(peer);
                peer.endpoint.close();
            }
            assertEquals(2, rig.server.sessions());
        }
    }

    /** Nor in the place of one that came before, and has come no further than to begin. */
    @Test
    void shouldEndWhoIsRefusedBeforeWhoHasYetToTellItsName() throws IOException {
        try (VirtualServer rig = new VirtualServer(config -> config.limits(new OvpnLimits(40, 40, 3, 4, 100, 1, 1))
                .authenticator(attempt -> {
                    if (attempt.identity().username().isEmpty()) {
                        attempt.accept();
                    } else {
                        attempt.reject("no");
                    }
                }))) {
            VirtualServer.VirtualPeer alice = begun(rig, "192.0.2.10");
            for (int i = 0; i < 4; i++) {
                waiting(rig, "192.0.2." + (60 + i), 100 + i);
            }
            assertEquals(3, rig.server.sessions());

            rig.peers.add(alice);
            rig.settle();
            assertTrue(alice.client.isUp(), alice.client.messages::toString);
        }
    }

    /** The same at one address. */
    @Test
    void shouldEndWhoIsRefusedAtAnAddressBeforeWhoHasYetToTellItsName() throws IOException {
        try (VirtualServer rig = new VirtualServer(config -> config.authenticator(attempt -> attempt.reject("no")))) {
            VirtualServer.VirtualPeer first = begun(rig, "192.0.2.60");
            first.endpoint.close();
            for (int i = 0; i < 2; i++) {
                VirtualServer.VirtualPeer peer = waiting(rig, "192.0.2.60", 100 + i);
                assertEquals(List.of("AUTH_FAILED,no"), peer.client.messages, "session " + i);
                rig.peers.remove(peer);
                peer.endpoint.close();
            }
            first.endpoint = rig.endpoint(IpAddress.parse("192.0.2.60"), 4000);
            rig.peers.add(first);
            rig.settle();
            assertEquals(List.of("AUTH_FAILED,no"), first.client.messages);
        }
    }

    /** One that has shown where it is, and goes on when the test adds it to the peers again. */
    private static VirtualServer.VirtualPeer begun(VirtualServer rig, String address) throws IOException {
        VirtualServer.VirtualPeer peer = rig.peer(address, 0x10);
        rig.peers.remove(peer);
        peer.client.certificate = TestCerts.client("alice");
        peer.client.start(rig.time.nowNanos());
        for (int i = 0; i < 2; i++) {
            peer.pumpOut();
            rig.poll();
            peer.pump(); // what it would send now stays with it
        }
        assertEquals(1, rig.server.sessions());
        return peer;
    }

    private static VirtualServer.VirtualPeer waiting(VirtualServer rig, String address, long sessionId) {
        VirtualServer.VirtualPeer peer = rig.peer(address, sessionId);
        peer.client.username = "mallory";
        peer.client.start(rig.time.nowNanos());
        rig.settle();
        return peer;
    }
}
