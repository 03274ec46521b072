// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.negotiate;

import io.pktkit.ovpn.internal.data.KeyBlock;
import io.pktkit.ovpn.internal.wire.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The one message that each end sends when TLS is there.
 *
 * <pre>
 *  0 (4) | method 2 (1) | pre-master secret (48, from the client only) | random (32) | random (32)
 *  | options | user name | password | peer info
 * </pre>
 *
 * A text is its length (2), NUL included, and its bytes; a length of 0 means that there is none. Old clients end after the
 * options or the password.
 */
public final class KeyMethod2 {

    /** The longest message. */
    public static final int MAX_LENGTH = 2048;

    private static final int METHOD = 2;
    private static final int PRE_MASTER = 48;
    private static final int RANDOM = 32;
    private static final int FIXED = 5;

    private KeyMethod2() {}

    /**
     * A client's message.
     *
     * @param source what it brings to the keys; to be wiped
     * @param options the options string
     * @param username the user's name, without control characters; empty if there is none
     * @param password the password in UTF-8; empty if there is none; to be wiped
     * @param peerInfo the peer info; empty if there is none
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on, not compared
    public record Client(KeyBlock.Source source, String options, String username, byte[] password, PeerInfo peerInfo) {}

    /**
     * Reads a client's message.
     *
     * @param message the message
     * @return what is in it; null if it is none
     */
    public static @Nullable Client parse(byte[] message) {
        int at = FIXED + PRE_MASTER + 2 * RANDOM;
        if (message.length < at
                || message.length > MAX_LENGTH
                || Bytes.getInt(message, 0) != 0
                || (message[4] & 0x0f) != METHOD) {
            return null;
        }
        byte[][] texts = new byte[4][];
        for (int i = 0; i < texts.length; i++) {
            texts[i] = new byte[0];
            if (message.length - at < 2) {
                at = message.length;
                continue;
            }
            int length = Bytes.getShort(message, at);
            at += 2;
            if (length > message.length - at) {
                return null;
            }
            int end = at + length;
            int count = length;
            while (count > 0 && message[at + count - 1] == 0) {
                count--;
            }
            texts[i] = Arrays.copyOfRange(message, at, at + count);
            at = end;
        }
        String username = text(texts[1]);
        // It goes into logs, and to code that ends a text at a NUL.
        if (username.chars().anyMatch(Character::isISOControl)) {
            return null;
        }
        KeyBlock.Source source = new KeyBlock.Source(
                Arrays.copyOfRange(message, FIXED, FIXED + PRE_MASTER),
                Arrays.copyOfRange(message, FIXED + PRE_MASTER, FIXED + PRE_MASTER + RANDOM),
                Arrays.copyOfRange(message, FIXED + PRE_MASTER + RANDOM, FIXED + PRE_MASTER + 2 * RANDOM));
        return new Client(source, text(texts[0]), username, texts[2], PeerInfo.parse(text(texts[3])));
    }

    /**
     * Writes the server's message.
     *
     * @param source what it brings to the keys, without a pre-master secret
     * @param options the options string
     * @return the message
     */
    public static byte[] write(KeyBlock.Source source, String options) {
        byte[] text = options.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(FIXED + 2 * RANDOM + 2 + text.length + 1 + 6)
                .putInt(0)
                .put((byte) METHOD)
                .put(source.random1())
                .put(source.random2())
                .putShort((short) (text.length + 1))
                .put(text)
                .array();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
