// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.tls;

import java.security.SecureRandom;
import org.bouncycastle.tls.crypto.TlsNonceGenerator;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;

/**
 * BouncyCastle's cryptography with all that is random from the source that was given. BouncyCastle itself stirs a clock and
 * a counter into the nonces of a handshake, in case that the source is a weak one, and so makes no two handshakes alike. Here
 * the source is the caller's to choose, and with the same bytes of it and of the client the server says the same again: a
 * session can be replayed from a log.
 */
final class OvpnTlsCrypto extends BcTlsCrypto {

    OvpnTlsCrypto(SecureRandom random) {
        super(random);
    }

    @Override
    public TlsNonceGenerator createNonceGenerator(byte[] additionalSeedMaterial) {
        return size -> {
            byte[] nonce = new byte[size];
            getSecureRandom().nextBytes(nonce);
            return nonce;
        };
    }
}
