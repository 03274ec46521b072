// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.crypto;

import io.pktkit.nativeio.foreign.Linkage;
import java.lang.invoke.MethodHandle;

/**
 * By the Foreign Function and Memory API of JDK 22 and later; without it this class cannot be initialized. A message takes four
 * calls.
 */
final class ForeignFunctions implements CryptoFunctions {

    private static final Linkage LINKAGE = Linkage.of(CryptoLibrary.path());
    private static final MethodHandle NEW = LINKAGE.find("EVP_CIPHER_CTX_new", long.class);
    private static final MethodHandle FREE = LINKAGE.find("EVP_CIPHER_CTX_free", void.class, long.class);
    private static final MethodHandle INIT = LINKAGE.find(
            "EVP_CipherInit_ex", int.class, long.class, long.class, long.class, long.class, long.class, int.class);
    private static final MethodHandle CONTROL =
            LINKAGE.find("EVP_CIPHER_CTX_ctrl", int.class, long.class, int.class, int.class, long.class);
    private static final MethodHandle UPDATE =
            LINKAGE.find("EVP_CipherUpdate", int.class, long.class, long.class, long.class, long.class, int.class);
    private static final MethodHandle FINISH =
            LINKAGE.find("EVP_CipherFinal_ex", int.class, long.class, long.class, long.class);

    /** What these functions throw is a fault of ours: they are C. */
    private static IllegalStateException impossible(Throwable thrown) {
        return new IllegalStateException("a call into libcrypto threw", thrown);
    }

    @Override
    public long newContext() {
        try {
            return (long) NEW.invokeExact();
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public void freeContext(long context) {
        try {
            FREE.invokeExact(context);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public int init(long context, long type, long key, long nonce, int encrypt) {
        try {
            return (int) INIT.invokeExact(context, type, 0L, key, nonce, encrypt);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public int control(long context, int command, int number, long pointer) {
        try {
            return (int) CONTROL.invokeExact(context, command, number, pointer);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public int update(long context, long out, long outLength, long in, int inLength) {
        try {
            return (int) UPDATE.invokeExact(context, out, outLength, in, inLength);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public int finish(long context, long out, long outLength) {
        try {
            return (int) FINISH.invokeExact(context, out, outLength);
        } catch (Throwable e) {
            throw impossible(e);
        }
    }

    @Override
    public String toString() {
        return "FFM";
    }
}
