// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.rules;

import io.pktkit.ovpn.client.ClientIdentity;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a client sends in place of its password after it has come in once ({@code auth-gen-token}): so a one-time password is
 * asked for once, and a restarted server with the same secret lets its clients in again. Nothing is kept. Any thread.
 *
 * <pre>
 *  SESS_ID_AT_ base64(id (12) | seconds of Unix (8) | HMAC-SHA256(secret, id | seconds | user | NUL | common name) (32))
 * </pre>
 *
 * Clients keep what begins so across a reconnect.
 */
public final class AuthTokens {

    private static final String PREFIX = "SESS_ID_AT_";
    private static final int ID_LENGTH = 12;
    private static final int HEAD_LENGTH = ID_LENGTH + 8;
    private static final int LENGTH = HEAD_LENGTH + 32;

    private final SecretKeySpec key;
    private final Duration lifetime;
    private final Clock clock;
    private final SecureRandom random;

    /**
     * Takes a secret.
     *
     * @param secret what tokens are made with
     * @param lifetime how long one is good
     * @param clock the time of day
     * @param random what tells tokens apart
     */
    public AuthTokens(byte[] secret, Duration lifetime, Clock clock, SecureRandom random) {
        this.key = new SecretKeySpec(secret, "HmacSHA256");
        this.lifetime = lifetime;
        this.clock = clock;
        this.random = random;
    }

    /**
     * Makes a token.
     *
     * @param identity whom it is for
     * @return what it sends in place of its password
     */
    public String make(ClientIdentity identity) {
        byte[] id = new byte[ID_LENGTH];
        random.nextBytes(id);
        ByteBuffer token =
                ByteBuffer.allocate(LENGTH).put(id).putLong(clock.instant().getEpochSecond());
        token.put(mac(token.array(), identity));
        return PREFIX + Base64.getEncoder().encodeToString(token.array());
    }

    /**
     * Tells a token from a password.
     *
     * @param password what a client sent
     * @return whether it claims to be a token
     */
    public static boolean isToken(byte[] password) {
        return new String(password, StandardCharsets.ISO_8859_1).startsWith(PREFIX);
    }

    /**
     * Checks a token.
     *
     * @param password one for which {@link #isToken} holds
     * @param identity who sent it
     * @return whether it was made for this client, and not too long ago
     */
    public boolean isValid(byte[] password, ClientIdentity identity) {
        byte[] token;
        try {
            token = Base64.getDecoder().decode(Arrays.copyOfRange(password, PREFIX.length(), password.length));
        } catch (IllegalArgumentException e) {
            return false;
        }
        if (token.length != LENGTH) {
            return false;
        }
        byte[] mac = Arrays.copyOfRange(token, HEAD_LENGTH, LENGTH);
        long age = clock.instant().getEpochSecond() - ByteBuffer.wrap(token).getLong(ID_LENGTH);
        return MessageDigest.isEqual(mac, mac(token, identity)) && age >= 0 && age <= lifetime.toSeconds();
    }

    private byte[] mac(byte[] token, ClientIdentity identity) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(key);
            mac.update(token, 0, HEAD_LENGTH);
            mac.update(identity.username().getBytes(StandardCharsets.UTF_8));
            mac.update((byte) 0);
            return mac.doFinal(identity.commonName().getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no HmacSHA256", e);
        }
    }
}
