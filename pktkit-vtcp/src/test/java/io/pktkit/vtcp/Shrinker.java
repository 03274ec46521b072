// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes a scenario that fails smaller, one knob at a time, as long as it still fails. */
final class Shrinker {
    private static final int MAX_RUNS = 300;

    private final Function<Scenario, @Nullable Throwable> attempt;
    private int runs;

    /** The function gives what a scenario fails with, or null. */
    Shrinker(Function<Scenario, @Nullable Throwable> attempt) {
        this.attempt = attempt;
    }

    static @Nullable Throwable failureOf(Scenario scenario) {
        try {
            scenario.run();
            return null;
        } catch (AssertionError | RuntimeException failure) {
            return failure;
        }
    }

    Scenario shrink(Scenario failing) {
        Scenario smallest = failing;
        boolean progress = true;
        while (progress && runs < MAX_RUNS) {
            progress = false;
            for (Knob knob : Knob.values()) {
                Scenario smaller = shrink(smallest, knob);
                progress |= smaller != smallest;
                smallest = smaller;
            }
        }
        return smallest;
    }

    /** Zero at best, else without one bit of the value, or half of it. */
    private Scenario shrink(Scenario failing, Knob knob) {
        long value = failing.get(knob);
        if (value == 0) {
            return failing;
        }
        if (fails(failing.with(knob, 0))) {
            return failing.with(knob, 0);
        }
        if (knob == Knob.CLIENT_SWITCHES || knob == Knob.SERVER_SWITCHES) {
            for (long bit = Long.highestOneBit(value); bit != 0; bit >>= 1) {
                if ((value & bit) != 0 && fails(failing.with(knob, value & ~bit))) {
                    return failing.with(knob, value & ~bit);
                }
            }
        } else if (value > 1 && isSize(knob) && fails(failing.with(knob, value / 2))) {
            return failing.with(knob, value / 2);
        }
        return failing;
    }

    private static boolean isSize(Knob knob) {
        return knob == Knob.UP || knob == Knob.DOWN || knob == Knob.LEAPS || knob == Knob.STALLS;
    }

    private boolean fails(Scenario candidate) {
        return runs++ < MAX_RUNS && attempt.apply(candidate) != null;
    }
}
