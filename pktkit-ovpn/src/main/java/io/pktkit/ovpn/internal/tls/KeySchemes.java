// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.tls;

import java.util.List;
import java.util.Vector;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.tls.CipherSuite;
import org.bouncycastle.tls.SignatureAndHashAlgorithm;
import org.bouncycastle.tls.SignatureScheme;
import org.jspecify.annotations.Nullable;

/**
 * What fits a server's key: its cipher suites, and the schemes that it signs with. Offered suites must fit the key, or a
 * client that prefers another kind finds "no shared cipher".
 */
final class KeySchemes {

    private static final int[] TLS13 = {
        CipherSuite.TLS_AES_256_GCM_SHA384, CipherSuite.TLS_CHACHA20_POLY1305_SHA256, CipherSuite.TLS_AES_128_GCM_SHA256
    };

    private static final int[] EC = {
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
    };

    private static final int[] RSA = {
        CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        CipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        CipherSuite.TLS_DHE_RSA_WITH_AES_256_GCM_SHA384,
        CipherSuite.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256
    };

    private final int[] suites;
    private final List<Integer> schemes;

    private KeySchemes(int[] suites, List<Integer> schemes) {
        this.suites = suites;
        this.schemes = schemes;
    }

    /** What fits a key; null if it is of a kind that is not supported. */
    static @Nullable KeySchemes of(AsymmetricKeyParameter key) {
        if (key instanceof RSAKeyParameters) {
            return new KeySchemes(
                    RSA,
                    List.of(
                            SignatureScheme.rsa_pss_rsae_sha256,
                            SignatureScheme.rsa_pss_rsae_sha384,
                            SignatureScheme.rsa_pss_rsae_sha512,
                            SignatureScheme.rsa_pkcs1_sha256,
                            SignatureScheme.rsa_pkcs1_sha384,
                            SignatureScheme.rsa_pkcs1_sha512));
        }
        if (key instanceof Ed25519PrivateKeyParameters) {
            return new KeySchemes(EC, List.of(SignatureScheme.ed25519));
        }
        if (key instanceof ECPrivateKeyParameters ec) {
            return switch (ec.getParameters().getCurve().getFieldSize()) {
                case 256 -> new KeySchemes(EC, List.of(SignatureScheme.ecdsa_secp256r1_sha256));
                case 384 -> new KeySchemes(EC, List.of(SignatureScheme.ecdsa_secp384r1_sha384));
                case 521 -> new KeySchemes(EC, List.of(SignatureScheme.ecdsa_secp521r1_sha512));
                default -> null;
            };
        }
        return null;
    }

    int[] suites(boolean tls13) {
        if (!tls13) {
            return suites.clone();
        }
        int[] all = new int[TLS13.length + suites.length];
        System.arraycopy(TLS13, 0, all, 0, TLS13.length);
        System.arraycopy(suites, 0, all, TLS13.length, suites.length);
        return all;
    }

    /** The first scheme of ours that the client has, too; null if there is none. PKCS#1 is not of TLS 1.3. */
    @Nullable
    SignatureAndHashAlgorithm choose(@Nullable Vector<?> offered, boolean tls13) {
        for (int scheme : schemes) {
            if (tls13 && (scheme & 0xff) == 1 && scheme != SignatureScheme.ed25519) {
                continue;
            }
            SignatureAndHashAlgorithm algorithm = SignatureScheme.getSignatureAndHashAlgorithm(scheme);
            if (offered != null && offered.contains(algorithm)) {
                return algorithm;
            }
        }
        return null;
    }
}
