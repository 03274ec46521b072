// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import static io.pktkit.ovpn.internal.session.Dialogue.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.Vectors;
import io.pktkit.ovpn.internal.tls.ClientCertMode;
import io.pktkit.ovpn.internal.tls.TlsTunnel;
import io.pktkit.ovpn.internal.wrap.TlsCryptWrap;
import io.pktkit.ovpn.key.DataCipher;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.bouncycastle.tls.TlsClientProtocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a session decides about a client, one decision at a time. */
class SessionDecisionTest {

    private static final byte[] PAYLOAD = "a packet".getBytes(StandardCharsets.US_ASCII);

    private static TestClient client(int proto) {
        TestClient client = new TestClient(1);
        client.peerInfo = TestClient.PEER_INFO.replace("IV_PROTO=478", "IV_PROTO=" + proto);
        return client;
    }

    private static Dialogue started(TestClient client) {
        Dialogue dialogue = new Dialogue(client, Dialogue.config());
        dialogue.start();
        return dialogue;
    }

    @Test
    void shouldEndWithAClientThatSaysNoKeyMethod() {
        TestClient client = new TestClient(1);
        client.sendsKeyMethod = false;
        Dialogue dialogue = started(client);
        client.say("not the key method");
        client.flush(dialogue.now);
        dialogue.settle();
        dialogue.advance(6 * SECOND);
        SessionAction.Closed closed = dialogue.closed();
        assertNotNull(closed);
        assertEquals(CloseCause.TLS_FAILED, closed.cause());
        assertEquals("malformed key method 2", closed.detail());
    }

    @Test
    void shouldRefuseTheOtherKindOfDevice() {
        TestClient client = new TestClient(1);
        client.options = client.options.replace("dev-type tun", "dev-type tap");
        Dialogue dialogue = started(client);
        assertEquals(List.of("AUTH_FAILED,dev-type differs: the server has tun"), client.messages);
        assertTrue(dialogue.all(SessionAction.Authenticate.class).isEmpty(), "nobody is asked");
    }

    @Test
    void shouldPushToWhoAsksOrTakesItUnasked() {
        TestClient silent = client(474);
        silent.asksForPush = false;
        Dialogue dialogue = started(silent);
        assertTrue(dialogue.session.isConnected());
        assertEquals(List.of(), silent.messages, "it has not asked, and would not know what it is");
        silent.say("PUSH_REQUEST");
        silent.flush(dialogue.now);
        dialogue.settle();
        assertEquals(1, silent.messages.size());

        TestClient early = client(474);
        Dialogue later = new Dialogue(early, Dialogue.config());
        later.authenticator = question -> null;
        later.start();
        assertEquals(List.of(), early.messages);
        long attempt = later.all(SessionAction.Authenticate.class).get(0).attempt();
        later.handle(new SessionEvent.Accept(attempt, Dialogue.settings(), null));
        later.settle();
        assertEquals(1, early.messages.size(), "it has asked before");

        TestClient unasked = client(478);
        unasked.asksForPush = false;
        started(unasked);
        assertEquals(1, unasked.messages.size());
    }

    @Test
    void shouldTellChangesOnlyToWhoTakesThemAndIsIn() {
        SessionEvent update = new SessionEvent.Update(List.of("route 10.1.0.0 255.255.0.0"));
        TestClient client = client(478 | 1 << 12);
        Dialogue dialogue = new Dialogue(client, Dialogue.config());
        dialogue.authenticator = question -> null;
        dialogue.start();
        dialogue.handle(update);
        dialogue.settle();
        assertEquals(List.of(), client.messages, "it is not in yet");
        long attempt = dialogue.all(SessionAction.Authenticate.class).get(0).attempt();
        dialogue.handle(new SessionEvent.Accept(attempt, Dialogue.settings(), null));
        dialogue.handle(update);
        dialogue.settle();
        assertEquals("PUSH_UPDATE,route 10.1.0.0 255.255.0.0", client.messages.get(1));
        dialogue.handle(new SessionEvent.Close("RESTART"));
        dialogue.handle(update);
        dialogue.settle();
        assertEquals("RESTART", client.messages.get(client.messages.size() - 1));

        TestClient older = client(478);
        Dialogue with = started(older);
        with.handle(update);
        with.settle();
        assertEquals(1, older.messages.size());
    }

    /** What a client does not acknowledge is kept for it, but not without end. */
    @Test
    void shouldEndWithAClientThatDoesNotRead() {
        Dialogue dialogue = started(client(478 | 1 << 12));
        dialogue.lostToServer = packet -> true;
        SessionEvent update = new SessionEvent.Update(Collections.nCopies(20, "route 10.1.0.0 255.255.0.0"));
        for (int i = 0; i < 70; i++) {
            dialogue.handle(update);
        }
        assertNull(dialogue.closed(), "less than 64 KiB");
        for (int i = 0; i < 70; i++) {
            dialogue.handle(update);
        }
        SessionAction.Closed closed = dialogue.closed();
        assertNotNull(closed);
        assertEquals("the client does not read", closed.detail());
    }

    /** The answer to a question that does not matter any more lets nobody in. */
    @Test
    void shouldNotLetInWhoIsAboutToGo() {
        Dialogue dialogue = new Dialogue(client(478), Dialogue.config());
        dialogue.authenticator = question -> null;
        dialogue.start();
        long attempt = dialogue.all(SessionAction.Authenticate.class).get(0).attempt();
        assertTrue(dialogue.session.isAwaiting(attempt));
        assertFalse(dialogue.session.isAwaiting(attempt + 1));
        dialogue.handle(new SessionEvent.Close("HALT"));
        assertFalse(dialogue.session.isAwaiting(attempt));
        dialogue.handle(new SessionEvent.Accept(attempt, Dialogue.settings(), null));
        dialogue.settle();
        assertEquals(List.of("HALT"), dialogue.client.messages);
        assertTrue(dialogue.all(SessionAction.Connected.class).isEmpty());
        dialogue.advance(6 * SECOND);
        assertFalse(dialogue.session.isAwaiting(attempt));
    }

    /** Who does not know a refusal for now (bit 8 of IV_PROTO) would take it for one for good. */
    @Test
    void shouldTellWhoDoesNotKnowARefusalForNowToRestart() {
        TestClient client = client(478);
        TestClient older = client(478 & ~(1 << 8));
        for (TestClient each : List.of(client, older)) {
            Dialogue dialogue = new Dialogue(each, Dialogue.config());
            dialogue.authenticator = question -> new SessionEvent.Reject(question.attempt(), "TEMP[backoff 42]:busy");
            dialogue.start();
            dialogue.advance(6 * SECOND);
            SessionAction.Closed closed = dialogue.closed();
            assertNotNull(closed);
            assertEquals(CloseCause.REJECTED, closed.cause());
            assertEquals("TEMP[backoff 42]:busy", closed.detail());
        }
        assertEquals(List.of("AUTH_FAILED,TEMP[backoff 42]:busy"), client.messages);
        assertEquals(List.of("RESTART"), older.messages);

        TestClient refused = client(478 & ~(1 << 8));
        Dialogue dialogue = new Dialogue(refused, Dialogue.config());
        dialogue.authenticator = question -> new SessionEvent.Reject(question.attempt(), "wrong password");
        dialogue.start();
        assertEquals(List.of("AUTH_FAILED,wrong password"), refused.messages, "which is for good");
    }

    @Test
    void shouldHearAnswersOnlyWhileThereIsAQuestion() {
        TestClient client = client(478);
        Dialogue dialogue = started(client);
        client.say("CR_RESPONSE,c2VjcmV0");
        client.flush(dialogue.now);
        dialogue.settle();
        assertTrue(dialogue.all(SessionAction.ChallengeResponse.class).isEmpty());
    }

    /** Of two secrets that TLS exports a client may need one or none. */
    @Test
    void shouldWipeWhatTlsExportedAndNobodyTook() throws Exception {
        TlsTunnel tunnel = TlsTunnel.accept(Dialogue.config().tls());
        TlsClientProtocol client = new TlsClientProtocol();
        client.connect(new TestTlsClient(TestCerts.client("alice"), true));
        while (!tunnel.isOpen()) {
            byte[] hello = new byte[client.getAvailableOutputBytes()];
            client.readOutput(hello, 0, hello.length);
            tunnel.offer(hello);
            assertNull(tunnel.failure());
            client.offerInput(tunnel.takeOutput(1 << 16));
        }
        assertTrue(tunnel.canExport());
        tunnel.wipeExports();
        assertFalse(tunnel.canExport());
        assertNull(tunnel.takeDataKeys());
        assertNull(tunnel.takeDynamicTlsCrypt());
    }

    @Test
    void shouldCountSilenceFromTheLogin() {
        Dialogue dialogue = new Dialogue(new TestClient(1), Dialogue.config());
        dialogue.authenticator = question -> null;
        dialogue.start();
        long attempt = dialogue.all(SessionAction.Authenticate.class).get(0).attempt();
        dialogue.handle(new SessionEvent.Pending(attempt, 600, ""));
        dialogue.lostToServer = packet -> true;
        dialogue.advance(300 * SECOND);
        dialogue.handle(new SessionEvent.Accept(attempt, Dialogue.settings(), null));
        dialogue.advance(60 * SECOND);
        assertNull(dialogue.closed(), "a user who took long to log in has not been silent");
    }

    @Test
    void shouldEndWhenAnotherCertificateOfTheNameComesBack() {
        Dialogue dialogue = started(new TestClient(1));
        dialogue.advance(2 * SECOND);
        dialogue.client.certificate = TestCerts.client("former");
        dialogue.client.renegotiate(dialogue.now);
        dialogue.settle();
        dialogue.advance(6 * SECOND);
        SessionAction.Closed closed = dialogue.closed();
        assertNotNull(closed);
        assertEquals(CloseCause.IDENTITY_CHANGED, closed.cause());
    }

    @ParameterizedTest
    @CsvSource({"'', '', ''", "',comp-lzo', '', 'comp-lzo no'", "',comp-lzo', 'IV_COMP_STUBv2=1', 'compress stub-v2'"})
    void shouldFrameWhatAClientFrames(String option, String info, String pushed) {
        TestClient client = new TestClient(1);
        client.options += option;
        client.peerInfo += info + "\n";
        started(client);
        String push = client.messages.get(0);
        assertEquals(!pushed.isEmpty(), push.contains("comp"), push);
        assertTrue(pushed.isEmpty() || push.contains("," + pushed + ","), push);
    }

    @ParameterizedTest
    @CsvSource({"AES-256-GCM,true", "AES-256-CBC,false"})
    void shouldNeedTheClientsDigestForCbcAlone(String cipher, boolean served) {
        TestClient client = new TestClient(1);
        client.options = client.options.replace("auth [null-digest]", "auth RIPEMD160");
        client.peerInfo = client.peerInfo.replaceAll("IV_CIPHERS=.*", "IV_CIPHERS=" + cipher);
        Dialogue dialogue = new Dialogue(
                client, Dialogue.config(ClientCertMode.REQUIRED, SessionTimes.DEFAULTS, List.of(DataCipher.values())));
        dialogue.start();
        assertEquals(served, dialogue.session.isConnected(), client.messages.toString());
    }

    @Test
    void shouldTellWhatWasSettledOnlyThen() {
        Dialogue dialogue = new Dialogue(new TestClient(1), Dialogue.config());
        assertTrue(dialogue.session.describe().startsWith("not settled"), dialogue.session.describe());
        dialogue.start();
        assertTrue(dialogue.session.optionsAnswer().startsWith("V4,dev-type tun"), dialogue.session.optionsAnswer());
    }

    @Test
    void shouldCountWhyItDrops() {
        TestClient client = TestClient.crypt(1, Vectors.staticKey());
        Dialogue dialogue =
                new Dialogue(client, Dialogue.config(), TlsCryptWrap.server(Vectors.staticKey()), Vectors.staticKey());
        client.start(dialogue.now);
        byte[] first = client.out.get(0);
        dialogue.settle();
        dialogue.handle(new SessionEvent.Packet(first));
        assertEquals(1, dialogue.session.drops().get(SessionDrop.REPLAY));
        byte[] forged = first.clone();
        forged[20] ^= 1;
        dialogue.handle(new SessionEvent.Packet(forged));
        assertEquals(1, dialogue.session.drops().get(SessionDrop.NOT_AUTHENTIC));
        dialogue.handle(new SessionEvent.Packet(Arrays.copyOf(first, 8)));
        assertEquals(1, dialogue.session.drops().get(SessionDrop.MALFORMED));

        Dialogue plain = started(new TestClient(1));
        byte[] tooMany = new byte[80];
        tooMany[0] = 4 << 3;
        tooMany[9] = 9;
        plain.handle(new SessionEvent.Packet(tooMany));
        plain.handle(new SessionEvent.Packet(new byte[] {4 << 3, 0, 0, 0, 0, 0, 0, 0, 1}));
        assertEquals(2, plain.session.drops().get(SessionDrop.MALFORMED));
    }

    @Test
    void shouldNeitherPingNorNoticeSilenceUnlessAsked() {
        SessionTimes times = new SessionTimes(60 * SECOND, 0, 3600 * SECOND, 0, 0);
        Dialogue dialogue =
                new Dialogue(new TestClient(1), Dialogue.config(ClientCertMode.REQUIRED, times, DataCipher.DEFAULTS));
        dialogue.start();
        int sent = dialogue.sentByServer;
        assertEquals(10 * SECOND, dialogue.session.nextDeadlineNanos() - dialogue.now, "keys are looked at");
        dialogue.advance(1000 * SECOND);
        assertEquals(sent, dialogue.sentByServer);
        assertNull(dialogue.closed());
    }

    /** However seldom pings are: the limits of keys are reached by what is sent between them. */
    @ParameterizedTest
    @CsvSource({"3600,0", "3600,7200", "5,60"})
    void shouldLookAtKeysEveryTenSeconds(int ping, int restart) {
        SessionTimes times = new SessionTimes(60 * SECOND, 0, 3600 * SECOND, ping * SECOND, restart * SECOND);
        Dialogue dialogue =
                new Dialogue(new TestClient(1), Dialogue.config(ClientCertMode.REQUIRED, times, DataCipher.DEFAULTS));
        dialogue.start();
        assertTrue(dialogue.reachesClient(PAYLOAD));
        for (int i = 0; i < 4; i++) {
            long wait = dialogue.session.nextDeadlineNanos() - dialogue.now;
            assertEquals(Math.min(ping, 10) * SECOND, wait);
            dialogue.advance(wait);
        }
    }

    @Test
    void shouldKnowAPing() {
        ByteBuffer other = ByteBuffer.allocate(17);
        assertFalse(Keepalive.isPing(other, 0, 16));
        assertFalse(Keepalive.isPing(other, 0, 17));
        other.putLong(0, 0x2a187bf3641eb4cbL);
        assertFalse(Keepalive.isPing(other, 0, 16), "half of one");
    }

    @Test
    void shouldSendNothingToWhoIsSentAway() {
        Dialogue dialogue = started(new TestClient(1));
        assertTrue(dialogue.reachesClient(PAYLOAD));
        dialogue.handle(new SessionEvent.Close("RESTART"));
        dialogue.settle();
        assertFalse(dialogue.reachesClient(PAYLOAD));
        assertFalse(dialogue.session.isConnected());
        assertNull(dialogue.closed(), "it has a while to hear it");
    }

    @Test
    void shouldKeepTheFirstReasonForTheEnd() {
        TestClient client = new TestClient(1);
        Dialogue dialogue = new Dialogue(client, Dialogue.config());
        dialogue.authenticator = question -> new SessionEvent.Reject(question.attempt(), "no");
        dialogue.start();
        dialogue.advance(2 * SECOND);
        dialogue.handle(new SessionEvent.Close("RESTART"));
        dialogue.advance(4 * SECOND);
        SessionAction.Closed closed = dialogue.closed();
        assertNotNull(closed);
        assertEquals(CloseCause.REJECTED, closed.cause());
    }

    /** Whom there is no room for, or no way to, it cannot wait for; the reason is still the first. */
    @Test
    void shouldEndAtOnceAlsoWhileTheClientHearsOfTheEnd() {
        Dialogue dialogue = new Dialogue(new TestClient(1), Dialogue.config());
        dialogue.authenticator = question -> new SessionEvent.Reject(question.attempt(), "no");
        dialogue.start();
        assertTrue(dialogue.session.isEnding());
        dialogue.handle(new SessionEvent.End());
        assertEquals(
                List.of(new SessionAction.Closed(CloseCause.REJECTED, "no")), dialogue.all(SessionAction.Closed.class));
        assertTrue(dialogue.session.isClosed());

        Dialogue in = started(new TestClient(2));
        in.handle(new SessionEvent.End());
        assertEquals(List.of(new SessionAction.Closed(CloseCause.CLOSED, "")), in.all(SessionAction.Closed.class));
        assertFalse(in.reachesClient(PAYLOAD), "the keys are gone");
    }
}
