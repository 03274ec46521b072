// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SynCookiesTest {
    private static final long SECOND = 1_000_000_000L;
    private static final TcpTuple TUPLE =
            new TcpTuple(IpAddress.parse("192.0.2.1"), 80, IpAddress.parse("192.0.2.2"), 40000);
    private static final int IRS = 0x12345678;

    private final SynCookies cookies = new SynCookies(new byte[32]);
    private final Endpoint sink = new Endpoint("listener", TcpConfig.defaults(), 0, 0, new Random(1));
    private byte[] answer = {};

    private int cookieFor(String syn, long now) {
        sink.wire = packet -> answer = packet.bytes();
        cookies.respond(
                TcpConfig.defaults(), TUPLE, segment(SegmentText.parse(syn).encode(IRS, 0)), sink, now);
        return segment(ByteBuffer.wrap(answer)).sequenceNumber();
    }

    private static TcpSegment segment(ByteBuffer bytes) {
        return new TcpSegment().wrap(bytes, 0, bytes.limit());
    }

    private static TcpSegment ack(int cookie) {
        return segment(SegmentText.parse("P. 1:101(100) ack 1 win 3000").encode(IRS, cookie));
    }

    @Test
    void shouldAnswerWithoutOptionsThatACookieCannotHold() {
        int cookie = cookieFor("SEW 0:0(0) win 500 <mss 1400,sackOK,wscale 7,TS 1 0>", 0); // nor can it hold ECN

        assertEquals(
                "SYN|ACK 0:0(0) ack 1 win 65535 <mss 1460>",
                SegmentText.of(segment(ByteBuffer.wrap(answer)), cookie, IRS).toString());
    }

    @Test
    void shouldRebuildTheConnectionFromTheAcknowledgment() {
        int cookie = cookieFor("S 0:0(0) win 500 <mss 1400>", -5 * SECOND);

        SynCookies.Accepted accepted = cookies.check(TUPLE, ack(cookie), 0);

        assertNotNull(accepted);
        assertEquals(new SynCookies.Accepted(cookie, IRS, 1360), accepted);
        TcpConnection connection =
                TcpConnection.accept(TcpConfig.defaults(), TUPLE, IsnSource.random(), accepted, ack(cookie), sink, 0);
        assertEquals(TcpState.ESTABLISHED, connection.state());
        assertEquals(100, connection.readable());
        assertEquals(3000, connection.info().queues().sendWindow());
        assertEquals(1360, connection.info().negotiated().sendMss());
        TcpSegment farBack =
                segment(SegmentText.parse("P. 101:111(10) ack -3000").encode(IRS, cookie));
        connection.onSegment(farBack, 0, SECOND);
        assertEquals(100, connection.readable(), "MAX.SND.WND is what the acknowledgment told");
        TcpSegment back = segment(SegmentText.parse("P. 101:111(10) ack -2999").encode(IRS, cookie));
        connection.onSegment(back, 0, SECOND);
        assertEquals(110, connection.readable());
    }

    @Test
    void shouldBindEveryPartOfTheTuple() {
        int cookie = cookieFor("S 0:0(0) win 500 <mss 1400>", 0);
        IpAddress other = IpAddress.parse("192.0.2.3");

        assertNull(cookies.check(new TcpTuple(other, 80, TUPLE.remoteAddress(), 40000), ack(cookie), 0));
        assertNull(cookies.check(new TcpTuple(TUPLE.localAddress(), 81, TUPLE.remoteAddress(), 40000), ack(cookie), 0));
        assertNull(cookies.check(new TcpTuple(TUPLE.localAddress(), 80, other, 40000), ack(cookie), 0));
        assertNull(cookies.check(new TcpTuple(TUPLE.localAddress(), 80, TUPLE.remoteAddress(), 40001), ack(cookie), 0));
    }

    @Test
    void shouldBindTheSequenceNumberAndEveryBitOfTheCookie() {
        int cookie = cookieFor("S 0:0(0) win 500 <mss 1400>", 0);
        TcpSegment moved = segment(SegmentText.parse(". 2:2(0) ack 1").encode(IRS, cookie));

        assertNull(cookies.check(TUPLE, moved, 0));
        for (int bit = 0; bit < 32; bit++) {
            assertNull(cookies.check(TUPLE, ack(cookie ^ 1 << bit), 0), "bit=" + bit);
        }
    }

    @Test
    void shouldExpire() {
        int cookie = cookieFor("S 0:0(0) win 500 <mss 1400>", 0);
        assertNotNull(cookies.check(TUPLE, ack(cookie), 127 * SECOND));

        assertNull(cookies.check(TUPLE, ack(cookie), 129 * SECOND));
        cookieFor("S 0:0(0) win 500 <mss 1400>", 200 * SECOND);
        assertNull(cookies.check(TUPLE, ack(cookie), 200 * SECOND));
    }

    @Test
    void shouldNotLookBeforeAnyCookieWasSentNorAtSynOrReset() {
        assertNull(cookies.check(TUPLE, ack(77), 0));
        int cookie = cookieFor("S 0:0(0) win 500 <mss 1400>", 0);

        assertNull(cookies.check(
                TUPLE, segment(SegmentText.parse("R. 1:1(0) ack 1").encode(IRS, cookie)), 0));
        assertNull(cookies.check(
                TUPLE, segment(SegmentText.parse("S. 1:1(0) ack 1").encode(IRS, cookie)), 0));
    }

    @Test
    void shouldNotAnswerAPeerWithAnMssBelowAllThatACookieCanSay() {
        cookieFor("S 0:0(0) win 500 <mss 535>", 0);

        assertEquals(0, answer.length);
    }

    @Test
    void shouldRiseWithTheClockAndDifferByTuple() {
        IsnSource source = IsnSource.keyed(new byte[16]);
        int first = source.initialSequence(TUPLE, 0);

        assertEquals(250, source.initialSequence(TUPLE, 1_000_000) - first);
        assertFalse(first == source.initialSequence(TUPLE.reversed(), 0));
        assertEquals(
                source.timestampOffset(TUPLE),
                source.timestampOffset(new TcpTuple(TUPLE.localAddress(), 1, TUPLE.remoteAddress(), 2)));
        assertTrue(source.timestampOffset(TUPLE) != source.timestampOffset(TUPLE.reversed()));
    }
}
