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
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.alg.SipHelper;
import io.pktkit.nat.engine.NatWorld.Sent;
import io.pktkit.nat.observe.NatDrop;
import io.pktkit.nat.observe.NatForwardException;
import io.pktkit.nat.policy.Filtering;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.wire.Fragmenter;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.Packet;
import io.pktkit.wire.PacketBuilder;
import io.pktkit.wire.TcpSegment;
import io.pktkit.wire.UdpDatagram;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** SIP with the client inside and with the server inside; messages are after RFC 3665 and RFC 4566. */
class SipHelperTest {

    private static final int SIP = 5060;

    private final NatWorld world =
            new NatWorld(config -> config.helper(new SipHelper()).filtering(Filtering.ADDRESS_AND_PORT_DEPENDENT));

    private static String sdp(String address, String... lines) {
        return "v=0\r\no=alice 2890844526 2890844526 IN IP4 " + address + "\r\ns=-\r\nc=IN IP4 " + address
                + "\r\nt=0 0\r\n" + String.join("\r\n", lines) + "\r\n";
    }

    private static final String AUDIO = "m=audio 49170 RTP/AVP 0";

    /** An INVITE, with what is ours to fill in. */
    private static String invite(String via, String contact, String from, String body) {
        return "INVITE sip:bob@biloxi.example.com SIP/2.0\r\nVia: SIP/2.0/UDP " + via
                + ";branch=z9hG4bK74bf9\r\nMax-Forwards: 70\r\nFrom: \"Alice @ 10.0.0.2\" <sip:alice@" + from
                + ">;tag=9fxced76sl\r\nTo: Bob <sip:bob@biloxi.example.com>\r\nCall-ID: 3848276298220188511@10.0.0.2\r\n"
                + "CSeq: 1 INVITE\r\nContact: <sip:alice@" + contact
                + ">\r\nContent-Type: application/sdp\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private static ByteBuffer datagram(IpAddress from, int fromPort, IpAddress to, int toPort, String text) {
        ByteBuffer body = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        return PacketBuilder.udp(from, fromPort, to, toPort, body);
    }

    private static String payload(Sent sent) {
        UdpDatagram udp = sent.packet().udp();
        TcpSegment tcp = udp == null ? Objects.requireNonNull(sent.packet().tcp()) : null;
        int at = udp != null ? udp.payloadOffset() : Objects.requireNonNull(tcp).payloadOffset();
        int length =
                udp != null ? udp.payloadLength() : Objects.requireNonNull(tcp).payloadLength();
        byte[] bytes = new byte[length];
        sent.packet().buffer().get(at, bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private String out(String text) {
        return payload(world.passedOut(datagram(HOST, SIP, SERVER, SIP, text)));
    }

    private String in(String text) {
        return payload(world.passedIn(datagram(SERVER, SIP, PUBLIC, SIP, text)));
    }

    private boolean mayComeIn(IpAddress from, int port) {
        boolean may = world.in(udp(from, 7000, PUBLIC, port)) == null;
        assertTrue(!may || world.one().packet().destination().equals(HOST));
        return may;
    }

    private static String response(int status, String via, String method, String more) {
        return "SIP/2.0 " + status + " x\r\nVia: SIP/2.0/UDP " + via + ";branch=z9hG4bK74bf9\r\n"
                + "From: <sip:alice@203.0.113.1>;tag=9fxced76sl\r\nTo: <sip:bob@biloxi.example.com>;tag=8321\r\n"
                + "Call-ID: 3848276298220188511@10.0.0.2\r\nCSeq: 1 " + method + "\r\n" + more + "\r\n";
    }

    @Test
    void shouldNameAClientInsideAsItIsOutside() {
        String changed = out(invite("10.0.0.2:5060", "10.0.0.2:5060", "10.0.0.2", sdp("10.0.0.2", AUDIO)));

        assertEquals(invite("203.0.113.1:5060", "203.0.113.1:5060", "203.0.113.1", sdp("203.0.113.1", AUDIO)), changed);
        assertTrue(mayComeIn(OTHER_SERVER, 49170), "RTP");
        assertTrue(mayComeIn(OTHER_SERVER, 49171), "RTCP");
        assertFalse(mayComeIn(OTHER_SERVER, 49172), "anything else");
        assertFalse(mayComeIn(OTHER_SERVER, SIP), "who may call is not open to all");
    }

    @Test
    void shouldNameItBackInAnswers() {
        out(invite("10.0.0.2:5060", "10.0.0.2:5060", "10.0.0.2", sdp("10.0.0.2", AUDIO)));
        String via = ";received=203.0.113.1;rport=5060";
        String contact = "Contact: <sip:bob@198.51.100.7>\r\nRecord-Route: <sip:203.0.113.1:5060;lr>\r\n";

        String changed = in(response(200, "203.0.113.1:5060" + via, "INVITE", contact));

        assertTrue(changed.contains("Via: SIP/2.0/UDP 10.0.0.2:5060;received=10.0.0.2;rport=5060;branch"), changed);
        assertTrue(changed.contains("From: <sip:alice@10.0.0.2>;tag"), changed);
        assertTrue(changed.contains("Contact: <sip:bob@198.51.100.7>\r\n"), changed);
        assertTrue(changed.contains("Record-Route: <sip:10.0.0.2:5060;lr>\r\n"), changed);
        assertTrue(changed.contains("Call-ID: 3848276298220188511@10.0.0.2\r\n"), changed);
    }

    @Test
    void shouldNameThePortWhereOnlyTheDefaultWasMeant() {
        world.mapUdp(OTHER_HOST, SIP, SERVER, SIP);
        String text = invite("10.0.0.2", "10.0.0.2", "10.0.0.2", sdp("10.0.0.2", AUDIO));
        Sent sent = world.passedOut(datagram(HOST, SIP, SERVER, SIP, text));
        String other = "203.0.113.1:" + sent.sourcePort();
        assertEquals(invite(other, other, "203.0.113.1", sdp("203.0.113.1", AUDIO)), payload(sent));

        String bye = "BYE sip:alice@" + other
                + " SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7\r\nTo: <sip:alice@203.0.113.1>\r\n" + "Route: <sip:"
                + other + ";lr>, <sip:203.0.113.1:5060;lr>\r\nFrom: <sip:203.0.113.1>\r\n\r\n";
        String changed = payload(world.passedIn(datagram(SERVER, SIP, PUBLIC, sent.sourcePort(), bye)));
        assertTrue(changed.startsWith("BYE sip:alice@10.0.0.2:5060 SIP/2.0\r\n"), changed);
        assertTrue(changed.contains("Via: SIP/2.0/UDP 198.51.100.7\r\n"), changed);
        assertTrue(changed.contains("To: <sip:alice@10.0.0.2>\r\n"), changed);
        assertTrue(changed.contains("Route: <sip:10.0.0.2:5060;lr>, <sip:203.0.113.1:5060;lr>\r\n"), "the other's");
        assertTrue(changed.contains("From: <sip:203.0.113.1>\r\n"), "who calls may be another");
    }

    @Test
    void shouldTakeAddressesAsAWholeAlone() {
        String headers = String.join(
                "\r\n",
                "Contact: <sip:10.0.0.20>, <sip:110.0.0.2>, <sip:10.0.0.2.example.com>, <sip:10.0.0.2@x>",
                "Warning: 399 10.0.0.2 \"sip:10.0.0.2\"",
                "X-Contact: <sip:10.0.0.2>",
                "From: \"sip:10.0.0.2 \\\" <sip:10.0.0.2>\" <sip:a@10.0.0.3>",
                "\r\n");
        String text = "OPTIONS sip:10.0.0.20 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.20, SIP/2.0/UDP host\r\n" + headers;
        assertEquals(text, out(text));
    }

    @Test
    void shouldReadCompactAndFoldedHeaders() { // RFC 3261 sections 7.3.1 and 7.3.3
        String body = sdp("10.0.0.2", AUDIO);
        String text =
                "INVITE sip:bob@example.com SIP/2.0\r\nv: SIP / 2.0 / UDP\r\n 10.0.0.2 : 5060\r\n ;branch=z9hG4bK1\r\n"
                        + "M :\r\n\t<sip:alice@10.0.0.2;maddr=10.0.0.2>\r\n ;expires=5\r\nf: sip:alice@10.0.0.2;tag=1\r\nt: sip:bob@example.com\r\ni: 1\r\n"
                        + "c: application/SDP; x=y\r\nl:\r\n " + body.length() + "\r\nCSeq: 1 INVITE\r\n\r\n" + body;

        String changed = out(text);

        String other = sdp("203.0.113.1", AUDIO);
        assertEquals(
                text.replace("10.0.0.2 : 5060", "203.0.113.1:5060")
                        .replace(body, other)
                        .replace("10.0.0.2", "203.0.113.1")
                        .replace(" " + body.length() + "\r\n", " " + other.length() + "\r\n"),
                changed);
    }

    @Test
    void shouldOpenThePortsOfEachMedium() { // RFC 3605, RFC 5761, RFC 4145
        String body = sdp(
                "10.0.0.2",
                "m=audio 40000 RTP/AVP 0",
                "a=rtcp:40100 IN IP4 10.0.0.2",
                "m=audio 40003 RTP/AVP 0",
                "c=IN IP4 10.0.0.2",
                "a=sendrecv",
                "m=video 40010 UDP/TLS/RTP/SAVPF 31",
                "a=rtcp-mux",
                "a=candidate:1 1 UDP 2130706431 10.0.0.2 40010 typ host",
                "m=audio 40020 RTP/AVP 0",
                "c=IN IP4 192.0.2.9",
                "m=image 40030 udptl t38",
                "m=message 40040 TCP/MSRP *",
                "m=application 9 TCP/BFCP *",
                "m=audio 0 RTP/AVP 0");

        String changed = out(invite("10.0.0.2", "10.0.0.2", "10.0.0.2", body));

        String expected =
                body.replace("10.0.0.2", "203.0.113.1").replace("2130706431 203.0.113.1", "2130706431 10.0.0.2");
        assertEquals(expected, changed.substring(changed.indexOf("\r\n\r\n") + 4));
        for (int port : new int[] {40000, 40100, 40003, 40004, 40010, 40030}) {
            assertTrue(mayComeIn(OTHER_SERVER, port), "port=" + port);
        }
        for (int port : new int[] {40001, 40011, 40020, 40021, 40031, 40040}) {
            assertFalse(mayComeIn(OTHER_SERVER, port), "port=" + port);
        }
        assertNull(world.in(tcp(OTHER_SERVER, 7000, PUBLIC, 40040, SYN)));
    }

    @Test
    void shouldSayWhereControlIsWhenItIsNoNeighbour() { // RFC 3605
        world.mapUdp(OTHER_HOST, 49171, SERVER, 9);
        String body = sdp("10.0.0.2", AUDIO, "b=AS:64", "a=ptime:20", "m=video 50000 RTP/AVP 31");

        String changed = out(invite("10.0.0.2", "10.0.0.2", "10.0.0.2", body));

        int at = changed.indexOf("a=ptime:20\r\na=rtcp:");
        assertTrue(at > 0, changed);
        int port = Integer.parseInt(changed.substring(at + 19, changed.indexOf("\r\n", at + 19)));
        assertTrue(port != 49171 && mayComeIn(OTHER_SERVER, port), "port=" + port);
        int length = changed.length() - changed.indexOf("\r\n\r\n") - 4;
        assertTrue(changed.contains("Content-Length: " + length + "\r\n"), changed);
    }

    @Test
    void shouldLeaveMediaOnHoldAndElsewhere() { // CVE-2026-31427
        for (String body : new String[] {
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n" + AUDIO + "\r\n",
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n",
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\n",
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 224.2.17.12/127\r\nt=0 0\r\n" + AUDIO + "\r\n",
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n" + AUDIO + "\r\n",
        }) {
            String changed = out(invite("10.0.0.2", "10.0.0.2", "10.0.0.2", body));
            assertEquals(body, changed.substring(changed.indexOf("\r\n\r\n") + 4));
            assertFalse(mayComeIn(OTHER_SERVER, 49170), body);
        }
        assertEquals(1, world.engine.size());
    }

    @Test
    void shouldFindDescriptionsInAMultipartBody() { // RFC 2046
        String sdp = sdp("10.0.0.2", AUDIO);
        String body =
                "--b1\r\nContent-Type: text/plain\r\n\r\nc=IN IP4 10.0.0.2\r\n--b1\r\nContent-Type: application/sdp\r\n\r\n"
                        + sdp + "\r\n--b1--\r\n";
        String text = invite("10.0.0.2", "10.0.0.2", "10.0.0.2", body)
                .replace("application/sdp\r\nContent-L", "multipart/mixed;boundary=\"b1\"\r\nContent-L");
        String changed = out(text);
        assertTrue(changed.contains("text/plain\r\n\r\nc=IN IP4 10.0.0.2\r\n"), changed);
        assertTrue(changed.contains(sdp("203.0.113.1", AUDIO)), changed);
        int length = changed.length() - changed.indexOf("\r\n\r\n") - 4;
        assertTrue(changed.contains("Content-Length: " + length + "\r\n"), changed);
    }

    @Test
    void shouldCloseWhatACallOpenedWhenItEnds() {
        String invite = invite("10.0.0.2", "10.0.0.2", "10.0.0.2", sdp("10.0.0.2", AUDIO));
        out(invite);
        in(response(486, "203.0.113.1", "INVITE", ""));
        assertFalse(mayComeIn(OTHER_SERVER, 49170), "refused");

        out(invite);
        in(response(200, "203.0.113.1", "INVITE", ""));
        out(invite);
        in(response(488, "203.0.113.1", "INVITE", ""));
        assertTrue(mayComeIn(OTHER_SERVER, 49170), "a change that is refused leaves the call");
        String bye = "BYE sip:x SIP/2.0\r\nCSeq: 2 BYE\r\nCall-ID: 3848276298220188511@10.0.0.2\r\n\r\n";
        in(bye);
        assertFalse(mayComeIn(OTHER_SERVER, 49170), "over");

        out(invite);
        String cancel = "CANCEL sip:x SIP/2.0\r\nCSeq: 1 CANCEL\r\nCall-ID: 3848276298220188511@10.0.0.2\r\n\r\n";
        out(cancel);
        in(response(200, "203.0.113.1", "CANCEL", ""));
        in(response(487, "203.0.113.1", "INVITE", ""));
        assertFalse(mayComeIn(OTHER_SERVER, 49170), "cancelled");
    }

    @Test
    void shouldFollowNoMoreCallsOfAHostThanMayBeKept() {
        for (int call = 0; call < 1000; call++) {
            String invite = "INVITE sip:x SIP/2.0\r\nCall-ID: " + call + "\r\n\r\n";
            world.passedOut(datagram(HOST, 4000 + call % 5, SERVER, SIP, invite));
        }
        int most = 512 << 10;
        assertEquals(most, world.engine.shared().helpers.heldInAll());
        world.passedOut(datagram(OTHER_HOST, 4000, SERVER, SIP, "INVITE sip:x SIP/2.0\r\nCall-ID: 1\r\n\r\n"));
        assertTrue(world.engine.shared().helpers.heldInAll() > most, "another host has its own share");
        for (int call = 0; call < 1000; call++) {
            String bye = "BYE sip:x SIP/2.0\r\nCall-ID: " + call + "\r\n\r\n";
            world.passedOut(datagram(HOST, 4000 + call % 5, SERVER, SIP, bye));
        }
        assertTrue(world.engine.shared().helpers.heldInAll() < 2048);
    }

    @Test
    void shouldKeepNothingForCallsThatStrangersBegin() {
        world.mapUdp(HOST, SIP, SERVER, SIP);
        for (int call = 0; call < 600; call++) {
            in("INVITE sip:x SIP/2.0\r\nCall-ID: " + call + "\r\n\r\n");
            out("SIP/2.0 180 x\r\nCSeq: 1 INVITE\r\nCall-ID: " + call + "\r\n\r\n");
        }
        assertEquals(0, world.engine.shared().helpers.heldInAll());
    }

    @Test
    void shouldFollowACallThatTheHostAnswersWithMedia() {
        world.mapUdp(HOST, SIP, SERVER, SIP);
        String body = sdp("10.0.0.2", AUDIO);
        in("INVITE sip:x SIP/2.0\r\nCSeq: 1 INVITE\r\nCall-ID: i\r\n\r\n");
        out("SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\nCall-ID: i\r\nContent-Type: application/sdp\r\nContent-Length: "
                + body.length() + "\r\n\r\n" + body);
        assertTrue(mayComeIn(OTHER_SERVER, 49170));
        in("INVITE sip:x SIP/2.0\r\nCSeq: 2 INVITE\r\nCall-ID: i\r\n\r\n");
        out("SIP/2.0 488 no\r\nCSeq: 2 INVITE\r\nCall-ID: i\r\n\r\n");
        assertTrue(mayComeIn(OTHER_SERVER, 49170), "a change that is refused leaves the call");
        in("BYE sip:x SIP/2.0\r\nCSeq: 3 BYE\r\nCall-ID: i\r\n\r\n");
        assertFalse(mayComeIn(OTHER_SERVER, 49170), "over");
    }

    @Test
    void shouldKeepMediaOpenWhileACallIsSetUp() {
        out(invite("10.0.0.2", "10.0.0.2", "10.0.0.2", sdp("10.0.0.2", AUDIO)));
        for (int i = 0; i < 3; i++) {
            world.passNanos(SipHelper.WINDOW.toNanos() - 1);
            in(response(180, "203.0.113.1", "INVITE", ""));
        }
        world.passNanos(SipHelper.WINDOW.toNanos() - 1);
        assertTrue(mayComeIn(OTHER_SERVER, 49170));
        world.passNanos(1);
        assertFalse(mayComeIn(OTHER_SERVER, 49171));
    }

    private static String register(String contact) {
        return "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.2\r\nCSeq: 1 REGISTER\r\nCall-ID: r\r\nContact: "
                + contact + "\r\n\r\n";
    }

    private static String registered(String contact) {
        return "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 203.0.113.1\r\nCSeq: 1 REGISTER\r\nCall-ID: r\r\n" + contact
                + "\r\n";
    }

    @Test
    void shouldLetCallsInAsLongAsARegistrationLasts() { // RFC 3261 section 10.3
        assertTrue(out(register("<sip:alice@10.0.0.2:5070>")).contains("Contact: <sip:alice@203.0.113.1:5070>\r\n"));
        String back = in(registered("Contact: <sip:alice@203.0.113.1:5070>;expires=1800\r\n"));
        assertTrue(back.contains("Contact: <sip:alice@10.0.0.2:5070>;expires=1800\r\n"), back);

        world.pass(Duration.ofMinutes(30).minusNanos(1));
        assertFalse(mayComeIn(OTHER_SERVER, 5070), "by the registrar alone");
        String call =
                "INVITE sip:alice@203.0.113.1:5070 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7:9999\r\nCall-ID: i\r\n\r\n";
        Sent sent = world.passedIn(datagram(SERVER, 9999, PUBLIC, 5070, call));
        assertEquals(call.replace("203.0.113.1:5070", "10.0.0.2:5070"), payload(sent));
        assertEquals(5070, sent.destinationPort());
        String ok =
                "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 198.51.100.7:9999\r\nContact: <sip:alice@10.0.0.2:5070>\r\n\r\n";
        assertEquals(
                ok.replace("10.0.0.2", "203.0.113.1"),
                payload(world.passedOut(datagram(HOST, 5070, SERVER, 9999, ok))));
        world.pass(Duration.ofMinutes(6));
        assertNotNull(world.in(datagram(SERVER, 9998, PUBLIC, 5070, call)), "lapsed");
    }

    @Test
    void shouldLetNobodyInAfterARegistrationIsRemoved() {
        out(register("<sip:alice@10.0.0.2:5070>"));
        in(registered("Contact: <sip:alice@203.0.113.1:5070>\r\nExpires: 600\r\n"));
        world.pass(Duration.ofMinutes(4));
        assertNull(world.in(datagram(SERVER, 9999, PUBLIC, 5070, "x")));
        out(register("*").replace("\r\n\r\n", "\r\nExpires: 0\r\n\r\n"));
        in(registered(""));
        assertNotNull(world.in(datagram(SERVER, 9998, PUBLIC, 5070, "x")));
    }

    @Test
    void shouldOpenNothingByAnAnswerThatNobodyAskedFor() { // RFC 3261 section 10.3
        world.mapUdp(HOST, SIP, SERVER, SIP);
        world.mapUdp(HOST, 6000, OTHER_SERVER, 53);
        in(registered("Contact: <sip:alice@203.0.113.1:6000>;expires=86400\r\n"));
        assertFalse(mayComeIn(SERVER, 6000));

        out(register("<sip:alice@10.0.0.2:5070>"));
        in(registered("Contact: <sip:alice@203.0.113.1:6000>, <sip:alice@203.0.113.1:5070>;expires=60\r\n"));
        assertFalse(mayComeIn(SERVER, 6000), "not what was asked for");
        assertTrue(mayComeIn(SERVER, 5070));

        world.pass(Duration.ofMinutes(6));
        world.timer();
        assertEquals(0, world.engine.size());
    }

    @Test
    void shouldCloseNothingByAnAnswerThatNobodyAskedFor() {
        out(register("<sip:alice@10.0.0.2:5070>"));
        in(registered("Contact: <sip:alice@203.0.113.1:5070>;expires=1800\r\n"));
        in(registered("").replace("Call-ID: r\r\n", "Call-ID: stranger\r\n"));
        in(registered("").replace("Call-ID: r\r\n", ""));
        assertTrue(mayComeIn(SERVER, 5070));
    }

    @Test
    void shouldCloseWhatNoneOfSeveralRegistrationsKeeps() {
        String second = register("<sip:bob@10.0.0.2:5070>").replace("Call-ID: r\r\n", "Call-ID: s\r\n");
        String none = registered("").replace("Call-ID: r\r\n", "Call-ID: s\r\n");
        out(register("<sip:alice@10.0.0.2:5070>"));
        in(registered("Contact: <sip:alice@203.0.113.1:5070>;expires=1800\r\n"));
        out(second);
        in(registered("Contact: <sip:bob@203.0.113.1:5070>;expires=1800\r\n")
                .replace("Call-ID: r\r\n", "Call-ID: s\r\n"));
        in(none);
        assertTrue(mayComeIn(SERVER, 5070), "the first one keeps it");
        in(registered(""));
        assertNotNull(world.in(udp(SERVER, 7001, PUBLIC, 5070)));
    }

    @Test
    void shouldServeAServerInside() throws NatForwardException {
        assertNotNull(world.engine
                .mappings()
                .forward(world.inside, IpProtocol.UDP, PUBLIC, SIP, HOST, SIP, Duration.ZERO, world.now));
        String invite = invite("198.51.100.7:5061", "198.51.100.7:5061", "198.51.100.7", sdp("198.51.100.7", AUDIO))
                .replace("sip:bob@biloxi.example.com SIP", "sip:bob@203.0.113.1 SIP")
                .replace("<sip:bob@biloxi.example.com>", "<sip:bob@203.0.113.1>");
        String changed = payload(world.passedIn(datagram(SERVER, 5061, PUBLIC, SIP, invite)));
        assertEquals(invite.replace("203.0.113.1", "10.0.0.2"), changed);

        String body = sdp("10.0.0.2", AUDIO);
        String ok =
                "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 198.51.100.7:5061;branch=z9hG4bK74bf9\r\nTo: <sip:bob@10.0.0.2>;tag=1\r\n"
                        + "Call-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:bob@10.0.0.2>\r\nContent-Type: application/sdp\r\n"
                        + "Content-Length: " + body.length() + "\r\n\r\n" + body;
        String answer = payload(world.passedOut(datagram(HOST, SIP, SERVER, 5061, ok)));
        assertEquals(
                ok.replace("10.0.0.2", "203.0.113.1").replace("th: " + body.length(), "th: " + (body.length() + 6)),
                answer);
        assertTrue(mayComeIn(OTHER_SERVER, 49170));
    }

    @Test
    void shouldSpeakForIpv6Clients() { // RFC 6146, RFC 6052
        IpAddress host = IpAddress.parse("2001:db8::2");
        NatWorld six = new NatWorld(config -> config.helper(new SipHelper()).prefix64(Prefix64.WELL_KNOWN));
        six.inside.prefix(IpPrefix.parse("2001:db8::1/64"));
        IpAddress server = Prefix64.WELL_KNOWN.embed(SERVER);
        String body = "v=0\r\no=- 1 1 IN IP6 2001:db8::2\r\ns=-\r\nc=IN IP6 2001:db8::2\r\nt=0 0\r\n" + AUDIO + "\r\n";
        String text = invite("[2001:db8::2]:5060", "[2001:db8::2]", "[2001:db8::2]", body)
                .replace("sip:bob@biloxi.example.com SIP", "sip:bob@[" + server + "] SIP");

        String changed = payload(six.passedOut(datagram(host, SIP, server, SIP, text)));

        assertEquals(
                invite(
                                "203.0.113.1:5060",
                                "203.0.113.1",
                                "203.0.113.1",
                                sdp("203.0.113.1", AUDIO).replace("alice 2890844526 2890844526", "- 1 1"))
                        .replace("sip:bob@biloxi.example.com SIP", "sip:bob@198.51.100.7 SIP"),
                changed);
        String answer = sdp("198.51.100.7", AUDIO);
        String ok = response(
                        200,
                        "203.0.113.1:5060;received=203.0.113.1",
                        "INVITE",
                        "Contact: <sip:bob@198.51.100.7:5080>\r\n" + "Content-Type: application/sdp\r\nContent-Length: "
                                + answer.length() + "\r\n")
                + answer;
        String back = payload(six.passedIn(datagram(SERVER, SIP, PUBLIC, SIP, ok)));
        assertTrue(back.contains("Via: SIP/2.0/UDP [2001:db8::2]:5060;received=2001:db8::2;"), back);
        assertTrue(back.contains("From: <sip:alice@[2001:db8::2]>"), back);
        assertTrue(back.contains("Contact: <sip:bob@[64:ff9b::c633:6407]:5080>\r\n"), back);
        assertTrue(back.contains("c=IN IP6 64:ff9b::c633:6407\r\n"), back);
        assertTrue(back.contains("o=alice 2890844526 2890844526 IN IP6 64:ff9b::c633:6407\r\n"), back);
    }

    /** Opens a connection to a SIP server and sends pieces of text; what came out of it. */
    private String stream(String... pieces) {
        world.connect(HOST, 40_000, SERVER, SIP);
        int sequence = 1001;
        int acked = 1001;
        StringBuilder seen = new StringBuilder();
        for (String piece : pieces) {
            ByteBuffer body = ByteBuffer.wrap(piece.getBytes(StandardCharsets.ISO_8859_1));
            assertNull(world.out(PacketBuilder.tcp(HOST, 40_000, SERVER, SIP, sequence, 2001, ACK, 8192, body)));
            sequence += piece.length();
            boolean answered = false;
            for (Sent sent : List.copyOf(world.sent)) {
                TcpSegment tcp = Objects.requireNonNull(sent.packet().tcp());
                if (sent.to() == null) {
                    assertEquals(1001 + seen.length(), tcp.sequenceNumber());
                    seen.append(payload(sent));
                } else {
                    assertEquals(sequence, tcp.acknowledgmentNumber());
                    assertEquals(2001, tcp.sequenceNumber());
                    answered = true;
                }
            }
            Sent ack = world.passedIn(PacketBuilder.tcp(
                    SERVER, SIP, PUBLIC, 40_000, 2001, 1001 + seen.length(), ACK, 8192, ByteBuffer.allocate(0)));
            int known = Objects.requireNonNull(ack.packet().tcp()).acknowledgmentNumber();
            assertEquals(sequence, known, () -> "all that was taken is acknowledged: answered=" + seen);
            assertTrue(answered || known - acked > 0 || piece.isEmpty());
            acked = known;
        }
        return seen.toString();
    }

    private static String overTcp(String message) {
        return message.replace("SIP/2.0/UDP", "SIP/2.0/TCP").replace("5060", "40000");
    }

    @Test
    void shouldWaitForTheRestOfAMessageWhereverItIsSplit() { // RFC 3261 section 18.3
        String one = overTcp(invite("10.0.0.2:5060", "10.0.0.2:5060", "10.0.0.2", sdp("10.0.0.2", AUDIO)));
        String changed =
                overTcp(invite("203.0.113.1:5060", "203.0.113.1:5060", "203.0.113.1", sdp("203.0.113.1", AUDIO)));
        for (int at = 1; at < one.length(); at++) {
            SipHelperTest fresh = new SipHelperTest();
            assertEquals(changed, fresh.stream(one.substring(0, at), one.substring(at)), "at=" + at);
        }
    }

    @Test
    void shouldReadSeveralMessagesOfASegmentAndOneOfMany() {
        String one = overTcp(invite("10.0.0.2:5060", "10.0.0.2:5060", "10.0.0.2", sdp("10.0.0.2", AUDIO)));
        String changed =
                overTcp(invite("203.0.113.1:5060", "203.0.113.1:5060", "203.0.113.1", sdp("203.0.113.1", AUDIO)));
        assertEquals(
                "\r\n\r\n" + changed + changed + "\r\n\r\n" + changed,
                stream("\r\n\r\n" + one + one.substring(0, 100), one.substring(100) + "\r\n\r\n" + one));
        List<String> pieces = new ArrayList<>();
        for (int at = 0; at < one.length(); at += 7) {
            pieces.add(one.substring(at, Math.min(one.length(), at + 7)));
        }
        assertEquals(changed, new SipHelperTest().stream(pieces.toArray(String[]::new)));
    }

    @Test
    void shouldPassALongBodyAndGoOnBehindIt() {
        String body = "INVITE sip:10.0.0.2 SIP/2.0\r\n".repeat(500);
        String head = "MESSAGE sip:10.0.0.9 SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.2:40000\r\nContent-Length: ";
        String next = "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.2:40000\r\nContent-Length: 0\r\n\r\n";
        String text = head + body.length() + "\r\n\r\n" + body + next;
        List<String> pieces = new ArrayList<>();
        for (int at = 0; at < text.length(); at += 1000) {
            pieces.add(text.substring(at, Math.min(text.length(), at + 1000)));
        }
        assertEquals(
                head.replace("10.0.0.2", "203.0.113.1") + body.length() + "\r\n\r\n" + body
                        + next.replace("10.0.0.2", "203.0.113.1"),
                stream(pieces.toArray(String[]::new)));
    }

    @Test
    void shouldLeaveAStreamWhoseMessagesCannotBeToldApart() { // CVE-2026-23457
        String next = "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.2:40000\r\nContent-Length: 0\r\n\r\n";
        for (String length : new String[] {"4294967328", "-1", "0x10", "99999999999999999999", "3, 3", ""}) {
            String text = "OPTIONS sip:x SIP/2.0\r\nContent-Length: " + length + "\r\n\r\n" + next;
            assertEquals(text + next, new SipHelperTest().stream(text, next), "length=" + length);
        }
        for (String other : new String[] {"5", "0"}) { // RFC 3261 section 20.14 has one
            String twice = "OPTIONS sip:x SIP/2.0\r\nContent-Length: 0\r\nl: " + other + "\r\n\r\n" + next;
            assertEquals(twice, new SipHelperTest().stream(twice));
        }
        String none = "OPTIONS sip:x SIP/2.0\r\n\r\n" + next;
        assertEquals(none, new SipHelperTest().stream(none));
        String endless = "OPTIONS sip:x SIP/2.0\r\nX: " + "y".repeat(8000);
        assertEquals(endless + "y".repeat(1000), new SipHelperTest().stream(endless, "y".repeat(1000)));
        assertEquals("\1\2\3 INVITE", new SipHelperTest().stream("\1\2\3 INVITE"));
    }

    @Test
    void shouldGiveBackWhatWasHeldWhenTheConnectionEnds() {
        String one = overTcp(invite("10.0.0.2:5060", "10.0.0.2:5060", "10.0.0.2", sdp("10.0.0.2", AUDIO)));
        assertEquals("", stream(one.substring(0, 200)));
        assertEquals(200, world.engine.shared().helpers.heldInAll());
        Sent fin = world.passedOut(PacketBuilder.tcp(
                HOST, 40_000, SERVER, SIP, 1201, 2001, ACK | TcpSegment.FIN, 8192, ByteBuffer.allocate(0)));
        assertEquals(one.substring(0, 200), payload(fin));
        assertTrue(Objects.requireNonNull(fin.packet().tcp()).has(TcpSegment.FIN));
        world.pass(Duration.ofHours(3));
        world.timer();
        assertEquals(0, world.engine.size());
        assertEquals(0, world.engine.shared().helpers.heldInAll());
    }

    /** A segment of the host, and what of it came out. */
    private String said(int sequence, int flags, String text) {
        ByteBuffer body = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        assertNull(world.out(PacketBuilder.tcp(HOST, 40_000, SERVER, SIP, sequence, 2001, flags, 8192, body)));
        StringBuilder seen = new StringBuilder();
        world.sent.stream().filter(each -> each.to() == null).forEach(each -> seen.append(payload(each)));
        return seen.toString();
    }

    private static final String OPTIONS =
            "OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.2:40000\r\nContent-Length: 0\r\n\r\n";

    private static final String OPTIONS_OUTSIDE = OPTIONS.replace("10.0.0.2", "203.0.113.1");

    @Test
    void shouldKeepWhatIsHeldWhenAFinComesBeforeIt() {
        String one = overTcp(invite("10.0.0.2:5060", "10.0.0.2:5060", "10.0.0.2", sdp("10.0.0.2", AUDIO)));
        assertEquals("", stream(one.substring(0, 200)));

        for (int sequence : new int[] {900, 1001, 1100, 1200}) {
            assertEquals("", said(sequence, ACK | TcpSegment.FIN, ""), "sequence=" + sequence);
            assertEquals(200, world.engine.shared().helpers.heldInAll());
        }

        assertEquals(
                overTcp(invite("203.0.113.1:5060", "203.0.113.1:5060", "203.0.113.1", sdp("203.0.113.1", AUDIO))),
                said(1201, ACK, one.substring(200)));
    }

    @Test
    void shouldNotPassUnseenWhatComesBehindARepeatedMessage() {
        stream("");
        assertEquals(OPTIONS_OUTSIDE, said(1001, ACK, OPTIONS));
        assertEquals(OPTIONS_OUTSIDE, said(1001, ACK | TcpSegment.FIN, OPTIONS + OPTIONS));
        assertFalse(Objects.requireNonNull(world.one().packet().tcp()).has(TcpSegment.FIN));
        assertEquals(OPTIONS_OUTSIDE, said(1001 + OPTIONS.length(), ACK, OPTIONS));
    }

    @Test
    void shouldLetNothingPassThatCouldNotBeFollowed() {
        stream("");
        for (int i = 0; i < 16; i++) {
            assertEquals(OPTIONS_OUTSIDE, said(1001 + i * OPTIONS.length(), ACK, OPTIONS));
        }
        int next = 1001 + 16 * OPTIONS.length();
        ByteBuffer body = ByteBuffer.wrap(OPTIONS.getBytes(StandardCharsets.ISO_8859_1));
        ByteBuffer last = PacketBuilder.tcp(HOST, 40_000, SERVER, SIP, next, 2001, ACK, 8192, body);
        assertSame(NatDrop.OUT_OF_ORDER, world.out(last));
        int acked = 1001 + OPTIONS_OUTSIDE.length();
        world.passedIn(PacketBuilder.tcp(SERVER, SIP, PUBLIC, 40_000, 2001, acked, ACK, 8192, ByteBuffer.allocate(0)));
        assertEquals(OPTIONS_OUTSIDE, payload(world.passedOut(last)));
    }

    @Test
    void shouldPutWhatIsHeldBeforeTheLongestSegment() {
        world.engine.outsideMtu(65_535);
        String begin = "MESSAGE sip:x SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.2:40000\r\n";
        String body = "x".repeat(66_000);
        String rest = "Content-Length: " + body.length() + "\r\n\r\n" + body;
        assertEquals("", stream(begin));

        int most = 65_535 - 40;
        String seen = said(1001 + begin.length(), ACK, rest.substring(0, most));
        int got = seen.length() - "203.0.113.1".length() + "10.0.0.2".length() - begin.length();
        seen += said(1001 + begin.length() + got, ACK, rest.substring(got));
        assertEquals(begin.replace("10.0.0.2", "203.0.113.1") + rest, seen);
    }

    @Test
    void shouldNotPassAFragmentBehindWhatIsHeld() {
        assertEquals("", stream(OPTIONS.substring(0, 30)));
        ByteBuffer body = ByteBuffer.wrap(OPTIONS.substring(30).getBytes(StandardCharsets.ISO_8859_1));
        ByteBuffer whole = PacketBuilder.tcp(HOST, 40_000, SERVER, SIP, 1031, 2001, ACK, 8192, body);
        List<ByteBuffer> pieces = new ArrayList<>();
        new Fragmenter()
                .fragment(new Packet().wrap(whole), 68, 7, piece -> pieces.add(ByteBuffer.wrap(piece.toBytes())));
        assertSame(NatDrop.OUT_OF_ORDER, world.out(pieces.get(0)));
        assertEquals(OPTIONS_OUTSIDE, said(1031, ACK, OPTIONS.substring(30)));
    }
}
