// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.client.AuthAttempt;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.client.SettingsSource;
import io.pktkit.ovpn.internal.session.TestCerts;
import io.pktkit.ovpn.internal.session.TestClient;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What those are given who come in, and what becomes of those who do not. */
class AdmissionTest {

    private static final byte[] OUT = VirtualServer.packet("10.8.0.2", "192.0.2.99");

    /** What an authenticator gives a client is given beside what the server pushes to all. */
    @Test
    void shouldGiveWhatIsPushedToAllBesideWhatAnAuthenticatorGives() {
        ClientSettings toAll = ClientSettings.builder()
                .route(IpPrefix.parse("10.1.0.0/16"))
                .dnsServer(IpAddress.parse("10.8.0.1"))
                .searchDomain("all.test")
                .redirectGateway("def1")
                .mtu(1400)
                .option("block-outside-dns")
                .build();
        ClientSettings own = ClientSettings.builder()
                .route(IpPrefix.parse("10.2.0.0/16"))
                .route(IpPrefix.parse("10.1.0.0/16"))
                .dnsServer(IpAddress.parse("9.9.9.9"))
                .mtu(1300)
                .build();
        try (VirtualServer rig =
                new VirtualServer(config -> config.push(toAll).authenticator(attempt -> attempt.accept(own)))) {
            String pushed = rig.connected("192.0.2.10", "alice").client.messages.get(0);
            for (String option : new String[] {
                "route 10.2.0.0 255.255.0.0,route 10.1.0.0 255.255.0.0,redirect-gateway def1,",
                "dhcp-option DNS 9.9.9.9,dhcp-option DNS 10.8.0.1,dhcp-option DOMAIN-SEARCH all.test,",
                "block-outside-dns,",
                "tun-mtu 1300",
                "ifconfig 10.8.0.2 255.255.255.0,"
            }) {
                assertTrue(pushed.contains("," + option), pushed);
            }
            assertEquals(pushed.indexOf("route 10.1.0.0"), pushed.lastIndexOf("route 10.1.0.0"), "told once");
        }
    }

    /** As what a file of client-config-dir pushes: of two options of a name OpenVPN takes the last. */
    @Test
    void shouldPushTheOptionsOfAClientBehindThoseOfAll() {
        ClientSettings toAll = ClientSettings.builder()
                .option("sndbuf 1")
                .option("block-outside-dns")
                .option("inactive 60")
                .build();
        ClientSettings own = ClientSettings.builder()
                .clientNetwork(IpPrefix.parse("172.16.0.0/12"))
                .option("inactive 0")
                .option("block-outside-dns")
                .build();
        try (VirtualServer rig =
                new VirtualServer(config -> config.push(toAll).authenticator(attempt -> attempt.accept(own)))) {
            String pushed = rig.connected("192.0.2.10", "alice").client.messages.get(0);
            assertTrue(pushed.contains(",sndbuf 1,inactive 60,inactive 0,block-outside-dns,"), pushed);
            ClientSettings given = rig.server.clients().get(0).settings();
            assertEquals(own.clientNetworks(), given.clientNetworks());
        }
    }

    /** A client that was started again while its user was asked: the first answer is for a program that is gone. */
    @Test
    void shouldNotEndALiveSessionForALateVerdict() {
        List<AuthAttempt> asked = new ArrayList<>();
        try (VirtualServer rig = new VirtualServer(config -> config.authenticator(asked::add))) {
            VirtualServer.VirtualPeer before = started(rig, 1);
            before.endpoint.close();
            rig.peers.remove(before);
            VirtualServer.VirtualPeer again = started(rig, 2);
            assertEquals(2, asked.size());
            asked.get(0).accept();
            rig.advance(3);
            asked.get(1).accept();
            rig.advance(3);
            assertTrue(again.client.isUp(), () -> again.client.messages.toString());
            assertTrue(again.reaches(OUT));
            assertEquals(1, rig.server.sessions());
        }
    }

    /** The same, when it is started again while its former self is plugged in. */
    @Test
    void shouldNotEndALiveSessionForOneThatIsBeingPluggedIn() {
        List<AuthAttempt> asked = new ArrayList<>();
        VirtualServer.VirtualPeer[] peers = new VirtualServer.VirtualPeer[2];
        VirtualServer[] rigs = new VirtualServer[1];
        SettingsSource source = (client, toAll) -> {
            if (peers[1] == null) {
                peers[0].endpoint.close();
                rigs[0].peers.remove(peers[0]);
                peers[1] = begun(rigs[0], 2);
                for (int i = 0; i < 20; i++) {
                    peers[1].pump();
                    rigs[0].poll();
                }
            }
            return toAll;
        };
        try (VirtualServer rig =
                new VirtualServer(config -> config.authenticator(asked::add).settings(source))) {
            rigs[0] = rig;
            peers[0] = started(rig, 1);
            asked.get(0).accept();
            rig.advance(3);
            assertEquals(2, asked.size());
            asked.get(1).accept();
            rig.advance(3);
            assertTrue(peers[1].client.isUp(), () -> peers[1].client.messages.toString());
            assertTrue(peers[1].reaches(OUT));
            assertEquals(1, rig.server.sessions());
        }
    }

    private static VirtualServer.VirtualPeer begun(VirtualServer rig, long sessionId) {
        VirtualServer.VirtualPeer peer = rig.peer("192.0.2.10", sessionId);
        peer.client.start(rig.time.nowNanos());
        return peer;
    }

    private static VirtualServer.VirtualPeer started(VirtualServer rig, long sessionId) {
        VirtualServer.VirtualPeer peer = begun(rig, sessionId);
        rig.settle();
        return peer;
    }

    /** It is told why for a while, and has no use for a seat, a place in the network and an address meanwhile. */
    @Test
    void shouldGiveBackAtOnceWhatOneHadWhoIsRefused() {
        IpAddress only = IpAddress.parse("10.8.0.2");
        try (VirtualServer rig = new VirtualServer(
                config -> config.limits(new OvpnLimits(1, 9, 9, 9, 100, 1, 1)).pool(only, only))) {
            VirtualServer.VirtualPeer bob = rig.peer("192.0.2.11", 2);
            bob.client.certificate = TestCerts.client("bob");
            // That there is no cipher for it shows when it is plugged in.
            bob.client.peerInfo = "IV_CIPHERS=BF-CBC\nIV_NCP=2\n";
            bob.client.start(rig.time.nowNanos());
            rig.settle();
            assertTrue(bob.client.messages.get(0).startsWith("AUTH_FAILED"), () -> bob.client.messages.toString());
            assertEquals(1, rig.server.sessions(), "it is still there to hear of it");
            assertTrue(rig.devices.get(0).done().toCompletableFuture().isDone());
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            assertEquals("10.8.0.2 255.255.255.0", alice.client.pushed("ifconfig"));
        }
    }

    /** One that is sent away is there for a while yet, and before it in the table. */
    @Test
    void shouldTakeDataWithoutAPeerIdOfWhoCameBack() {
        try (VirtualServer rig = new VirtualServer()) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", withoutPeerId(1), "alice");
            assertTrue(alice.reaches(OUT));
            rig.server.clients().get(0).disconnect("RESTART");
            rig.settle();
            alice.endpoint.close();
            rig.peers.remove(alice);
            VirtualServer.VirtualPeer again = rig.connected("192.0.2.10", withoutPeerId(2), "alice");
            assertEquals(2, rig.server.sessions());
            assertTrue(again.reaches(OUT));
        }
    }

    private static TestClient withoutPeerId(long sessionId) {
        TestClient client = new TestClient(sessionId);
        client.peerInfo = TestClient.PEER_INFO.replace("IV_PROTO=478", "IV_PROTO=" + (478 & ~(1 << 1)));
        return client;
    }

    /** A password is kept until there is an answer, or none is needed any more: the client, or the server, has gone. */
    @Test
    void shouldForgetThePasswordOfAQuestionThatIsOver() {
        List<AuthAttempt> asked = new ArrayList<>();
        try (VirtualServer rig = new VirtualServer(config -> config.authenticator(asked::add))) {
            for (int i = 0; i < 4; i++) {
                VirtualServer.VirtualPeer peer = rig.peer("192.0.2." + (60 + i), 100 + i);
                peer.client.username = "alice";
                peer.client.password = "secret";
                peer.client.start(rig.time.nowNanos());
                rig.settle();
                assertEquals("secret", new String(asked.get(i).password()));
                rig.peers.remove(peer);
                if (i == 2) {
                    rig.advance(61);
                }
            }
            for (int i = 0; i < 3; i++) {
                assertEquals(0, asked.get(i).password().length, "nobody has waited so long");
            }
            asked.get(3).reject("");
            assertEquals(0, asked.get(3).password().length, "it is answered");
            VirtualServer.VirtualPeer last = rig.peer("192.0.2.70", 200);
            last.client.password = "secret";
            last.client.start(rig.time.nowNanos());
            rig.settle();
            assertEquals("secret", new String(asked.get(4).password()));
        }
        assertEquals(0, asked.get(4).password().length, "the server is closed");
    }

    /** Of a renegotiation that came to nothing, too, when the next one begins. */
    @Test
    void shouldForgetThePasswordOfAQuestionBeforeAnother() {
        List<AuthAttempt> asked = new ArrayList<>();
        try (VirtualServer rig = new VirtualServer(config -> config.authenticator(attempt -> {
            asked.add(attempt);
            if (!attempt.isRenewal()) {
                attempt.accept();
            }
        }))) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            alice.client.password = "secret";
            rig.advance(2);
            alice.client.renegotiate(rig.time.nowNanos());
            rig.settle();
            assertEquals("secret", new String(asked.get(1).password()));
            rig.advance(61);
            alice.client.abandonRenegotiation();
            alice.client.renegotiate(rig.time.nowNanos());
            rig.settle();
            assertEquals("secret", new String(asked.get(2).password()));
            assertEquals(0, asked.get(1).password().length);
        }
    }
}
