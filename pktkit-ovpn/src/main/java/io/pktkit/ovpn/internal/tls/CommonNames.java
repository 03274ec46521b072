// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.tls;

import java.security.cert.X509Certificate;
import org.bouncycastle.asn1.x500.RDN;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;

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
        RDN[] names = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded())
                .getRDNs(BCStyle.CN);
        return names.length == 0
                ? ""
                : IETFUtils.valueToString(names[names.length - 1].getFirst().getValue());
    }
}
