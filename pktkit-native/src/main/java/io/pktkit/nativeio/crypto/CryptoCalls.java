// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.crypto;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/** The functions of libcrypto, bound directly: primitives only, so that a call allocates nothing. Pointers are {@code long}. */
final class CryptoCalls {

    private CryptoCalls() {}

    static void bind(NativeLibrary library) {
        Native.register(CryptoCalls.class, library);
    }

    // EVP_CIPHER_CTX *EVP_CIPHER_CTX_new(void)
    static native long EVP_CIPHER_CTX_new();

    // void EVP_CIPHER_CTX_free(EVP_CIPHER_CTX *c)
    static native void EVP_CIPHER_CTX_free(long context);

    // const EVP_CIPHER *EVP_chacha20_poly1305(void)
    static native long EVP_chacha20_poly1305();

    // int EVP_CipherInit_ex(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *type, ENGINE *impl, const unsigned char *key,
    //         const unsigned char *iv, int enc)
    static native int EVP_CipherInit_ex(long context, long type, long engine, long key, long iv, int encrypt);

    // int EVP_CIPHER_CTX_ctrl(EVP_CIPHER_CTX *ctx, int cmd, int p1, void *p2)
    static native int EVP_CIPHER_CTX_ctrl(long context, int command, int number, long pointer);

    // int EVP_CipherUpdate(EVP_CIPHER_CTX *ctx, unsigned char *out, int *outl, const unsigned char *in, int inl)
    static native int EVP_CipherUpdate(long context, long out, long outLength, long in, int inLength);

    // int EVP_CipherFinal_ex(EVP_CIPHER_CTX *ctx, unsigned char *outm, int *outl)
    static native int EVP_CipherFinal_ex(long context, long out, long outLength);

    // const char *OpenSSL_version(int t)
    static native String OpenSSL_version(int which);
}
