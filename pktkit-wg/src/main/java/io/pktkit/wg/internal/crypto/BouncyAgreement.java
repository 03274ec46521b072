// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import io.pktkit.internal.Secrets;
import org.jspecify.annotations.Nullable;

/** X25519 by BouncyCastle, see {@link Curve25519}. */
public final class BouncyAgreement implements KeyAgreement {

    /** Creates the agreement, which has no state. */
    public BouncyAgreement() {}

    @Override
    public AgreementKey key(byte[] privateKey) {
        return new Key(privateKey.clone());
    }

    private static final class Key implements AgreementKey {

        private final byte[] privateKey;
        private final byte[] publicKey;

        private Key(byte[] privateKey) {
            this.privateKey = privateKey;
            this.publicKey = Curve25519.publicKey(privateKey);
        }

        @Override
        public byte[] publicKey() {
            return publicKey;
        }

        @Override
        public byte @Nullable [] agree(byte[] theirs) {
            return Curve25519.agree(privateKey, theirs);
        }

        @Override
        public void wipe() {
            Secrets.wipe(privateKey);
        }

        @Override
        public String toString() {
            return "AgreementKey[hidden]";
        }
    }
}
