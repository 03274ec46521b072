// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.internal.tls.ClientCertMode;
import io.pktkit.ovpn.internal.tls.PkixVerifier;
import io.pktkit.ovpn.internal.tls.TlsSettings;
import io.pktkit.ovpn.key.DataCipher;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Servers with keys of each kind. What a server offers must fit its key, or all clients are refused. */
class ServerKeyTest {

    /** What tls-mtu leaves of 1250 beside the headers of IPv6 and UDP. */
    private static final int MOST = 1202;

    @ParameterizedTest
    @CsvSource({
        "RSA, 2048, SHA256withRSA",
        "RSA, 4096, SHA512withRSA",
        "EC, secp256r1, SHA256withECDSA",
        "EC, secp384r1, SHA384withECDSA",
        "EC, secp521r1, SHA512withECDSA",
        "Ed25519, Ed25519, Ed25519"
    })
    void shouldServeByItsKey(String kind, String size, String signature) throws Exception {
        KeyPair keys = keys(kind, size);
        X509Certificate certificate = certificate(keys, signature);
        for (boolean tls13 : new boolean[] {true, false}) {
            TlsSettings tls = new TlsSettings(
                    List.of(certificate),
                    keys.getPrivate(),
                    ClientCertMode.REQUIRED,
                    List.of(TestCerts.authority()),
                    new PkixVerifier(List.of(TestCerts.authority()), List::of, Clock.systemUTC()),
                    true,
                    new SecureRandom());
            TestClient client = new TestClient(1);
            client.tls13 = tls13;
            Dialogue dialogue = new Dialogue(
                    client, new SessionConfig(tls, DataCipher.DEFAULTS, false, false, 1500, SessionTimes.DEFAULTS));
            int[] longest = new int[1];
            dialogue.lostToClient = packet -> {
                longest[0] = Math.max(longest[0], packet.length);
                return false;
            };
            dialogue.start();
            assertNull(dialogue.closed());
            String description = dialogue.session.describe();
            assertTrue(description.endsWith(tls13 ? "TLS 1.3" : "TLS 1.2"), description);
            assertTrue(dialogue.reachesClient("a packet".getBytes(StandardCharsets.US_ASCII)));
            assertTrue(longest[0] <= MOST, "a control packet of " + longest[0]);
        }
    }

    private static KeyPair keys(String kind, String size) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(kind);
        if (kind.equals("EC")) {
            generator.initialize(new ECGenParameterSpec(size));
        } else if (kind.equals("RSA")) {
            generator.initialize(Integer.parseInt(size));
        }
        return generator.generateKeyPair();
    }

    @SuppressWarnings("JavaUtilDate") // what BouncyCastle takes
    private static X509Certificate certificate(KeyPair keys, String signature) throws Exception {
        X500Name name = new X500Name("CN=server");
        Instant now = Instant.now();
        return new JcaX509CertificateConverter()
                .getCertificate(new JcaX509v3CertificateBuilder(
                                name,
                                BigInteger.ONE,
                                Date.from(now.minus(Duration.ofDays(1))),
                                Date.from(now.plus(Duration.ofDays(1))),
                                name,
                                keys.getPublic())
                        .build(new JcaContentSignerBuilder(signature).build(keys.getPrivate())));
    }
}
