// SPDX-License-Identifier: MIT
package io.pktkit.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // a scope is opened for what closing it does
class BurstTest {

    private final List<String> log = new ArrayList<>();

    @Test
    void shouldFlushOnceAtTheEndOfTheOutermostScope() {
        Burst.BatchDevice a = () -> log.add("a");
        Burst.BatchDevice b = () -> log.add("b");
        assertFalse(Burst.isOpen());
        try (Burst outer = Burst.open()) {
            assertTrue(Burst.isOpen());
            assertTrue(Burst.flushLater(a));
            try (Burst inner = Burst.open()) {
                assertTrue(Burst.flushLater(b));
                assertTrue(Burst.flushLater(a), "it is on the list");
            }
            assertEquals(List.of(), log, "the outer scope is open");
        }

        assertEquals(List.of("a", "b"), log);
        assertFalse(Burst.isOpen());
        try (Burst next = Burst.open()) {
            assertTrue(Burst.isOpen());
        }
        assertEquals(2, log.size(), "who was flushed is forgotten");
    }

    @Test
    void shouldRefuseWithoutAScopeAndPastItsBound() {
        assertFalse(Burst.flushLater(() -> log.add("never")));
        try (Burst burst = Burst.open()) {
            for (int i = 0; i < Burst.MAX_DEVICES; i++) {
                assertTrue(Burst.flushLater(new Counting()), "device " + i);
            }
            assertFalse(Burst.flushLater(new Counting()));
        }
        assertEquals(Burst.MAX_DEVICES, log.size());
    }

    @Test
    void shouldFlushTheOthersWhenOneThrows() {
        try (Burst burst = Burst.open()) {
            Burst.flushLater(() -> {
                throw new IllegalStateException("a device that breaks its contract");
            });
            Burst.flushLater(() -> log.add("next"));
        }

        assertEquals(List.of("next"), log);
    }

    /** A flush delivers, and who receives may open a scope of its own on the same thread. */
    @Test
    void shouldGiveAFlushAScopeOfItsOwn() {
        Burst.BatchDevice third = () -> log.add("third");
        for (int round = 0; round < 2; round++) {
            try (Burst burst = Burst.open()) {
                Burst.flushLater(() -> {
                    log.add("first");
                    assertFalse(Burst.isOpen(), "what a flush sends on goes out at once");
                    try (Burst nested = Burst.open()) {
                        Burst.flushLater(third);
                    }
                    log.add("first done");
                });
                Burst.flushLater(() -> log.add("second"));
            }
            assertEquals(List.of("first", "third", "first done", "second"), log);
            log.clear();
        }
    }

    @Test
    void shouldBeClosedByItsOwnThreadAsOftenAsItWasOpened() throws InterruptedException {
        Burst burst = Burst.open();
        List<Throwable> thrown = new ArrayList<>();
        Thread other = new Thread(() -> thrown.add(assertThrows(IllegalStateException.class, burst::close)));
        other.start();
        other.join();
        assertEquals(1, thrown.size());

        burst.close();

        assertThrows(IllegalStateException.class, burst::close);
    }

    private final class Counting implements Burst.BatchDevice {
        @Override
        public void flush() {
            log.add("flushed");
        }
    }
}
