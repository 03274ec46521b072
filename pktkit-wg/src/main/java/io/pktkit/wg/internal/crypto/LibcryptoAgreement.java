// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import io.pktkit.nativeio.crypto.LibcryptoX25519;
import io.pktkit.nativeio.crypto.LibcryptoX25519Key;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** X25519 by the system's libcrypto. Needs the native module. */
public final class LibcryptoAgreement implements KeyAgreement {

    private final LibcryptoX25519 library;

    /**
     * Finds the library.
     *
     * @throws IOException if it is not there, or its answers are wrong
     */
    public LibcryptoAgreement() throws IOException {
        this.library = LibcryptoX25519.open();
    }

    @Override
    public AgreementKey key(byte[] privateKey) {
        return new Key(library.key(privateKey));
    }

    private static final class Key implements AgreementKey {

        private final LibcryptoX25519Key key;
        private final byte[] publicKey;

        private Key(LibcryptoX25519Key key) {
            this.key = key;
            this.publicKey = key.publicKey();
        }

        @Override
        public byte[] publicKey() {
            return publicKey;
        }

        @Override
        public byte @Nullable [] agree(byte[] theirs) {
            byte[] secret = new byte[Curve25519.LENGTH];
            return key.agree(theirs, secret) ? secret : null;
        }

        @Override
        public void wipe() {
            key.wipe();
        }

        @Override
        public String toString() {
            return "AgreementKey[hidden]";
        }
    }
}
