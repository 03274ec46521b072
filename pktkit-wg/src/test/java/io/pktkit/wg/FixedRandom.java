// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;

/** A source of randomness that repeats: first the bytes that it is told to give, then those of a seed. */
final class FixedRandom extends SecureRandom {

    private static final long serialVersionUID = 1L;

    private final transient Deque<byte[]> first = new ArrayDeque<>();
    private final transient Random rest;

    FixedRandom(long seed) {
        this.rest = new Random(seed);
    }

    /** Gives these bytes to whoever asks next for as many. */
    synchronized FixedRandom then(byte[] bytes) {
        first.add(bytes);
        return this;
    }

    @Override
    public synchronized void nextBytes(byte[] bytes) {
        byte[] given = first == null ? null : first.poll();
        if (given == null) {
            rest.nextBytes(bytes);
            return;
        }
        if (given.length != bytes.length) {
            throw new AssertionError("asked for " + bytes.length + " bytes instead of " + given.length);
        }
        System.arraycopy(given, 0, bytes, 0, given.length);
    }
}
