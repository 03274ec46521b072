// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.crypto;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A private key of X25519, kept by the library. Any thread, several at once too. Whoever made it wipes it; one that was
 * forgotten is freed some time after it was collected.
 */
public final class LibcryptoX25519Key {

    private static final int LENGTH = 32;

    /** Of obj_mac.h: EVP_PKEY_X25519. */
    private static final int TYPE = 1034;

    private final byte[] publicKey = new byte[LENGTH];
    private final Owned owned;
    private final Cleaner.Cleanable cleanable;

    LibcryptoX25519Key(byte[] privateKey) {
        if (privateKey.length != LENGTH) {
            throw new IllegalArgumentException("a private key has 32 bytes: length=" + privateKey.length);
        }
        Small small = Small.CURRENT.get();
        small.bytes.put(Small.IN, privateKey);
        long key;
        try {
            key = X25519Calls.EVP_PKEY_new_raw_private_key(TYPE, 0, small.address + Small.IN, LENGTH);
        } finally {
            small.wipe();
        }
        owned = new Owned(key);
        cleanable = CipherContext.CLEANER.register(this, owned);
        small.bytes.putLong(Small.COUNT, LENGTH);
        if (key == 0
                || X25519Calls.EVP_PKEY_get_raw_public_key(key, small.address + Small.OUT, small.address + Small.COUNT)
                        != 1) {
            cleanable.clean();
            X25519Calls.ERR_clear_error();
            throw new IllegalStateException("libcrypto takes no key of X25519: key=" + (key != 0));
        }
        small.bytes.get(Small.OUT, publicKey);
    }

    /** {@return the public key, in a new array} */
    public byte[] publicKey() {
        return publicKey.clone();
    }

    /**
     * Agrees on a secret.
     *
     * @param theirs their public key, 32 bytes
     * @param secret where it goes, 32 bytes; unchanged if there is none
     * @return false if it would be all zeros (RFC 7748 section 6.1), or this key is wiped
     */
    public boolean agree(byte[] theirs, byte[] secret) {
        if (theirs.length != LENGTH || secret.length != LENGTH) {
            throw new IllegalArgumentException(
                    "public keys and secrets have 32 bytes: theirs=" + theirs.length + " secret=" + secret.length);
        }
        long context;
        try {
            // It holds the key from now on, whoever wipes it here.
            context = owned.context();
        } finally {
            Reference.reachabilityFence(this);
        }
        if (context == 0) {
            return false;
        }
        Small small = Small.CURRENT.get();
        small.bytes.put(Small.IN, theirs);
        long peer = X25519Calls.EVP_PKEY_new_raw_public_key(TYPE, 0, small.address + Small.IN, LENGTH);
        try {
            small.bytes.putLong(Small.COUNT, LENGTH);
            boolean agreed = peer != 0
                    && X25519Calls.EVP_PKEY_derive_init(context) == 1
                    && X25519Calls.EVP_PKEY_derive_set_peer(context, peer) == 1
                    && X25519Calls.EVP_PKEY_derive(context, small.address + Small.OUT, small.address + Small.COUNT) == 1
                    && small.bytes.getLong(Small.COUNT) == LENGTH;
            if (agreed) {
                small.bytes.get(Small.OUT, secret);
            } else {
                // The queue belongs to the thread, and others who use the library there would take our refusal for
                // theirs.
                X25519Calls.ERR_clear_error();
            }
            return agreed;
        } finally {
            small.wipe();
            X25519Calls.EVP_PKEY_free(peer);
            X25519Calls.EVP_PKEY_CTX_free(context);
        }
    }

    /** Has the library overwrite and free the key; an agreement that is being computed ends first. */
    public void wipe() {
        cleanable.clean();
    }

    /** {@return nothing of the key} */
    @Override
    public String toString() {
        return "LibcryptoX25519Key[hidden]";
    }

    /** The library's key. Freed once, and never while a context is made of it, which counts as a user of its own. */
    private static final class Owned implements Runnable {

        private long key;

        private Owned(long key) {
            this.key = key;
        }

        private synchronized long context() {
            return key == 0 ? 0 : X25519Calls.EVP_PKEY_CTX_new(key, 0);
        }

        @Override
        public synchronized void run() {
            X25519Calls.EVP_PKEY_free(key);
            key = 0;
        }
    }

    /** The memory of a thread for what goes in and comes out. */
    private static final class Small {

        private static final ThreadLocal<Small> CURRENT = ThreadLocal.withInitial(Small::new);
        private static final int IN = 0;
        private static final int OUT = 32;
        private static final int COUNT = 64;

        private final ByteBuffer bytes = ByteBuffer.allocateDirect(72).order(ByteOrder.nativeOrder());
        private final long address = CipherContext.address(bytes);

        private void wipe() {
            for (int at = IN; at < COUNT; at += Long.BYTES) {
                bytes.putLong(at, 0);
            }
        }
    }
}
