// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.ovpn.client.Authenticator;
import io.pktkit.ovpn.client.ClientListener;
import io.pktkit.ovpn.internal.tls.ClientCertMode;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What of a configuration is about who may come in, and by what a stranger is told from a client.
 *
 * @param <B> the builder as a whole
 */
abstract class AccessBuilder<B extends AccessBuilder<B>> {

    List<X509Certificate> authorities = List.of();
    ClientCertMode certMode = ClientCertMode.NONE;
    Supplier<List<X509CRL>> revoked = List::of;

    @Nullable
    String purpose;

    boolean keyUsage;

    @Nullable
    Authenticator authenticator;

    ClientListener listener = new ClientListener() {};
    ControlSecurity controlSecurity = ControlSecurity.none();
    byte @Nullable [] tokenSecret;
    Duration tokenLifetime = Duration.ofDays(1);
    boolean sameNames;
    boolean tls13 = true;

    AccessBuilder() {}

    AccessBuilder(AccessBuilder<B> other) {
        authorities = other.authorities;
        certMode = other.certMode;
        revoked = other.revoked;
        purpose = other.purpose;
        keyUsage = other.keyUsage;
        authenticator = other.authenticator;
        listener = other.listener;
        controlSecurity = other.controlSecurity;
        tokenSecret = other.tokenSecret;
        tokenLifetime = other.tokenLifetime;
        sameNames = other.sameNames;
        tls13 = other.tls13;
    }

    abstract B self();

    /**
     * Lets in only who has a certificate of these authorities.
     *
     * @param trusted the authorities
     * @return this
     */
    public B clientCertificates(List<X509Certificate> trusted) {
        authorities = List.copyOf(trusted);
        certMode = ClientCertMode.REQUIRED;
        return self();
    }

    /**
     * Asks for a certificate of these authorities, and lets the authenticator decide about who has none.
     *
     * @param trusted the authorities
     * @return this
     */
    public B optionalClientCertificates(List<X509Certificate> trusted) {
        authorities = List.copyOf(trusted);
        certMode = ClientCertMode.OPTIONAL;
        return self();
    }

    /**
     * Asks for no certificate: the authenticator alone decides. The default.
     *
     * @return this
     */
    public B noClientCertificates() {
        authorities = List.of();
        certMode = ClientCertMode.NONE;
        return self();
    }

    /**
     * Refuses certificates that are revoked.
     *
     * @param lists the present lists; asked at each handshake, on the control thread, so it must not block
     * @return this
     */
    public B revoked(Supplier<List<X509CRL>> lists) {
        revoked = lists;
        return self();
    }

    /**
     * Refuses certificates that do not say that they are for this: remote-cert-eku, and remote-cert-tls. Without it one that
     * says nothing of its purpose is let in.
     *
     * @param oid what the extended key usage must have, such as 1.3.6.1.5.5.7.3.2 for TLS clients
     * @param withKeyUsage whether there must be a key usage, too, of any kind
     * @return this
     */
    public B clientPurpose(String oid, boolean withKeyUsage) {
        if (!oid.matches("[0-2](\\.[0-9]+)+")) {
            throw new IllegalArgumentException("an object identifier such as 1.3.6.1.5.5.7.3.2 is needed: oid=" + oid);
        }
        purpose = oid;
        keyUsage = withKeyUsage;
        return self();
    }

    /**
     * Asks somebody about each client, beside what its certificate says. Without one all with a certificate are let in.
     *
     * @param decides the authenticator
     * @return this
     */
    public B authenticator(Authenticator decides) {
        authenticator = decides;
        return self();
    }

    /**
     * Gives clients that came in with a password a token for it ({@code auth-gen-token}): they need not be asked again,
     * nor when the server is started anew with the same secret. Default none.
     *
     * @param secret at least 16 bytes, copied; who has it can make tokens for any user
     * @param lifetime how long after the password a token is good, 1 minute or more
     * @return this
     */
    public B authTokens(byte[] secret, Duration lifetime) {
        if (secret.length < 16) {
            throw new IllegalArgumentException("at least 16 bytes: length=" + secret.length);
        }
        tokenSecret = secret.clone();
        tokenLifetime = checked("lifetime", lifetime, 60);
        return self();
    }

    /**
     * Lets several clients in with one name: duplicate-cn. By default the latest replaces the one before. A fixed address
     * still has one owner: who comes later has to wait for it.
     *
     * @param wanted whether to
     * @return this
     */
    public B allowSameNames(boolean wanted) {
        sameNames = wanted;
        return self();
    }

    /**
     * Tells somebody who comes and goes.
     *
     * @param hears the listener
     * @return this
     */
    public B listener(ClientListener hears) {
        listener = hears;
        return self();
    }

    /**
     * Protects the control channel beside TLS. Default {@link ControlSecurity#none()}.
     *
     * @param protection the protection, which clients must have, too
     * @return this
     */
    public B controlSecurity(ControlSecurity protection) {
        controlSecurity = protection;
        return self();
    }

    /**
     * Offers TLS 1.3 beside 1.2. Default true.
     *
     * @param wanted whether to
     * @return this
     */
    public B tls13(boolean wanted) {
        tls13 = wanted;
        return self();
    }

    /** A duration within bounds; an error names it. */
    static Duration checked(String name, Duration value, long leastSeconds) {
        if (value.compareTo(Duration.ofSeconds(leastSeconds)) < 0 || value.compareTo(Duration.ofDays(365)) > 0) {
            throw new IllegalArgumentException(leastSeconds + " s to a year: " + name + "=" + value);
        }
        return value;
    }
}
