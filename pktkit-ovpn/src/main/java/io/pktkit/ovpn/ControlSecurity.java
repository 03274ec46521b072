// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.ovpn.internal.wrap.ControlWrap;
import io.pktkit.ovpn.internal.wrap.PlainWrap;
import io.pktkit.ovpn.internal.wrap.TlsAuthWrap;
import io.pktkit.ovpn.internal.wrap.TlsCryptWrap;
import io.pktkit.ovpn.key.AuthDigest;
import io.pktkit.ovpn.key.StaticKey;
import io.pktkit.ovpn.key.TlsCryptV2Key;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What protects the control channel beside TLS. Immutable. */
public final class ControlSecurity {

    private static final ControlSecurity NONE = new ControlSecurity("TLS alone", null, null, AuthDigest.SHA1, -1);

    private final String description;
    private final @Nullable StaticKey key;
    private final @Nullable TlsCryptV2Key v2Key;
    private final AuthDigest digest;
    private final Predicate<TlsCryptV2Key.Client> accepts;

    /** For tls-auth: 0 or 1, or 2 for both ways with the first half. -1 for tls-crypt. */
    private final int direction;

    private ControlSecurity(
            String description,
            @Nullable StaticKey key,
            @Nullable TlsCryptV2Key v2Key,
            AuthDigest digest,
            int direction) {
        this(description, key, v2Key, digest, direction, client -> true);
    }

    private ControlSecurity(
            String description,
            @Nullable StaticKey key,
            @Nullable TlsCryptV2Key v2Key,
            AuthDigest digest,
            int direction,
            Predicate<TlsCryptV2Key.Client> accepts) {
        this.accepts = accepts;
        this.description = description;
        this.key = key;
        this.v2Key = v2Key;
        this.digest = digest;
        this.direction = direction;
    }

    /** {@return TLS alone: everybody may begin a handshake} */
    public static ControlSecurity none() {
        return NONE;
    }

    /**
     * Authenticates each packet: {@code tls-auth}.
     *
     * @param key the key that all clients have
     * @param digest the digest, which clients must set, too: OpenVPN's {@code auth}, SHA1 by default
     * @param direction 0 or 1, when clients have the other one; 2 when neither has any
     * @return the protection
     */
    public static ControlSecurity tlsAuth(StaticKey key, AuthDigest digest, int direction) {
        if (direction < 0 || direction > 2) {
            throw new IllegalArgumentException("a key direction is 0 or 1, or 2 for none: direction=" + direction);
        }
        return new ControlSecurity("tls-auth with " + digest.label(), key, null, digest, direction);
    }

    /**
     * Encrypts and authenticates each packet: {@code tls-crypt}.
     *
     * @param key the key that all clients have
     * @return the protection
     */
    public static ControlSecurity tlsCrypt(StaticKey key) {
        return new ControlSecurity("tls-crypt", key, null, AuthDigest.SHA256, -1);
    }

    /**
     * Like {@code tls-crypt}, with a key of its own for each client: {@code tls-crypt-v2}.
     *
     * @param key the server's key, with which those of clients are made
     * @return the protection
     */
    public static ControlSecurity tlsCryptV2(TlsCryptV2Key key) {
        return new ControlSecurity("tls-crypt-v2", null, key, AuthDigest.SHA256, -1);
    }

    /**
     * Like {@link #tlsCryptV2(TlsCryptV2Key)}, for clients alone whose keys somebody accepts: {@code tls-crypt-v2-verify} and
     * {@code tls-crypt-v2-max-age}. So a key that was lost is refused before any TLS.
     *
     * @param key the server's key, with which those of clients are made
     * @param accepts whether a client may begin, by its key and what was written about it; asked on the control thread when it
     *     has proved where it is, so it must not block. What it throws refuses the client
     * @return the protection
     */
    public static ControlSecurity tlsCryptV2(TlsCryptV2Key key, Predicate<TlsCryptV2Key.Client> accepts) {
        return new ControlSecurity("tls-crypt-v2", null, key, AuthDigest.SHA256, -1, accepts);
    }

    /** Whether a client may begin, by the key that it brought, if it brings one. */
    boolean accepts(TlsCryptV2Key.@Nullable Client client) {
        return client == null || accepts.test(client);
    }

    @Nullable
    TlsCryptV2Key v2Key() {
        return v2Key;
    }

    @Nullable
    StaticKey key() {
        return key;
    }

    /** A wrap for one session, or for strangers. Not with tls-crypt-v2, whose key the client brings along. */
    ControlWrap newWrap() {
        StaticKey shared = key;
        if (shared == null) {
            return new PlainWrap();
        }
        if (direction < 0) {
            return TlsCryptWrap.server(shared);
        }
        // As OpenVPN: direction 0 sends with the first half and receives with the second.
        int send = direction == 1 ? 1 : 0;
        int receive = direction == 0 ? 1 : 0;
        return TlsAuthWrap.create(shared, digest.algorithm(), send, receive);
    }

    /** {@return what it is} */
    @Override
    public String toString() {
        return description;
    }
}
