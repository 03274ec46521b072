// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.Serial;
import java.util.Arrays;
import javax.crypto.SecretKey;

/**
 * A key that can be wiped, which {@code SecretKeySpec} cannot. Any thread.
 *
 * <p>Wiping may race with use. The flag is set before the first byte is cleared, so whoever copied the bytes and then finds
 * the flag unset has a whole key.
 */
public final class WipeableKey implements SecretKey {

    @Serial
    private static final long serialVersionUID = 1L;

    private final transient String algorithm;
    private final transient byte[] bytes;
    private transient volatile boolean wiped;

    /**
     * Takes a key.
     *
     * @param algorithm what it is for, as the JCA calls it
     * @param from begins with the key, which is copied
     * @param length how long it is
     */
    public WipeableKey(String algorithm, byte[] from, int length) {
        this.algorithm = algorithm;
        this.bytes = Arrays.copyOf(from, length);
    }

    @Override
    public String getAlgorithm() {
        return algorithm;
    }

    @Override
    public String getFormat() {
        return "RAW";
    }

    /** {@return a copy, which the cipher keeps until it is given the next key} */
    @Override
    public byte[] getEncoded() {
        return bytes.clone();
    }

    /** Overwrites the key. */
    @Override
    public void destroy() {
        wiped = true;
        Secrets.wipe(bytes);
    }

    @Override
    public boolean isDestroyed() {
        return wiped;
    }

    @Override
    public String toString() {
        return "WipeableKey[hidden]";
    }

    /**
     * Refuses: a key is written nowhere.
     *
     * @param out is given nothing
     * @throws NotSerializableException always
     */
    @Serial
    private void writeObject(ObjectOutputStream out) throws NotSerializableException {
        throw new NotSerializableException(WipeableKey.class.getName());
    }
}
