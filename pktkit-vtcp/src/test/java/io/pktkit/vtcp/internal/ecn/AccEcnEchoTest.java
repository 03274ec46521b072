// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.ecn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.vtcp.internal.option.ReceivedOptions;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AccEcnEchoTest {
    private static final int NONE = ReceivedOptions.ABSENT;

    private final AccEcnEcho echo = new AccEcnEcho();

    private static ReceivedOptions option(int e0b, int ceb, int e1b) {
        ReceivedOptions options = new ReceivedOptions();
        options.accEcn = true;
        options.e0b = e0b;
        options.ceb = ceb;
        options.e1b = e1b;
        return options;
    }

    @Test
    void shouldTellWhatIsNew() {
        assertEquals(0, echo.take(option(1001, 0, 1), 1001, 5001));
        assertEquals(2000, echo.take(option(2001, 2000, NONE), 4001, 5001));
        assertEquals(AccEcnEcho.UNKNOWN, echo.take(option(NONE, NONE, 501), 4501, 5001));
        assertEquals(2000, echo.ect0Bytes());
        assertEquals(2000, echo.ceBytes());
        assertEquals(500, echo.ect1Bytes());
    }

    /** Appendix A.1 has the last step: 33 554 433 and a field of 1461. */
    @Test
    void shouldFollowAFieldThatWraps() {
        echo.begin(option(1, 0, 1));
        long una = 1;
        for (int told = 0; told < 33_554_433; told = Math.min(told + 1_000_000, 33_554_433)) {
            int next = Math.min(told + 1_000_000, 33_554_433);
            assertEquals(next - told, echo.take(option(1, next & 0xffffff, 1), 1L + next, 1L + next));
            una = 1L + next;
        }
        assertEquals(1460, echo.take(option(1, 1461, 1), una + 1460, una + 1460));
        assertEquals(33_555_893, echo.ceBytes());
    }

    @Test
    void shouldNotBelieveMoreThanWasSent() {
        assertEquals(4000, echo.take(option(1, 4000, 1), 1, 4001));
        assertEquals(AccEcnEcho.UNKNOWN, echo.take(option(1, 8001, 1), 4001, 4001));
        assertEquals(AccEcnEcho.UNKNOWN, echo.take(option(2002, 6000, 1), 4001, 4001)); // together
        assertEquals(AccEcnEcho.UNKNOWN, echo.take(option(1, 3999, 1), 4001, 4001)); // backwards
        assertEquals(AccEcnEcho.UNKNOWN, echo.take(option(0, 0, 0), 4001, 4001)); // cleared
        assertEquals(4000, echo.take(option(1, 8000, 1), 8001, 8001));
        assertEquals(8000, echo.ceBytes());
        assertTrue(echo.isRead());
    }

    @Test
    void shouldNotReadWhatIsClearedFromTheStart() {
        echo.begin(option(1, 0, 0));
        assertFalse(echo.isRead());
        assertEquals(AccEcnEcho.UNKNOWN, echo.take(option(1001, 1000, 1), 5001, 5001));
    }

    @Test
    void shouldTakeAnyOtherInitialValues() {
        echo.begin(option(70_000, 5, 0xffffff));
        assertTrue(echo.isRead());
        assertEquals(1000, echo.take(option(71_000, 1005, 999), 3001, 3001));
        assertEquals(1000, echo.ect1Bytes());
    }

    @Test
    void shouldBeginAnewWhereAFieldMayHaveWrapped() {
        long far = 1L << 24;
        assertEquals(AccEcnEcho.UNKNOWN, echo.take(option(500, 600, 700), 1 + far, 1 + far));
        assertEquals(100, echo.take(option(500, 700, 700), 1101 + far, 1101 + far));
        assertEquals(100, echo.ceBytes());
    }

    @Test
    void shouldKeepToWhatWasSentWhateverIsTold() {
        long seed = 9768;
        Random random = new Random(seed);
        long una = 1;
        long nxt = 1;
        int believed = 0;
        for (int i = 0; i < 100_000; i++) {
            nxt += random.nextInt(3000);
            una = nxt - random.nextInt(1 + (int) Math.min(10_000, nxt - una));
            int most = random.nextInt(4) == 0 ? 0x1000000 : 10_000;
            int marked = echo.take(option(1, random.nextInt(most), 1), una, nxt);
            believed += marked > 0 ? 1 : 0;
            long possible = nxt;
            assertTrue(marked < possible, () -> "seed=" + seed + " marked=" + marked + " sent=" + possible);
        }
        assertTrue(believed > 0, "seed=" + seed);
    }
}
