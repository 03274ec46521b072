// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import io.pktkit.nativeio.crypto.LibcryptoCipher;
import io.pktkit.nativeio.crypto.LibcryptoKey;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Transport data by the system's libcrypto, in place on direct buffers. Needs the native module. */
public final class LibcryptoTransportCipher implements TransportCipher {

    private final LibcryptoCipher library;

    /**
     * Finds the library.
     *
     * @throws IOException if it is not there, or its answers are wrong
     */
    public LibcryptoTransportCipher() throws IOException {
        this.library = LibcryptoCipher.open();
    }

    @Override
    public TransportKey key(byte[] key) {
        return new Key(library.key(key));
    }

    /** {@return version and path of the library} */
    @Override
    public String toString() {
        return library.toString();
    }

    private static final class Key implements TransportKey {

        private final LibcryptoKey key;

        private Key(LibcryptoKey key) {
            this.key = key;
        }

        @Override
        public boolean seal(long counter, ByteBuffer buffer, int offset, int length) {
            return key.seal(counter, buffer, offset, length);
        }

        @Override
        public boolean open(long counter, ByteBuffer buffer, int offset, int length) {
            return key.open(counter, buffer, offset, length);
        }

        @Override
        public void wipe() {
            key.wipe();
        }

        @Override
        public String toString() {
            return "TransportKey[hidden]";
        }
    }
}
