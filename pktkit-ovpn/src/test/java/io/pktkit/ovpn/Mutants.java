// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Packets that are not quite what somebody sent: bits flipped, cut, prolonged, made of two, or nothing but noise. */
public final class Mutants {

    private static final int MOST_FLIPS = 4;

    private final Random random;

    public Mutants(long seed) {
        random = new Random(seed);
    }

    /** Makes one of what was sent, never empty. */
    public byte[] of(List<byte[]> sent) {
        byte[] mutant = pick(sent).clone();
        switch (random.nextInt(10)) {
            case 0 -> mutant = Arrays.copyOf(mutant, 1 + random.nextInt(2 * mutant.length));
            case 1 -> mutant = spliced(mutant, pick(sent));
            case 2 -> {
                mutant = new byte[1 + random.nextInt(200)];
                random.nextBytes(mutant);
            }
            case 3 -> {
                byte[] from = pick(sent);
                System.arraycopy(from, 0, mutant, 0, Math.min(9, Math.min(from.length, mutant.length)));
            }
            default -> {
                // As it is, or with bits flipped below.
            }
        }
        // Headers are short, and what follows them long: half of the flips are for the former.
        int range = random.nextBoolean() ? Math.min(mutant.length, 30) : mutant.length;
        for (int flips = random.nextInt(MOST_FLIPS + 1); flips > 0; flips--) {
            mutant[random.nextInt(range)] ^= (byte) (1 << random.nextInt(8));
        }
        return mutant;
    }

    private byte[] pick(List<byte[]> sent) {
        return sent.get(random.nextInt(sent.size()));
    }

    private byte[] spliced(byte[] head, byte[] tail) {
        int at = random.nextInt(head.length + 1);
        int from = random.nextInt(tail.length + 1);
        byte[] both = Arrays.copyOf(head, Math.max(1, at + tail.length - from));
        System.arraycopy(tail, from, both, at, tail.length - from);
        return both;
    }

    public int nextInt(int bound) {
        return random.nextInt(bound);
    }
}
