// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.crypto;

/** By JNA, on every JDK. */
final class JnaFunctions implements CryptoFunctions {

    @Override
    public long newContext() {
        return CryptoCalls.EVP_CIPHER_CTX_new();
    }

    @Override
    public void freeContext(long context) {
        CryptoCalls.EVP_CIPHER_CTX_free(context);
    }

    @Override
    public int init(long context, long type, long key, long nonce, int encrypt) {
        return CryptoCalls.EVP_CipherInit_ex(context, type, 0, key, nonce, encrypt);
    }

    @Override
    public int control(long context, int command, int number, long pointer) {
        return CryptoCalls.EVP_CIPHER_CTX_ctrl(context, command, number, pointer);
    }

    @Override
    public int update(long context, long out, long outLength, long in, int inLength) {
        return CryptoCalls.EVP_CipherUpdate(context, out, outLength, in, inLength);
    }

    @Override
    public int finish(long context, long out, long outLength) {
        return CryptoCalls.EVP_CipherFinal_ex(context, out, outLength);
    }

    @Override
    public String toString() {
        return "JNA";
    }
}
