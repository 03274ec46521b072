// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.tls;

import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Checks the certificate of a client: a path to an authority of ours (RFC 5280), the time, the purpose, and the revocation
 * lists. A certificate that names purposes must name that of a client; so a server's certificate does not pass for one. One
 * that names none passes, unless a purpose is asked for.
 */
public final class PkixVerifier implements CertVerifier {

    /** id-kp-clientAuth, RFC 5280 section 4.2.1.12. */
    public static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

    private static final String ANY_PURPOSE = "2.5.29.37.0";

    private final List<X509Certificate> authorities;
    private final Supplier<List<X509CRL>> revoked;
    private final Clock clock;
    private final @Nullable String purpose;
    private final boolean keyUsage;

    /**
     * Creates a verifier.
     *
     * @param authorities whom a path must lead to
     * @param revoked the present revocation lists; asked at each handshake
     * @param clock the time of day
     */
    public PkixVerifier(List<X509Certificate> authorities, Supplier<List<X509CRL>> revoked, Clock clock) {
        this(authorities, revoked, clock, null, false);
    }

    /**
     * Creates a verifier that asks for more.
     *
     * @param authorities whom a path must lead to
     * @param revoked the present revocation lists; asked at each handshake
     * @param clock the time of day
     * @param purpose the object identifier that a client's extended key usage must have; null if there need be none
     * @param keyUsage whether there must be a key usage, too
     */
    public PkixVerifier(
            List<X509Certificate> authorities,
            Supplier<List<X509CRL>> revoked,
            Clock clock,
            @Nullable String purpose,
            boolean keyUsage) {
        this.authorities = List.copyOf(authorities);
        this.revoked = revoked;
        this.clock = clock;
        this.purpose = purpose;
        this.keyUsage = keyUsage;
    }

    @Override
    public @Nullable String refusal(List<X509Certificate> chain) {
        try {
            List<X509Certificate> path = new ArrayList<>(chain);
            path.removeIf(authorities::contains);
            if (path.isEmpty()) {
                return "an authority is no client";
            }
            Set<TrustAnchor> anchors = anchorsNow();
            if (anchors.isEmpty()) {
                return "no authority is valid now: " + names(authorities);
            }
            PKIXParameters parameters = new PKIXParameters(anchors);
            parameters.setRevocationEnabled(false);
            parameters.setDate(Date.from(clock.instant()));
            CertPathValidator.getInstance("PKIX")
                    .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
            String unfit = unfit(path.get(0));
            return unfit != null ? unfit : revocation(path);
        } catch (GeneralSecurityException | RuntimeException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /** What a certificate is not made for; null if it is good. */
    private @Nullable String unfit(X509Certificate client) throws CertificateParsingException {
        // It goes into logs, and to code that ends a text at a NUL.
        if (CommonNames.of(client).chars().anyMatch(Character::isISOControl)) {
            return "a common name with control characters";
        }
        List<String> purposes = client.getExtendedKeyUsage();
        if (purposes != null && !purposes.contains(CLIENT_AUTH) && !purposes.contains(ANY_PURPOSE)) {
            return "not made for clients";
        }
        // Which an extension that is missing does not say, and "any purpose" neither, as in OpenVPN.
        if (purpose != null && (purposes == null || !purposes.contains(purpose))) {
            return "not made for " + (purpose.equals(CLIENT_AUTH) ? "clients, as far as it says" : purpose);
        }
        return keyUsage && client.getKeyUsage() == null ? "without a key usage" : null;
    }

    /** RFC 5280 leaves the time of an authority to who trusts it, and so does the JDK; OpenVPN refuses one that has ended. */
    private Set<TrustAnchor> anchorsNow() {
        Instant now = clock.instant();
        Set<TrustAnchor> anchors = new HashSet<>();
        for (X509Certificate each : authorities) {
            if (!now.isBefore(each.getNotBefore().toInstant())
                    && !now.isAfter(each.getNotAfter().toInstant())) {
                anchors.add(new TrustAnchor(each, null));
            }
        }
        return anchors;
    }

    private static String names(List<X509Certificate> all) {
        return all.stream()
                .map(each -> each.getSubjectX500Principal().getName() + " from "
                        + each.getNotBefore().toInstant() + " to "
                        + each.getNotAfter().toInstant())
                .collect(Collectors.joining("; "));
    }

    private @Nullable String revocation(List<X509Certificate> path) throws GeneralSecurityException {
        for (X509CRL list : revoked.get()) {
            verifyList(list);
            for (X509Certificate each : path) {
                if (!each.getIssuerX500Principal().equals(list.getIssuerX500Principal())) {
                    continue;
                }
                if (list.isRevoked(each)) {
                    return "revoked";
                }
                // Whoever was revoked since is not in it, as in OpenVPN.
                Date next = list.getNextUpdate();
                if (next != null && next.toInstant().isBefore(clock.instant())) {
                    return "the revocation list has ended at " + next.toInstant();
                }
            }
        }
        return null;
    }

    /** A list of somebody else revokes nothing, and says so. */
    private void verifyList(X509CRL list) throws GeneralSecurityException {
        for (X509Certificate authority : authorities) {
            if (authority.getSubjectX500Principal().equals(list.getIssuerX500Principal())) {
                list.verify(authority.getPublicKey());
                return;
            }
        }
    }
}
