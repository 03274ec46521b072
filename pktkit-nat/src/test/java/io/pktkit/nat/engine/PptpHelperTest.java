// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static io.pktkit.nat.engine.NatWorld.ACK;
import static io.pktkit.nat.engine.NatWorld.HOST;
import static io.pktkit.nat.engine.NatWorld.OTHER_HOST;
import static io.pktkit.nat.engine.NatWorld.OTHER_SERVER;
import static io.pktkit.nat.engine.NatWorld.PUBLIC;
import static io.pktkit.nat.engine.NatWorld.SERVER;
import static io.pktkit.nat.engine.NatWorld.SYN;
import static io.pktkit.nat.engine.NatWorld.tcp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.pktkit.nat.alg.PptpHelper;
import io.pktkit.nat.engine.NatWorld.Sent;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.nat.policy.Filtering;
import io.pktkit.nat.policy.NatTimeouts;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** PPTP and its data, with the client inside and the server inside. */
class PptpHelperTest {

    private final NatWorld world =
            new NatWorld(config -> config.helper(new PptpHelper()).filtering(Filtering.ADDRESS_AND_PORT_DEPENDENT));
    private final Map<String, Integer> sequences = new HashMap<>();

    /** The outside port of the latest control connection. */
    private int port;

    private static ByteBuffer message(int type, int callId, int peerCallId) {
        int length = switch (type) {
            case 7 -> 168;
            case 8 -> 32;
            case 12 -> 16;
            case 13 -> 148;
            case 14 -> 40;
            default -> 24;
        };
        ByteBuffer bytes = ByteBuffer.allocate(length);
        bytes.putShort(0, (short) length)
                .putShort(2, (short) 1)
                .putInt(4, 0x1A2B_3C4D)
                .putShort(8, (short) type);
        bytes.putShort(12, (short) callId).putShort(14, (short) peerCallId);
        return bytes;
    }

    private ByteBuffer segment(IpAddress from, int fromPort, IpAddress to, int toPort, ByteBuffer body) {
        String flow = from + ":" + fromPort + " > " + to + ":" + toPort;
        int sequence = sequences.getOrDefault(flow, 1001);
        sequences.put(flow, sequence + body.capacity());
        return PacketBuilder.tcp(from, fromPort, to, toPort, sequence, 1, ACK, 100, body);
    }

    private static int field(Sent sent, int at) {
        TcpSegment tcp = Objects.requireNonNull(sent.packet().tcp());
        return tcp.buffer().getShort(tcp.payloadOffset() + at) & 0xFFFF;
    }

    private static ByteBuffer gre(IpAddress from, IpAddress to, int callId) {
        ByteBuffer bytes = ByteBuffer.allocate(20);
        bytes.putInt(0, 0x3001_880B)
                .putShort(4, (short) 8)
                .putShort(6, (short) callId)
                .putInt(8, 7);
        return PacketBuilder.ip(from, to, IpProtocol.GRE, 64, bytes);
    }

    private static int key(Sent sent) {
        return sent.packet().buffer().getShort(26) & 0xFFFF;
    }

    /** Begins a call of a client inside and gives its Call ID outside. */
    private int call(IpAddress host, int callId, int serverCallId) {
        port = world.connect(host, 2000, SERVER, 1723);
        return call(host, 2000, SERVER, callId, serverCallId);
    }

    /** Begins a call over the latest control connection. */
    private int call(IpAddress host, int hostPort, IpAddress server, int callId, int serverCallId) {
        int outside = field(world.passedOut(segment(host, hostPort, server, 1723, message(7, callId, 0))), 12);
        Sent reply = world.passedIn(segment(server, 1723, PUBLIC, port, message(8, serverCallId, outside)));
        assertEquals(serverCallId, field(reply, 12));
        assertEquals(callId, field(reply, 14));
        return outside;
    }

    @Test
    void shouldCarryTheCallsOfSeveralClients() {
        int first = call(HOST, 61_658, 0);
        int second = call(OTHER_HOST, 61_658, 5);
        assertEquals(61_658, first);
        assertNotEquals(first, second);

        Sent out = world.passedOut(gre(HOST, SERVER, 0));
        assertEquals(PUBLIC, out.packet().source());
        assertEquals(0, key(out), "the server's own");
        assertEquals(5, key(world.passedOut(gre(OTHER_HOST, SERVER, 5))));
        Sent in = world.passedIn(gre(SERVER, PUBLIC, second));
        assertEquals(OTHER_HOST, in.packet().destination());
        assertEquals(61_658, key(in));
        assertEquals(HOST, world.passedIn(gre(SERVER, PUBLIC, first)).packet().destination());
        assertEquals(NatDrop.FILTERED, world.in(gre(OTHER_SERVER, PUBLIC, first)));
        assertEquals(NatDrop.NO_MAPPING, world.in(gre(SERVER, PUBLIC, 99)));
    }

    @Test
    void shouldNameTheCallInLaterMessages() {
        call(OTHER_HOST, 7, 1);
        int outside = call(HOST, 7, 2);
        assertNotEquals(7, outside);
        assertEquals(7, field(world.passedIn(segment(SERVER, 1723, PUBLIC, port, message(14, outside, 0))), 12));
        assertEquals(outside, field(world.passedOut(segment(HOST, 2000, SERVER, 1723, message(12, 7, 0))), 12));
        assertEquals(5, field(world.passedIn(segment(SERVER, 1723, PUBLIC, port, message(7, 5, 0))), 12));
    }

    @Test
    void shouldTakeZeroForACallId() {
        assertEquals(0, call(HOST, 0, 0));
        assertEquals(0, key(world.passedIn(gre(SERVER, PUBLIC, 0))));
    }

    @Test
    void shouldForgetCallsThatAreIdle() {
        int outside = call(HOST, 7, 2);
        world.passedOut(gre(HOST, SERVER, 2));
        world.passNanos(NatTimeouts.DEFAULT.other().toNanos() - 1);
        world.passedIn(gre(SERVER, PUBLIC, outside));
        world.pass(NatTimeouts.DEFAULT.other());
        assertEquals(NatDrop.NO_MAPPING, world.in(gre(SERVER, PUBLIC, outside)));
        assertNull(world.out(gre(HOST, SERVER, 2)), "as any protocol without ports from now on");
    }

    @Test
    void shouldForgetEachCallOfACallId() { // two servers, one Call ID
        int outside = call(HOST, 7, 2);
        port = world.connect(HOST, 2001, OTHER_SERVER, 1723);
        assertEquals(outside, call(HOST, 2001, OTHER_SERVER, 7, 3));
        assertEquals(2, world.engine.shared().greCalls.size());
        world.passedOut(gre(HOST, SERVER, 2));
        assertEquals(7, key(world.passedIn(gre(SERVER, PUBLIC, outside))));

        // The first is over, and the second may yet begin.
        world.passedOut(segment(HOST, 2000, SERVER, 1723, message(12, 7, 0)));
        assertEquals(1, world.engine.shared().greCalls.size());
        assertEquals(7, key(world.passedIn(gre(OTHER_SERVER, PUBLIC, outside))));
        world.passedOut(gre(HOST, OTHER_SERVER, 3));
        assertEquals(3, world.engine.size(), "two control connections, and one Call ID");

        world.engine.removeInside(world.inside, world.now);
        assertEquals(0, world.engine.shared().greCalls.size(), "nothing of a namespace that is gone is kept");
        assertEquals(0, world.engine.size());
    }

    @Test
    void shouldKeepTwoCallsToOneServer() {
        int first = call(HOST, 7, 2);
        int second = call(HOST, 2000, SERVER, 8, 3);
        assertNotEquals(first, second);
        // What the host sends tells nobody which call it is of.
        for (int minute = 0; minute < 30; minute++) {
            world.passedOut(gre(HOST, SERVER, minute % 2 == 0 ? 2 : 3));
            world.pass(Duration.ofMinutes(1));
        }
        assertEquals(7, key(world.passedIn(gre(SERVER, PUBLIC, first))));
        assertEquals(8, key(world.passedIn(gre(SERVER, PUBLIC, second))));

        world.passedIn(segment(SERVER, 1723, PUBLIC, port, message(13, 3, 0)));
        for (int minute = 0; minute < 30; minute++) {
            assertEquals(PUBLIC, world.passedOut(gre(HOST, SERVER, 2)).packet().source());
            world.pass(Duration.ofMinutes(1));
        }
        assertEquals(7, key(world.passedIn(gre(SERVER, PUBLIC, first))));
        assertEquals(NatDrop.NO_MAPPING, world.in(gre(SERVER, PUBLIC, second)));
        assertEquals(2, world.engine.size(), "the control connection and one call");
    }

    @Test
    void shouldEndACallThatEitherEndEnds() { // RFC 2637 sections 2.12, 2.13
        port = world.connect(HOST, 2000, SERVER, 1723);
        for (int id = 1; id <= 200; id++) {
            int outside = call(HOST, 2000, SERVER, id, 1000 + id);
            assertEquals(2, world.engine.size(), "id=" + id);
            assertEquals(128, world.engine.shared().helpers.heldInAll(), "what is kept of a call counts");
            switch (id % 3) {
                case 0 -> {
                    Sent clear = world.passedOut(segment(HOST, 2000, SERVER, 1723, message(12, id, 0)));
                    assertEquals(outside, field(clear, 12));
                }
                case 1 -> {
                    Sent ended = world.passedOut(segment(HOST, 2000, SERVER, 1723, message(13, id, 0)));
                    assertEquals(outside, field(ended, 12));
                }
                default -> {
                    Sent ended = world.passedIn(segment(SERVER, 1723, PUBLIC, port, message(13, 1000 + id, 0)));
                    assertEquals(1000 + id, field(ended, 12));
                }
            }
            assertEquals(1, world.engine.size(), "id=" + id);
            assertEquals(0, world.engine.shared().helpers.heldInAll());
        }
    }

    @Test
    void shouldBoundTheCallsOfTwoEnds() {
        port = world.connect(HOST, 2000, SERVER, 1723);
        int outside = 0;
        for (int id = 1; id <= 30; id++) {
            outside = call(HOST, 2000, SERVER, id, 1000 + id);
        }
        world.passedOut(gre(HOST, SERVER, 1030));
        assertEquals(9, world.engine.sessions(), "of the control connection, and of the latest eight calls");
        world.passedIn(gre(SERVER, PUBLIC, outside));

        for (int server = 1; server <= 30; server++) {
            IpAddress other = IpAddress.parse("192.0.2." + server);
            port = world.connect(OTHER_HOST, 2000 + server, other, 1723);
            call(OTHER_HOST, 2000 + server, other, 500, server);
        }
        assertEquals(1 + 8, world.engine.shared().greCalls.size());
    }

    @Test
    void shouldCarryTheCallsOfAServerInside() throws NatForwardException {
        world.engine
                .mappings()
                .forward(world.inside, IpProtocol.TCP, PUBLIC, 1723, HOST, 1723, Duration.ZERO, world.now);
        world.passedIn(tcp(SERVER, 3000, PUBLIC, 1723, SYN));
        world.passedOut(tcp(HOST, 1723, SERVER, 3000, SYN | ACK));
        Sent request = world.passedIn(segment(SERVER, 3000, PUBLIC, 1723, message(7, 44, 0)));
        assertEquals(44, field(request, 12));
        Sent reply = world.passedOut(segment(HOST, 1723, SERVER, 3000, message(8, 55, 44)));
        int outside = field(reply, 12);
        assertEquals(44, field(reply, 14));

        Sent in = world.passedIn(gre(SERVER, PUBLIC, outside));
        assertEquals(HOST, in.packet().destination());
        assertEquals(55, key(in));
        assertEquals(44, key(world.passedOut(gre(HOST, SERVER, 44))));
        Sent info = world.passedIn(segment(SERVER, 3000, PUBLIC, 1723, message(15, outside, 0)));
        assertEquals(55, field(info, 12));
    }

    @Test
    void shouldLeaveAloneWhatIsNoMessage() {
        world.connect(HOST, 2000, SERVER, 1723);
        for (int length : new int[] {0, 11, 12, 16, 167, 169, 65_535}) {
            ByteBuffer odd = message(7, 7, 0);
            odd.putShort(0, (short) length);
            assertEquals(7, field(world.passedOut(segment(HOST, 2000, SERVER, 1723, odd)), 12), "length=" + length);
        }
        ByteBuffer odd = message(7, 7, 0);
        odd.putInt(4, 0);
        assertEquals(7, field(world.passedOut(segment(HOST, 2000, SERVER, 1723, odd)), 12));
        assertEquals(1, world.engine.size());
    }
}
