// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import java.io.Serial;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.security.SecureRandomSpi;

/** Random bytes that are the same for the same seed, on any JDK: SHA-256 of the seed and a counter. Not for several threads. */
final class CountedRandom extends SecureRandom {

    @Serial
    private static final long serialVersionUID = 1L;

    CountedRandom(long seed) {
        super(new Counter(seed), null);
    }

    private static final class Counter extends SecureRandomSpi {

        @Serial
        private static final long serialVersionUID = 1L;

        private final long seed;
        private long count;

        Counter(long seed) {
            this.seed = seed;
        }

        @Override
        protected void engineSetSeed(byte[] more) {
            // The seed is the one that was given.
        }

        @Override
        protected void engineNextBytes(byte[] bytes) {
            for (int at = 0; at < bytes.length; at += 32) {
                byte[] block = digest(
                        ByteBuffer.allocate(16).putLong(seed).putLong(count++).array());
                System.arraycopy(block, 0, bytes, at, Math.min(32, bytes.length - at));
            }
        }

        @Override
        protected byte[] engineGenerateSeed(int count) {
            byte[] bytes = new byte[count];
            engineNextBytes(bytes);
            return bytes;
        }

        private static byte[] digest(byte[] input) {
            try {
                return MessageDigest.getInstance("SHA-256").digest(input);
            } catch (NoSuchAlgorithmException e) {
                throw new AssertionError(e);
            }
        }
    }
}
