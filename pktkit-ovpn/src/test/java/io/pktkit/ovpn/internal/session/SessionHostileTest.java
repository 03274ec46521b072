// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import static io.pktkit.ovpn.internal.session.Dialogue.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.Mutants;
import io.pktkit.ovpn.Vectors;
import io.pktkit.ovpn.internal.negotiate.KeyMethod2;
import io.pktkit.ovpn.internal.negotiate.OptionsString;
import io.pktkit.ovpn.internal.negotiate.PeerInfo;
import io.pktkit.ovpn.internal.wire.ControlPacket;
import io.pktkit.ovpn.internal.wrap.TlsCryptWrap;
import io.pktkit.ovpn.key.DataCipher;
import io.pktkit.ovpn.key.TlsCryptV2Key;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is like the packets of a client and is none of them, at a session in each of its states. */
class SessionHostileTest {

    private static final byte[] PAYLOAD = "a packet".getBytes(StandardCharsets.US_ASCII);

    /** More than a whole window, and what it acknowledges. */
    private static final int MOST_ANSWERS = 10;

    /** How far a session has come, and how a client gets there. */
    enum State {
        RESET {
            @Override
            void reach(Dialogue dialogue) {
                dialogue.start();
            }

            @Override
            int takes() {
                return 0;
            }
        },
        HANDSHAKE {
            @Override
            void reach(Dialogue dialogue) {
                dialogue.start();
            }

            @Override
            int takes() {
                return 2;
            }
        },
        VERDICT {
            @Override
            void reach(Dialogue dialogue) {
                dialogue.authenticator = question -> null;
                dialogue.start();
            }
        },
        ACTIVE {
            @Override
            void reach(Dialogue dialogue) {
                dialogue.start();
            }
        },
        RENEGOTIATING {
            @Override
            void reach(Dialogue dialogue) {
                dialogue.start();
                renegotiate(dialogue, 2);
            }
        },
        VERDICT_AGAIN {
            @Override
            void reach(Dialogue dialogue) {
                dialogue.start();
                dialogue.authenticator = question -> null;
                renegotiate(dialogue, Integer.MAX_VALUE);
            }
        },
        LAME_DUCK {
            @Override
            void reach(Dialogue dialogue) {
                dialogue.start();
                renegotiate(dialogue, Integer.MAX_VALUE);
            }
        },
        REFUSED {
            @Override
            void reach(Dialogue dialogue) {
                dialogue.authenticator = question -> new SessionEvent.Reject(question.attempt(), "no");
                dialogue.start();
            }
        },
        CLOSED {
            @Override
            void reach(Dialogue dialogue) {
                dialogue.start();
                dialogue.handle(new SessionEvent.Close(""));
            }
        };

        abstract void reach(Dialogue dialogue);

        /** How many packets of the client arrive before it is cut off. */
        int takes() {
            return Integer.MAX_VALUE;
        }

        static void renegotiate(Dialogue dialogue, int takes) {
            dialogue.advance(2 * SECOND);
            dialogue.lostToServer = cut(dialogue.lostToServer, takes);
            dialogue.client.renegotiate(dialogue.now);
            dialogue.settle();
        }
    }

    private static Predicate<byte[]> cut(Predicate<byte[]> before, int takes) {
        int[] seen = new int[1];
        return packet -> {
            boolean over = seen[0]++ >= takes; // each is counted, cut before or not
            return before.test(packet) || over;
        };
    }

    /** A session in a state, and what its client has sent, also of what did not arrive. */
    private static final class Victim {

        final Dialogue dialogue;
        final List<byte[]> sent = new ArrayList<>();

        Victim(State state, boolean crypt) {
            TestClient client = crypt ? TestClient.crypt(1, Vectors.staticKey()) : new TestClient(1);
            client.peerInfo = TestClient.PEER_INFO.replace("IV_PROTO=478", "IV_PROTO=" + (478 | 1 << 9));
            SessionConfig config = Dialogue.config();
            dialogue = crypt
                    ? new Dialogue(client, config, TlsCryptWrap.server(Vectors.staticKey()), Vectors.staticKey())
                    : new Dialogue(client, config);
            dialogue.lostToServer = cut(
                    packet -> {
                        sent.add(packet);
                        return false;
                    },
                    state.takes());
            state.reach(dialogue);
            if (client.isUp() && !dialogue.session.isClosed()) {
                sent.add(client.data(PAYLOAD, true));
                sent.add(client.data(PAYLOAD, false));
            }
            dialogue.lostToServer = packet -> false;
        }
    }

    /** Gives mutants to sessions; how many sessions it took. */
    private static int attack(State state, int count, long seed) {
        Mutants mutants = new Mutants(seed);
        Victim victim = new Victim(state, false);
        int sessions = 1;
        for (int i = 0; i < count; i++) {
            Dialogue dialogue = victim.dialogue;
            OvpnSession session = dialogue.session;
            int keyId = session.keyId();
            // The client hears nothing, or it would go on.
            dialogue.lostToClient = packet -> true;
            dialogue.actions.clear();
            dialogue.give(mutants.of(victim.sent));
            String where = state + " seed " + seed + " mutant " + i;
            assertTrue(dialogue.all(SessionAction.Send.class).size() <= MOST_ANSWERS, where);
            boolean ending = session.isEnding() && state != State.REFUSED;
            if (ending) {
                dialogue.advance(6 * SECOND);
                assertTrue(session.isClosed(), where);
            }
            SessionAction.Closed closed = dialogue.closed();
            assertTrue(closed == null || closed.cause() != CloseCause.FAILED, where);
            if (ending || session.keyId() != keyId || session.isClosed() != (state == State.CLOSED)) {
                victim = new Victim(state, false);
                sessions++;
            }
        }
        victim.dialogue.lostToServer = packet -> true;
        victim.dialogue.advance(200 * SECOND);
        assertTrue(victim.dialogue.session.isClosed(), state + ": whoever falls silent goes, seed " + seed);
        return sessions;
    }

    @ParameterizedTest
    @EnumSource
    void shouldBeHarmedByNothing(State state) {
        attack(state, 2000, 14);
    }

    @ParameterizedTest
    @EnumSource
    @Tag("long")
    void shouldBeHarmedByNothingOfAMillion(State state, TestReporter reporter) {
        reporter.publishEntry(state + ": 112000 mutants took sessions", Integer.toString(attack(state, 112_000, 7)));
    }

    /** Nothing that has not the key comes through tls-crypt, so the session is as it was: what was begun goes on. */
    @ParameterizedTest
    @EnumSource
    void shouldGoOnBehindTlsCrypt(State state) {
        Mutants mutants = new Mutants(3);
        Victim victim = new Victim(state, true);
        Dialogue dialogue = victim.dialogue;
        for (int i = 0; i < 2000; i++) {
            byte[] mutant = mutants.of(victim.sent);
            if (victim.sent.stream().noneMatch(packet -> Arrays.equals(packet, mutant))) {
                dialogue.give(mutant);
            }
        }
        if (state == State.CLOSED || state == State.REFUSED) {
            return;
        }
        assertNull(dialogue.closed(), state.name());
        dialogue.authenticator = question -> new SessionEvent.Accept(question.attempt(), Dialogue.settings(), null);
        dialogue.all(SessionAction.Authenticate.class)
                .forEach(question ->
                        dialogue.handle(new SessionEvent.Accept(question.attempt(), Dialogue.settings(), null)));
        dialogue.settle();
        dialogue.advance(10 * SECOND);
        assertTrue(dialogue.client.isUp(), state + " " + dialogue.client.messages);
        assertTrue(dialogue.reachesServer(PAYLOAD, true), state.name());
        assertEquals("cc-exit tls-ekm dyn-tls-crypt", dialogue.client.pushed("protocol-flags"));
    }

    /** A client that has a good certificate says what it likes inside TLS. */
    @Test
    void shouldBeHarmedByNothingThatIsSaidInsideTls() {
        Mutants mutants = new Mutants(5);
        for (int i = 0; i < 150; i++) {
            TestClient client = new TestClient(1);
            client.sendsKeyMethod = false;
            Dialogue dialogue = new Dialogue(client, Dialogue.config());
            dialogue.start();
            assertTrue(client.isTlsComplete());
            List<byte[]> said = List.of(
                    client.keyMethod(),
                    "PUSH_REQUEST\0".getBytes(StandardCharsets.US_ASCII),
                    "CR_RESPONSE,Zm9v\0\0\0EXIT\0PUSH_REQUEST".getBytes(StandardCharsets.US_ASCII));
            for (int n = 0; n < 20 && !dialogue.session.isClosed() && !dialogue.session.isEnding(); n++) {
                client.say(n == 0 && i % 3 == 0 ? client.keyMethod() : mutants.of(said));
                client.flush(dialogue.now);
                dialogue.settle();
            }
            dialogue.advance(200 * SECOND);
            SessionAction.Closed closed = dialogue.closed();
            assertTrue(closed != null && closed.cause() != CloseCause.FAILED, "seed 5 round " + i + " " + closed);
        }
    }

    @Test
    void shouldParseAnything() {
        Mutants mutants = new Mutants(6);
        byte[] method = new TestClient(1).keyMethod();
        byte[] options = new TestClient(1).options.getBytes(StandardCharsets.ISO_8859_1);
        byte[] info = TestClient.PEER_INFO.getBytes(StandardCharsets.ISO_8859_1);
        TlsCryptV2Key v2 = Vectors.v2Key();
        int parsed = 0;
        for (int i = 0; i < 30_000; i++) {
            parsed += KeyMethod2.parse(mutants.of(List.of(method))) == null ? 0 : 1;
            OptionsString string =
                    new OptionsString(new String(mutants.of(List.of(options)), StandardCharsets.ISO_8859_1));
            assertTrue(string.answer().length() <= 1024, "seed 6 mutant " + i);
            string.digest();
            string.cipher();
            string.fits(i % 2 == 0);
            PeerInfo peer = PeerInfo.parse(new String(mutants.of(List.of(info)), StandardCharsets.ISO_8859_1));
            assertTrue(peer.values().size() <= 64, "seed 6 mutant " + i);
            peer.has(DataCipher.AES_128_GCM);
            byte[] packet = mutants.of(List.of(Vectors.PLAIN, Vectors.CRYPT));
            if (packet.length >= ControlPacket.HEAD_LENGTH) {
                ControlPacket control = ControlPacket.parse(packet, Arrays.copyOfRange(packet, 9, packet.length));
                assertTrue(control == null || control.acks().length <= 8, "seed 6 mutant " + i);
            }
            assertTrue(Messages.decode(packet).size() <= 16, "seed 6 mutant " + i);
            v2.unwrap(packet);
        }
        assertTrue(parsed > 3000, "the mutants are near enough to be parsed: " + parsed);
    }
}
