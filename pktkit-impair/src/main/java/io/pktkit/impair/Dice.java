// SPDX-License-Identifier: MIT
package io.pktkit.impair;

/** The random numbers of one direction: xorshift64*. Anybody can foretell them, which is what they are for. Guarded. */
final class Dice {

    private static final long GOLDEN_GAMMA = 0x9E37_79B9_7F4A_7C15L;
    private static final long MULTIPLIER = 0x2545_F491_4F6C_DD1DL;

    private long state;

    Dice(long seed, Direction direction) {
        reseed(seed, direction);
    }

    void reseed(long seed, Direction direction) {
        // SplitMix64: seeds that people choose, such as 1 and 2, would otherwise begin with nearly the same numbers.
        int gammas = direction == Direction.SEND ? 1 : 2;
        long z = seed + gammas * GOLDEN_GAMMA;
        z = (z ^ z >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
        start(z ^ z >>> 31);
    }

    /** Sets the state itself; 0 is the one value from which nothing would ever follow. */
    void start(long value) {
        state = value != 0 ? value : GOLDEN_GAMMA;
    }

    long nextLong() {
        long x = state;
        x ^= x >>> 12;
        x ^= x << 25;
        x ^= x >>> 27;
        state = x;
        return x * MULTIPLIER;
    }

    /** Uniform from 0 to below 1, in steps of 2^-53, from the upper bits, which are the better ones. */
    double next() {
        return (nextLong() >>> 11) * 0x1.0p-53;
    }

    /** Whether something of this probability happens: never at 0, always at 1. */
    boolean chance(double probability) {
        return next() < probability;
    }
}
