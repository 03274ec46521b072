// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Keys as text. What is refused is never quoted, since it may be most of a secret. */
final class KeyText {

    static final int KEY_LENGTH = 32;

    private static final int BASE64_LENGTH = 44;
    private static final int HEX_LENGTH = 2 * KEY_LENGTH;

    private KeyText() {}

    /** Reads the one base64 form that 32 bytes have: 44 characters, padded, no stray bits. */
    static byte[] fromBase64(String thing, String text) {
        if (text.length() == BASE64_LENGTH) {
            try {
                byte[] key = Base64.getDecoder().decode(text);
                if (key.length == KEY_LENGTH && toBase64(key).equals(text)) {
                    return key;
                }
            } catch (IllegalArgumentException e) {
                throw refused(thing, text, e);
            }
        }
        throw refused(thing, text, null);
    }

    static byte[] fromHex(String thing, String text) {
        if (text.length() == HEX_LENGTH) {
            try {
                return HexFormat.of().parseHex(text);
            } catch (IllegalArgumentException e) {
                throw new WgKeyFormatException(thing, text.length(), "64 hexadecimal digits", e);
            }
        }
        throw new WgKeyFormatException(thing, text.length(), "64 hexadecimal digits", null);
    }

    static byte[] fromBytes(String thing, byte[] key) {
        if (key.length != KEY_LENGTH) {
            throw new IllegalArgumentException(thing + " must be 32 bytes: length=" + key.length);
        }
        return key.clone();
    }

    static String toBase64(byte[] key) {
        return new String(Base64.getEncoder().encode(key), StandardCharsets.ISO_8859_1);
    }

    static String toHex(byte[] key) {
        return HexFormat.of().formatHex(key);
    }

    private static WgKeyFormatException refused(String thing, String text, @Nullable Throwable cause) {
        return new WgKeyFormatException(thing, text.length(), "44 characters of base64, as wg genkey prints", cause);
    }
}
