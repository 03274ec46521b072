// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import io.pktkit.internal.WipeableKey;
import java.nio.ByteBuffer;

/**
 * Transport data by the JCA, on any JDK. Heap buffers are worked on in place. The JDK's cipher is slower on direct
 * buffers than on arrays and makes more garbage there, so those are copied to an array of the thread and back.
 */
public final class JcaTransportCipher implements TransportCipher {

    private static final byte[] NO_AAD = {};

    /** Creates the cipher, which has no state. */
    public JcaTransportCipher() {}

    @Override
    public TransportKey key(byte[] key) {
        return new Key(new WipeableKey(Aead.ALGORITHM, key, key.length));
    }

    private static final class Key implements TransportKey {

        private final WipeableKey key;

        private Key(WipeableKey key) {
            this.key = key;
        }

        @Override
        public boolean seal(long counter, ByteBuffer buffer, int offset, int length) {
            ThreadCiphers ciphers = ThreadCiphers.current();
            byte[] nonce = ciphers.nonce(counter);
            if (buffer.hasArray()) {
                return ciphers.seal(key, nonce, NO_AAD, buffer.array(), buffer.arrayOffset() + offset, length);
            }
            byte[] scratch = ciphers.scratch(length + Aead.TAG_LENGTH);
            buffer.get(offset, scratch, 0, length);
            boolean sealed = ciphers.seal(key, nonce, NO_AAD, scratch, 0, length);
            if (sealed) {
                buffer.put(offset, scratch, 0, length + Aead.TAG_LENGTH);
            }
            return sealed;
        }

        @Override
        public boolean open(long counter, ByteBuffer buffer, int offset, int length) {
            ThreadCiphers ciphers = ThreadCiphers.current();
            byte[] nonce = ciphers.nonce(counter);
            if (buffer.hasArray()) {
                return ciphers.open(key, nonce, NO_AAD, buffer.array(), buffer.arrayOffset() + offset, length);
            }
            byte[] scratch = ciphers.scratch(length);
            buffer.get(offset, scratch, 0, length);
            boolean opened = ciphers.open(key, nonce, NO_AAD, scratch, 0, length);
            if (opened) {
                buffer.put(offset, scratch, 0, length - Aead.TAG_LENGTH);
            }
            return opened;
        }

        @Override
        public void wipe() {
            key.destroy();
        }

        @Override
        public String toString() {
            return "TransportKey[hidden]";
        }
    }
}
