// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.cookie;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.wg.internal.noise.Kept;
import io.pktkit.wg.internal.noise.Message;
import io.pktkit.wg.internal.noise.ResponderKeys;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A checker and the jars of those who ask it, at any time on a clock that may be below 0. */
class CookieTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long START = -300 * SECOND;
    private static final byte[] SOURCE = {10, 0, 0, 1, 4, 5};

    /** The JDK refuses to encrypt twice in a row with one key and nonce, so no two tests draw the same. */
    private static final AtomicLong SEEDS = new AtomicLong(5);

    private final Kept random = new Kept(SEEDS.getAndIncrement());
    private final ResponderKeys keys = new ResponderKeys(new byte[] {9, 8, 7});
    private final CookieChecker checker = new CookieChecker(random);
    private final CookieJar jar = new CookieJar(keys);

    private byte[] message(int length, long now) {
        byte[] message = new byte[length];
        Arrays.fill(message, 0, length - 32, (byte) 0x5A);
        jar.addMacs(message, now);
        assertTrue(CookieChecker.hasMac1(keys, message));
        return message;
    }

    private boolean takeCookie(long now) {
        byte[] asked = message(Message.INITIATION_LENGTH, now);
        return jar.take(checker.reply(keys, asked, SOURCE, now), now);
    }

    @Test
    void shouldProveItsAddressWithACookie() {
        byte[] before = message(Message.INITIATION_LENGTH, START);
        assertFalse(checker.hasMac2(before, SOURCE, START), "there is no secret yet");
        assertTrue(takeCookie(START));
        for (int length : new int[] {Message.INITIATION_LENGTH, Message.RESPONSE_LENGTH}) {
            byte[] message = message(length, START);
            assertTrue(checker.hasMac2(message, SOURCE, START));
            assertFalse(checker.hasMac2(message, new byte[] {10, 0, 0, 1, 4, 6}, START));
            message[length - 1] ^= 1;
            assertFalse(checker.hasMac2(message, SOURCE, START));
        }
        assertFalse(checker.hasMac2(before, SOURCE, START), "made without it");
    }

    @Test
    void shouldAnswerTheSenderOfTheMessage() {
        byte[] asked = message(Message.INITIATION_LENGTH, START);
        byte[] reply = checker.reply(keys, asked, SOURCE, START);
        assertEquals(Message.COOKIE_REPLY_LENGTH, reply.length);
        assertArrayEquals(new byte[] {3, 0, 0, 0, 0x5A, 0x5A, 0x5A, 0x5A}, Arrays.copyOf(reply, 8));
        assertArrayEquals(random.last(), Arrays.copyOfRange(reply, 8, 32), "a nonce of its own");
    }

    @Test
    void shouldKeepASecretForTwoMinutes() {
        assertTrue(takeCookie(START));
        byte[] message = message(Message.INITIATION_LENGTH, START + 100 * SECOND);
        assertEquals(2, random.filled().size(), "a secret and a nonce");
        byte[] secret = random.filled().get(0);
        assertArrayEquals(new byte[32], secret, "wiped when it was taken");

        checker.reply(keys, message, SOURCE, START + 120 * SECOND);
        assertEquals(3, random.filled().size(), "the secret is as it was");
        assertTrue(checker.hasMac2(message, SOURCE, START + 120 * SECOND));
        assertFalse(checker.hasMac2(message, SOURCE, START + 120 * SECOND + 1));
        checker.reply(keys, message, SOURCE, START + 120 * SECOND + 1);
        assertEquals(5, random.filled().size(), "a new secret");
        assertFalse(checker.hasMac2(message, SOURCE, START + 120 * SECOND + 1));
        assertFalse(checker.hasMac2(message, SOURCE, START + 120 * SECOND));
    }

    @Test
    void shouldStopUsingACookieFiveSecondsEarly() {
        assertTrue(takeCookie(START));
        assertTrue(
                checker.hasMac2(message(Message.RESPONSE_LENGTH, START + 115 * SECOND), SOURCE, START + 115 * SECOND));
        byte[] late = message(Message.RESPONSE_LENGTH, START + 115 * SECOND + 1);
        assertArrayEquals(new byte[16], Arrays.copyOfRange(late, late.length - 16, late.length));
    }

    @Test
    void shouldTakeOneReplyToTheLastMessage() {
        byte[] first = message(Message.INITIATION_LENGTH, START);
        byte[] answer = checker.reply(keys, first, SOURCE, START);
        CookieJar fresh = new CookieJar(keys);
        assertFalse(fresh.take(answer, START), "nothing was asked");
        first[4] ^= 1;
        fresh.addMacs(first, START);
        assertFalse(fresh.take(answer, START), "the answer to another");

        byte[] forged = answer.clone();
        forged[40] ^= 1;
        assertFalse(jar.take(forged, START));
        assertTrue(jar.take(answer, START), "the forged one took nothing away");
        assertFalse(jar.take(answer, START));
    }
}
