// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import static io.pktkit.ovpn.internal.session.Dialogue.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client is told while its keys change. */
class SessionMessageTest {

    private static final byte[] PAYLOAD = {1, 2, 3};

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

    /** Between the soft reset and the next key there is no TLS to say it by. */
    @Test
    void shouldHoldAMessageUpDuringARenegotiation() {
        TestClient client = client(478 | 1 << 12);
        Dialogue dialogue = started(client);
        dialogue.advance(2 * SECOND);
        dialogue.lostToServer = packet -> true;
        SessionEvent.Packet reset = softReset(client, dialogue);
        dialogue.handle(reset);
        assertEquals(1, dialogue.session.keyId());
        dialogue.handle(new SessionEvent.Update(List.of("-route")));
        dialogue.lostToServer = packet -> false;
        dialogue.settle();
        dialogue.advance(5 * SECOND);
        assertTrue(client.isUp());
        assertEquals("PUSH_UPDATE,-route", client.messages.get(client.messages.size() - 1));
    }

    /** What was held up goes before what is said afterwards, by whichever key. */
    @Test
    void shouldTellInOrderAfterARenegotiationThatFails() {
        TestClient client = client(478 | 1 << 12);
        Dialogue dialogue = started(client);
        dialogue.advance(2 * SECOND);
        dialogue.lostToServer = packet -> true;
        dialogue.lostToClient = packet -> true;
        dialogue.handle(softReset(client, dialogue));
        dialogue.handle(new SessionEvent.Update(List.of("-route")));
        client.abandonRenegotiation();
        dialogue.advance(60 * SECOND);
        assertEquals(0, dialogue.session.keyId(), "it goes on with the key before");
        dialogue.handle(new SessionEvent.Update(List.of("-dhcp-option")));
        dialogue.lostToServer = packet -> false;
        dialogue.lostToClient = packet -> false;
        dialogue.settle();
        dialogue.advance(5 * SECOND);
        assertEquals(
                List.of("PUSH_UPDATE,-route", "PUSH_UPDATE,-dhcp-option"),
                client.messages.subList(client.messages.size() - 2, client.messages.size()));
    }

    /** While the verdict about the next key is waited for, messages go by it: none overtakes those that were held up. */
    @Test
    void shouldTellInOrderWhileAVerdictIsWaitedFor() {
        TestClient client = client(478 | 1 << 12);
        Dialogue dialogue = started(client);
        dialogue.authenticator = question -> null;
        dialogue.advance(2 * SECOND);
        dialogue.handle(softReset(client, dialogue));
        dialogue.handle(new SessionEvent.Update(List.of("-route")));
        dialogue.settle();
        dialogue.advance(3 * SECOND);
        dialogue.handle(new SessionEvent.Update(List.of("-dhcp-option")));
        dialogue.settle();
        assertEquals(
                List.of("PUSH_UPDATE,-route", "PUSH_UPDATE,-dhcp-option"),
                client.messages.subList(client.messages.size() - 2, client.messages.size()));
    }

    /** Between the soft reset and the next key, too, and over TCP, where all is delivered at once. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldTellWhoIsSentAwayDuringARenegotiation(boolean tcp) {
        TestClient client = client(478);
        SessionConfig udp = Dialogue.config();
        Dialogue dialogue = new Dialogue(
                client, new SessionConfig(udp.tls(), udp.ciphers(), udp.tap(), tcp, udp.mtu(), udp.times()));
        dialogue.start();
        dialogue.advance(2 * SECOND);
        int asked = dialogue.all(SessionAction.Authenticate.class).size();
        dialogue.handle(softReset(client, dialogue));
        dialogue.handle(new SessionEvent.Close("HALT"));
        dialogue.settle();
        assertFalse(dialogue.reachesClient(PAYLOAD));
        dialogue.advance(4 * SECOND);
        assertEquals("HALT", client.messages.get(client.messages.size() - 1));
        assertEquals(asked, dialogue.all(SessionAction.Authenticate.class).size(), "nobody is asked about it any more");
        dialogue.advance(2 * SECOND);
        assertNotNull(dialogue.closed());
    }

    private static SessionEvent.Packet softReset(TestClient client, Dialogue dialogue) {
        client.renegotiate(dialogue.now);
        byte[] packet = client.out.get(0);
        client.out.clear();
        return new SessionEvent.Packet(packet);
    }
}
