// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.tls;

import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Decides about the certificates of a peer. */
@FunctionalInterface
public interface CertVerifier {

    /**
     * Checks a chain.
     *
     * @param chain the peer's certificate first, not empty
     * @return why it is refused, for the log; null if it is good
     */
    @Nullable
    String refusal(List<X509Certificate> chain);
}
