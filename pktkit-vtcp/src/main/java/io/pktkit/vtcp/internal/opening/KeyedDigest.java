// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.opening;

import io.pktkit.vtcp.TcpTuple;
import java.nio.ByteBuffer;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The first 32 or 64 bits of HMAC-SHA-256 over the parts of a handshake. It runs once or twice for each connection, so the
 * platform's MAC is fast enough. Safe for use from any thread: each call has its own {@link Mac}.
 */
final class KeyedDigest {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int INPUT_LENGTH = 4 + 16 + 16 + 4 + 8;

    private final SecretKeySpec key;

    KeyedDigest(byte[] secret) {
        if (secret.length < 16) {
            throw new IllegalArgumentException("secret must have at least 16 bytes: length=" + secret.length);
        }
        this.key = new SecretKeySpec(secret, ALGORITHM);
    }

    /** Purpose, both addresses, and whatever ports and further words the purpose binds. */
    int of(int purpose, TcpTuple tuple, int localPort, int remotePort, int extra1, int extra2) {
        return (int) (longOf(purpose, tuple, localPort, remotePort, extra1, extra2) >>> 32);
    }

    /** The same with 64 bits. */
    long longOf(int purpose, TcpTuple tuple, int localPort, int remotePort, int extra1, int extra2) {
        ByteBuffer input = ByteBuffer.allocate(INPUT_LENGTH);
        input.putInt(purpose);
        tuple.localAddress().writeTo(input, 4);
        tuple.remoteAddress().writeTo(input, 20);
        input.putShort(36, (short) localPort);
        input.putShort(38, (short) remotePort);
        input.putInt(40, extra1);
        input.putInt(44, extra2);
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return ByteBuffer.wrap(mac.doFinal(input.array())).getLong();
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }
}
