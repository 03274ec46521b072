// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.client;

import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Who a client is, as far as it has proved or said. Immutable. */
public final class ClientIdentity {

    private final String commonName;
    private final String username;
    private final List<X509Certificate> certificates;
    private final Map<String, String> peerInfo;

    /**
     * Makes an identity.
     *
     * @param commonName of the certificate; empty without one
     * @param username what the client said; empty if nothing. Proved by a password, if the authenticator checks it
     * @param certificates the client's chain, its own first, checked against the CA; empty without one
     * @param peerInfo what the client tells of itself: IV_VER, IV_PLAT and so on. Nobody has checked it
     */
    public ClientIdentity(
            String commonName, String username, List<X509Certificate> certificates, Map<String, String> peerInfo) {
        this.commonName = commonName;
        this.username = username;
        this.certificates = List.copyOf(certificates);
        this.peerInfo = Collections.unmodifiableMap(new LinkedHashMap<>(peerInfo));
    }

    /** {@return the common name of the certificate; empty without one} */
    public String commonName() {
        return commonName;
    }

    /** {@return the user's name; empty if the client sent none} */
    public String username() {
        return username;
    }

    /** {@return the name to know the client by: the certificate's, or the user's without one} */
    public String name() {
        return commonName.isEmpty() ? username : commonName;
    }

    /** {@return the client's certificate; null if it has none} */
    public @Nullable X509Certificate certificate() {
        return certificates.isEmpty() ? null : certificates.get(0);
    }

    /** {@return the client's chain, its own certificate first} */
    public List<X509Certificate> certificates() {
        return certificates;
    }

    /** {@return what the client tells of itself, unchecked} */
    public Map<String, String> peerInfo() {
        return peerInfo;
    }

    /** {@return the name} */
    @Override
    public String toString() {
        return name();
    }
}
