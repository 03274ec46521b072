// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.rules;

import io.pktkit.datagram.FixedPath;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Session ids that prove themselves: ours is an HMAC of the client's, its address and the time. So a reset is answered
 * without keeping anything, and who answers with our session id has received it at that address. Owned by one thread.
 */
public final class Cookies {

    private static final int SLOTS = 3;

    private final Mac mac;
    private final long slotNanos;

    /**
     * Chooses a key.
     *
     * @param random where it is from
     * @param handshakeNanos how long a handshake takes at most
     */
    public Cookies(SecureRandom random, long handshakeNanos) {
        byte[] key = new byte[32];
        random.nextBytes(key);
        slotNanos = (handshakeNanos + 1) / 2;
        try {
            mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no HmacSHA256", e);
        }
    }

    /**
     * Makes our session id for a client that comes now.
     *
     * @param path the way to it
     * @param clientSession its session id
     * @param nowNanos the time
     * @return ours, not 0
     */
    public long sessionId(FixedPath path, long clientSession, long nowNanos) {
        return sessionIdOf(path, clientSession, Math.floorDiv(nowNanos, slotNanos));
    }

    /**
     * Checks a session id that a client has of us.
     *
     * @param sessionId ours, as it says
     * @param path the way to it
     * @param clientSession its session id
     * @param nowNanos the time
     * @return whether it was given to that client within the last one and a half handshake windows
     */
    public boolean isValid(long sessionId, FixedPath path, long clientSession, long nowNanos) {
        long slot = Math.floorDiv(nowNanos, slotNanos);
        boolean valid = false;
        for (int i = 0; i < SLOTS; i++) {
            valid |= sessionIdOf(path, clientSession, slot - i) == sessionId;
        }
        return valid;
    }

    private long sessionIdOf(FixedPath path, long clientSession, long slot) {
        ByteBuffer input = ByteBuffer.allocate(64)
                .putLong(slot)
                .putLong(path.remoteHigh())
                .putLong(path.remoteLow())
                .putInt(path.remoteScope())
                .putInt(path.remotePort())
                .putLong(path.localHigh())
                .putLong(path.localLow())
                .putLong(clientSession)
                .put((byte) (path.isIpv4() ? 4 : 6));
        long id = ByteBuffer.wrap(mac.doFinal(input.array())).getLong(0);
        // 0 means "no session" to clients.
        return id == 0 ? 1 : id;
    }
}
