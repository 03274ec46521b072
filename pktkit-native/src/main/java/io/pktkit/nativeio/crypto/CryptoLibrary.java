// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.crypto;

import com.sun.jna.NativeLibrary;
import io.pktkit.nativeio.foreign.Linkage;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The library that was found, and how its functions are called. Set once, before the first use of either. */
final class CryptoLibrary {

    private static volatile @Nullable Path library;

    private CryptoLibrary() {}

    /** Chosen when first asked for, after {@link #bind}. */
    private static final class Chosen {

        static final CryptoFunctions FUNCTIONS = choose();

        /** Where the API is missing, or we were not allowed to use it, JNA does: then nothing warns of it either. */
        private static CryptoFunctions choose() {
            if (Linkage.isUsable()) {
                try {
                    return new ForeignFunctions();
                } catch (LinkageError absent) {
                    return new JnaFunctions();
                }
            }
            return new JnaFunctions();
        }
    }

    static void bind(Path found) {
        CryptoCalls.bind(NativeLibrary.getInstance(found.toString()));
        library = found;
    }

    static Path path() {
        Path bound = library;
        if (bound == null) {
            throw new IllegalStateException("no libcrypto is bound: library=null");
        }
        return bound;
    }

    static CryptoFunctions functions() {
        return Chosen.FUNCTIONS;
    }
}
