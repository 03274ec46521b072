// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.tls;

import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;

/** Whether a private key is that of a certificate. Else a server would come up, and each handshake fail. */
public final class KeyPairs {

    private static final byte[] PROBE = {1, 2, 3};

    private KeyPairs() {}

    /**
     * Checks a certificate and a key, by a signature.
     *
     * @param certificate the certificate
     * @param key the private key
     * @throws IllegalArgumentException if the key is of no kind that servers have here, or is not the certificate's
     */
    public static void check(X509Certificate certificate, PrivateKey key) {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC", "ECDSA" -> "SHA256withECDSA";
            case "EdDSA", "Ed25519" -> "Ed25519";
            default ->
                throw new IllegalArgumentException(
                        "an RSA, EC or Ed25519 key is needed: algorithm=" + key.getAlgorithm());
        };
        if (!isPair(algorithm, certificate, key)) {
            throw new IllegalArgumentException("the private key is not that of the certificate: "
                    + certificate.getSubjectX500Principal().getName());
        }
    }

    private static boolean isPair(String algorithm, X509Certificate certificate, PrivateKey key) {
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(PROBE);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(PROBE);
            return signature.verify(signed);
        } catch (InvalidKeyException ofAnotherKind) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the private key signs nothing: algorithm=" + algorithm, e);
        }
    }
}
