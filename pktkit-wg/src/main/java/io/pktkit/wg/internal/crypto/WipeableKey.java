// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.Serial;
import javax.crypto.SecretKey;

/**
 * A ChaCha20 key that can be wiped, which {@code SecretKeySpec} cannot. Any thread.
 *
 * <p>Wiping races with use. The flag is set before the first byte is cleared, so whoever copied the bytes and then finds
 * the flag unset has a whole key.
 */
final class WipeableKey implements SecretKey {

    @Serial
    private static final long serialVersionUID = 1L;

    private final transient byte[] bytes;
    private transient volatile boolean wiped;

    WipeableKey(byte[] bytes) {
        this.bytes = bytes.clone();
    }

    void wipe() {
        wiped = true;
        Bytes.wipe(bytes);
    }

    boolean isWiped() {
        return wiped;
    }

    @Override
    public String getAlgorithm() {
        return "ChaCha20";
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

    @Override
    public void destroy() {
        wipe();
    }

    @Override
    public boolean isDestroyed() {
        return wiped;
    }

    @Override
    public String toString() {
        return "WipeableKey[hidden]";
    }

    @Serial
    private void writeObject(ObjectOutputStream out) throws NotSerializableException {
        throw new NotSerializableException(WipeableKey.class.getName());
    }
}
