// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.function.DoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImpairmentTest {

    private static final Impairment NONE = Impairment.none();

    private static final List<DoubleFunction<Impairment>> PROBABILITIES = List.of(
            NONE::loss,
            NONE::duplicate,
            NONE::corrupt,
            NONE::mark,
            p -> NONE.reorder(p, Duration.ZERO),
            p -> NONE.burst(p, 0),
            p -> NONE.burst(0, p),
            p -> NONE.burst(0, 0, p));

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, -0.001, 1.001, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY})
    void shouldRefuseWhatIsNoProbability(double value) {
        for (DoubleFunction<Impairment> setter : PROBABILITIES) {
            String message = message(() -> setter.apply(value));

            assertTrue(message.contains("=" + value), message);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -0.0, 1, Double.MIN_VALUE, 0.5})
    void shouldTakeProbabilities(double value) {
        for (DoubleFunction<Impairment> setter : PROBABILITIES) {
            assertFalse(setter.apply(value).toString().isEmpty());
        }
        assertEquals(value, NONE.loss(value).loss());
    }

    @Test
    void shouldNameWhatIsOutOfRange() {
        assertEquals("loss must be in [0, 1]: loss=2.0", message(() -> NONE.loss(2)));
        assertEquals("delay must not be negative: delay=PT-1S", message(() -> NONE.delay(Duration.ofSeconds(-1))));
        assertEquals("jitter must not be negative: jitter=PT-1S", message(() -> NONE.jitter(Duration.ofSeconds(-1))));
        assertEquals("wait must not be negative: wait=PT-1S", message(() -> NONE.markBeyond(Duration.ofSeconds(-1))));
        assertTrue(message(() -> NONE.rate(-1)).endsWith("rate=-1"));
        assertTrue(message(() -> NONE.rate(Impairment.MAX_RATE + 1)).contains("rate=1000000000000001"));
        assertEquals("queue must be positive: packets=0 bytes=1", message(() -> NONE.queue(0, 1)));
        assertEquals("queue must be positive: packets=1 bytes=0", message(() -> NONE.queue(1, 0)));
    }

    @Test
    void shouldKeepWhatOthersSet() {
        Impairment all = NONE.delay(Duration.ofMillis(1))
                .jitter(Duration.ofMillis(2))
                .loss(0.1)
                .burst(0.2, 0.3, 0.4)
                .duplicate(0.5)
                .corrupt(0.6)
                .reorder(0.7, Duration.ofMillis(3))
                .mark(0.8)
                .markBeyond(Duration.ofMillis(4))
                .rate(9)
                .queue(10, 11)
                .seed(12);

        assertEquals(
                "Impairment{delay=PT0.001S jitter=PT0.002S loss=0.1 burst=0.2/0.3/0.4 duplicate=0.5 corrupt=0.6"
                        + " reorder=0.7/PT0.003S mark=0.8/PT0.004S rate=9 queue=10/11 seed=12}",
                all.toString());
        assertEquals(1024, NONE.queuePackets(), "none() stays as it was");
    }

    @Test
    void shouldBePerfectOnlyWithoutAnything() {
        assertTrue(NONE.isPerfect());
        assertTrue(NONE.seed(5).queue(1, 1).burst(0, 1).isPerfect());
        assertFalse(NONE.delay(Duration.ofNanos(1)).isPerfect());
        assertFalse(NONE.jitter(Duration.ofNanos(1)).isPerfect());
        assertFalse(NONE.loss(0.1).isPerfect());
        assertFalse(NONE.burst(0.1, 1).isPerfect());
        assertFalse(NONE.duplicate(0.1).isPerfect());
        assertFalse(NONE.corrupt(0.1).isPerfect());
        assertFalse(NONE.reorder(0.1, Duration.ZERO).isPerfect());
        assertFalse(NONE.mark(0.1).isPerfect());
        assertFalse(NONE.rate(1).isPerfect());
        assertTrue(NONE.markBeyond(Duration.ofMillis(1)).isPerfect(), "nothing waits without a rate");
    }

    private static String message(org.junit.jupiter.api.function.Executable call) {
        return String.valueOf(assertThrows(IllegalArgumentException.class, call).getMessage());
    }
}
