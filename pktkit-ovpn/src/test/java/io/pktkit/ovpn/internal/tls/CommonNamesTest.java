// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.util.Date;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Test;

class CommonNamesTest {

    @SuppressWarnings("JavaUtilDate") // what BouncyCastle takes
    private static X509Certificate certificate(X500Name subject) throws Exception {
        KeyPair keys = KeyPairGenerator.getInstance("EC").generateKeyPair();
        X509v3CertificateBuilder builder = new X509v3CertificateBuilder(
                subject,
                BigInteger.ONE,
                new Date(0),
                new Date(1),
                subject,
                SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded()));
        return new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
    }

    private static String nameOf(X500NameBuilder subject) throws Exception {
        return CommonNames.of(certificate(subject.build()));
    }

    private static X500NameBuilder subject() {
        return new X500NameBuilder(BCStyle.INSTANCE);
    }

    /** A user's name is compared with it, and a file is named by it. */
    @Test
    void shouldGiveTheNameAsItIsWritten() throws Exception {
        for (String name : new String[] {"alice", "Doe, John", "a+b=c", "#1", " \"x\" <y>;\\", "\u00e9ve"}) {
            assertEquals(name, nameOf(subject().addRDN(BCStyle.CN, new DERUTF8String(name))));
        }
        assertEquals("last", nameOf(subject().addRDN(BCStyle.CN, "first").addRDN(BCStyle.CN, "last")));
        assertEquals("", nameOf(subject().addRDN(BCStyle.O, "example")));
    }

    /** Of several attributes in one place the one that comes first is not the name for that. */
    @Test
    void shouldNotTakeAnotherAttributeForTheName() throws Exception {
        ASN1ObjectIdentifier[] types = {BCStyle.UID, BCStyle.CN, BCStyle.OU};
        assertEquals("bob", nameOf(subject().addMultiValuedRDN(types, new String[] {"alice", "bob", "x"})));
    }
}
