// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.crypto;

import io.pktkit.nativeio.NativePlatform;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** ChaCha20-Poly1305 of the system's libcrypto, 1.1 or 3. Any thread. */
public final class LibcryptoCipher {

    private static final List<String> DIRECTORIES = List.of(
            "/usr/lib/x86_64-linux-gnu",
            "/usr/lib/aarch64-linux-gnu",
            "/usr/lib/riscv64-linux-gnu",
            "/usr/lib/loongarch64-linux-gnu",
            "/usr/lib64",
            "/usr/lib",
            "/lib64",
            "/lib");

    private static final List<String> NAMES = List.of("libcrypto.so.3", "libcrypto.so.1.1");

    private final String description;

    private LibcryptoCipher(String description) {
        this.description = description;
    }

    /**
     * Finds the library in the system's directories and proves it. The first call decides; later ones give the same.
     *
     * @return the cipher
     * @throws IOException if there is none, or it does not give the known answers
     */
    public static LibcryptoCipher open() throws IOException {
        NativePlatform.require("libcrypto's ChaCha20-Poly1305");
        LibcryptoCipher cipher = Loaded.CIPHER;
        if (cipher == null) {
            throw new IOException("libcrypto's ChaCha20-Poly1305 is not available: " + Loaded.problem, Loaded.cause);
        }
        return cipher;
    }

    /**
     * Takes a key.
     *
     * @param key 32 bytes, copied
     * @return the key
     */
    public LibcryptoKey key(byte[] key) {
        return new LibcryptoKey(key);
    }

    /** {@return version and path of the library, and how it is called} */
    @Override
    public String toString() {
        return description;
    }

    /** Bound once, and kept for the life of the process, as are the functions. */
    private static final class Loaded {

        static final @Nullable LibcryptoCipher CIPHER;
        static String problem = "none of " + NAMES + " is in " + DIRECTORIES + "; install OpenSSL's library";
        static @Nullable Throwable cause;

        static {
            LibcryptoCipher found = null;
            Path library = find();
            if (library != null) {
                try {
                    CryptoLibrary.bind(library);
                    if (KnownAnswer.isRight()) {
                        found = new LibcryptoCipher(CryptoCalls.OpenSSL_version(0) + " (" + library + ", called by "
                                + CryptoLibrary.functions() + ")");
                    } else {
                        problem = library + " does not give the answers of RFC 8439; is it a FIPS build?";
                    }
                } catch (LinkageError | RuntimeException failure) {
                    problem = library + " cannot be used";
                    cause = failure;
                }
            }
            CIPHER = found;
        }

        private Loaded() {}

        private static @Nullable Path find() {
            for (String name : NAMES) {
                for (String directory : DIRECTORIES) {
                    Path path = Path.of(directory, name);
                    if (Files.isReadable(path)) {
                        return path;
                    }
                }
            }
            return null;
        }
    }

    /** RFC 8439 section 2.8.2, and that a wrong tag is refused. */
    private static final class KnownAnswer {

        private static final String PLAINTEXT =
                "Ladies and Gentlemen of the class of '99: If I could offer you only one "
                        + "tip for the future, sunscreen would be it.";
        private static final String TAG = "1ae10b594f09e26a7e902ecbd0600691";
        private static final String BEGINNING = "d31a8d34648e60db7b86afbc53ef7ec2";
        private static final int NONCE_HEAD = 7;
        private static final long NONCE_TAIL = 0x4746454443424140L;

        private KnownAnswer() {}

        static boolean isRight() {
            byte[] text = PLAINTEXT.getBytes(StandardCharsets.US_ASCII);
            ByteBuffer key = ByteBuffer.allocateDirect(32);
            for (int i = 0; i < 32; i++) {
                key.put(i, (byte) (0x80 + i));
            }
            ByteBuffer associated =
                    ByteBuffer.allocateDirect(12).put(0, HexFormat.of().parseHex("50515253c0c1c2c3c4c5c6c7"));
            ByteBuffer data = ByteBuffer.allocateDirect(text.length + CipherContext.TAG_LENGTH)
                    .put(0, text);
            CipherContext context = CipherContext.current();
            long at = CipherContext.address(key);
            boolean sealed = context.init(at, NONCE_HEAD, NONCE_TAIL, true)
                    && context.associate(associated, 12)
                    && context.seal(data, 0, text.length)
                    && hex(data, 0).equals(BEGINNING)
                    && hex(data, text.length).equals(TAG);
            boolean opened = sealed
                    && context.init(at, NONCE_HEAD, NONCE_TAIL, false)
                    && context.associate(associated, 12)
                    && context.open(data, 0, data.capacity())
                    && hex(data, 0).equals(HexFormat.of().formatHex(text, 0, CipherContext.TAG_LENGTH));
            boolean forged = context.init(at, NONCE_HEAD, NONCE_TAIL, false) && context.open(data, 0, data.capacity());
            return opened && !forged;
        }

        private static String hex(ByteBuffer data, int offset) {
            byte[] bytes = new byte[CipherContext.TAG_LENGTH];
            data.get(offset, bytes);
            return HexFormat.of().formatHex(bytes);
        }
    }
}
