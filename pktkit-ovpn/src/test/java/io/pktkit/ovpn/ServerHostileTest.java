// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.internal.session.TestCerts;
import io.pktkit.ovpn.internal.session.TestClient;
import io.pktkit.ovpn.internal.wrap.TlsAuthWrap;
import io.pktkit.ovpn.key.AuthDigest;
import io.pktkit.ovpn.key.StaticKey;
import io.pktkit.ovpn.key.TlsCryptV2Key;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What anybody may send to a server, from the address of a client and from others, whatever the clients are about. */
class ServerHostileTest {

    private static final byte[] OUT = VirtualServer.packet("10.8.0.2", "192.0.2.99");

    /** How the control channel is protected. */
    enum Protection {
        NONE,
        TLS_AUTH,
        TLS_CRYPT,
        TLS_CRYPT_V2;

        ControlSecurity security() {
            return switch (this) {
                case NONE -> ControlSecurity.none();
                case TLS_AUTH -> ControlSecurity.tlsAuth(Vectors.staticKey(), AuthDigest.SHA1, 0);
                case TLS_CRYPT -> ControlSecurity.tlsCrypt(Vectors.staticKey());
                case TLS_CRYPT_V2 -> ControlSecurity.tlsCryptV2(Vectors.v2Key());
            };
        }

        TestClient client(long sessionId) {
            StaticKey key = Vectors.staticKey();
            return switch (this) {
                case NONE -> new TestClient(sessionId);
                case TLS_AUTH -> new TestClient(sessionId, TlsAuthWrap.create(key, "HmacSHA1", 1, 0));
                case TLS_CRYPT -> TestClient.crypt(sessionId, key);
                case TLS_CRYPT_V2 ->
                    TestClient.cryptV2(sessionId, key, Vectors.v2Key().wrap(new TlsCryptV2Key.Client(key, new byte[] {
                        0, 'a'
                    })));
            };
        }
    }

    private static VirtualServer.VirtualPeer peer(
            VirtualServer rig, Protection protection, String address, String name, long sessionId) {
        VirtualServer.VirtualPeer peer = rig.peer(address, protection.client(sessionId), 4000);
        peer.client.certificate = TestCerts.client(name);
        return peer;
    }

    /**
     * One client is in, one is on its way in, one renegotiates, and a stranger begins again and again; of what they send there
     * are mutants from everywhere.
     */
    private static void attack(Protection protection, int count, long seed) {
        Mutants mutants = new Mutants(seed);
        try (VirtualServer rig = new VirtualServer(config -> config.controlSecurity(protection.security()))) {
            List<byte[]> sent = new ArrayList<>();
            VirtualServer.VirtualPeer alice = peer(rig, protection, "192.0.2.10", "alice", 0x11);
            alice.sent = sent;
            alice.client.start(rig.time.nowNanos());
            rig.settle();
            assertTrue(alice.client.isUp(), () -> protection + " " + alice.client.messages);
            assertTrue(alice.reaches(OUT), protection.name());
            VirtualServer.VirtualPeer half = peer(rig, protection, "192.0.2.11", "bob", 0x22);
            half.sent = sent;
            half.client.sendsKeyMethod = false;
            half.client.start(rig.time.nowNanos());
            rig.settle();
            VirtualServer.VirtualPeer stranger = peer(rig, protection, "192.0.2.66", "bob", 0x33);
            stranger.sent = sent;
            stranger.client.start(rig.time.nowNanos());
            stranger.pumpOut();
            stranger.silent = true;
            for (int i = 0; i < count; i++) {
                VirtualServer.VirtualPeer from = List.of(alice, half, stranger).get(mutants.nextInt(3));
                from.sendUnrecorded(mutants.of(sent));
                if (i % 100 == 99) {
                    rig.deaf();
                }
                if (i == count / 2) {
                    rig.advance(2);
                    alice.client.renegotiate(rig.time.nowNanos());
                    alice.pumpOut();
                }
            }
            rig.deaf();
            String where = protection + " seed " + seed;
            assertEquals(0, rig.server.failures(), where);
            assertTrue(rig.server.sessions() <= 8, where + " sessions " + rig.server.sessions());
            alice.silent = false;
            if (protection != Protection.NONE) {
                // Behind a key nobody has come between the client and the server.
                rig.advance(20);
                assertTrue(alice.reaches(OUT), where);
            }
            rig.peers.clear();
            rig.advance(200);
            assertEquals(0, rig.server.sessions(), where + ": who falls silent goes");
            rig.connected("192.0.2.12", protection.client(0x44), "bob");
        }
    }

    @ParameterizedTest
    @EnumSource
    void shouldBeHarmedByNothing(Protection protection) {
        attack(protection, 8_000, 14);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("long")
    void shouldBeHarmedByNothingOfAMillion(Protection protection) {
        attack(protection, 250_000, 7);
    }
}
