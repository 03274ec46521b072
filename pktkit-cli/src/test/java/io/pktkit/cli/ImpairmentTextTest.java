// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.impair.Impairment;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImpairmentTextTest {
    @Test
    void shouldReadEverySetting() {
        ImpairmentText text = ImpairmentText.parse(
                " delay=30ms  jitter=1.5ms loss=1% duplicate=0.5% corrupt=0.01% rate=10mbit queue=50 seed=7 ");

        Impairment impairment = text.impairment();
        assertNull(text.attachment());
        assertEquals(Duration.ofMillis(30), impairment.delay());
        assertEquals(Duration.ofNanos(1_500_000), impairment.jitter());
        assertEquals(0.01, impairment.loss());
        assertEquals(0.005, impairment.duplicate());
        assertEquals(0.0001, impairment.corrupt(), 1e-12);
        assertEquals(10_000_000, impairment.rate());
        assertEquals(50, impairment.queuePackets());
    }

    @ParameterizedTest
    @CsvSource({
        "pk0=delay=30ms loss=1%, pk0",
        "delay=30ms loss=1%, ",
        "delay=loss=1%, delay", // an interface may be called so
        "unix:/run/a=b.sock=loss=1%, unix:/run/a=b.sock",
    })
    void shouldTakeWhatStandsBeforeTheSettingsAsTheAttachment(String text, String attachment) {
        assertEquals(attachment, ImpairmentText.parse(text).attachment());
        assertEquals(0.01, ImpairmentText.parse(text).impairment().loss());
    }

    @ParameterizedTest
    @CsvSource({"1s, 1000000000", "1us, 1000", "250ns, 250", "0.25ms, 250000", "0ms, 0", "1MS, 1000000"})
    void shouldKnowUnitsOfTime(String value, long nanos) {
        assertEquals(
                Duration.ofNanos(nanos),
                ImpairmentText.parse("delay=" + value).impairment().delay());
    }

    @ParameterizedTest
    @CsvSource({"1bit, 1", "8kbit, 8000", "1.5mbit, 1500000", "2Gbit, 2000000000"})
    void shouldKnowUnitsOfRate(String value, long bits) {
        assertEquals(bits, ImpairmentText.parse("rate=" + value).impairment().rate());
    }

    /** The message names the word at fault and how it is written right. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    ''                  | name=value
                    slow                | 'slow'
                    pk0                 | 'pk0'
                    delay               | 'delay'
                    delay=30            | such as 30ms
                    delay=ms            | such as 30ms
                    delay=-1ms          | such as 30ms
                    delay=30ms loss=1   | such as 1%
                    loss=101%           | 0% to 100%
                    loss=NaN%           | 'NaN%'
                    loss=               | ''
                    rate=10             | such as 10mbit
                    rate=99999999gbit   | rate
                    queue=0             | queue
                    seed=x              | 'x'
                    speed=1             | there are delay, jitter
                    =delay=30ms         | no name
                    loss=1% loss=2%     | loss is given twice
                    pk0=loss=1% slow    | 'slow'
                    delay=99999999999999999s | 'delay'
                    """)
    void shouldSayWhatIsWrongAndWhatIsRight(String text, String part) {
        IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> ImpairmentText.parse(text));

        String message = String.valueOf(refusal.getMessage());
        assertTrue(message.contains(part.replace("'delay'", "delay")), message);
        assertEquals(1, message.lines().count(), message);
    }

    @Test
    void shouldRefuseJunkInOneWayOnly() {
        long seed = 3;
        Random random = new Random(seed);
        String letters = "delay=los 1%0ms.";
        for (int i = 0; i < 50_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(20); length > 0; length--) {
                text.append(letters.charAt(random.nextInt(letters.length())));
            }
            try {
                ImpairmentText.parse(text.toString());
            } catch (IllegalArgumentException refused) {
                assertTrue(refused.getMessage() != null, "seed=" + seed + " text=" + text);
            }
        }
    }
}
