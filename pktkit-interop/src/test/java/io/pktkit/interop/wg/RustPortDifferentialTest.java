// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.wg.Handler.Kind;
import io.pktkit.interop.wg.Handler.Outcome;
import io.pktkit.wg.PresharedKey;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.PacketBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.bouncycastle.crypto.digests.Blake2sDigest;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Our engine and the handler of the Rust port are given the same, and make the same of it, but for what {@link Difference}
 * names. Initiations are the same bytes for both. What follows on them cannot be, since each draws keys of its own; then each
 * has a far end of its own, an engine of ours, and both far ends do the same.
 */
@NeedsPeer(root = false)
@Timeout(600)
class RustPortDifferentialTest {
    /** In what the port departs from the paper, and whether that showed. */
    private enum Difference {
        /** Section 5.4.6: the packet is filled up with zeros to a multiple of 16 bytes before it is encrypted. */
        NO_PADDING,
        /** Section 5.4.6: the length in the IP header tells the receiver what is packet and what is padding. */
        NO_TRIMMING,
        /** Section 3: what was decrypted and is no IP packet, or whose source is not routed to its sender, is dropped. */
        NO_CRYPTOKEY_ROUTING,
        /** Section 5.3: under load, a cookie reply may answer a response as it answers an initiation. */
        NO_COOKIE_FOR_RESPONSES
    }

    private static final long SEED = new Random().nextLong();
    private static final SecureRandom SECURE = new SecureRandom();
    private static final int NO_LOAD = Integer.MAX_VALUE;
    private static final int MAC1 = 116;
    private static final int KNOWN = 10;

    private final Random random = new Random(SEED);
    private final Map<Difference, Integer> shown = new EnumMap<>(Difference.class);
    private final Map<Kind, Integer> kinds = new EnumMap<>(Kind.class);
    private final List<AutoCloseable> opened = new ArrayList<>();
    private String program = "";

    @BeforeEach
    void build() throws IOException {
        program = BuiltPeer.RUST_PORT.command();
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : opened) {
            one.close();
        }
    }

    private String where(Object what) {
        return what + ", seed " + SEED;
    }

    /** The two that are compared. They have one key, so that one initiation is for both. */
    private final class Both {
        final WgPrivateKey key = WgPrivateKey.generate(SECURE);
        final OurHandler ours;
        final RustHandler port;

        Both(int load) throws IOException {
            ours = new OurHandler(key, load);
            port = new RustHandler(program, key, load);
            opened.add(ours);
            opened.add(port);
        }

        void addPeer(WgPublicKey peer, @Nullable PresharedKey psk) throws IOException {
            ours.addPeer(peer, psk);
            port.addPeer(peer, psk);
        }

        void removePeer(WgPublicKey peer) throws IOException {
            ours.removePeer(peer);
            port.removePeer(peer);
        }

        /** The same bytes for both. */
        Outcome[] take(WgEndpoint from, byte[] datagram, Object what) throws IOException {
            return agree(what, ours.take(from, datagram), port.take(from, datagram));
        }
    }

    /** A far end, whose key is new. */
    private OurHandler far(WgPrivateKey key, int load) {
        OurHandler far = new OurHandler(key, load);
        opened.add(far);
        return far;
    }

    private Outcome[] agree(Object what, Outcome ours, Outcome port) {
        assertEquals(ours.kind(), port.kind(), () -> where(what + ": ours " + ours + ", the port " + port));
        assertEquals(ours.answer().length > 0, port.answer().length > 0, () -> where(what + ": answer to " + ours));
        kinds.merge(ours.kind(), 1, Integer::sum);
        return new Outcome[] {ours, port};
    }

    private static WgEndpoint source(int number) {
        return new WgEndpoint(IpAddress.ofIpv4(0xC0000200 + (number >> 8)), 1024 + (number & 255));
    }

    private static PresharedKey psk(int number) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) number);
        return PresharedKey.of(bytes);
    }

    /** Changes a message in a way that the seed decides, the same at each call with the same numbers. */
    private static byte[] changed(byte[] message, int how, int where, int with) {
        return switch (how % 6) {
            case 0 -> Arrays.copyOf(message, Math.floorMod(where, message.length));
            case 1 -> Arrays.copyOf(message, message.length + 1 + Math.floorMod(where, 64));
            case 2 -> {
                byte[] other = message.clone();
                other[0] = (byte) Math.floorMod(with, 6);
                yield other[0] == message[0] ? Arrays.copyOf(message, message.length - 1) : other;
            }
            default -> {
                byte[] other = message.clone();
                other[Math.floorMod(where, message.length)] ^= (byte) (1 << Math.floorMod(with, 8));
                yield other;
            }
        };
    }

    /** Makes the first MAC right again. */
    private static byte[] withMac1(byte[] message, WgPublicKey receiver) {
        Blake2sDigest hash = new Blake2sDigest(256);
        hash.update("mac1----".getBytes(StandardCharsets.US_ASCII), 0, 8);
        hash.update(receiver.toBytes(), 0, 32);
        byte[] key = new byte[32];
        hash.doFinal(key, 0);
        Blake2sDigest mac = new Blake2sDigest(key, 16, null, null);
        mac.update(message, 0, MAC1);
        mac.doFinal(message, MAC1);
        return message;
    }

    /** An initiation that was made before, and whether it was delivered. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Earlier(int who, boolean taken, byte[] initiation) {}

    /** Makes a peer that has no initiation to its account; its timestamps are remembered. */
    private static void bringBack(Both both, int who, List<WgPublicKey> keys) throws IOException {
        if (who < KNOWN) {
            both.removePeer(keys.get(who));
            both.addPeer(keys.get(who), who % 2 == 0 ? psk(who) : null);
        }
    }

    /** An engine makes one in five seconds. */
    private static void initiationsAreFarApart(OurHandler who) {
        for (int i = 0; i < 6; i++) {
            who.tick();
        }
    }

    @Test
    void shouldJudgeInitiationsAlike() throws IOException {
        Both both = new Both(NO_LOAD);
        WgPublicKey server = both.key.publicKey();
        List<OurHandler> clients = new ArrayList<>();
        List<WgPublicKey> keys = new ArrayList<>();
        for (int i = 0; i < KNOWN + 2; i++) {
            WgPrivateKey key = WgPrivateKey.generate(SECURE);
            clients.add(far(key, NO_LOAD));
            keys.add(key.publicKey());
            clients.get(i).addPeer(server, i % 2 == 0 ? psk(i) : null);
            if (i < KNOWN) {
                both.addPeer(keys.get(i), i % 2 == 0 ? psk(i) : null);
            }
        }
        OurHandler lost = far(WgPrivateKey.generate(SECURE), NO_LOAD);
        WgPublicKey elsewhere = WgPrivateKey.generate(SECURE).publicKey();
        lost.addPeer(elsewhere, null);
        List<Earlier> earlier = new ArrayList<>();
        for (int i = 0; i < 1500; i++) {
            int who = random.nextInt(clients.size());
            OurHandler client = clients.get(who);
            WgEndpoint from = source(i);
            initiationsAreFarApart(client);
            byte[] fresh = Objects.requireNonNull(client.initiate(server));
            switch (random.nextInt(8)) {
                case 0 -> {
                    bringBack(both, who, keys);
                    Outcome[] outcomes = both.take(from, fresh, "initiation " + i);
                    assertEquals(who < KNOWN ? Kind.HANDSHAKE : Kind.REFUSED, outcomes[0].kind(), () -> where("known"));
                    if (who < KNOWN) {
                        Outcome answered = client.take(from, outcomes[random.nextInt(2)].answer());
                        assertEquals(Kind.HANDSHAKE, answered.kind(), () -> where("response of either"));
                    }
                    earlier.add(new Earlier(who, true, fresh));
                }
                case 1 -> earlier.add(new Earlier(who, false, fresh));
                case 2 -> {
                    if (!earlier.isEmpty()) {
                        Earlier one = earlier.remove(random.nextInt(earlier.size()));
                        if (!one.taken || random.nextBoolean()) {
                            bringBack(both, one.who, keys);
                        }
                        both.take(from, one.initiation, "one of before in step " + i);
                        earlier.add(new Earlier(one.who, true, one.initiation));
                    }
                }
                case 3 -> {
                    byte[] junk = new byte[random.nextInt(200)];
                    random.nextBytes(junk);
                    if (junk.length > 4 && random.nextBoolean()) {
                        junk[0] = (byte) (1 + random.nextInt(4));
                        junk[1] = junk[2] = junk[3] = 0;
                    }
                    both.take(from, junk, "junk in step " + i);
                }
                case 4 -> {
                    initiationsAreFarApart(lost);
                    both.take(from, Objects.requireNonNull(lost.initiate(elsewhere)), "for somebody else");
                }
                case 5 -> {
                    byte[] other = fresh.clone();
                    // Not the sender's index, which nothing but the first MAC vouches for.
                    other[8 + random.nextInt(MAC1 - 8)] ^= (byte) (1 << random.nextInt(8));
                    Outcome[] forged = both.take(from, withMac1(other, server), "forged in step " + i);
                    assertEquals(Kind.REFUSED, forged[0].kind(), where("forged in step " + i));
                }
                default -> {
                    byte[] other = changed(fresh, random.nextInt(), random.nextInt(MAC1 + 16), random.nextInt(8));
                    Outcome[] changed = both.take(from, other, "changed in step " + i);
                    assertEquals(Kind.REFUSED, changed[0].kind(), where("changed in step " + i));
                }
            }
        }
        assertTrue(kinds.getOrDefault(Kind.HANDSHAKE, 0) > 50, kinds::toString);
        assertTrue(kinds.getOrDefault(Kind.REFUSED, 0) > 500, kinds::toString);
        assertEquals(Map.of(), shown);
    }

    /** Each has a far end of its own: a cookie is made of a secret. */
    @Test
    void shouldJudgeInitiationsUnderLoadAlike() throws IOException {
        Both both = new Both(0);
        WgPublicKey server = both.key.publicKey();
        for (int i = 0; i < 60; i++) {
            WgPrivateKey key = WgPrivateKey.generate(SECURE);
            both.addPeer(key.publicKey(), null);
            OurHandler farOurs = far(key, NO_LOAD);
            OurHandler farPort = far(key, NO_LOAD);
            farOurs.addPeer(server, null);
            farPort.addPeer(server, null);
            byte[] first = Objects.requireNonNull(farOurs.initiate(server));
            byte[] second = Objects.requireNonNull(farPort.initiate(server));
            WgEndpoint from = source(i << 8); // an address each, whose share is five
            both.take(from, changed(first, 3, random.nextInt(132), 1), "changed");
            both.take(from, first, "without a cookie");
            Outcome[] replies = agree("cookie", both.ours.take(from, first), both.port.take(from, second));
            assertEquals(Kind.COOKIE_REPLY, replies[0].kind());
            assertEquals(
                    Kind.COOKIE_RECEIVED,
                    farOurs.take(from, replies[0].answer()).kind());
            assertEquals(
                    Kind.COOKIE_RECEIVED,
                    farPort.take(from, replies[1].answer()).kind());
            initiationsAreFarApart(farOurs);
            initiationsAreFarApart(farPort);
            first = Objects.requireNonNull(farOurs.initiate(server));
            second = Objects.requireNonNull(farPort.initiate(server));
            int bit = random.nextInt(128);
            agree(
                    "wrong cookie",
                    both.ours.take(from, changed(first, 3, 132 + bit / 8, bit)),
                    both.port.take(from, changed(second, 3, 132 + bit / 8, bit)));
            WgEndpoint other = new WgEndpoint(from.address(), 9);
            agree("cookie of another port", both.ours.take(other, first), both.port.take(other, second));
            Outcome[] taken = agree("with a cookie", both.ours.take(from, first), both.port.take(from, second));
            assertEquals(Kind.HANDSHAKE, taken[0].kind());
            assertEquals(Kind.HANDSHAKE, farOurs.take(from, taken[0].answer()).kind());
            assertEquals(Kind.HANDSHAKE, farPort.take(from, taken[1].answer()).kind());
            agree("again", both.ours.take(from, first), both.port.take(from, second));
        }
        assertEquals(Map.of(), shown);
    }

    /** Who is compared initiates: responses and cookie replies, with every byte changed, early, late and twice. */
    @Test
    void shouldJudgeResponsesAndCookiesAlike() throws IOException {
        Both both = new Both(NO_LOAD);
        for (int i = 0; i < 12; i++) {
            WgPrivateKey key = WgPrivateKey.generate(SECURE);
            WgPublicKey peer = key.publicKey();
            PresharedKey psk = i % 2 == 0 ? psk(i) : null;
            both.addPeer(peer, psk);
            OurHandler farOurs = far(key, i % 3 == 0 ? 0 : NO_LOAD);
            OurHandler farPort = far(key, i % 3 == 0 ? 0 : NO_LOAD);
            farOurs.addPeer(both.key.publicKey(), psk);
            farPort.addPeer(both.key.publicKey(), psk);
            WgEndpoint from = source(i);
            Outcome[] answers = initiate(both, peer, farOurs, farPort, from);
            if (i % 3 == 0) {
                assertEquals(Kind.COOKIE_REPLY, answers[0].kind());
                flipAll(both, from, answers, 64);
                Outcome[] taken = deliver(both, from, answers[0].answer(), answers[1].answer(), "cookie");
                assertEquals(Kind.COOKIE_RECEIVED, taken[0].kind());
                answers = initiate(both, peer, farOurs, farPort, from);
            }
            assertEquals(Kind.HANDSHAKE, answers[0].kind(), () -> where("responder"));
            if (i % 3 == 1) {
                initiationsAreFarApart(both.ours);
                assertNotNull(both.ours.initiate(peer));
                assertNotNull(both.port.initiate(peer));
                Outcome[] late = deliver(both, from, answers[0].answer(), answers[1].answer(), "superseded");
                assertEquals(Kind.REFUSED, late[0].kind());
                continue;
            }
            flipAll(both, from, answers, 76); // the second MAC is not looked at without load
            Outcome[] taken = deliver(both, from, answers[0].answer(), answers[1].answer(), "response");
            assertEquals(Kind.HANDSHAKE, taken[0].kind());
            assertEquals(Kind.KEEPALIVE, farOurs.take(from, taken[0].answer()).kind());
            assertEquals(Kind.KEEPALIVE, farPort.take(from, taken[1].answer()).kind());
            deliver(both, from, answers[0].answer(), answers[1].answer(), "second response");
        }
        assertEquals(Map.of(), shown);
    }

    private Outcome[] initiate(Both both, WgPublicKey peer, OurHandler farOurs, OurHandler farPort, WgEndpoint from)
            throws IOException {
        initiationsAreFarApart(both.ours);
        byte[] ours = Objects.requireNonNull(both.ours.initiate(peer));
        byte[] port = Objects.requireNonNull(both.port.initiate(peer));
        return agree("far end", farOurs.take(from, ours), farPort.take(from, port));
    }

    private Outcome[] deliver(Both both, WgEndpoint from, byte[] toOurs, byte[] toPort, Object what)
            throws IOException {
        return agree(what, both.ours.take(from, toOurs), both.port.take(from, toPort));
    }

    private void flipAll(Both both, WgEndpoint from, Outcome[] answers, int bytes) throws IOException {
        for (int at = 0; at < bytes; at++) {
            int bit = random.nextInt(8);
            Outcome[] refused = deliver(
                    both,
                    from,
                    changed(answers[0].answer(), 3, at, bit),
                    changed(answers[1].answer(), 3, at, bit),
                    "byte " + at);
            assertEquals(Kind.REFUSED, refused[0].kind(), where("byte " + at));
        }
    }

    @ParameterizedTest(name = "the compared begin {0}")
    @ValueSource(booleans = {true, false})
    void shouldJudgeTransportDataAlike(boolean theyBegin) throws IOException {
        Session session = new Session(theyBegin);
        List<byte[]> toOurs = new ArrayList<>();
        List<byte[]> toPort = new ArrayList<>();
        for (int i = 0; i < 4000; i++) {
            int at = toOurs.isEmpty() ? 0 : random.nextInt(toOurs.size());
            int how = random.nextInt(toOurs.isEmpty() ? 1 : 8);
            switch (how) {
                case 0, 1 -> {
                    byte[] packet = random.nextInt(20) == 0 ? new byte[0] : packet(random.nextInt(1300));
                    toOurs.add(Objects.requireNonNull(session.farOurs.seal(session.server, packet)));
                    toPort.add(Objects.requireNonNull(session.farPort.seal(session.server, packet)));
                }
                case 2 -> {
                    if (random.nextInt(100) == 0) {
                        session.skip(1 + random.nextInt(9000));
                    }
                }
                case 3 -> session.send(packet(random.nextInt(1300)), "back " + i);
                case 4, 5 -> session.deliver(toOurs.get(at), toPort.get(at), "datagram " + at + " in step " + i);
                case 6 ->
                    session.deliver( // the newest, most likely for the first time
                            toOurs.get(toOurs.size() - 1), toPort.get(toPort.size() - 1), "the newest in step " + i);
                default -> {
                    int change = random.nextInt();
                    int where = random.nextInt();
                    int with = random.nextInt();
                    Outcome refused = session.deliver(
                            changed(toOurs.get(at), change, where, with),
                            changed(toPort.get(at), change, where, with),
                            "changed in step " + i);
                    assertEquals(Kind.REFUSED, refused.kind(), where("changed in step " + i));
                }
            }
        }
        assertTrue(kinds.getOrDefault(Kind.DATA, 0) > 300, kinds::toString);
        assertTrue(kinds.getOrDefault(Kind.REFUSED, 0) > 300, kinds::toString);
        assertTrue(shown.containsKey(Difference.NO_PADDING) && shown.containsKey(Difference.NO_TRIMMING), where(shown));
        assertEquals(2, shown.size(), where(shown));
    }

    /** A session of each with its far end. */
    private final class Session {
        final WgEndpoint from = source(1);
        final Both both = new Both(NO_LOAD);
        final WgPublicKey server = both.key.publicKey();
        final WgPrivateKey key = WgPrivateKey.generate(SECURE);
        final OurHandler farOurs = far(key, NO_LOAD);
        final OurHandler farPort = far(key, NO_LOAD);

        Session(boolean theyBegin) throws IOException {
            both.addPeer(key.publicKey(), psk(7));
            farOurs.addPeer(server, psk(7));
            farPort.addPeer(server, psk(7));
            open(both.ours, farOurs, theyBegin);
            open(both.port, farPort, theyBegin);
        }

        private void open(Handler handler, OurHandler far, boolean theyBegin) throws IOException {
            Handler first = theyBegin ? handler : far;
            Handler second = theyBegin ? far : handler;
            byte[] initiation = Objects.requireNonNull(first.initiate(theyBegin ? key.publicKey() : server));
            byte[] response = second.take(from, initiation).answer();
            byte[] confirmation = first.take(from, response).answer();
            assertEquals(Kind.KEEPALIVE, second.take(from, confirmation).kind(), where("confirmation"));
        }

        /** From the far ends. */
        Outcome deliver(byte[] toOurs, byte[] toPort, Object what) throws IOException {
            Outcome[] outcomes = RustPortDifferentialTest.this.deliver(both, from, toOurs, toPort, what);
            byte[] ours = outcomes[0].packet();
            byte[] port = outcomes[1].packet();
            assertArrayEquals(ours, Arrays.copyOf(port, ours.length), where(what));
            if (port.length > ours.length) {
                shown.merge(Difference.NO_TRIMMING, 1, Integer::sum);
                assertEquals((ours.length + 15) & -16, port.length, where(what));
            }
            return outcomes[0];
        }

        /** To the far ends. */
        void send(byte[] packet, Object what) throws IOException {
            byte[] ours = Objects.requireNonNull(both.ours.seal(key.publicKey(), packet));
            byte[] port = Objects.requireNonNull(both.port.seal(key.publicKey(), packet));
            assertArrayEquals(packet, farOurs.take(from, ours).packet(), where(what));
            assertArrayEquals(packet, farPort.take(from, port).packet(), where(what));
            assertEquals(32 + ((packet.length + 15) & -16), ours.length, where(what));
            if (port.length != ours.length) {
                shown.merge(Difference.NO_PADDING, 1, Integer::sum);
                assertEquals(32 + packet.length, port.length, where(what));
            }
        }

        /** Lets the far ends use up counters, for nobody. */
        void skip(int count) {
            byte[] packet = packet(0);
            for (int i = 0; i < count; i++) {
                farOurs.seal(server, packet);
                farPort.seal(server, packet);
            }
        }
    }

    /** UDP between addresses that either end may send from. */
    private byte[] packet(int payload) {
        boolean v4 = random.nextBoolean();
        byte[] content = new byte[payload];
        random.nextBytes(content);
        ByteBuffer built = PacketBuilder.udp(
                IpAddress.parse(v4 ? "10.0.0.1" : "fd00::1"),
                1,
                IpAddress.parse(v4 ? "10.0.0.2" : "fd00::2"),
                2,
                ByteBuffer.wrap(content));
        byte[] packet = new byte[built.remaining()];
        built.get(packet);
        return packet;
    }

    /** What the port leaves to its server and adapter, and what it leaves out. */
    @Test
    void shouldDifferWhereThePortDoes() throws IOException {
        Session session = new Session(false);
        byte[] stranger = packet(100);
        stranger[stranger[0] >> 4 == 4 ? 12 : 8] ^= 0x40;
        for (byte[] inner : List.of(stranger, new byte[64], new byte[] {0x45})) {
            byte[] ours = Objects.requireNonNull(session.farOurs.seal(session.server, inner));
            byte[] port = Objects.requireNonNull(session.farPort.seal(session.server, inner));
            assertEquals(
                    Kind.REFUSED, session.both.ours.take(session.from, ours).kind());
            assertEquals(Kind.DATA, session.both.port.take(session.from, port).kind());
            shown.merge(Difference.NO_CRYPTOKEY_ROUTING, 1, Integer::sum);
        }

        Both loaded = new Both(0);
        WgPrivateKey key = WgPrivateKey.generate(SECURE);
        OurHandler farOurs = far(key, NO_LOAD);
        OurHandler farPort = far(key, NO_LOAD);
        loaded.addPeer(key.publicKey(), null);
        farOurs.addPeer(loaded.key.publicKey(), null);
        farPort.addPeer(loaded.key.publicKey(), null);
        Outcome[] responses = initiate(loaded, key.publicKey(), farOurs, farPort, session.from);
        assertEquals(
                Kind.COOKIE_REPLY,
                loaded.ours.take(session.from, responses[0].answer()).kind());
        assertEquals(
                Kind.HANDSHAKE,
                loaded.port.take(session.from, responses[1].answer()).kind());
        shown.merge(Difference.NO_COOKIE_FOR_RESPONSES, 1, Integer::sum);

        assertEquals(Map.of(Difference.NO_CRYPTOKEY_ROUTING, 3, Difference.NO_COOKIE_FOR_RESPONSES, 1), shown);
    }
}
