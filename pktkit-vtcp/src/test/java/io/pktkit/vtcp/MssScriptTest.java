// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The size of segments on each way that a connection opens: the peer's MSS, 536 bytes (1220 over IPv6) where it sends
 * none, the options of each segment counted inside (RFC 9293 section 3.7.1, RFC 6691).
 */
class MssScriptTest {
    private static final int ISS = 1000;
    private static final int IRS = 5_000_000;

    private final Endpoint out = new Endpoint("ours", TcpConfig.defaults(), 0, 0, new Random(1));
    private final List<byte[]> sent = new ArrayList<>();

    MssScriptTest() {
        out.wire = packet -> sent.add(packet.bytes());
    }

    /** Every way of opening, each family; what the peer's SYN says, and what a full segment then carries. */
    @ParameterizedTest(name = "{0}, {1}, <{2}>")
    @CsvSource(
            delimiter = '|',
            value = {
                "active       | 4 | mss 1000       | 1000",
                "active       | 4 |                | 536",
                "active       | 4 | TS 7 0         | 524",
                "active       | 4 | mss 1000,TS 7 0 | 988",
                "active       | 4 | mss 9000       | 1460",
                "active       | 4 | mss 9000,TS 7 0 | 1448",
                "active       | 6 | mss 1300       | 1300",
                "active       | 6 |                | 1220",
                "active       | 6 | TS 7 0         | 1208",
                "active       | 6 | mss 9000       | 1440",
                "active       | 6 | mss 9000,TS 7 0 | 1428",
                "passive      | 4 | mss 1000       | 1000",
                "passive      | 4 |                | 536",
                "passive      | 4 | mss 1000,TS 7 0 | 988",
                "passive      | 4 | mss 9000,TS 7 0 | 1448",
                "passive      | 6 |                | 1220",
                "passive      | 6 | TS 7 0         | 1208",
                "passive      | 6 | mss 9000       | 1440",
                "simultaneous | 4 | mss 1000       | 1000",
                "simultaneous | 4 |                | 536",
                "simultaneous | 4 | mss 1000,TS 7 0 | 988",
                "simultaneous | 6 |                | 1220",
                // A cookie holds no timestamps, and rounds the MSS down to one of eight
                "cookie       | 4 | mss 1000       | 536",
                "cookie       | 4 |                | 536",
                "cookie       | 4 | mss 1460,TS 7 0 | 1460",
                "cookie       | 4 | mss 9000       | 1460",
                "cookie       | 6 |                | 1200",
                "cookie       | 6 | mss 1440       | 1440",
                "cookie       | 6 | mss 9000       | 1440"
            })
    void shouldFillSegmentsAsThePeerAllows(String way, int version, String options, int expected) {
        String list = options == null ? "" : options;
        TcpTuple tuple = new TcpTuple(
                IpAddress.parse(version == 4 ? "192.0.2.1" : "2001:db8::1"),
                40000,
                IpAddress.parse(version == 4 ? "192.0.2.2" : "2001:db8::2"),
                80);

        TcpConnection connection = switch (way) {
            case "active" -> active(tuple, list);
            case "passive" -> passive(tuple, list);
            case "simultaneous" -> simultaneous(tuple, list);
            default -> cookie(tuple, list);
        };
        assertEquals(TcpState.ESTABLISHED, connection.state());
        sent.clear();
        connection.write(ByteBuffer.allocate(5000), 1);

        assertEquals(expected, segment(sent.get(0)).payloadLength());
        assertEquals(expected, connection.info().negotiated().sendMss());
    }

    /** RFC 8201 section 4: every link of IPv6 takes 1280 bytes, and who tells of less may be anybody. */
    @Test
    void shouldDiscardAPacketTooBigThatTellsOfLessThanIpv6Guarantees() {
        TcpTuple tuple = new TcpTuple(IpAddress.parse("2001:db8::1"), 40000, IpAddress.parse("2001:db8::2"), 80);
        TcpConnection connection = active(tuple, "mss 1440");
        connection.write(ByteBuffer.allocate(5000), 1);
        sent.clear();

        for (int told : new int[] {0, 68, 1279}) {
            connection.onPacketTooBig(told, ISS + 1, 1);
        }
        assertEquals(1500, connection.info().negotiated().pathMtu());
        assertEquals(List.of(), sent);
        connection.onPacketTooBig(1280, ISS + 1, 1);

        assertEquals(1280, connection.info().negotiated().pathMtu());
    }

    private TcpConnection active(TcpTuple tuple, String options) {
        TcpConnection c = TcpConnection.connect(TcpConfig.defaults(), tuple, (t, at) -> ISS, out, 0);
        receive(c, "S. 0:0(0) ack 1 win 60000 <" + options + ">");
        return c;
    }

    private TcpConnection passive(TcpTuple tuple, String options) {
        TcpConnection c = TcpConnection.accept(
                TcpConfig.defaults(), tuple, (t, at) -> ISS, parse("S 0:0(0) win 60000 <" + options + ">"), out, 0);
        receive(c, ". 1:1(0) ack 1 win 60000");
        return c;
    }

    private TcpConnection simultaneous(TcpTuple tuple, String options) {
        TcpConnection c = TcpConnection.connect(TcpConfig.defaults(), tuple, (t, at) -> ISS, out, 0);
        receive(c, "S 0:0(0) win 60000 <" + options + ">");
        assertEquals(TcpState.SYN_RECEIVED, c.state());
        receive(c, "S. 0:0(0) ack 1 win 60000 <" + options + ">");
        return c;
    }

    private TcpConnection cookie(TcpTuple tuple, String options) {
        SynCookies cookies = new SynCookies(new byte[32]);
        cookies.respond(TcpConfig.defaults(), tuple, parse("S 0:0(0) win 60000 <" + options + ">"), out, 0);
        int iss = segment(sent.get(0)).sequenceNumber();
        ByteBuffer bytes = SegmentText.parse(". 1:1(0) ack 1 win 60000").encode(IRS, iss);
        TcpSegment ack = new TcpSegment().wrap(bytes, 0, bytes.limit());
        SynCookies.Accepted accepted = cookies.check(tuple, ack, 0);
        assertNotNull(accepted);
        return TcpConnection.accept(TcpConfig.defaults(), tuple, (t, at) -> ISS, accepted, ack, out, 0);
    }

    private static void receive(TcpConnection connection, String text) {
        connection.onSegment(parse(text), 0, 0);
    }

    private static TcpSegment parse(String text) {
        ByteBuffer bytes = SegmentText.parse(text).encode(IRS, ISS);
        return new TcpSegment().wrap(bytes, 0, bytes.limit());
    }

    private static TcpSegment segment(byte[] bytes) {
        return new TcpSegment().wrap(ByteBuffer.wrap(bytes), 0, bytes.length);
    }

    @Test
    void shouldAnnounceWhatTheMtuLeavesWithoutOptions() {
        Script.connect(Script.config().mtu(1280).build()).expect("S 0:0(0) <mss 1240,sackOK,TS,wscale 0>");
        Script.accept(Script.config().mtu(1280).build(), "S 0:0(0) win 5000 <mss 600,TS 7 0>")
                .expect("S. 0:0(0) ack 1 <mss 1240,TS>");
    }

    /** What was written while the peer's MSS was unknown is cut to it. */
    @Test
    void shouldCutWhatWasQueuedBeforeTheHandshake() {
        Script s = Script.connect(Script.config().build()).drop().write(2500);

        s.at(100).inject("S. 0:0(0) ack 1 win 60000 <mss 1000>");

        s.expect(". 1:1001(1000) ack 1")
                .expect(". 1001:2001(1000)")
                .expect("P. 2001:2501(500)")
                .end();
    }

    /** RFC 9293 section 3.7.1: down to what any link takes. */
    @Test
    void shouldSendNoSegmentAboveASmallMss() {
        Script s = Script.established(Script.config().build(), "mss 48").write(100);
        s.expect(". 1:49(48)").expect(". 49:97(48)").expect("P. 97:101(4)").end();

        Script t = Script.established(Script.config().build(), "mss 48,sackOK,TS 5 -7001")
                .write(50);
        t.expect(". 1:37(36)").expect("P. 37:51(14)").end(); // options within it (RFC 6691)
    }

    @Test
    void shouldSendMoreThanItAnnounces() {
        Script s = Script.connect(Script.config().mss(600).build()).drop();
        s.at(100).inject("S. 0:0(0) ack 1 win 60000 <mss 1000>").expect(". 1:1(0) ack 1");

        s.write(1000).expect("P. 1:1001(1000)");
    }

    @Test
    void shouldSendAsLargeAsThePeerTakesAndTheMtuAllows() {
        Script s = Script.established(Script.config().mtu(1280).build(), "mss 1460");

        s.write(1240).expect("P. 1:1241(1240)");
    }

    /** A segment in flight is cut where the new size ends, and goes out with nothing of it missing or twice. */
    @Test
    void shouldCutWhatIsInFlightWhenTheSizeFalls() {
        Script s = Script.established(Script.config().build(), "mss 1460").write(4380);
        s.expect(". 1:1461(1460)").expect(". 1461:2921(1460)").expect("P. 2921:4381(1460)");

        s.packetTooBig(600, 1461);

        for (int start = 1; start < 4381; start += 1460) {
            s.expect(". " + start + ":" + (start + 560) + "(560)");
            s.expect(". " + (start + 560) + ":" + (start + 1120) + "(560)");
            String last = start == 2921 ? "P. " : ". ";
            s.expect(last + (start + 1120) + ":" + (start + 1460) + "(340)");
        }
        s.end();
        assertEquals(0, s.info().counters().timeouts());
    }
}
