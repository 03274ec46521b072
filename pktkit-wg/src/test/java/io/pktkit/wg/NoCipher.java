// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.wg.internal.crypto.TransportKey;
import java.nio.ByteBuffer;

/** A cipher that leaves everything as it is, to see what the rest costs. */
public final class NoCipher {

    /** The cipher. */
    public static final WgCipher CIPHER = new WgCipher("no cipher", key -> new Key());

    private NoCipher() {}

    private static final class Key implements TransportKey {

        @Override
        public boolean seal(long counter, ByteBuffer buffer, int offset, int length) {
            return true;
        }

        @Override
        public boolean open(long counter, ByteBuffer buffer, int offset, int length) {
            return true;
        }

        @Override
        public void wipe() {}
    }
}
