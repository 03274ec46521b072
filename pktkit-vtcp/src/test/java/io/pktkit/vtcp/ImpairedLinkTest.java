// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Every byte once and in order, both ends closed, nothing left armed, over links of all kinds. */
class ImpairedLinkTest {
    @Test
    void shouldDeliverEveryByteOnceAndClose() {
        for (long seed = 0; seed < 300; seed++) {
            run(seed);
        }
    }

    /** The same paths, with super-segments and without, and with those that are passed on whole. */
    @Test
    void shouldDeliverTheSameWhoeverCutsSegments() {
        int superSegments = 0;
        for (long seed = 300; seed < 340; seed++) {
            for (int card = 0; card < Endpoint.Card.values().length; card++) {
                Scenario scenario =
                        Scenario.drawn(seed).with(Knob.CLIENT_CARD, card).with(Knob.SERVER_CARD, card);
                superSegments += run(scenario);
            }
        }
        assertTrue(superSegments > 1000, "super-segments: " + superSegments);
    }

    /** A FIN alone that BBR's pace holds back for longer than a timeout, so that the timer for windows sends it. */
    @Test
    void shouldSendAFinThatWasHeldBackByThePace() {
        Scenario.parse("3001973,DOWN=48591,LOSS=8,BURSTS=9,LINE=273,STALLS=1,SERVER_SWITCHES=2,SERVER_CONGESTION=3,"
                        + "CLIENT_RECEIVE=32768,CLIENT_RECEIVE_MAX=524288")
                .run();
    }

    @Test
    @Tag("long")
    void shouldDeliverEveryByteOnceAndCloseForManySeeds() {
        for (long seed = 1000; seed < 11_000; seed++) {
            run(seed);
        }
    }

    @Test
    @EnabledIfSystemProperty(named = Scenario.REPLAY, matches = ".+")
    void shouldReplay() {
        Scenario.parse(System.getProperty(Scenario.REPLAY)).run();
    }

    @Test
    void shouldShrinkToWhatTheFailureNeeds() {
        Shrinker shrinker = new Shrinker(scenario -> failsWithLossAndData(scenario) ? new AssertionError() : null);
        Scenario failing = Scenario.parse("7,OPENING=1,UP=100000,LOSS=20,REORDER=5,CLIENT_SWITCHES=5");

        assertEquals(
                "7,UP=1562,LOSS=20,CLIENT_SWITCHES=4", shrinker.shrink(failing).toString());
    }

    private static boolean failsWithLossAndData(Scenario s) {
        return s.get(Knob.LOSS) > 0 && s.get(Knob.UP) > 1000 && (s.get(Knob.CLIENT_SWITCHES) & 4) != 0;
    }

    @Test
    void shouldTellAScenarioInALine() {
        Scenario drawn = Scenario.drawn(5);

        assertEquals(drawn.toString(), Scenario.parse(drawn.toString()).toString());
    }

    private static void run(long seed) {
        run(Scenario.drawn(seed));
    }

    private static int run(Scenario scenario) {
        Throwable failure = Shrinker.failureOf(scenario);
        if (failure != null) {
            Scenario smallest = new Shrinker(Shrinker::failureOf).shrink(scenario);
            throw new AssertionError(report(scenario, smallest, Shrinker.failureOf(smallest)), failure);
        }
        assertNull(failure);
        return scenario.superSegments();
    }

    private static String report(Scenario drawn, Scenario smallest, @Nullable Throwable failure) {
        return "drawn: " + drawn + "\nsmallest: " + smallest + "\nfails with: " + failure
                + "\nto run it again: mvn -o -q -Pfast test -pl pktkit-vtcp -am -Dtest=ImpairedLinkTest#shouldReplay"
                + " -Dsurefire.failIfNoSpecifiedTests=false -D" + Scenario.REPLAY + "='" + smallest + "'";
    }
}
