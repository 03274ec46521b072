// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.cookie;

import io.pktkit.internal.Secrets;
import io.pktkit.wg.internal.crypto.Blake2s;
import io.pktkit.wg.internal.crypto.Blake2sMac;
import io.pktkit.wg.internal.crypto.Bytes;
import io.pktkit.wg.internal.crypto.XChaCha20Poly1305;
import io.pktkit.wg.internal.noise.Message;
import io.pktkit.wg.internal.noise.ResponderKeys;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * The receiver's side of cookies. A cookie is a MAC over the source's address and port under a secret that is replaced
 * every 120 s, so nothing is kept for a source. Any thread.
 */
public final class CookieChecker {

    private static final int NONCE = 8;
    private static final int COOKIE = 32;

    private final Object lock = new Object();
    private final SecureRandom random;
    private @Nullable Blake2sMac secret;
    private long secretSince;

    /**
     * Creates a checker without a secret.
     *
     * @param random where secrets and nonces come from
     */
    public CookieChecker(SecureRandom random) {
        this.random = random;
    }

    /**
     * Checks mac1.
     *
     * @param keys of the identity that the message may be for
     * @param message an initiation or a response
     * @return whether the message is for it
     */
    public static boolean hasMac1(ResponderKeys keys, byte[] message) {
        int at = Message.mac1(message);
        return Secrets.same(keys.mac1().of(message, 0, at), message, at);
    }

    /**
     * Checks mac2.
     *
     * @param message an initiation or a response
     * @param source address and port that it came from, as bytes
     * @param nowNanos the time
     * @return whether it proves that its sender receives at that address
     */
    public boolean hasMac2(byte[] message, byte[] source, long nowNanos) {
        Blake2sMac current;
        synchronized (lock) {
            current = nowNanos - secretSince > CookieTimes.REFRESH ? null : secret;
        }
        if (current == null) {
            return false;
        }
        int at = Message.mac2(message);
        byte[] cookie = current.of(source, 0, source.length);
        return Secrets.same(new Blake2sMac(cookie).of(message, 0, at), message, at);
    }

    /**
     * Makes a cookie reply.
     *
     * @param keys of the identity that the message was for
     * @param message an initiation or a response with a right mac1
     * @param source address and port that it came from, as bytes
     * @param nowNanos the time
     * @return 64 bytes
     */
    public byte[] reply(ResponderKeys keys, byte[] message, byte[] source, long nowNanos) {
        byte[] nonce = new byte[XChaCha20Poly1305.NONCE_LENGTH];
        Blake2sMac current;
        synchronized (lock) {
            if (secret == null || nowNanos - secretSince > CookieTimes.REFRESH) {
                byte[] fresh = new byte[Blake2s.HASH_LENGTH];
                random.nextBytes(fresh);
                secret = new Blake2sMac(fresh);
                secretSince = nowNanos;
                Secrets.wipe(fresh);
            }
            current = secret;
        }
        random.nextBytes(nonce);
        byte[] reply = new byte[Message.COOKIE_REPLY_LENGTH];
        Bytes.putInt(reply, 0, Message.COOKIE_REPLY);
        Bytes.putInt(reply, Message.RECEIVER, Bytes.getInt(message, Message.SENDER));
        System.arraycopy(nonce, 0, reply, NONCE, nonce.length);
        byte[] cookie = current.of(source, 0, source.length);
        System.arraycopy(cookie, 0, reply, COOKIE, cookie.length);
        byte[] mac1 = new byte[Message.MAC_LENGTH];
        System.arraycopy(message, Message.mac1(message), mac1, 0, mac1.length);
        XChaCha20Poly1305.seal(keys.cookieKey(), nonce, mac1, reply, COOKIE, cookie.length);
        return reply;
    }
}
