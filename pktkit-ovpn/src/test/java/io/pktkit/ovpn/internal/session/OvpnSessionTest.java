// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import static io.pktkit.ovpn.internal.session.Dialogue.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.Vectors;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.internal.data.DataKey;
import io.pktkit.ovpn.internal.data.OpenResult;
import io.pktkit.ovpn.internal.data.Plain;
import io.pktkit.ovpn.internal.tls.ClientCertMode;
import io.pktkit.ovpn.internal.wire.Opcode;
import io.pktkit.ovpn.internal.wrap.PlainWrap;
import io.pktkit.ovpn.internal.wrap.TlsAuthWrap;
import io.pktkit.ovpn.internal.wrap.TlsCryptWrap;
import io.pktkit.ovpn.key.AuthDigest;
import io.pktkit.ovpn.key.DataCipher;
import io.pktkit.wire.IpPrefix;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OvpnSessionTest {

    private static final byte[] PAYLOAD = "a packet".getBytes(StandardCharsets.US_ASCII);

    private static Dialogue connected() {
        Dialogue dialogue = new Dialogue(new TestClient(1), Dialogue.config());
        dialogue.start();
        assertTrue(dialogue.session.isConnected(), () -> dialogue.client.messages.toString());
        return dialogue;
    }

    @Test
    void shouldConnectAndCarryPackets() {
        Dialogue dialogue = connected();
        assertEquals(
                "alice",
                dialogue.all(SessionAction.Authenticate.class).get(0).identity().commonName());
        assertEquals(
                List.of("PUSH_REPLY,route-gateway 10.8.0.1,topology subnet,ifconfig 10.8.0.2 255.255.255.0,ping 10,"
                        + "ping-restart 60,peer-id 7,cipher AES-256-GCM,protocol-flags cc-exit tls-ekm,tun-mtu 1500"),
                dialogue.client.messages);
        assertTrue(dialogue.reachesClient(PAYLOAD));
        assertTrue(dialogue.reachesServer(PAYLOAD, true));
        assertEquals(0, dialogue.session.retransmissions());
        assertEquals("AES-256-GCM, peer-id 7, tls-ekm, TLS 1.3", dialogue.session.describe());
    }

    @Test
    void shouldChangeKeysByEpochsWithWhoCan() {
        TestClient client = new TestClient(1);
        client.peerInfo = TestClient.PEER_INFO.replace("IV_PROTO=478", "IV_PROTO=" + (478 | 1 << 10));
        Dialogue dialogue = new Dialogue(client, Dialogue.config());
        dialogue.start();
        assertEquals("cc-exit tls-ekm aead-epoch", client.pushed("protocol-flags"));
        assertTrue(dialogue.reachesClient(PAYLOAD));
        assertTrue(dialogue.reachesServer(PAYLOAD, true));
        assertEquals("AES-256-GCM, peer-id 7, tls-ekm, epoch keys, TLS 1.3", dialogue.session.describe());

        client = new TestClient(1);
        client.peerInfo = TestClient.PEER_INFO.replace("IV_PROTO=478", "IV_PROTO=" + (2 | 1 << 7 | 1 << 10));
        Dialogue withoutExport = new Dialogue(client, Dialogue.config());
        withoutExport.start();
        assertEquals("cc-exit", client.pushed("protocol-flags"), "epochs begin with what TLS exports");
    }

    @Test
    void shouldServeTheClientOfPeerId0() {
        TestClient client = new TestClient(1);
        client.peerInfo = TestClient.PEER_INFO.replace("IV_PROTO=478", "IV_PROTO=" + (478 | 1 << 10));
        Dialogue dialogue = new Dialogue(client, Dialogue.config(), new PlainWrap(), null, 0);
        dialogue.start();
        assertEquals("0", client.pushed("peer-id"));
        assertTrue(dialogue.reachesClient(PAYLOAD));
        assertTrue(dialogue.reachesServer(PAYLOAD, true));
        assertEquals("AES-256-GCM, peer-id 0, tls-ekm, epoch keys, TLS 1.3", dialogue.session.describe());
    }

    @ParameterizedTest
    @CsvSource({"IV_COMP_STUBv2=1, compress stub-v2", "IV_COMP_STUB=1, comp-lzo no"})
    void shouldFrameAsAClientThatCompressesWants(String can, String pushed) {
        TestClient client = new TestClient(1);
        client.peerInfo = TestClient.PEER_INFO + can + "\n";
        client.options += ",comp-lzo";
        Dialogue dialogue = new Dialogue(client, Dialogue.config());
        dialogue.start();
        assertTrue(String.join(",", client.messages).contains("," + pushed + ","), client.messages.toString());
        assertTrue(dialogue.reachesClient(PAYLOAD));
        assertTrue(dialogue.reachesServer(PAYLOAD, true));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
            IV_PROTO=2; PRF, without a message for the end
            IV_PROTO=10; tls-ekm in the older words
            IV_NCP=2; DATA_V1, and the ciphers that all of 2.4 have
            """)
    void shouldServeOlderClients(String peerInfo, String what) {
        TestClient client = new TestClient(1);
        client.peerInfo = peerInfo + "\nIV_CIPHERS=AES-256-GCM\n";
        if (peerInfo.startsWith("IV_NCP")) {
            client.peerInfo = peerInfo + "\n";
        }
        client.tls13 = false;
        Dialogue dialogue = new Dialogue(client, Dialogue.config());
        dialogue.start();
        assertTrue(dialogue.reachesClient(PAYLOAD), what + dialogue.client.messages);
        assertTrue(dialogue.reachesServer(PAYLOAD, true), what);
        assertFalse(client.pushed("tun-mtu").startsWith("1"), "who does not tell its limit is told none");
    }

    @ParameterizedTest
    @EnumSource(
            value = AuthDigest.class,
            names = {"SHA1", "SHA256"})
    void shouldServeAClientWithoutPeerInfoByItsOwnCipherAndDigest(AuthDigest digest) {
        TestClient client = new TestClient(1);
        client.digest = digest;
        client.peerInfo = "";
        client.options = "V4,dev-type tun,link-mtu 1541,tun-mtu 1500,proto UDPv4,cipher AES-256-CBC,auth "
                + digest.label() + "," + "keysize 256,key-method 2,tls-client";
        Dialogue dialogue = new Dialogue(
                client, Dialogue.config(ClientCertMode.REQUIRED, SessionTimes.DEFAULTS, List.of(DataCipher.values())));
        dialogue.start();
        assertTrue(dialogue.reachesClient(PAYLOAD));
        assertTrue(dialogue.reachesServer(PAYLOAD, true));
    }

    @ParameterizedTest
    @ValueSource(strings = {"IV_CIPHERS=BF-CBC:AES-256-CBC\nIV_NCP=2\n", "", "IV_CIPHERS=\n"})
    void shouldRefuseAClientWithoutASharedCipher(String peerInfo) {
        TestClient client = new TestClient(1);
        client.peerInfo = peerInfo;
        Dialogue dialogue = new Dialogue(client, Dialogue.config());
        dialogue.start();
        assertEquals(List.of("AUTH_FAILED,Data channel cipher negotiation failed (no shared cipher)"), client.messages);
        assertNull(dialogue.closed(), "the client has a while to hear it");
        dialogue.advance(6 * SECOND);
        assertEquals(CloseCause.REJECTED, causeOf(dialogue));
        assertTrue(dialogue.all(SessionAction.Connected.class).isEmpty());
    }

    private static CloseCause causeOf(Dialogue dialogue) {
        SessionAction.Closed closed = dialogue.closed();
        assertNotNull(closed);
        return closed.cause();
    }

    @Test
    void shouldTellWhyAClientIsRefused() {
        TestClient client = new TestClient(1);
        client.username = "eve";
        client.password = "guess";
        Dialogue dialogue = new Dialogue(client, Dialogue.config());
        dialogue.authenticator = question -> {
            assertEquals("eve", question.identity().username());
            assertEquals("guess", new String(question.password(), StandardCharsets.UTF_8));
            return new SessionEvent.Reject(question.attempt(), "not today");
        };
        dialogue.start();
        assertEquals(List.of("AUTH_FAILED,not today"), client.messages);
        dialogue.advance(6 * SECOND);
        assertEquals(CloseCause.REJECTED, causeOf(dialogue));
    }

    @Test
    void shouldWaitForALateVerdict() {
        TestClient client = new TestClient(1);
        Dialogue dialogue = new Dialogue(client, Dialogue.config());
        dialogue.authenticator = question -> null;
        dialogue.start();
        long attempt = dialogue.all(SessionAction.Authenticate.class).get(0).attempt();
        dialogue.handle(new SessionEvent.Pending(attempt, 120, "WEB_AUTH::https://login.test/"));
        dialogue.settle();
        assertEquals(List.of("AUTH_PENDING,timeout 120", "INFO_PRE,WEB_AUTH::https://login.test/"), client.messages);
        dialogue.advance(100 * SECOND);
        assertNull(dialogue.closed(), "longer than a handshake may take, but it was announced");
        client.say("CR_RESPONSE,c2VjcmV0");
        client.flush(dialogue.now);
        dialogue.settle();
        assertEquals(
                "c2VjcmV0",
                dialogue.all(SessionAction.ChallengeResponse.class).get(0).text());
        dialogue.handle(new SessionEvent.Accept(attempt + 1, Dialogue.settings(), null));
        assertFalse(dialogue.session.isConnected(), "the answer to another question");
        dialogue.handle(new SessionEvent.Accept(attempt, Dialogue.settings(), "SESS_ID_x"));
        dialogue.settle();
        assertTrue(dialogue.session.isConnected());
        assertEquals("SESS_ID_x", client.pushed("auth-token"));
    }

    @Test
    void shouldEndWhatIsNotInInTime() {
        TestClient client = new TestClient(1);
        Dialogue dialogue = new Dialogue(client, Dialogue.config());
        dialogue.authenticator = question -> null;
        dialogue.start();
        dialogue.advance(59 * SECOND);
        assertNull(dialogue.closed());
        dialogue.advance(2 * SECOND);
        assertEquals(CloseCause.HANDSHAKE_TIMEOUT, causeOf(dialogue));
    }

    /** It asks for a handshake and takes note of nothing: a flight is repeated ever more slowly, and not for long. */
    @Test
    void shouldNotSpeakForeverToWhoAcknowledgesNothing() {
        Dialogue dialogue = new Dialogue(new TestClient(1), Dialogue.config());
        int[] given = new int[1];
        dialogue.lostToServer = packet -> given[0]++ >= 2;
        dialogue.start();
        int flight = dialogue.sentByServer;
        dialogue.lostToServer = packet -> true;
        dialogue.advance(61 * SECOND);
        assertEquals(CloseCause.HANDSHAKE_TIMEOUT, causeOf(dialogue));
        // After 2, 6, 14 and 30 seconds, six packets at most each time.
        assertTrue(dialogue.sentByServer - flight <= 4 * 6, flight + " and then " + dialogue.sentByServer);
        assertTrue(dialogue.sentByServer > flight, "it does try again");
    }

    @Test
    void shouldPingAndNoticeSilence() {
        Dialogue dialogue = connected();
        int before = dialogue.sentByServer;
        dialogue.advance(9 * SECOND);
        assertEquals(before, dialogue.sentByServer, "nothing before ten seconds of silence");
        dialogue.advance(SECOND);
        assertEquals(before + 1, dialogue.sentByServer);
        assertTrue(Keepalive.isPing(ByteBuffer.wrap(dialogue.received.get(0)), 0, 16));
        dialogue.advance(109 * SECOND);
        assertNull(dialogue.closed());
        dialogue.advance(2 * SECOND);
        assertEquals(CloseCause.TIMEOUT, causeOf(dialogue));
    }

    @Test
    void shouldStayUpWhileTheClientIsHeard() {
        Dialogue dialogue = connected();
        for (int i = 0; i < 100; i++) {
            dialogue.advance(60 * SECOND);
            assertTrue(dialogue.reachesServer(PAYLOAD, true), "minute " + i);
        }
        assertNull(dialogue.closed());
    }

    /** Draws what it is told to. */
    private static final class Drawn extends SecureRandom {
        private static final long serialVersionUID = 1L;
        private final double drawn;

        Drawn(double drawn) {
            this.drawn = drawn;
        }

        @Override
        public double nextDouble() {
            return drawn;
        }
    }

    /** Up to a tenth earlier, so that many clients that came at once do not do so again. */
    @ParameterizedTest
    @CsvSource({"0,100", "0.5,95", "0.99,91"})
    void shouldRenegotiateUpToATenthEarlier(double drawn, int seconds) {
        SessionTimes times = new SessionTimes(60 * SECOND, 100 * SECOND, 300 * SECOND, 10 * SECOND, 60 * SECOND);
        Dialogue dialogue = new Dialogue(
                new TestClient(1),
                Dialogue.config(ClientCertMode.REQUIRED, times, DataCipher.DEFAULTS, new Drawn(drawn)));
        dialogue.start();
        int passed = 0;
        while (dialogue.session.keyId() == 0 && passed <= 100) {
            dialogue.advance(SECOND);
            assertTrue(dialogue.reachesServer(PAYLOAD, true), "second " + passed);
            passed++;
        }
        assertEquals(seconds, passed);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldRenegotiateFromEitherSideWithoutAGap(boolean byClient) {
        SessionTimes times =
                new SessionTimes(60 * SECOND, byClient ? 0 : 100 * SECOND, 300 * SECOND, 10 * SECOND, 60 * SECOND);
        Dialogue dialogue =
                new Dialogue(new TestClient(1), Dialogue.config(ClientCertMode.REQUIRED, times, DataCipher.DEFAULTS));
        dialogue.start();
        for (int round = 1; round < 17; round++) {
            if (byClient) {
                dialogue.advance(2 * SECOND);
                dialogue.client.renegotiate(dialogue.now);
                dialogue.settle();
            } else {
                for (int i = 0; dialogue.session.keyId() != (round - 1) % 7 + 1; i++) {
                    dialogue.advance(SECOND);
                    assertTrue(dialogue.reachesServer(PAYLOAD, true), "round " + round + " second " + i);
                    assertTrue(i <= 100, "an interval that is up to a tenth shorter");
                }
                dialogue.settle();
            }
            assertEquals((round - 1) % 7 + 1, dialogue.session.keyId(), "key ids go round from 1 to 7");
            assertEquals(dialogue.session.keyId(), dialogue.client.keyId());
            assertTrue(dialogue.client.isUp(), "round " + round);
            // What is on its way under the old key is taken, and the new one is used by who has it.
            assertTrue(dialogue.reachesServer(PAYLOAD, false), "round " + round);
            assertTrue(dialogue.reachesClient(PAYLOAD), "round " + round);
            assertTrue(dialogue.reachesServer(PAYLOAD, true), "round " + round);
            dialogue.advance(SECOND);
            assertTrue(dialogue.reachesClient(PAYLOAD), "round " + round);
        }
        assertEquals(1, dialogue.all(SessionAction.Connected.class).size(), "told once");
        assertNull(dialogue.closed());
    }

    @Test
    void shouldUseTheOldKeyWhenARenegotiationFails() {
        SessionTimes times = new SessionTimes(20 * SECOND, 100 * SECOND, 3600 * SECOND, 10 * SECOND, 600 * SECOND);
        Dialogue dialogue =
                new Dialogue(new TestClient(1), Dialogue.config(ClientCertMode.REQUIRED, times, DataCipher.DEFAULTS));
        dialogue.start();
        dialogue.lostToServer = packet -> !Opcode.isData(Opcode.of(packet[0]));
        dialogue.advance(105 * SECOND);
        assertEquals(1, dialogue.session.keyId(), "begun after 90 to 100 seconds");
        dialogue.advance(17 * SECOND);
        assertEquals(0, dialogue.session.keyId(), "given up 20 seconds later, and not tried again for as long");
        assertTrue(dialogue.reachesClient(PAYLOAD));
        assertTrue(dialogue.reachesServer(PAYLOAD, false));
        dialogue.lostToServer = packet -> false;
        assertNull(dialogue.closed());
    }

    private static Dialogue connected(SessionTimes times) {
        Dialogue dialogue =
                new Dialogue(new TestClient(1), Dialogue.config(ClientCertMode.REQUIRED, times, DataCipher.DEFAULTS));
        dialogue.start();
        assertTrue(dialogue.session.isConnected());
        return dialogue;
    }

    private static void renegotiateByClient(Dialogue dialogue) {
        int before = dialogue.session.keyId();
        dialogue.now += SECOND;
        dialogue.client.renegotiate(dialogue.now);
        dialogue.settle();
        assertEquals(before + 1, dialogue.session.keyId());
    }

    @Test
    void shouldTakeTheOldKeyForTheTransitionAndNoLonger() {
        Dialogue dialogue = connected(new SessionTimes(20 * SECOND, 0, 30 * SECOND, 10 * SECOND, 600 * SECOND));
        renegotiateByClient(dialogue);
        dialogue.advance(30 * SECOND - 1);
        assertTrue(dialogue.reachesServer(PAYLOAD, false));
        dialogue.advance(1);
        dialogue.handle(new SessionEvent.Tick());
        assertFalse(dialogue.reachesServer(PAYLOAD, false));
        assertTrue(dialogue.reachesServer(PAYLOAD, true));
        assertNull(dialogue.closed());
    }

    @Test
    void shouldTakeNoKeyButTheLastTwo() {
        Dialogue dialogue = connected(new SessionTimes(20 * SECOND, 0, 300 * SECOND, 10 * SECOND, 600 * SECOND));
        byte[] late = dialogue.client.data(PAYLOAD, true);
        renegotiateByClient(dialogue);
        renegotiateByClient(dialogue);
        assertFalse(opens(dialogue, late));
        assertTrue(dialogue.reachesServer(PAYLOAD, false));
        byte[] old = dialogue.client.data(PAYLOAD, false);
        dialogue.handle(new SessionEvent.ExitNotified());
        assertFalse(opens(dialogue, old), "with the session all keys are gone");
    }

    private static boolean opens(Dialogue dialogue, byte[] packet) {
        return dialogue.session.dataPlane().open(ByteBuffer.wrap(packet), 0, packet.length, new Plain(), dialogue.now)
                == OpenResult.OPENED;
    }

    @Test
    void shouldEndWhenTheOldKeyEndsBeforeThereIsANewOne() {
        Dialogue dialogue =
                connected(new SessionTimes(60 * SECOND, 100 * SECOND, 20 * SECOND, 10 * SECOND, 600 * SECOND));
        dialogue.lostToServer = packet -> !Opcode.isData(Opcode.of(packet[0]));
        dialogue.advance(125 * SECOND);
        assertEquals(CloseCause.KEYS_EXHAUSTED, causeOf(dialogue));
    }

    /** Until the client has used the new key, it may not have it yet; for half the interval or the handshake window. */
    @ParameterizedTest
    @CsvSource({"0, 60", "40, 20"})
    void shouldHoldANewKeyBackForAWhile(int renegotiate, int seconds) {
        Dialogue dialogue =
                connected(new SessionTimes(60 * SECOND, renegotiate * SECOND, 300 * SECOND, 10 * SECOND, 600 * SECOND));
        renegotiateByClient(dialogue);
        dialogue.advance(seconds * SECOND - 1);
        assertEquals(0, sendingKeyId(dialogue));
        dialogue.advance(1);
        dialogue.handle(new SessionEvent.Tick());
        assertEquals(1, sendingKeyId(dialogue));
    }

    private static int sendingKeyId(Dialogue dialogue) {
        ByteBuffer packet = ByteBuffer.allocate(PAYLOAD.length + DataKey.MAX_OVERHEAD);
        dialogue.session.dataPlane().seal(ByteBuffer.wrap(PAYLOAD), 0, PAYLOAD.length, packet, 0, dialogue.now);
        return packet.get(0) & 7;
    }

    @Test
    void shouldTryAgainAfterTheIntervalWhereThatIsShorterThanAHandshake() {
        Dialogue dialogue =
                connected(new SessionTimes(60 * SECOND, 40 * SECOND, 3600 * SECOND, 10 * SECOND, 600 * SECOND));
        dialogue.lostToServer = packet -> !Opcode.isData(Opcode.of(packet[0]));
        dialogue.advance(101 * SECOND);
        assertEquals(0, dialogue.session.keyId(), "begun after 36 to 40 seconds, given up 60 later");
        dialogue.advance(40 * SECOND);
        assertEquals(1, dialogue.session.keyId());
    }

    /** Such as one whose certificate is revoked: or it would be in for ever by the key that it has. */
    @Test
    void shouldEndWithTheOldKeyForWhoTakesNoNewOne() {
        SessionTimes times = new SessionTimes(20 * SECOND, 100 * SECOND, 300 * SECOND, 10 * SECOND, 600 * SECOND);
        Dialogue dialogue =
                new Dialogue(new TestClient(1), Dialogue.config(ClientCertMode.REQUIRED, times, DataCipher.DEFAULTS));
        dialogue.start();
        dialogue.lostToServer = packet -> !Opcode.isData(Opcode.of(packet[0]));
        for (int i = 0; i < 38; i++) {
            dialogue.advance(10 * SECOND);
            assertTrue(dialogue.reachesServer(PAYLOAD, false), "after " + 10 * (i + 1) + " seconds");
        }
        dialogue.advance(30 * SECOND);
        assertEquals(CloseCause.KEYS_EXHAUSTED, causeOf(dialogue));
    }

    @Test
    void shouldGoOnWithANewKeyAfterOneThatFailed() {
        SessionTimes times = new SessionTimes(20 * SECOND, 100 * SECOND, 300 * SECOND, 10 * SECOND, 600 * SECOND);
        Dialogue dialogue =
                new Dialogue(new TestClient(1), Dialogue.config(ClientCertMode.REQUIRED, times, DataCipher.DEFAULTS));
        dialogue.start();
        dialogue.lostToServer = packet -> !Opcode.isData(Opcode.of(packet[0]));
        dialogue.advance(125 * SECOND);
        assertEquals(0, dialogue.session.keyId(), "given up");
        dialogue.client.abandonRenegotiation();
        dialogue.lostToServer = packet -> false;
        dialogue.advance(25 * SECOND);
        assertEquals(1, dialogue.session.keyId(), "soon tried again");
        assertTrue(dialogue.client.isUp());
        dialogue.advance(900 * SECOND);
        assertNull(dialogue.closed());
        assertTrue(dialogue.reachesServer(PAYLOAD, true));
    }

    @Test
    void shouldEndWhenAnotherComesBackInTheClientsPlace() {
        Dialogue dialogue = connected();
        dialogue.advance(2 * SECOND);
        dialogue.client.certificate = TestCerts.client("bob");
        dialogue.client.renegotiate(dialogue.now);
        dialogue.settle();
        assertTrue(dialogue.client.messages.contains("AUTH_FAILED,the client's identity changed"));
        assertFalse(dialogue.session.isConnected());
        dialogue.advance(6 * SECOND);
        assertEquals(CloseCause.IDENTITY_CHANGED, causeOf(dialogue));
    }

    @Test
    void shouldEndWhenTheUserChanges() {
        TestClient client = new TestClient(1);
        client.username = "alice";
        Dialogue dialogue = new Dialogue(client, Dialogue.config());
        dialogue.start();
        dialogue.advance(2 * SECOND);
        client.username = "root";
        client.renegotiate(dialogue.now);
        dialogue.settle();
        dialogue.advance(6 * SECOND);
        assertEquals(CloseCause.IDENTITY_CHANGED, causeOf(dialogue));
    }

    @Test
    void shouldNotLetAClientRenegotiateAllTheTime() {
        Dialogue dialogue = connected();
        dialogue.client.renegotiate(dialogue.now);
        dialogue.settle();
        assertEquals(0, dialogue.session.keyId());
        assertTrue(dialogue.session.drops().getOrDefault(SessionDrop.UNEXPECTED_RESET, 0L) > 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"EXIT", "data"})
    void shouldEndWhenTheClientLeaves(String how) {
        Dialogue dialogue = connected();
        if (how.equals("EXIT")) {
            dialogue.client.say("EXIT");
            dialogue.client.flush(dialogue.now);
            dialogue.settle();
        } else {
            dialogue.handle(new SessionEvent.ExitNotified());
        }
        assertEquals(CloseCause.EXIT, causeOf(dialogue));
        assertFalse(dialogue.reachesClient(PAYLOAD), "the keys are gone");
    }

    @Test
    void shouldTellTheClientThatTheServerEnds() {
        Dialogue dialogue = connected();
        dialogue.handle(new SessionEvent.Close("RESTART"));
        dialogue.settle();
        assertTrue(dialogue.client.messages.contains("RESTART"));
        dialogue.advance(6 * SECOND);
        assertEquals(CloseCause.CLOSED, causeOf(dialogue));
    }

    @Test
    void shouldRefuseAClientWithoutCertificateWhereItIsNeeded() {
        TestClient client = new TestClient(1);
        client.certificate = null;
        Dialogue dialogue = new Dialogue(client, Dialogue.config());
        dialogue.start();
        dialogue.advance(6 * SECOND);
        assertEquals(CloseCause.TLS_FAILED, causeOf(dialogue));
        SessionAction.Closed closed = dialogue.closed();
        assertEquals("certificate: no certificate", closed == null ? "" : closed.detail());
    }

    @Test
    void shouldRefuseTheServersCertificateAsAClients() {
        TestClient client = new TestClient(1);
        client.certificate = TestCerts.server();
        Dialogue dialogue = new Dialogue(client, Dialogue.config());
        dialogue.start();
        dialogue.advance(6 * SECOND);
        SessionAction.Closed closed = dialogue.closed();
        assertEquals("certificate: not made for clients", closed == null ? "" : closed.detail());
    }

    @Test
    void shouldServeAUserWithoutCertificate() {
        TestClient client = new TestClient(1);
        client.certificate = null;
        client.username = "carol";
        client.password = "pässword";
        Dialogue dialogue =
                new Dialogue(client, Dialogue.config(ClientCertMode.NONE, SessionTimes.DEFAULTS, DataCipher.DEFAULTS));
        dialogue.start();
        assertTrue(dialogue.reachesClient(PAYLOAD));
        assertEquals("carol", dialogue.session.identity() == null ? "" : String.valueOf(dialogue.session.identity()));
    }

    @Test
    void shouldSplitALongPush() {
        TestClient client = new TestClient(1);
        Dialogue dialogue = new Dialogue(client, Dialogue.config());
        ClientSettings.Builder settings = Dialogue.settings().toBuilder();
        for (int i = 0; i < 100; i++) {
            settings.route(IpPrefix.parse("192.168." + i + ".0/24"));
        }
        dialogue.authenticator = question -> new SessionEvent.Accept(question.attempt(), settings.build(), null);
        dialogue.start();
        int messages = client.messages.size();
        assertTrue(messages > 3, "messages " + messages);
        for (int i = 0; i < messages; i++) {
            String message = client.messages.get(i);
            assertTrue(message.length() < 1024, "length " + message.length());
            assertTrue(message.endsWith(",push-continuation " + (i == messages - 1 ? 1 : 2)), message);
        }
        String all = String.join(",", client.messages);
        for (int i = 0; i < 100; i++) {
            assertTrue(all.contains("route 192.168." + i + ".0 255.255.255.0"), "route " + i);
        }
    }

    @Test
    void shouldAnswerARepeatedRequestOnlyAfterAWhile() {
        Dialogue dialogue = connected();
        for (int i = 0; i < 5; i++) {
            dialogue.client.say("PUSH_REQUEST");
            dialogue.client.flush(dialogue.now);
            dialogue.settle();
            dialogue.advance(5 * SECOND);
        }
        assertEquals(1, dialogue.client.messages.size());
        dialogue.advance(6 * SECOND);
        dialogue.client.say("PUSH_REQUEST");
        dialogue.client.flush(dialogue.now);
        dialogue.settle();
        assertEquals(2, dialogue.client.messages.size());
    }

    /** 20 to 50 % of all packets are lost, in both directions. */
    @ParameterizedTest
    @ValueSource(ints = {20, 30, 50})
    void shouldConnectOverALossyWay(int percent) {
        for (int seed = 0; seed < 5; seed++) {
            Random random = new Random(seed);
            SessionTimes patient =
                    new SessionTimes(600 * SECOND, 3600 * SECOND, 3600 * SECOND, 10 * SECOND, 600 * SECOND);
            Dialogue dialogue = new Dialogue(
                    new TestClient(1), Dialogue.config(ClientCertMode.REQUIRED, patient, DataCipher.DEFAULTS));
            dialogue.lostToServer = packet -> random.nextInt(100) < percent;
            dialogue.lostToClient = packet -> random.nextInt(100) < percent;
            dialogue.start();
            for (int i = 0; i < 300 && !dialogue.client.isUp(); i++) {
                dialogue.advance(2 * SECOND);
            }
            assertTrue(dialogue.client.isUp(), "seed " + seed + " " + dialogue.client.messages);
            assertTrue(dialogue.session.retransmissions() < 60, "seed " + seed);
        }
    }

    @Test
    void shouldBeProtectedByTlsCryptAndTlsAuth() {
        for (boolean crypt : new boolean[] {true, false}) {
            var server = crypt
                    ? TlsCryptWrap.server(Vectors.staticKey())
                    : TlsAuthWrap.create(Vectors.staticKey(), "HmacSHA1", 0, 1);
            var client = crypt
                    ? TlsCryptWrap.client(Vectors.staticKey())
                    : TlsAuthWrap.create(Vectors.staticKey(), "HmacSHA1", 1, 0);
            Dialogue dialogue = new Dialogue(new TestClient(1, client), Dialogue.config(), server);
            dialogue.start();
            assertTrue(dialogue.reachesClient(PAYLOAD));
            dialogue.handle(new SessionEvent.Packet(new byte[60]));
            byte[] junk = new byte[60];
            junk[0] = 4 << 3;
            dialogue.handle(new SessionEvent.Packet(junk));
            assertEquals(1, dialogue.session.drops().get(SessionDrop.NOT_AUTHENTIC));
            assertEquals(1, dialogue.session.drops().get(SessionDrop.MALFORMED));
        }
    }

    /** Each packet that goes to the server comes once more, changed in a bit, cut, or not at all changed. */
    @Test
    void shouldBeHarmedByNothingInAnyState() {
        for (int seed = 0; seed < 40; seed++) {
            Random random = new Random(seed);
            Dialogue dialogue = new Dialogue(new TestClient(1), Dialogue.config());
            int[] given = new int[1];
            dialogue.lostToServer = packet -> {
                for (int i = 0; i < 20; i++) {
                    byte[] mutant = packet.clone();
                    // Beside the payload: TLS ends, as it must, when its bytes are changed under a matching id.
                    int header = Math.min(mutant.length, 9 + 1 + 4);
                    mutant[random.nextInt(header)] ^= (byte) (1 << random.nextInt(8));
                    if (random.nextInt(4) == 0) {
                        mutant = Arrays.copyOf(mutant, random.nextInt(mutant.length));
                    }
                    if (mutant.length > 0 && !isTheSamePlace(packet, mutant)) {
                        dialogue.give(mutant);
                        given[0]++;
                    }
                }
                return false;
            };
            dialogue.start();
            assertTrue(given[0] > 20, "seed " + seed + " given " + given[0]);
            assertNotNull(dialogue.session.describe());
            dialogue.lostToServer = packet -> false;
            dialogue.advance(30 * SECOND);
            SessionAction.Closed closed = dialogue.closed();
            assertTrue(closed == null || closed.cause() == CloseCause.TLS_FAILED, "seed " + seed + ": " + closed);
        }
    }

    private static boolean isTheSamePlace(byte[] packet, byte[] mutant) {
        return Arrays.equals(packet, mutant);
    }

    @Test
    void shouldTakeAnyEventAfterItsEnd() {
        Dialogue dialogue = connected();
        dialogue.handle(new SessionEvent.Close(""));
        int actions = dialogue.actions.size();
        for (SessionEvent event : List.of(
                new SessionEvent.Tick(),
                new SessionEvent.Packet(new byte[20]),
                new SessionEvent.Accept(1, Dialogue.settings(), null),
                new SessionEvent.Reject(1, ""),
                new SessionEvent.Pending(1, 5, ""),
                new SessionEvent.ExitNotified(),
                new SessionEvent.Close("HALT"),
                new SessionEvent.End())) {
            dialogue.handle(event);
        }
        assertEquals(actions, dialogue.actions.size());
        assertEquals(Long.MAX_VALUE, dialogue.session.nextDeadlineNanos());
    }
}
