// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A handshake that another implementation recorded, byte for byte, from both sides. */
class GoldenHandshakeTest {

    private static final WgEndpoint INITIATOR = new WgEndpoint(IpAddress.parse("192.0.2.1"), 0x3039);
    private static final WgEndpoint RESPONDER = new WgEndpoint(IpAddress.parse("192.0.2.2"), 51_820);

    private final Properties gold = new Properties();
    private final World world = new World(1);
    private Instant wall = Instant.EPOCH;

    @BeforeEach
    void load() throws IOException {
        try (InputStream in = GoldenHandshakeTest.class.getResourceAsStream("/golden-handshake.properties")) {
            gold.load(Objects.requireNonNull(in));
        }
        ByteBuffer stamp = ByteBuffer.wrap(gold("timestamp"));
        wall = Instant.ofEpochSecond(stamp.getLong() - 0x400000000000000AL, stamp.getInt());
    }

    @Test
    void shouldInitiateAsRecorded() {
        byte[] initiation = gold("initiation");
        FixedRandom random = new FixedRandom(1).then(reversed(initiation, 4)).then(gold("initiator.ephemeral"));
        Lone host = host(random, 1000);
        WgPeer peer = host.peer(gold("responder.private"), "initiator.private", RESPONDER);

        host.engine.initiate(peer, 5, host);
        assertHex(initiation, host.sent.get(0));

        host.receive(gold("cookie.reply"), RESPONDER);
        assertEquals(0, host.engine.drops(WgDrop.BAD_COOKIE_REPLY));

        host.receive(gold("response"), RESPONDER);
        assertEquals(1, host.count(4), "a keepalive confirms the session");
        assertEquals(32, host.last().length);
        host.receive(gold("transport.1"), RESPONDER);
        assertEquals(1, host.packets.size());
        assertEquals(21, host.packets.get(0).length);
        assertEquals((byte) 0xA5, host.packets.get(0)[20]);
    }

    @Test
    void shouldSendTransportDataAsRecorded() {
        byte[] initiation = gold("initiation");
        FixedRandom random = new FixedRandom(1).then(reversed(initiation, 4)).then(gold("initiator.ephemeral"));
        Lone host = host(random, 1000);
        WgPeer peer = host.peer(gold("responder.private"), "initiator.private", RESPONDER);
        ByteBuffer packet = ByteBuffer.allocate(16 + 21 + 31);
        Arrays.fill(packet.array(), (byte) 0xEE);
        byte[] inner = new byte[21];
        inner[0] = 0x45;
        inner[3] = 21;
        inner[8] = 64;
        inner[9] = 17;
        System.arraycopy(new byte[] {10, 0, 0, 1, 10, 0, 0, 2}, 0, inner, 12, 8);
        inner[20] = (byte) 0xA5;
        packet.put(16, inner);
        assertEquals(SendResult.STAGED, host.engine.send(peer, packet, 16, 21, 5, host));
        host.receive(gold("response"), RESPONDER);
        assertHex(gold("transport.0"), host.last());
    }

    @Test
    void shouldRespondAsRecorded() {
        byte[] response = gold("response");
        FixedRandom random = new FixedRandom(1).then(reversed(response, 4)).then(gold("responder.ephemeral"));
        Lone host = host(random, 1000);
        host.peer(gold("initiator.private"), "responder.private", INITIATOR);

        host.receive(gold("initiation"), INITIATOR);
        assertHex(response, host.sent.get(0));
        host.receive(gold("transport.0"), INITIATOR);
        assertEquals(1, host.packets.size());
        assertEquals(0, host.allDrops());
    }

    @Test
    void shouldReplyWithTheRecordedCookieAndTakeIt() {
        byte[] reply = gold("cookie.reply");
        FixedRandom random = new FixedRandom(1).then(gold("cookie.secret")).then(Arrays.copyOfRange(reply, 8, 32));
        Lone host = host(random, 0);
        host.peer(gold("initiator.private"), "responder.private", INITIATOR);

        host.receive(gold("initiation"), INITIATOR);
        assertEquals(1, host.sent.size());
        assertHex(reply, host.sent.get(0));
        host.receive(gold("initiation.mac2"), INITIATOR);
        assertEquals(92, host.last().length);
    }

    private Lone host(FixedRandom random, int loadThreshold) {
        return new Lone(
                WgEngineConfig.create(() -> wall, random).jitter(world.random).loadThreshold(loadThreshold));
    }

    private byte[] gold(String name) {
        return HexFormat.of().parseHex(Objects.requireNonNull(gold.getProperty(name)));
    }

    /** As drawn: an index is little-endian in a message, and drawn big-endian. */
    private static byte[] reversed(byte[] message, int at) {
        return new byte[] {message[at + 3], message[at + 2], message[at + 1], message[at]};
    }

    private static void assertHex(byte[] expected, byte[] actual) {
        assertEquals(HexFormat.of().formatHex(expected), HexFormat.of().formatHex(actual));
        assertArrayEquals(expected, actual);
    }

    /** An engine alone. */
    private final class Lone implements WgSink {

        private final WgEngine engine;
        private final List<byte[]> sent = new ArrayList<>();
        private final List<byte[]> packets = new ArrayList<>();

        private Lone(WgEngineConfig config) {
            this.engine = new WgEngine(config);
        }

        private WgPeer peer(byte[] theirs, String ours, WgEndpoint at) {
            WgIdentity identity = engine.addIdentity(WgPrivateKey.of(gold(ours)));
            return identity.addPeer(
                    WgPrivateKey.of(theirs).publicKey(),
                    WgPeerOptions.create()
                            .endpoint(at)
                            .allowedIp(IpPrefix.parse("10.0.0.0/24"))
                            .presharedKey(PresharedKey.of(gold("preshared"))),
                    5);
        }

        private int count(int type) {
            return (int) sent.stream().filter(message -> message[0] == type).count();
        }

        private byte[] last() {
            return sent.get(sent.size() - 1);
        }

        private void receive(byte[] datagram, WgEndpoint from) {
            engine.receive(ByteBuffer.wrap(datagram), 0, datagram.length, from, 6, this);
        }

        private long allDrops() {
            return Arrays.stream(WgDrop.values()).mapToLong(engine::drops).sum();
        }

        @Override
        public void datagram(ByteBuffer buffer, int offset, int length, WgEndpoint to) {
            byte[] copy = new byte[length];
            buffer.get(offset, copy, 0, length);
            sent.add(copy);
        }

        @Override
        public void packet(WgPeer peer, ByteBuffer buffer, int offset, int length) {
            byte[] copy = new byte[length];
            buffer.get(offset, copy, 0, length);
            packets.add(copy);
        }
    }
}
