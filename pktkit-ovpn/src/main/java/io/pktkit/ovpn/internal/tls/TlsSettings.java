// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.tls;

import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What the TLS of a server needs.
 *
 * @param chain the server's certificate and those between it and the CA
 * @param key its private key: RSA, EC or Ed25519
 * @param mode whether clients need certificates
 * @param authorities the CAs that clients are told of
 * @param verifier decides about the certificates of clients
 * @param tls13 whether TLS 1.3 is offered beside 1.2
 * @param random where random bytes are from
 */
public record TlsSettings(
        List<X509Certificate> chain,
        PrivateKey key,
        ClientCertMode mode,
        List<X509Certificate> authorities,
        CertVerifier verifier,
        boolean tls13,
        SecureRandom random) {}
