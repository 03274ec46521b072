// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.tls;

import java.security.cert.X509Certificate;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1String;
import org.bouncycastle.asn1.x500.AttributeTypeAndValue;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;

/** The name in a certificate. */
public final class CommonNames {

    private CommonNames() {}

    /**
     * Reads the common name of a certificate's subject, as it is written there: nothing is quoted.
     *
     * @param certificate the certificate
     * @return the name, of several the last; empty if there is none
     */
    public static String of(X509Certificate certificate) {
        ASN1Encodable last = null;
        X500Name subject =
                X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
        for (RDN each : subject.getRDNs()) {
            // One of several attributes in one place need not be its first.
            for (AttributeTypeAndValue attribute : each.getTypesAndValues()) {
                if (attribute.getType().equals(BCStyle.CN)) {
                    last = attribute.getValue();
                }
            }
        }
        return last instanceof ASN1String text ? text.getString() : "";
    }
}
