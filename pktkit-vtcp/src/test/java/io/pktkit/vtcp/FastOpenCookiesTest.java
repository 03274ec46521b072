// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.SynAnswer.Payload;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.TcpSegment;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FastOpenCookiesTest {
    private static final long HOUR = 3_600_000_000_000L;
    private static final TcpTuple TUPLE = tuple("192.0.2.1", 80, "192.0.2.2", 40000);

    private final FastOpenCookies cookies = new FastOpenCookies(new byte[16]);

    private static TcpTuple tuple(String local, int localPort, String remote, int remotePort) {
        return new TcpTuple(IpAddress.parse(local), localPort, IpAddress.parse(remote), remotePort);
    }

    private static TcpSegment syn(String option, int length) {
        String text = "S 0:" + length + "(" + length + ") <mss 1000" + (option.isEmpty() ? "" : ",") + option + ">";
        ByteBuffer bytes = SegmentText.parse(text).encode(1, 2);
        return new TcpSegment().wrap(bytes, 0, bytes.limit());
    }

    private SynAnswer show(TcpTuple tuple, long cookie, long now) {
        return cookies.judge(tuple, syn("FO " + hex(cookie), 50), true, now);
    }

    private long ask(TcpTuple tuple, long now) {
        SynAnswer answer = cookies.judge(tuple, syn("FO", 0), true, now);
        assertEquals(Payload.HOLD, answer.payload());
        assertTrue(answer.grantsCookie());
        return answer.cookie();
    }

    private static String hex(long cookie) {
        return String.format("%016x", cookie);
    }

    @Test
    void shouldLeaveASynWithoutTheOptionAlone() {
        assertEquals(SynAnswer.HOLD, cookies.judge(TUPLE, syn("", 50), true, 0));
    }

    @Test
    void shouldHonourACookieItGave() {
        assertEquals(SynAnswer.DELIVER, show(TUPLE, ask(TUPLE, 5), 6));
    }

    @Test
    void shouldBindTheCookieToBothAddressesAndToNoPort() {
        long cookie = ask(TUPLE, 0);

        assertEquals(SynAnswer.DELIVER, show(tuple("192.0.2.1", 443, "192.0.2.2", 5), cookie, 0));
        assertEquals(
                Payload.IGNORE,
                show(tuple("192.0.2.1", 80, "192.0.2.3", 40000), cookie, 0).payload());
        assertEquals(
                Payload.IGNORE,
                show(tuple("192.0.2.9", 80, "192.0.2.2", 40000), cookie, 0).payload());
        assertEquals(
                Payload.IGNORE,
                show(tuple("192.0.2.2", 80, "192.0.2.1", 40000), cookie, 0).payload());
    }

    @Test
    void shouldTellTheFamiliesApart() {
        TcpTuple v6 = tuple("c000:201::", 80, "c000:202::", 40000);

        assertNotEquals(ask(TUPLE, 0), ask(v6, 0));
        assertEquals(SynAnswer.DELIVER, show(v6, ask(v6, 0), 0));
    }

    @Test
    void shouldHonourTheCookieOfTheHourBeforeAndGiveAFreshOne() {
        long now = -HOUR / 2; // the clock may have any origin
        long cookie = ask(TUPLE, now);

        SynAnswer next = show(TUPLE, cookie, now + HOUR);
        assertEquals(Payload.DELIVER, next.payload());
        assertTrue(next.grantsCookie());
        assertNotEquals(cookie, next.cookie());
        assertEquals(SynAnswer.DELIVER, show(TUPLE, next.cookie(), now + HOUR));
        assertEquals(Payload.IGNORE, show(TUPLE, cookie, now + 2 * HOUR).payload());
        assertEquals(Payload.IGNORE, show(TUPLE, next.cookie(), now).payload(), "of the hour to come");
    }

    @Test
    void shouldNotTakeForgedCookies() {
        long cookie = ask(TUPLE, 0);
        for (int bit = 0; bit < 64; bit++) {
            SynAnswer answer = show(TUPLE, cookie ^ (1L << bit), 0);
            assertEquals(SynAnswer.IGNORE.granting(cookie), answer, "bit " + bit);
        }
        Random random = new Random(1);
        for (int i = 0; i < 1000; i++) {
            assertEquals(Payload.IGNORE, show(TUPLE, random.nextLong(), 0).payload(), "seed 1, try " + i);
        }
        assertEquals(Payload.IGNORE, show(TUPLE, 0, 0).payload());
    }

    @Test
    void shouldNotHonourTheCookieOfAnotherKey() {
        long foreign = ask(TUPLE, 0);

        SynAnswer answer = FastOpenCookies.random().judge(TUPLE, syn("FO " + hex(foreign), 50), true, 0);

        assertEquals(Payload.IGNORE, answer.payload());
        assertTrue(answer.grantsCookie());
    }

    @Test
    void shouldAnswerOtherLengthsThatCookiesMayHaveWithItsOwn() {
        for (String shown : new String[] {"01020304", "010203040506", "0102030405060708090a", "00".repeat(16)}) {
            SynAnswer answer = cookies.judge(TUPLE, syn("FO " + shown, 50), true, 0);
            assertEquals(SynAnswer.IGNORE.granting(ask(TUPLE, 0)), answer, shown);
        }
    }

    @Test
    void shouldPassOverLengthsThatCookiesNeverHave() {
        for (int length : new int[] {1, 2, 3, 5, 7, 9, 15, 17, 18, 30}) {
            SynAnswer answer = cookies.judge(TUPLE, syn("FO " + "00".repeat(length), 50), true, 0);
            assertEquals(SynAnswer.HOLD, answer, "length " + length);
        }
    }

    @Test
    void shouldReadNothingBeyondATruncatedOption() {
        TcpSegment whole = syn("FO " + hex(ask(TUPLE, 0)), 0);
        int header = whole.headerLength();
        ByteBuffer bytes = ByteBuffer.allocate(header);
        for (int cut = 4; cut < header - 20; cut += 4) {
            bytes.put(0, whole.buffer(), whole.offset(), header - cut);
            bytes.put(12, (byte) (((header - cut) / 4) << 4));
            SynAnswer answer = cookies.judge(TUPLE, new TcpSegment().wrap(bytes, 0, header - cut), true, 0);
            assertEquals(SynAnswer.HOLD, answer, "cut by " + cut);
        }
    }

    @Test
    void shouldNotDeliverMoreThanTheListenerWants() {
        long cookie = ask(TUPLE, 0);

        assertEquals(SynAnswer.IGNORE, cookies.judge(TUPLE, syn("FO " + hex(cookie), 50), false, 0));
    }

    @Test
    void shouldNotTakeDataWithARequest() {
        assertEquals(SynAnswer.IGNORE.granting(ask(TUPLE, 0)), cookies.judge(TUPLE, syn("FO", 50), true, 0));
    }

    @Test
    void shouldCheckWhatAClientIsToHold() {
        assertThrows(IllegalArgumentException.class, () -> FastOpenCookie.of(new byte[5], 1000));
        assertThrows(IllegalArgumentException.class, () -> FastOpenCookie.of(new byte[18], 1000));
        assertThrows(IllegalArgumentException.class, () -> FastOpenCookie.of(new byte[8], TcpConfig.MIN_MSS - 1));
        assertThrows(IllegalArgumentException.class, () -> new FastOpenCookies(new byte[15]));
        assertTrue(FastOpenCookie.NONE.isNone());
        assertFalse(FastOpenCookie.of(new byte[4], 64).isNone());
        assertFalse(FastOpenCookie.of(new byte[] {0x77, 0x77, 0x77, 0x77}, 64)
                .toString()
                .contains("77"));
    }
}
