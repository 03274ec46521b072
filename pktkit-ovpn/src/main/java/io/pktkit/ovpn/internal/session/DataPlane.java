// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import io.pktkit.ovpn.internal.data.DataKey;
import io.pktkit.ovpn.internal.data.OpenResult;
import io.pktkit.ovpn.internal.data.Plain;
import io.pktkit.ovpn.internal.wire.Opcode;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** The part of a session that packets pass: which keys are in use, and when something came or went. Any thread. */
public final class DataPlane {

    private static final int KEY_IDS = 8;

    private final AtomicReferenceArray<@Nullable DataKey> receiving = new AtomicReferenceArray<>(KEY_IDS);
    private volatile @Nullable DataKey sending;
    private volatile long lastReceived;
    private volatile long lastSent;

    DataPlane(long nowNanos) {
        lastReceived = nowNanos;
        lastSent = nowNanos;
    }

    /**
     * Encrypts a payload under the key that is in use.
     *
     * @param from where it is
     * @param offset where it begins, absolute
     * @param length its bytes
     * @param to where the packet goes; {@link DataKey#MAX_OVERHEAD} more bytes than the payload
     * @param at where the packet begins, absolute
     * @param nowNanos the time
     * @return the packet's bytes; {@link DataKey#SPENT} if there is no key to use
     */
    public int seal(ByteBuffer from, int offset, int length, ByteBuffer to, int at, long nowNanos) {
        DataKey key = sending;
        if (key == null) {
            return DataKey.SPENT;
        }
        lastSent = nowNanos;
        return key.seal(from, offset, length, to, at);
    }

    /**
     * Decrypts a data packet.
     *
     * @param from where it is; at least one byte
     * @param offset where it begins, absolute
     * @param length its bytes
     * @param plain where the payload is put
     * @param nowNanos the time
     * @return what became of it; {@link OpenResult#SPENT} if there is no such key
     */
    public OpenResult open(ByteBuffer from, int offset, int length, Plain plain, long nowNanos) {
        int first = from.get(offset);
        DataKey key = receiving.get(Opcode.keyId(first));
        // Who was told a peer id sends DATA_V2, and who was not sends DATA_V1 (the additional data differ).
        if (key == null || (Opcode.of(first) == Opcode.DATA_V1) != (key.format().headerLength() == 1)) {
            return OpenResult.SPENT;
        }
        OpenResult result = key.open(from, offset, length, plain);
        if (result == OpenResult.OPENED) {
            lastReceived = nowNanos;
        }
        return result;
    }

    /** {@return whether there is a key to send with} */
    public boolean isUp() {
        return sending != null;
    }

    long lastReceivedNanos() {
        return lastReceived;
    }

    long lastSentNanos() {
        return lastSent;
    }

    void touch(long nowNanos) {
        lastReceived = nowNanos;
    }

    void install(DataKey key) {
        receiving.set(key.format().keyId(), key);
    }

    void sendWith(@Nullable DataKey key) {
        sending = key;
    }

    @Nullable
    DataKey sending() {
        return sending;
    }

    @SuppressWarnings("ReferenceEquality") // a key is itself and no other
    void remove(DataKey key) {
        receiving.compareAndSet(key.format().keyId(), key, null);
        if (sending == key) {
            sending = null;
        }
        key.wipe();
    }
}
