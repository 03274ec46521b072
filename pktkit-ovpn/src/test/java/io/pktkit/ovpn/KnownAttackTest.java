// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.FixedPath;
import io.pktkit.ovpn.client.AuthAttempt;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.internal.session.TestCerts;
import io.pktkit.ovpn.internal.session.TestClient;
import io.pktkit.ovpn.internal.wire.ControlPacket;
import io.pktkit.ovpn.internal.wire.Opcode;
import io.pktkit.ovpn.internal.wrap.PlainWrap;
import io.pktkit.ovpn.internal.wrap.TlsCryptWrap;
import io.pktkit.ovpn.key.StaticKey;
import io.pktkit.ovpn.key.TlsCryptV2Key;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** What OpenVPN's own servers fell to, a test for each kind: CVE-2026-12996, 13117, 35058, 12932, 13698 and 40215, and two without one. */
class KnownAttackTest {

    private static final byte[] OUT = VirtualServer.packet("10.8.0.2", "192.0.2.99");

    private static byte[] control(int opcode, int keyId, long client, int[] acks, long server, int id, byte[] tls) {
        return new PlainWrap().wrap(new ControlPacket(opcode, keyId, client, acks, server, id, tls), 0, 0);
    }

    /** CVE-2026-12996: acknowledgments of all kinds between packets that are waited for, also while a verdict is. */
    @Test
    void shouldBearAnyAcknowledgmentsBetween() {
        List<AuthAttempt> asked = new ArrayList<>();
        try (VirtualServer rig = new VirtualServer(config -> config.authenticator(asked::add))) {
            VirtualServer.VirtualPeer alice = rig.peer("192.0.2.10", 0x77);
            alice.client.start(rig.time.nowNanos());
            rig.settle();
            assertEquals(1, asked.size());
            for (int round = 0; round < 200; round++) {
                int[] acks = new int[8];
                for (int i = 0; i < acks.length; i++) {
                    acks[i] = round % 2 == 0 ? round * 8 + i : -i;
                }
                long server = alice.client.serverSessionId;
                alice.send(control(Opcode.ACK_V1, round % 8, 0x77, acks, server, 0, new byte[0]));
                alice.send(control(Opcode.CONTROL_V1, 0, 0x77, acks, server, round % 20, new byte[0]));
                rig.endpointDrain(alice);
            }
            asked.get(0).accept();
            rig.advance(20);
            assertEquals(0, rig.server.failures());
            assertEquals(1, rig.server.sessions());
        }
    }

    /** CVE-2026-13117: the key of dynamic tls-crypt outlives a renegotiation that comes to nothing. */
    @Test
    void shouldKeepTheDynamicKeyWhenARenegotiationFails() {
        StaticKey key = Vectors.staticKey();
        try (VirtualServer rig = new VirtualServer(config -> config.controlSecurity(ControlSecurity.tlsCrypt(key)))) {
            TestClient client = TestClient.crypt(0x77, key);
            client.peerInfo = TestClient.PEER_INFO.replace("IV_PROTO=478", "IV_PROTO=" + (478 | 1 << 9));
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", client, "alice");
            assertTrue(client.pushed("protocol-flags").contains("dyn-tls-crypt"));
            for (int round = 0; round < 3; round++) {
                rig.advance(2);
                // Its reset arrives, and nothing after it.
                client.renegotiate(rig.time.nowNanos());
                alice.pumpOut();
                rig.endpointDrain(alice);
                alice.client.abandonRenegotiation();
                for (int i = 0; i < 65; i++) {
                    rig.advance(1);
                    assertTrue(alice.reaches(OUT), "round " + round + " second " + i);
                }
                client.renegotiate(rig.time.nowNanos());
                rig.settle();
                assertTrue(client.isUp(), "round " + round);
                assertTrue(alice.reaches(OUT), "round " + round);
                // Under the key that all clients share nothing of a renegotiation is opened.
                byte[] shared = TlsCryptWrap.client(key)
                        .wrap(
                                new ControlPacket(
                                        Opcode.ACK_V1,
                                        client.keyId(),
                                        0x77,
                                        new int[] {0},
                                        client.serverSessionId,
                                        0,
                                        new byte[0]),
                                1000 + round,
                                1000);
                alice.send(shared);
                rig.endpointDrain(alice);
            }
            assertEquals(0, rig.server.failures());
        }
    }

    /** CVE-2026-35058, 12932 and 13698: wrapped keys whose length is not true, from strangers and in a session; none is kept. */
    @Test
    void shouldBearMalformedWrappedKeys() {
        TlsCryptV2Key v2 = Vectors.v2Key();
        StaticKey key = StaticKey.generate(new SecureRandom());
        byte[] wrapped = v2.wrap(new TlsCryptV2Key.Client(key, new byte[] {0}));
        try (VirtualServer rig = new VirtualServer(config -> config.controlSecurity(ControlSecurity.tlsCryptV2(v2)))) {
            VirtualServer.VirtualPeer alice =
                    rig.connected("192.0.2.10", TestClient.cryptV2(0x77, key, wrapped), "alice");
            int alarms = rig.time.pending();
            TestClient other = TestClient.cryptV2(0x77, key, wrapped);
            other.start(rig.time.nowNanos());
            byte[] reset = other.out.get(0);
            for (int opcode : new int[] {Opcode.CONTROL_HARD_RESET_CLIENT_V3, Opcode.CONTROL_WKC_V1}) {
                for (int length = 0; length <= reset.length; length++) {
                    byte[] bad = reset.clone();
                    bad[0] = Opcode.first(opcode, 0);
                    // The key says that it is of another length than it is, also that of the packet.
                    bad[bad.length - 2] = (byte) (length >>> 8);
                    bad[bad.length - 1] = (byte) length;
                    alice.send(bad);
                    if (length > 0) {
                        byte[] cut = Arrays.copyOf(bad, length);
                        alice.send(cut);
                        // A packet that is its own key.
                        cut[length - 1] = (byte) length;
                        if (length > 1) {
                            cut[length - 2] = (byte) (length >>> 8);
                        }
                        alice.send(cut);
                    }
                    if (length % 50 == 0) {
                        rig.endpointDrain(alice);
                    }
                }
            }
            rig.endpointDrain(alice);
            assertEquals(0, rig.server.failures());
            assertEquals(1, rig.server.sessions());
            assertEquals(alarms, rig.time.pending());
            assertTrue(alice.reaches(OUT));
        }
    }

    /** CVE-2026-40215: what a handshake that came to nothing has said does not reach into the next one on its key. */
    @Test
    void shouldNotMixHandshakes() {
        List<String> renewals = new ArrayList<>();
        try (VirtualServer rig = new VirtualServer(config -> config.authenticator(attempt -> {
            if (attempt.isRenewal()) {
                renewals.add(new String(attempt.password()));
            }
            attempt.accept();
        }))) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            rig.advance(2);
            List<byte[]> sent = new ArrayList<>();
            alice.sent = sent;
            alice.client.password = "of the first";
            alice.client.renegotiate(rig.time.nowNanos());
            rig.settle();
            assertEquals(List.of("of the first"), renewals);
            List<byte[]> first = List.copyOf(sent);
            // Round to the same key id again.
            for (int i = 0; i < 6; i++) {
                rig.advance(2);
                alice.client.password = "between";
                alice.client.renegotiate(rig.time.nowNanos());
                rig.settle();
            }
            rig.advance(2);
            alice.client.password = "of the second";
            alice.client.renegotiate(rig.time.nowNanos());
            alice.pumpOut();
            rig.endpointDrain(alice);
            assertEquals(1, alice.client.keyId());
            first.forEach(alice::send);
            rig.endpointDrain(alice);
            assertEquals(
                    1,
                    renewals.stream()
                            .filter(word -> word.equals("of the first"))
                            .count());
            assertEquals(0, rig.server.failures());
            assertEquals(1, rig.server.clients().size(), "the client is in with the key before");
        }
    }

    /** It has packet id 0, is on key 0, and acknowledges nothing; what is sent otherwise is counted, and not answered. */
    @Test
    void shouldTakeNoResetThatIsNone() {
        try (VirtualServer rig = new VirtualServer()) {
            VirtualServer.VirtualPeer stranger = rig.peer("192.0.2.66", 0x66);
            int reset = Opcode.CONTROL_HARD_RESET_CLIENT_V2;
            stranger.send(control(reset, 0, 0x66, new int[0], 0, 1, new byte[0]));
            stranger.send(control(reset, 1, 0x66, new int[0], 0, 0, new byte[0]));
            stranger.send(control(reset, 0, 0x66, new int[] {0}, 5, 0, new byte[0]));
            stranger.send(control(reset, 0, 0, new int[0], 0, 0, new byte[0]));
            rig.endpointDrain(stranger);
            assertEquals(4, rig.server.drops(OvpnDrop.MALFORMED));
            assertEquals(0, stranger.endpoint.stats().snapshot().receivedPackets());
            stranger.send(control(reset, 0, 0x66, new int[0], 0, 0, new byte[0]));
            rig.endpointDrain(stranger);
            assertEquals(1, stranger.endpoint.stats().snapshot().receivedPackets());
        }
    }

    /** The stateless answer goes back the way that the question came, also of a server with several addresses. */
    @Test
    void shouldAnswerFromTheAddressThatWasAsked() throws Exception {
        try (VirtualServer rig = new VirtualServer()) {
            IpAddress[] own = {
                IpAddress.parse("192.0.2.2"), IpAddress.parse("192.0.2.3"), IpAddress.parse("2001:db8::3")
            };
            DatagramEndpoint both = rig.network.open(
                    DatagramConfig.builder().port(VirtualServer.PORT).build(), own);
            TestCerts.Holder certificate = TestCerts.server();
            OvpnServerConfig config = OvpnServerConfig.builder(certificate.chain(), certificate.key())
                    .clientCertificates(List.of(TestCerts.authority()))
                    .time(rig.time, Clock.systemUTC())
                    .withoutThreads()
                    .build();
            try (OvpnServer server = OvpnServer.over(both, config)) {
                for (IpAddress asked : own) {
                    IpAddress from = IpAddress.parse(asked.isIpv4() ? "192.0.2.50" : "2001:db8::50");
                    DatagramEndpoint client = rig.endpoint(from, 4000 + asked.hashCode() % 100);
                    TestClient begins = new TestClient(5);
                    begins.start(rig.time.nowNanos());
                    byte[] reset = begins.out.get(0);
                    client.send(ByteBuffer.wrap(reset), 0, reset.length, FixedPath.to(asked, VirtualServer.PORT));
                    server.poll();
                    List<IpAddress> answered = new ArrayList<>();
                    client.poll(
                            datagram -> answered.add(FixedPath.copyOf(datagram).remoteAddress()));
                    assertEquals(List.of(asked), answered);
                    client.close();
                }
            }
        }
    }

    /** Data moves nobody who is not in. */
    @Test
    void shouldNotFollowWhoIsOnItsWayIn() {
        List<AuthAttempt> asked = new ArrayList<>();
        try (VirtualServer rig = new VirtualServer(config -> config.authenticator(asked::add))) {
            VirtualServer.VirtualPeer alice = rig.peer("192.0.2.10", 0x77);
            alice.client.start(rig.time.nowNanos());
            rig.settle();
            rig.advance(2);
            VirtualServer.VirtualPeer mallory = rig.peer("192.0.2.66", 0x66);
            for (int peerId = 0; peerId < 3; peerId++) {
                byte[] data = new byte[60];
                data[0] = Opcode.first(Opcode.DATA_V2, 0);
                data[3] = (byte) peerId;
                mallory.send(data);
            }
            rig.settle();
            assertEquals(3, rig.server.drops(OvpnDrop.UNKNOWN_PEER));
            asked.get(0).accept();
            rig.advance(3);
            assertEquals("192.0.2.10:4000", rig.server.clients().get(0).remoteAddress());
            assertTrue(alice.reaches(OUT));
        }
    }

    /** Who is asked something, and answers without end, fills nothing that others need. */
    @Test
    void shouldTakeOneAnswerToAChallengeAtATime() {
        List<String> answers = new ArrayList<>();
        try (VirtualServer rig = new VirtualServer(
                config -> config.authenticator(attempt -> attempt.pending(60, "CR_TEXT:R:Code?", answers::add)))) {
            VirtualServer.VirtualPeer alice = rig.peer("192.0.2.10", 0x77);
            alice.client.start(rig.time.nowNanos());
            rig.settle();
            for (int i = 0; i < 500; i++) {
                alice.client.say("CR_RESPONSE,a\0CR_RESPONSE,b\0CR_RESPONSE,c");
            }
            boolean busy = true;
            while (busy) {
                alice.client.flush(rig.time.nowNanos());
                boolean sent = alice.pump();
                busy = rig.poll() || sent;
            }
            rig.settle();
            assertEquals(List.of("a"), answers);
        }
    }

    /** A token is good for so long after the password, however often its client comes back with it. */
    @Test
    void shouldNotProlongATokenByItself() {
        List<String> asked = new ArrayList<>();
        try (VirtualServer rig = new VirtualServer(config -> config.authTokens(new byte[16], Duration.ofHours(1))
                .authenticator(attempt -> {
                    asked.add(new String(attempt.password()));
                    attempt.accept();
                }))) {
            TestClient first = new TestClient(0x11);
            first.username = "alice";
            first.password = "secret";
            rig.connected("192.0.2.10", first, "alice");
            rig.time.advance(Duration.ofMinutes(40));
            rig.settle();
            TestClient again = new TestClient(0x22);
            again.username = "alice";
            again.password = first.pushed("auth-token");
            rig.connected("192.0.2.11", again, "alice");
            rig.time.advance(Duration.ofMinutes(40));
            rig.settle();
            VirtualServer.VirtualPeer late = rig.peer("192.0.2.12", 0x33);
            late.client.username = "alice";
            late.client.password = again.pushed("auth-token");
            late.client.start(rig.time.nowNanos());
            rig.settle();
            assertEquals(List.of("AUTH_FAILED,SESSION: token expired"), late.client.messages);
            assertEquals(List.of("secret"), asked);
        }
    }

    /** A defect of ours ends the session that it shows in, and no other. */
    @Test
    void shouldEndOnlyTheSessionThatFails() {
        boolean[] broken = new boolean[1];
        SecureRandom random = new SecureRandom() {
            private static final long serialVersionUID = 1L;

            @Override
            public void nextBytes(byte[] bytes) {
                if (broken[0] && bytes.length == 32 && isKeyMethod()) {
                    throw new IllegalStateException("on purpose");
                }
                super.nextBytes(bytes);
            }

            private boolean isKeyMethod() {
                return StackWalker.getInstance()
                        .walk(frames ->
                                frames.anyMatch(frame -> frame.getMethodName().equals("newSource")));
            }
        };
        try (VirtualServer rig = new VirtualServer(config -> config.random(random))) {
            VirtualServer.VirtualPeer alice = rig.connected("192.0.2.10", "alice");
            broken[0] = true;
            VirtualServer.VirtualPeer bob = rig.peer("192.0.2.11", 0x22);
            bob.client.certificate = TestCerts.client("bob");
            bob.client.start(rig.time.nowNanos());
            rig.settle();
            assertEquals(1, rig.server.failures());
            assertEquals(1, rig.server.sessions(), "nothing is left of what failed");
            assertFalse(bob.client.isUp());
            broken[0] = false;
            assertTrue(alice.reaches(OUT));
            rig.connected("192.0.2.12", "bob");
        }
    }

    /** What cannot be sent keeps nothing else from being sent, and is sent again. */
    @Test
    void shouldDoTheRestWhenSomethingCannotBeDone() {
        ClientSettings.Builder pushed = ClientSettings.builder();
        for (int i = 0; i < 100; i++) {
            pushed.route(IpPrefix.parse("10.9." + i + ".0/24"));
        }
        int[] sent = new int[1];
        // Nothing but parts of what is pushed is so long.
        UnaryOperator<DatagramEndpoint> broken = own -> (DatagramEndpoint) Proxy.newProxyInstance(
                DatagramEndpoint.class.getClassLoader(),
                new Class<?>[] {DatagramEndpoint.class},
                (proxy, method, args) -> {
                    if (method.getName().equals("send") && (int) args[2] > 1000 && ++sent[0] == 1) {
                        throw new IllegalStateException("on purpose");
                    }
                    return method.invoke(own, args);
                });
        try (VirtualServer rig = new VirtualServer(config -> config.push(pushed.build()), false, broken)) {
            VirtualServer.VirtualPeer alice = rig.peer("192.0.2.10", 0x77);
            alice.client.start(rig.time.nowNanos());
            rig.settle();
            assertEquals(1, rig.server.failures());
            assertTrue(sent[0] > 1, "the other parts: " + sent[0]);
            assertFalse(alice.client.isUp());
            rig.advance(3);
            assertTrue(alice.client.isUp());
            assertTrue(alice.reaches(OUT));
        }
    }
}
