// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.pki.OvpnEndpoint;
import io.pktkit.ovpn.pki.OvpnPki;
import io.pktkit.ovpn.pki.Pem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.function.Supplier;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PkixVerifierTest {

    @TempDir
    Path folder;

    private OvpnPki pki;
    private X509Certificate ca;
    private List<X509Certificate> alice;

    @BeforeEach
    void make() throws IOException {
        pki = OvpnPki.init(folder.resolve("one"), OvpnEndpoint.of("vpn.test"));
        pki.addClient("alice");
        ca = Pem.certificates(folder.resolve("one/ca.crt")).get(0);
        alice = Pem.certificates(folder.resolve("one/clients/alice.crt"));
    }

    private static PkixVerifier verifier(X509Certificate authority, Supplier<List<X509CRL>> revoked, Duration later) {
        return new PkixVerifier(List.of(authority), revoked, Clock.offset(Clock.systemUTC(), later));
    }

    private static PkixVerifier verifier(X509Certificate authority) {
        return verifier(authority, List::of, Duration.ZERO);
    }

    @Test
    void shouldTakeAClientOfTheAuthority() {
        assertNull(verifier(ca).refusal(alice));
        assertNull(verifier(ca).refusal(List.of(alice.get(0), ca)), "which it may send along");
    }

    @Test
    void shouldRefuseWhoIsNone() throws IOException {
        OvpnPki.init(folder.resolve("two"), OvpnEndpoint.of("vpn.test"));
        X509Certificate other = Pem.certificates(folder.resolve("two/ca.crt")).get(0);
        assertFalse(String.valueOf(verifier(other).refusal(alice)).isEmpty(), "of another authority, and why");
        assertNotNull(verifier(other).refusal(alice));
        assertNotNull(verifier(other).refusal(List.of(alice.get(0), ca)), "also if it brings its own");
        assertEquals("an authority is no client", verifier(ca).refusal(List.of(ca)));
        assertEquals("not made for clients", verifier(ca).refusal(Pem.certificates(folder.resolve("one/server.crt"))));
    }

    @Test
    void shouldRefuseAnotherTime() {
        assertNotNull(verifier(ca, List::of, Duration.ofDays(365 * 60)).refusal(alice), "it has ended");
        assertNotNull(verifier(ca, List::of, Duration.ofDays(-365)).refusal(alice), "it has not begun");
    }

    /** The JDK looks at the time of what the authority issued only, OpenVPN at its own, too. */
    @Test
    void shouldRefuseWhenTheAuthorityHasEnded() throws Exception {
        Instant now = Instant.now();
        PrivateKey key = Pem.privateKey(folder.resolve("one/ca.key"));
        X509Certificate ended = authority(key, now.minus(Duration.ofDays(2)), now.minus(Duration.ofDays(1)));
        X509Certificate early = authority(key, now.plus(Duration.ofDays(1)), now.plus(Duration.ofDays(2)));
        for (X509Certificate each : List.of(ended, early)) {
            String refusal = String.valueOf(verifier(each).refusal(alice));
            assertTrue(refusal.startsWith("no authority is valid now: "), refusal);
        }
        Clock clock = Clock.systemUTC();
        assertNull(new PkixVerifier(List.of(ended, ca), List::of, clock).refusal(alice), "it was made anew in time");
        assertNotNull(new PkixVerifier(List.of(ended, early), List::of, clock).refusal(alice));
    }

    /** The same authority with another time. */
    @SuppressWarnings("JavaUtilDate") // what BouncyCastle takes
    private X509Certificate authority(PrivateKey key, Instant from, Instant to) throws Exception {
        X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                        ca.getSubjectX500Principal(),
                        BigInteger.TEN,
                        Date.from(from),
                        Date.from(to),
                        ca.getSubjectX500Principal(),
                        ca.getPublicKey())
                .addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key)));
    }

    /** A certificate of the authority for alice's key, with the given extensions. */
    private List<X509Certificate> client(@Nullable KeyPurposeId purpose, boolean keyUsage) throws Exception {
        return client(alice.get(0).getSubjectX500Principal(), purpose, keyUsage);
    }

    @SuppressWarnings("JavaUtilDate") // what BouncyCastle takes
    private List<X509Certificate> client(X500Principal subject, @Nullable KeyPurposeId purpose, boolean keyUsage)
            throws Exception {
        Instant now = Instant.now();
        X509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                ca,
                BigInteger.TWO,
                Date.from(now.minus(Duration.ofDays(1))),
                Date.from(now.plus(Duration.ofDays(1))),
                subject,
                alice.get(0).getPublicKey());
        if (purpose != null) {
            builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
        }
        if (keyUsage) {
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
        }
        PrivateKey key = Pem.privateKey(folder.resolve("one/ca.key"));
        return List.of(new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key))));
    }

    private PkixVerifier asking(String purpose, boolean keyUsage) {
        return new PkixVerifier(List.of(ca), List::of, Clock.systemUTC(), purpose, keyUsage);
    }

    /** As OpenVPN's remote-cert-tls and remote-cert-eku, for which an extension that is missing says nothing. */
    @Test
    void shouldAskForAPurposeWhereItIsToldTo() throws Exception {
        KeyPurposeId own = KeyPurposeId.getInstance(new ASN1ObjectIdentifier("1.3.6.1.4.1.99999.1"));
        assertNull(verifier(ca).refusal(client(null, false)));
        assertNotNull(asking(PkixVerifier.CLIENT_AUTH, false).refusal(client(null, true)));
        assertNotNull(asking(PkixVerifier.CLIENT_AUTH, false).refusal(client(KeyPurposeId.anyExtendedKeyUsage, true)));
        assertNull(asking(PkixVerifier.CLIENT_AUTH, false).refusal(client(KeyPurposeId.id_kp_clientAuth, false)));
        assertEquals(
                "without a key usage",
                asking(PkixVerifier.CLIENT_AUTH, true).refusal(client(KeyPurposeId.id_kp_clientAuth, false)));
        assertNull(asking(PkixVerifier.CLIENT_AUTH, true).refusal(client(KeyPurposeId.id_kp_clientAuth, true)));
        assertNull(asking(PkixVerifier.CLIENT_AUTH, true).refusal(alice), "which 'pktkit ovpn client' made");
        assertEquals(
                "not made for 1.3.6.1.4.1.99999.1",
                asking("1.3.6.1.4.1.99999.1", false).refusal(client(KeyPurposeId.id_kp_clientAuth, true)));
        assertEquals(
                "not made for clients",
                asking("1.3.6.1.4.1.99999.1", false).refusal(client(own, true)),
                "TLS itself wants a client's, as OpenSSL does");
    }

    /** As a user's name with them: it goes into logs, and to code that ends a text at a NUL. */
    @Test
    void shouldRefuseANameWithControlCharacters() throws Exception {
        for (String name : List.of("alice\0.example", "alice\n1970-01-01 bob connected", "\u001b[2J", "\u0085")) {
            assertEquals(
                    "a common name with control characters", verifier(ca).refusal(client(named(name), null, false)));
        }
        assertNull(verifier(ca).refusal(client(named("J\u00fcrgen, 2nd"), null, false)));
    }

    private static X500Principal named(String name) throws IOException {
        X500NameBuilder subject = new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.CN, new DERUTF8String(name));
        return new X500Principal(subject.build().getEncoded());
    }

    @Test
    void shouldRefuseWhoIsRevoked() throws IOException {
        pki.addClient("bob");
        List<X509Certificate> bob = Pem.certificates(folder.resolve("one/clients/bob.crt"));
        pki.revoke("alice");
        List<X509CRL> lists = Pem.revocationLists(folder.resolve("one/crl.pem"));
        assertEquals("revoked", verifier(ca, () -> lists, Duration.ZERO).refusal(alice));
        assertNull(verifier(ca, () -> lists, Duration.ZERO).refusal(bob));
    }

    /** Somebody may have been revoked since who is not in it. */
    @Test
    @SuppressWarnings("JavaUtilDate") // what BouncyCastle takes
    void shouldRefuseAllWhenTheListHasEnded() throws Exception {
        X509v2CRLBuilder builder = new X509v2CRLBuilder(
                X500Name.getInstance(ca.getSubjectX500Principal().getEncoded()), new Date(0));
        builder.setNextUpdate(Date.from(Instant.now().plus(Duration.ofDays(1))));
        X509CRL list = new JcaX509CRLConverter()
                .getCRL(builder.build(new JcaContentSignerBuilder("SHA256withECDSA")
                        .build(Pem.privateKey(folder.resolve("one/ca.key")))));
        assertNull(verifier(ca, () -> List.of(list), Duration.ZERO).refusal(alice));
        String refusal = verifier(ca, () -> List.of(list), Duration.ofDays(2)).refusal(alice);
        assertTrue(String.valueOf(refusal).startsWith("the revocation list has ended at "), refusal);
    }

    /** A list that is not the authority's own does not count as one, and nobody is let in by it. */
    @Test
    void shouldRefuseAllWhenTheListCannotBeBelieved() throws IOException {
        List<X509CRL> lists = Pem.revocationLists(folder.resolve("one/crl.pem"));
        byte[] encoded;
        try {
            encoded = lists.get(0).getEncoded();
            encoded[encoded.length - 1] ^= 1;
            X509CRL forged =
                    (X509CRL) CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(encoded));
            assertNotNull(verifier(ca, () -> List.of(forged), Duration.ZERO).refusal(alice));
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
        assertNotNull(verifier(
                        ca,
                        () -> {
                            throw new IllegalStateException("on purpose");
                        },
                        Duration.ZERO)
                .refusal(alice));
    }
}
