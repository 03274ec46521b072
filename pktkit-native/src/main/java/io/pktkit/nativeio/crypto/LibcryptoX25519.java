// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.crypto;

import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** X25519 (RFC 7748) of the system's libcrypto, 1.1.1 or 3. Any thread. */
public final class LibcryptoX25519 {

    private LibcryptoX25519() {}

    /**
     * Finds the library, as {@link LibcryptoCipher#open} does, and proves what it computes. The first call decides; later
     * ones give the same.
     *
     * @return the function
     * @throws IOException if there is no library, or it lacks the function or does not give the known answers
     */
    public static LibcryptoX25519 open() throws IOException {
        LibcryptoCipher.open();
        if (!Loaded.RIGHT) {
            throw new IOException("libcrypto's X25519 is not available: " + Loaded.problem, Loaded.cause);
        }
        return new LibcryptoX25519();
    }

    /**
     * Takes a private key.
     *
     * @param privateKey 32 bytes, copied, and clamped in the copy (section 5)
     * @return the key, which the caller wipes
     */
    public LibcryptoX25519Key key(byte[] privateKey) {
        return new LibcryptoX25519Key(privateKey);
    }

    /** Bound once, as the library is. */
    private static final class Loaded {

        static final boolean RIGHT;
        static String problem = CryptoLibrary.path() + " does not give the answers of RFC 7748; is it a FIPS build?";
        static @Nullable Throwable cause;

        static {
            boolean right = false;
            try {
                X25519Calls.bind(NativeLibrary.getInstance(CryptoLibrary.path().toString()));
                right = KnownAnswer.isRight();
            } catch (LinkageError | RuntimeException failure) {
                problem = CryptoLibrary.path() + " cannot be used";
                cause = failure;
            }
            RIGHT = right;
        }

        private Loaded() {}
    }

    /** RFC 7748 sections 5.2, whose second point has a high bit to be ignored, and 6.1, and that zeros are refused. */
    private static final class KnownAnswer {

        private static final String[][] AGREEMENTS = {
            {
                "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
                "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"
            },
            {
                "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
                "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
                "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"
            }
        };
        private static final String ALICE = "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a";
        private static final String ALICE_PUBLIC = "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a";

        private KnownAnswer() {}

        static boolean isRight() {
            for (String[] known : AGREEMENTS) {
                LibcryptoX25519Key key = new LibcryptoX25519Key(bytes(known[0]));
                byte[] secret = new byte[32];
                boolean right = key.agree(bytes(known[1]), secret)
                        && HexFormat.of().formatHex(secret).equals(known[2])
                        && !key.agree(new byte[32], secret);
                key.wipe();
                if (!right) {
                    return false;
                }
            }
            LibcryptoX25519Key alice = new LibcryptoX25519Key(bytes(ALICE));
            alice.wipe();
            return HexFormat.of().formatHex(alice.publicKey()).equals(ALICE_PUBLIC);
        }

        private static byte[] bytes(String hex) {
            return HexFormat.of().parseHex(hex);
        }
    }
}
