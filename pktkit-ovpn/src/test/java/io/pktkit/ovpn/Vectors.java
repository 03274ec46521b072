// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.ovpn.key.StaticKey;
import io.pktkit.ovpn.key.TlsCryptV2Key;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * What OpenVPN 2.6.14 made: key files by {@code --genkey}, and the first packets of clients that have them. The client of
 * tls-crypt-v2 has "alice" as its metadata.
 */
public final class Vectors {

    /** The first packet of a client without protection. */
    public static final byte[] PLAIN = hex("38cd271057eb7bd42d0000000000");

    /** The first packet with {@code tls-auth static.key 1}. */
    public static final byte[] AUTH_SHA1 =
            hex("38287959000e495d3a2993f57ed7581850ed9a8d2e9062559164e31cd7000000016b0be4b70000000000");

    /** The first packet with {@code auth SHA256} and {@code tls-auth static.key}. */
    public static final byte[] AUTH_SHA256_BOTH_WAYS = hex("384055802e9e0dd6b7549cceae423643c11d1910f9d6bdea534a7a950a"
            + "33b8a70498d2b428de0ae26d000000016b0be4b70000000000");

    /** The first packet with {@code auth SHA512} and {@code tls-auth static.key 1}. */
    public static final byte[] AUTH_SHA512 = hex(
            "38cd492e576db35b0164a1c34117df85625b1645c7dd735dfe9d8204ceeee3fc1d7d"
                    + "f30fc6e400058380ecb87a40a01d32d8762aac84caa3310a015e82e3d9ff992e5748cada3d205e000000016b0be4b80000000000");

    /** The first packet with {@code tls-crypt static.key}. */
    public static final byte[] CRYPT =
            hex("3881c8aba839e941ee000000016b0be4b8d25a27bcf5e3b660ed9aee81a8bc5e562a1f610c38"
                    + "8fc6347f80663f3007e03d8e571ea134");

    /** The time of the packets, in seconds of Unix. */
    public static final int TIME = 0x6b0be4b7;

    private Vectors() {}

    /** {@return what {@code --genkey secret} wrote} */
    public static StaticKey staticKey() {
        try {
            return StaticKey.parse(text("static.key"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return what {@code --genkey tls-crypt-v2-server} wrote} */
    public static TlsCryptV2Key v2Key() {
        try {
            return TlsCryptV2Key.parse(text("v2-server.key"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return a file of the resources} */
    public static String text(String name) {
        try (InputStream in = Vectors.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new AssertionError("no resource " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the bytes of hex digits} */
    public static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }
}
