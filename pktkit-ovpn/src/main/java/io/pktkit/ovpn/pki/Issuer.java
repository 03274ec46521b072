// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.pki;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** Makes certificates (RFC 5280) and revocation lists, all EC P-256 with SHA-256. */
final class Issuer {

    private static final String CURVE = "secp256r1";
    private static final String SIGNATURE = "SHA256withECDSA";

    /** Clocks of clients that are a little behind still find a new certificate valid. */
    private static final Duration SLACK = Duration.ofHours(1);

    private static final int SERIAL_BITS = 127;

    private final SecureRandom random;
    private final Instant now;

    Issuer(SecureRandom random, Instant now) {
        this.random = random;
        this.now = now;
    }

    /** A certificate and its key. */
    record Issued(X509Certificate certificate, PrivateKey key) {}

    /** What a certificate is for. */
    enum Purpose {
        AUTHORITY,
        SERVER,
        CLIENT
    }

    Issued authority(String name, Duration lifetime) throws IOException {
        return issue(name, Purpose.AUTHORITY, lifetime, null);
    }

    Issued issue(String name, Purpose purpose, Duration lifetime, @Nullable Issued authority) throws IOException {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec(CURVE), random);
            KeyPair keys = generator.generateKeyPair();
            PrivateKey signingKey = authority == null ? keys.getPrivate() : authority.key;
            PublicKey issuerKey = authority == null ? keys.getPublic() : authority.certificate.getPublicKey();
            X500Name issuer = authority == null ? nameOf(name) : subjectOf(authority.certificate);
            X509v3CertificateBuilder builder = new X509v3CertificateBuilder(
                    issuer,
                    new BigInteger(SERIAL_BITS, random).setBit(SERIAL_BITS - 1),
                    Date.from(now.minus(SLACK)),
                    Date.from(now.plus(lifetime)),
                    nameOf(name),
                    SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded()));
            addExtensions(builder, purpose, keys.getPublic(), issuerKey);
            X509Certificate certificate =
                    new JcaX509CertificateConverter().getCertificate(builder.build(signer(signingKey)));
            return new Issued(certificate, keys.getPrivate());
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IOException("a certificate for " + name + " cannot be made: " + e.getMessage(), e);
        }
    }

    private static void addExtensions(
            X509v3CertificateBuilder builder, Purpose purpose, PublicKey subject, PublicKey issuer)
            throws CertIOException, GeneralSecurityException {
        JcaX509ExtensionUtils utils = new JcaX509ExtensionUtils();
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(purpose == Purpose.AUTHORITY));
        builder.addExtension(Extension.subjectKeyIdentifier, false, utils.createSubjectKeyIdentifier(subject));
        builder.addExtension(Extension.authorityKeyIdentifier, false, utils.createAuthorityKeyIdentifier(issuer));
        if (purpose == Purpose.AUTHORITY) {
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
            return;
        }
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
        KeyPurposeId use = purpose == Purpose.SERVER ? KeyPurposeId.id_kp_serverAuth : KeyPurposeId.id_kp_clientAuth;
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(use));
    }

    X509CRL revocationList(Issued authority, Collection<BigInteger> serials, Duration lifetime) throws IOException {
        X509v2CRLBuilder builder = new X509v2CRLBuilder(subjectOf(authority.certificate), Date.from(now));
        builder.setNextUpdate(Date.from(now.plus(lifetime)));
        for (BigInteger serial : serials) {
            builder.addCRLEntry(serial, Date.from(now), CRLReason.privilegeWithdrawn);
        }
        try {
            return new JcaX509CRLConverter().getCRL(builder.build(signer(authority.key)));
        } catch (GeneralSecurityException | OperatorCreationException e) {
            throw new IOException("the revocation list cannot be made: " + e.getMessage(), e);
        }
    }

    private ContentSigner signer(PrivateKey key) throws OperatorCreationException {
        return new JcaContentSignerBuilder(SIGNATURE).setSecureRandom(random).build(key);
    }

    private static X500Name nameOf(String commonName) {
        return new X500NameBuilder(BCStyle.INSTANCE)
                .addRDN(BCStyle.CN, commonName)
                .build();
    }

    private static X500Name subjectOf(X509Certificate certificate) {
        return X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    }
}
