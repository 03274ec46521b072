// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.data;

import io.pktkit.internal.Secrets;
import io.pktkit.internal.WipeableKey;
import io.pktkit.ovpn.internal.wire.Bytes;
import io.pktkit.ovpn.key.DataCipher;
import java.nio.ByteBuffer;

/**
 * Packets under an AEAD cipher.
 *
 * <pre>
 *  header (1 or 4) | packet id (4) | tag (16) | ciphertext
 *  nonce: packet id | implicit IV (8);  additional data: packet id, with DATA_V2 also the header before it
 * </pre>
 */
final class AeadKey extends DataKey {

    private static final int TAG_LENGTH = AeadCipher.TAG_LENGTH;
    private static final int ID_LENGTH = 4;
    private static final int NONCE_LENGTH = AeadCipher.NONCE_LENGTH;

    /** Where the payload is in an array, behind the longest of what is before it. */
    private static final int BEGIN = 4 + ID_LENGTH + TAG_LENGTH;

    private final int headerLength;
    private final int header;
    private final int before;
    private final int aadLength;
    private final Direction sending;
    private final Direction receiving;
    private final byte[] aad = new byte[4 + ID_LENGTH];
    private long nextId = 1;

    AeadKey(DataFormat format, DataCipher cipher, KeyBlock block, boolean server) {
        super(format, cipher.hasUsageLimit());
        this.headerLength = format.headerLength();
        this.header = format.header();
        this.before = headerLength + ID_LENGTH + TAG_LENGTH;
        // A header without a peer id is not authenticated.
        this.aadLength = headerLength == 1 ? ID_LENGTH : headerLength + ID_LENGTH;
        this.sending = new Direction(cipher, block, server);
        this.receiving = new Direction(cipher, block, !server);
    }

    @Override
    int plainOffset() {
        return BEGIN;
    }

    @Override
    int sealPlain(byte[] array, int begin, int length, ByteBuffer to, int at) {
        if (!mayUse(nextId)) {
            return SPENT;
        }
        int id = (int) nextId++;
        int first = begin - before;
        if (headerLength == 1) {
            array[first] = (byte) (header >>> 24);
        } else {
            Bytes.putInt(array, first, header);
        }
        int ids = first + headerLength;
        Bytes.putInt(array, ids, id);
        sending.cipher.seal(
                sending.key, sending.nonce(id), array, ids + ID_LENGTH - aadLength, aadLength, begin, length);
        int tag = ids + ID_LENGTH;
        Bytes.putLong(array, tag, Bytes.getLong(array, begin + length));
        Bytes.putLong(array, tag + 8, Bytes.getLong(array, begin + length + 8));
        to.put(at, array, first, before + length);
        return before + length;
    }

    @Override
    OpenResult openPacket(ByteBuffer from, int offset, int length, Plain plain) {
        if (length < before) {
            return OpenResult.TOO_SHORT;
        }
        int id = from.getInt(offset + headerLength);
        if (!isNew(id & 0xffff_ffffL)) {
            return OpenResult.REPLAY;
        }
        int payload = length - before;
        int tag = offset + headerLength + ID_LENGTH;
        byte[] array = plain.sealed(payload + TAG_LENGTH);
        from.get(offset + before, array, 0, payload);
        Bytes.putLong(array, payload, from.getLong(tag));
        Bytes.putLong(array, payload + 8, from.getLong(tag + 8));
        // The id is the end of it in any case.
        Bytes.putInt(aad, 0, from.getInt(tag - aadLength));
        Bytes.putInt(aad, aadLength - ID_LENGTH, id);
        if (!receiving.cipher.open(
                receiving.key, receiving.nonce(id), aad, aadLength, array, payload + TAG_LENGTH, plain.room(payload))) {
            return OpenResult.FORGED;
        }
        mark(id & 0xffff_ffffL);
        plain.set(0, payload);
        return OpenResult.OPENED;
    }

    @Override
    void wipeSending() {
        sending.wipe();
    }

    @Override
    void wipeReceiving() {
        receiving.wipe();
    }

    @Override
    void skipToId(long id) {
        nextId = id;
    }

    @Override
    boolean isWiped() {
        return sending.key.isDestroyed() && receiving.key.isDestroyed();
    }

    /** The key of one direction. Under its monitor. */
    private static final class Direction {

        private final AeadCipher cipher;
        private final WipeableKey key;
        private final byte[] nonce;

        Direction(DataCipher suite, KeyBlock block, boolean fromServer) {
            cipher = new AeadCipher(suite);
            byte[] secret = block.cipher(fromServer);
            key = cipher.key(secret);
            byte[] hmac = block.hmac(fromServer);
            nonce = new byte[NONCE_LENGTH];
            System.arraycopy(hmac, 0, nonce, ID_LENGTH, NONCE_LENGTH - ID_LENGTH);
            Secrets.wipe(secret, hmac);
        }

        byte[] nonce(int id) {
            Bytes.putInt(nonce, 0, id);
            return nonce;
        }

        void wipe() {
            key.destroy();
            Secrets.wipe(nonce);
        }
    }
}
