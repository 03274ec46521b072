// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.crypto;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/**
 * The functions of libcrypto for X25519, since 1.1.1. By JNA on every JDK: nine calls of a tenth of a microsecond are little
 * beside a multiplication. Apart from {@link CryptoCalls}, so that a library that lacks one of them still has its cipher.
 */
final class X25519Calls {

    private X25519Calls() {}

    static void bind(NativeLibrary library) {
        Native.register(X25519Calls.class, library);
    }

    // EVP_PKEY *EVP_PKEY_new_raw_private_key(int type, ENGINE *e, const unsigned char *key, size_t keylen)
    static native long EVP_PKEY_new_raw_private_key(int type, long engine, long key, long length);

    // EVP_PKEY *EVP_PKEY_new_raw_public_key(int type, ENGINE *e, const unsigned char *key, size_t keylen)
    static native long EVP_PKEY_new_raw_public_key(int type, long engine, long key, long length);

    // int EVP_PKEY_get_raw_public_key(const EVP_PKEY *pkey, unsigned char *pub, size_t *len)
    static native int EVP_PKEY_get_raw_public_key(long key, long out, long outLength);

    // void EVP_PKEY_free(EVP_PKEY *key)
    static native void EVP_PKEY_free(long key);

    // EVP_PKEY_CTX *EVP_PKEY_CTX_new(EVP_PKEY *pkey, ENGINE *e)
    static native long EVP_PKEY_CTX_new(long key, long engine);

    // void EVP_PKEY_CTX_free(EVP_PKEY_CTX *ctx)
    static native void EVP_PKEY_CTX_free(long context);

    // int EVP_PKEY_derive_init(EVP_PKEY_CTX *ctx)
    static native int EVP_PKEY_derive_init(long context);

    // int EVP_PKEY_derive_set_peer(EVP_PKEY_CTX *ctx, EVP_PKEY *peer)
    static native int EVP_PKEY_derive_set_peer(long context, long peer);

    // int EVP_PKEY_derive(EVP_PKEY_CTX *ctx, unsigned char *key, size_t *keylen)
    static native int EVP_PKEY_derive(long context, long out, long outLength);

    // void ERR_clear_error(void)
    static native void ERR_clear_error();
}
