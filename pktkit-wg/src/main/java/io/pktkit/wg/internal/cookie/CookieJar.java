// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.cookie;

import io.pktkit.wg.internal.crypto.Aead;
import io.pktkit.wg.internal.crypto.Blake2sMac;
import io.pktkit.wg.internal.crypto.XChaCha20Poly1305;
import io.pktkit.wg.internal.noise.Message;
import io.pktkit.wg.internal.noise.ResponderKeys;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The sender's side of cookies, one for each peer: the MACs of what is sent, and the last cookie. Guarded by the lock of
 * the peer.
 */
public final class CookieJar {

    private static final int NONCE = 8;
    private static final int COOKIE = 32;

    private final ResponderKeys keys;
    private byte @Nullable [] lastMac1;
    private @Nullable Blake2sMac cookie;
    private long cookieSince;

    /**
     * Creates an empty jar.
     *
     * @param keys of the peer
     */
    public CookieJar(ResponderKeys keys) {
        this.keys = keys;
    }

    /**
     * Writes both MACs. mac2 stays zero without a cookie.
     *
     * @param message an initiation or a response, zero where the MACs are
     * @param nowNanos the time
     */
    public void addMacs(byte[] message, long nowNanos) {
        int at = Message.mac1(message);
        byte[] mac1 = keys.mac1().of(message, 0, at);
        System.arraycopy(mac1, 0, message, at, mac1.length);
        lastMac1 = mac1;
        if (cookie != null && nowNanos - cookieSince > CookieTimes.REFRESH - CookieTimes.LATENCY) {
            cookie = null;
        }
        if (cookie != null) {
            int second = Message.mac2(message);
            System.arraycopy(cookie.of(message, 0, second), 0, message, second, Message.MAC_LENGTH);
        }
    }

    /**
     * Takes the cookie of a reply to the last message. One reply for each message.
     *
     * @param reply 64 bytes
     * @param nowNanos the time
     * @return whether it was one
     */
    public boolean take(byte[] reply, long nowNanos) {
        byte[] answered = lastMac1;
        if (answered == null) {
            return false;
        }
        byte[] nonce = Arrays.copyOfRange(reply, NONCE, NONCE + XChaCha20Poly1305.NONCE_LENGTH);
        byte[] work = Arrays.copyOfRange(reply, COOKIE, reply.length);
        if (!XChaCha20Poly1305.open(keys.cookieKey(), nonce, answered, work, 0, work.length)) {
            return false;
        }
        cookie = new Blake2sMac(Arrays.copyOf(work, work.length - Aead.TAG_LENGTH));
        cookieSince = nowNanos;
        lastMac1 = null;
        return true;
    }
}
