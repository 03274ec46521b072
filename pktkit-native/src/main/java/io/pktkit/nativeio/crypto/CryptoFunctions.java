// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.crypto;

/** The functions of libcrypto that each message needs, however they are called. Pointers are {@code long}. Any thread. */
interface CryptoFunctions {

    /** {@code EVP_CIPHER_CTX_new}. */
    long newContext();

    /** {@code EVP_CIPHER_CTX_free}. */
    void freeContext(long context);

    /** {@code EVP_CipherInit_ex}, without an engine; 1 for done. */
    int init(long context, long type, long key, long nonce, int encrypt);

    /** {@code EVP_CIPHER_CTX_ctrl}; 1 for done. */
    int control(long context, int command, int number, long pointer);

    /** {@code EVP_CipherUpdate}; 1 for done. */
    int update(long context, long out, long outLength, long in, int inLength);

    /** {@code EVP_CipherFinal_ex}; 1 for done. */
    int finish(long context, long out, long outLength);

    /** {@return how they are called, for people} */
    @Override
    String toString();
}
