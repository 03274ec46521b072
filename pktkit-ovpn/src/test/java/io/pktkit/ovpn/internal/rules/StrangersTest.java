// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.datagram.FixedPath;
import io.pktkit.wire.IpAddress;
import java.security.SecureRandom;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Whom a server answers that it does not know, and whom it believes. */
class StrangersTest {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final FixedPath PATH = path("192.0.2.7", 1000, "192.0.2.1");

    private final Cookies cookies = new Cookies(new SecureRandom(), 60 * SECOND);

    private static FixedPath path(String remote, int port, String local) {
        return FixedPath.to(IpAddress.parse(remote), port).from(IpAddress.parse(local));
    }

    @Test
    void shouldBelieveWhoHasItsAnswerForAWhile() {
        for (long slot : new long[] {0, -3, 1_000_000}) {
            long begin = slot * 30 * SECOND;
            long id = cookies.sessionId(PATH, 5, begin);
            assertNotEquals(0, id);
            assertEquals(id, cookies.sessionId(PATH, 5, begin + 30 * SECOND - 1), "the same for half a handshake");
            for (long later : new long[] {0, 30, 60, 89}) {
                assertTrue(cookies.isValid(id, PATH, 5, begin + later * SECOND), slot + " after " + later);
            }
            assertTrue(cookies.isValid(id, PATH, 5, begin + 90 * SECOND - 1));
            assertFalse(cookies.isValid(id, PATH, 5, begin + 91 * SECOND));
            assertFalse(cookies.isValid(id, PATH, 5, begin - 1), "of the future");
        }
    }

    @Test
    void shouldBelieveNobodyElse() {
        long id = cookies.sessionId(PATH, 5, 0);
        assertFalse(cookies.isValid(id, PATH, 6, 0), "another session");
        assertFalse(cookies.isValid(id ^ 1, PATH, 5, 0));
        assertFalse(cookies.isValid(0, PATH, 5, 0));
        List.of(
                        path("192.0.2.8", 1000, "192.0.2.1"),
                        path("192.0.2.7", 1001, "192.0.2.1"),
                        path("192.0.2.7", 1000, "192.0.2.2"),
                        path("2001:db8::7", 1000, "2001:db8::1"),
                        FixedPath.to(IpAddress.parse("192.0.2.7"), 1000))
                .forEach(other -> {
                    assertFalse(cookies.isValid(id, other, 5, 0), other.toString());
                    assertNotEquals(id, cookies.sessionId(other, 5, 0), other.toString());
                });
        FixedPath scoped = FixedPath.to(IpAddress.parse("fe80::7"), 1, 1000);
        assertNotEquals(
                cookies.sessionId(scoped, 5, 0),
                cookies.sessionId(FixedPath.to(IpAddress.parse("fe80::7"), 2, 1000), 5, 0),
                "on another link");
        assertFalse(new Cookies(new SecureRandom(), 60 * SECOND).isValid(id, PATH, 5, 0), "of another server");
    }

    @Test
    void shouldAnswerSoManyAndASourceAQuarter() {
        ResetBudget budget = new ResetBudget(8);
        for (int source = 0; source < 4; source++) {
            assertTrue(budget.tryAcquire(source, 0));
            assertTrue(budget.tryAcquire(source, 1));
            assertFalse(budget.tryAcquire(source, 2), "source " + source);
        }
        assertFalse(budget.tryAcquire(99, 3), "of all together");
        budget.refund(2);
        assertTrue(budget.tryAcquire(99, 4), "one has gone on");
        assertFalse(budget.tryAcquire(98, 5));
        budget.refund(77);
        assertFalse(budget.tryAcquire(98, 6), "who took none gives none back");
        assertFalse(budget.tryAcquire(98, 10 * SECOND - 1));
        assertTrue(budget.tryAcquire(98, 10 * SECOND));
        budget.refund(0);
        for (int i = 0; i < 7; i++) {
            assertTrue(budget.tryAcquire(i, 11 * SECOND), "place " + i);
        }
        assertFalse(budget.tryAcquire(8, 11 * SECOND), "a place of the time before is not given back");
    }

    @Test
    void shouldGiveASourceItsPlaceBack() {
        ResetBudget budget = new ResetBudget(8);
        for (int i = 0; i < 20; i++) {
            assertTrue(budget.tryAcquire("alice", -5), "round " + i);
            assertTrue(budget.tryAcquire("alice", -5), "round " + i);
            assertFalse(budget.tryAcquire("alice", -5), "round " + i);
            budget.refund("alice");
            budget.refund("alice");
            budget.refund("alice");
        }
        for (int i = 0; i < 8; i++) {
            assertTrue(budget.tryAcquire(i, -5), "place " + i);
        }
        assertFalse(budget.tryAcquire(8, -5), "none is given back twice");
    }

    @Test
    void shouldAnswerOneAtLeastAndRememberSoManySources() {
        ResetBudget one = new ResetBudget(1);
        assertTrue(one.tryAcquire(1, 0));
        assertFalse(one.tryAcquire(2, 0));
        ResetBudget large = new ResetBudget(1_000_000);
        for (int source = 0; source < 4096; source++) {
            assertTrue(large.tryAcquire(source, 0));
        }
        assertFalse(large.tryAcquire(4096, 0), "no table grows without end");
        assertTrue(large.tryAcquire(5, 0), "who is in it already");
    }
}
