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
import static io.pktkit.nat.engine.NatWorld.udp;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.alg.H323Helper;
import io.pktkit.nat.engine.NatWorld.Sent;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.nat.observe.NatMapping;
import io.pktkit.nat.policy.Filtering;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import io.pktkit.wire.UdpDatagram;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** H.323 with the caller inside and outside, by messages that another encoder made: see {@code h323-messages.txt}. */
class H323HelperTest {

    private static final int CALLS = 1720;
    private static final int RAS = 1719;
    private static final Map<String, byte[]> MESSAGES = messages();

    private final NatWorld world =
            new NatWorld(config -> config.helper(new H323Helper()).filtering(Filtering.ADDRESS_AND_PORT_DEPENDENT));

    /** Where each end's stream is, as it knows it. */
    private int inside = 1001;

    private int outside = 1001;

    static Map<String, byte[]> messages() {
        Map<String, byte[]> messages = new HashMap<>();
        try (InputStream stream = H323HelperTest.class.getResourceAsStream("h323-messages.txt");
                BufferedReader reader = new BufferedReader(
                        new InputStreamReader(Objects.requireNonNull(stream), StandardCharsets.US_ASCII))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                if (!line.startsWith("#")) {
                    String[] words = line.split(" ", 2);
                    messages.put(words[0], HexFormat.of().parseHex(words[1]));
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return messages;
    }

    private static byte[] message(String name) {
        return Objects.requireNonNull(MESSAGES.get(name), name).clone();
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static String hex(IpAddress address, int port) {
        return String.format("%08x%04x", address.toIpv4Bits(), port);
    }

    /** A message with other addresses, each of which it must hold. */
    private static String changed(String name, Object... pairs) {
        String text = hex(message(name));
        for (int i = 0; i < pairs.length; i += 2) {
            assertTrue(text.contains((String) pairs[i]), name + " has no " + pairs[i]);
            text = text.replace((String) pairs[i], (String) pairs[i + 1]);
        }
        return text;
    }

    private static String payload(Sent sent) {
        UdpDatagram udp = sent.packet().udp();
        TcpSegment tcp = udp == null ? Objects.requireNonNull(sent.packet().tcp()) : null;
        int at = udp != null ? udp.payloadOffset() : Objects.requireNonNull(tcp).payloadOffset();
        int length =
                udp != null ? udp.payloadLength() : Objects.requireNonNull(tcp).payloadLength();
        byte[] bytes = new byte[length];
        sent.packet().buffer().get(at, bytes);
        return hex(bytes);
    }

    private void call() {
        world.connect(HOST, 40_000, SERVER, CALLS);
    }

    private String out(byte[] text) {
        Sent sent = world.passedOut(
                PacketBuilder.tcp(HOST, 40_000, SERVER, CALLS, inside, outside, ACK, 8192, ByteBuffer.wrap(text)));
        inside += text.length;
        return payload(sent);
    }

    private String in(byte[] text) {
        Sent sent = world.passedIn(
                PacketBuilder.tcp(SERVER, CALLS, PUBLIC, 40_000, outside, inside, ACK, 8192, ByteBuffer.wrap(text)));
        outside += text.length;
        return payload(sent);
    }

    private boolean mayComeIn(IpAddress from, int port) {
        boolean may = world.in(udp(from, 7000, PUBLIC, port)) == null;
        assertTrue(!may || world.one().packet().destination().equals(HOST));
        return may;
    }

    @Test
    void shouldNameACallerInsideAsItIsOutside() {
        call();
        String expected = changed(
                "setup",
                hex(HOST, 41_000),
                hex(PUBLIC, 41_000),
                hex(HOST, 40_000),
                hex(PUBLIC, 40_000),
                hex(HOST, 5000),
                hex(PUBLIC, 5000),
                hex(HOST, 5001),
                hex(PUBLIC, 5001),
                hex(HOST, 5002),
                hex(PUBLIC, 5002),
                hex(HOST, 5003),
                hex(PUBLIC, 5003));

        assertEquals(expected, out(message("setup")));

        for (int port = 5000; port <= 5003; port++) {
            assertTrue(mayComeIn(OTHER_SERVER, port), "port=" + port);
        }
        assertFalse(mayComeIn(OTHER_SERVER, 5004));
        assertNotNull(world.in(tcp(OTHER_SERVER, 7000, PUBLIC, 41_000, SYN)), "by the callee alone");
        assertNull(world.in(tcp(SERVER, 7000, PUBLIC, 41_000, SYN)));
        assertEquals(HOST, world.one().packet().destination());
    }

    @Test
    void shouldNameOtherPortsWhereThoseAreTaken() {
        world.mapUdp(OTHER_HOST, 5000, SERVER, 9);
        call();
        String setup = out(message("setup"));
        assertFalse(setup.contains(hex(PUBLIC, 5000)), setup);
        int at = setup.lastIndexOf(hex(PUBLIC, 0).substring(0, 8));
        assertTrue(at > 0);
        NatMapping media = world.engine.mappings().list().stream()
                .filter(each -> each.inside().equals(HOST) && each.insidePort() == 5000)
                .findFirst()
                .orElseThrow();
        assertEquals(0, media.outsidePort() & 1);
        assertTrue(setup.contains(hex(PUBLIC, media.outsidePort())), setup);
        assertTrue(setup.contains(hex(PUBLIC, media.outsidePort() + 1)), setup);
    }

    @Test
    void shouldFollowTheConnectionOfH245ThatTheCallerOpens() {
        call();
        out(message("setup"));
        in(message("proceeding"));
        in(message("connect-in"));
        world.connect(HOST, 40_010, SERVER, 42_000);
        String expected = changed("olc", hex(HOST, 5020), hex(PUBLIC, 5020), hex(HOST, 5021), hex(PUBLIC, 5021));
        Sent sent = world.passedOut(PacketBuilder.tcp(
                HOST, 40_010, SERVER, 42_000, 1001, 2001, ACK, 8192, ByteBuffer.wrap(message("olc"))));
        assertEquals(expected, payload(sent));
        assertTrue(mayComeIn(OTHER_SERVER, 5020));
        assertTrue(mayComeIn(OTHER_SERVER, 5021));
    }

    @Test
    void shouldServeACalleeInsideAndItsConnectionOfH245() throws NatForwardException {
        world.engine
                .mappings()
                .forward(world.inside, IpProtocol.TCP, PUBLIC, CALLS, HOST, CALLS, Duration.ZERO, world.now);
        world.passedIn(tcp(SERVER, 33_333, PUBLIC, CALLS, SYN));
        world.passedOut(tcp(HOST, CALLS, SERVER, 33_333, SYN | ACK));
        Sent setup = world.passedIn(PacketBuilder.tcp(
                SERVER, 33_333, PUBLIC, CALLS, 1001, 1001, ACK, 8192, ByteBuffer.wrap(message("setup-in"))));
        assertEquals(changed("setup-in", hex(PUBLIC, CALLS), hex(HOST, CALLS)), payload(setup));

        Sent connect = world.passedOut(PacketBuilder.tcp(
                HOST, CALLS, SERVER, 33_333, 1001, 1001, ACK, 8192, ByteBuffer.wrap(message("connect-out"))));
        assertEquals(
                changed(
                        "connect-out",
                        hex(HOST, 43_000),
                        hex(PUBLIC, 43_000),
                        hex(HOST, 5010),
                        hex(PUBLIC, 5010),
                        hex(HOST, 5011),
                        hex(PUBLIC, 5011),
                        hex(HOST, CALLS),
                        hex(PUBLIC, CALLS)),
                payload(connect));

        world.passedIn(tcp(SERVER, 33_334, PUBLIC, 43_000, SYN));
        world.passedOut(tcp(HOST, 43_000, SERVER, 33_334, SYN | ACK));
        byte[] both = Arrays.copyOf(message("olc-ack"), message("olc-ack").length + message("olc-t120").length);
        System.arraycopy(message("olc-t120"), 0, both, message("olc-ack").length, message("olc-t120").length);
        Sent ack = world.passedOut(
                PacketBuilder.tcp(HOST, 43_000, SERVER, 33_334, 1001, 1001, ACK, 8192, ByteBuffer.wrap(both)));
        assertEquals(
                changed("olc-ack", hex(HOST, 5040), hex(PUBLIC, 5040), hex(HOST, 5041), hex(PUBLIC, 5041))
                        + changed("olc-t120", hex(HOST, 1503), hex(PUBLIC, 1503)),
                payload(ack));
        assertTrue(mayComeIn(OTHER_SERVER, 5040));
        assertTrue(mayComeIn(OTHER_SERVER, 5041));
        assertNotNull(world.in(tcp(OTHER_SERVER, 7000, PUBLIC, 1503, SYN)));
        assertNull(world.in(tcp(SERVER, 7000, PUBLIC, 1503, SYN)));
    }

    @Test
    void shouldReadH245ThatIsTunnelled() {
        call();
        assertEquals(
                changed("empty-tunnel", hex(HOST, 5020), hex(PUBLIC, 5020), hex(HOST, 5021), hex(PUBLIC, 5021)),
                out(message("empty-tunnel")));
        assertEquals(
                changed(
                        "facility-tunnel",
                        hex(HOST, 5020),
                        hex(PUBLIC, 5020),
                        hex(HOST, 5021),
                        hex(PUBLIC, 5021),
                        hex(HOST, 1721),
                        hex(PUBLIC, 1721)),
                out(message("facility-tunnel")));
        assertNull(world.in(tcp(SERVER, 7000, PUBLIC, 1721, SYN)));
    }

    @Test
    void shouldFollowACallThatIsForwarded() {
        call();
        assertEquals(hex(message("facility-in")), in(message("facility-in")));
        IpAddress other = IpAddress.parse("198.51.100.8");
        world.connect(HOST, 40_010, other, 1730);
        Sent setup = world.passedOut(
                PacketBuilder.tcp(HOST, 40_010, other, 1730, 1001, 2001, ACK, 8192, ByteBuffer.wrap(message("setup"))));
        assertTrue(payload(setup).contains(hex(PUBLIC, 41_000)));
    }

    @Test
    void shouldCloseWhatACallOpenedWhenItIsReleased() {
        call();
        out(message("setup"));
        assertEquals(hex(message("release")), in(message("release")));
        assertFalse(mayComeIn(OTHER_SERVER, 5000));
        assertNotNull(world.in(tcp(SERVER, 7000, PUBLIC, 41_000, SYN)));
    }

    private String ras(String name) {
        return payload(world.passedOut(PacketBuilder.udp(HOST, 40_001, SERVER, RAS, ByteBuffer.wrap(message(name)))));
    }

    private String rasIn(String name) {
        return payload(world.passedIn(PacketBuilder.udp(SERVER, RAS, PUBLIC, 40_001, ByteBuffer.wrap(message(name)))));
    }

    @Test
    void shouldLetTheGatekeeperCallAsLongAsARegistrationLasts() {
        assertEquals(changed("grq", hex(HOST, 40_001), hex(PUBLIC, 40_001)), ras("grq"));
        assertEquals(hex(message("gcf")), rasIn("gcf"));
        assertEquals(
                changed("rrq", hex(HOST, 40_001), hex(PUBLIC, 40_001), hex(HOST, CALLS), hex(PUBLIC, CALLS)),
                ras("rrq"));
        rasIn("rcf");
        world.pass(Duration.ofMinutes(10).minusNanos(1));
        assertNotNull(world.in(tcp(OTHER_SERVER, 7000, PUBLIC, CALLS, SYN)));
        world.passedIn(tcp(SERVER, 7000, PUBLIC, CALLS, SYN));
        world.passedOut(tcp(HOST, CALLS, SERVER, 7000, SYN | ACK));
        Sent setup = world.passedIn(PacketBuilder.tcp(
                SERVER, 7000, PUBLIC, CALLS, 1001, 1001, ACK, 8192, ByteBuffer.wrap(message("setup-in"))));
        assertEquals(changed("setup-in", hex(PUBLIC, CALLS), hex(HOST, CALLS)), payload(setup));
        world.passNanos(2);
        assertNotNull(world.in(tcp(SERVER, 7001, PUBLIC, CALLS, SYN)), "lapsed");
    }

    @Test
    void shouldLetNobodyCallAfterATerminalHasLeft() {
        ras("rrq");
        rasIn("rcf");
        assertEquals(changed("urq", hex(HOST, CALLS), hex(PUBLIC, CALLS)), ras("urq"));
        assertNotNull(world.in(tcp(SERVER, 7000, PUBLIC, CALLS, SYN)));
    }

    @Test
    void shouldFollowWhereAGatekeeperSends() {
        ras("rrq");
        rasIn("rcf");
        assertEquals(changed("arq", hex(HOST, CALLS), hex(PUBLIC, CALLS)), ras("arq"));
        assertEquals(hex(message("acf")), rasIn("acf"));
        assertEquals(changed("lrq", hex(HOST, 40_001), hex(PUBLIC, 40_001)), ras("lrq"));
        rasIn("lcf");
        for (int port : new int[] {1725, 1726}) {
            IpAddress other = IpAddress.parse("198.51.100.9");
            world.connect(HOST, 30_000 + port, other, port);
            Sent setup = world.passedOut(PacketBuilder.tcp(
                    HOST, 30_000 + port, other, port, 1001, 2001, ACK, 8192, ByteBuffer.wrap(message("setup"))));
            assertTrue(payload(setup).contains(hex(PUBLIC, 41_000)), "port=" + port);
        }
    }

    @Test
    void shouldWaitForTheRestOfAMessageWhereverItIsSplit() { // RFC 1006 section 6
        byte[] text = message("setup");
        String expected = new H323HelperTest().whole();
        for (int at = 1; at < text.length; at++) {
            H323HelperTest fresh = new H323HelperTest();
            fresh.call();
            StringBuilder seen = new StringBuilder();
            for (byte[] piece : List.of(Arrays.copyOf(text, at), Arrays.copyOfRange(text, at, text.length))) {
                assertNull(fresh.world.out(PacketBuilder.tcp(
                        HOST, 40_000, SERVER, CALLS, fresh.inside, 2001, ACK, 8192, ByteBuffer.wrap(piece))));
                fresh.inside += piece.length;
                for (Sent sent : fresh.world.sent) {
                    seen.append(sent.to() == null ? payload(sent) : "");
                }
            }
            assertEquals(expected, seen.toString(), "at=" + at);
        }
    }

    private String whole() {
        call();
        return out(message("setup"));
    }

    @Test
    void shouldLeaveAloneWhatNamesAnotherOrIsUnknown() {
        call();
        byte[] other = HexFormat.of().parseHex(hex(message("setup")).replace("0a000002", "0a000003"));
        assertEquals(hex(other), out(other));
        for (String name : new String[] {"alerting", "proceeding", "release"}) {
            assertEquals(hex(message(name)), out(message(name)), name);
        }
        assertEquals(1, world.engine.size());
        byte[] odd = {1, 2, 3, 4};
        assertEquals("01020304", out(odd));
        assertEquals(hex(message("setup")), out(message("setup")), "nothing is read behind what is no TPKT");
    }

    @Test
    void shouldRefuseAUserInformationOfNoLength() { // CVE-2026-23455
        byte[] text = message("setup");
        int element = hex(text).indexOf("7e") / 2;
        for (int length : new int[] {0, 1, 2, 0xFFFF}) {
            H323HelperTest fresh = new H323HelperTest();
            fresh.call();
            byte[] hostile = text.clone();
            hostile[element + 1] = (byte) (length >>> 8);
            hostile[element + 2] = (byte) length;
            assertEquals(hex(hostile), fresh.out(hostile), "length=" + length);
        }
    }

    @Test
    void shouldPassALongMessageAndGoOnBehindIt() {
        call();
        byte[] text = new byte[9000];
        text[0] = 3;
        text[2] = (byte) (text.length >>> 8);
        text[3] = (byte) text.length;
        assertEquals(hex(Arrays.copyOf(text, 1000)), out(Arrays.copyOf(text, 1000)));
        for (int at = 1000; at < 9000; at += 1000) {
            out(Arrays.copyOfRange(text, at, at + 1000));
        }
        assertTrue(out(message("setup")).contains(hex(PUBLIC, 41_000)));
    }
}
