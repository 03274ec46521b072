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

    private final int headerLength;
    private final int header;
    private final Direction sending;
    private final Direction receiving;
    private long nextId = 1;

    AeadKey(DataFormat format, DataCipher cipher, KeyBlock block, boolean server) {
        super(format, cipher.hasUsageLimit());
        this.headerLength = format.headerLength();
        this.header = format.header();
        this.sending = new Direction(cipher, block, server);
        this.receiving = new Direction(cipher, block, !server);
    }

    @Override
    int plainOffset() {
        return 0;
    }

    @Override
    int sealPlain(byte[] array, int begin, int length, ByteBuffer to, int at) {
        if (!mayUse(nextId)) {
            return SPENT;
        }
        int id = (int) nextId++;
        sending.prepare(header, headerLength, id);
        sending.seal(array, begin, length);
        if (headerLength == 1) {
            to.put(at, (byte) (header >>> 24));
        } else {
            to.putInt(at, header);
        }
        int ids = at + headerLength;
        to.putInt(ids, id);
        to.put(ids + ID_LENGTH, array, begin + length, TAG_LENGTH);
        to.put(ids + ID_LENGTH + TAG_LENGTH, array, begin, length);
        return headerLength + ID_LENGTH + TAG_LENGTH + length;
    }

    @Override
    OpenResult openPacket(ByteBuffer from, int offset, int length, Plain plain) {
        int before = headerLength + ID_LENGTH + TAG_LENGTH;
        if (length < before) {
            return OpenResult.TOO_SHORT;
        }
        int id = from.getInt(offset + headerLength);
        if (!isNew(id & 0xffff_ffffL)) {
            return OpenResult.REPLAY;
        }
        int sealed = length - before;
        byte[] array = plain.room(sealed + TAG_LENGTH);
        from.get(offset + before, array, 0, sealed);
        from.get(offset + headerLength + ID_LENGTH, array, sealed, TAG_LENGTH);
        receiving.prepare(headerLength == 1 ? 0 : from.getInt(offset), headerLength, id);
        if (!receiving.open(array, sealed + TAG_LENGTH)) {
            return OpenResult.FORGED;
        }
        mark(id & 0xffff_ffffL);
        plain.set(0, sealed);
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

    /** The key of one direction and what is prepared for one packet. Under the monitor of its direction. */
    private static final class Direction {

        private final AeadCipher cipher;
        private final WipeableKey key;
        private final byte[] nonce;
        private final byte[] aad = new byte[8];
        private int aadLength;

        Direction(DataCipher suite, KeyBlock block, boolean fromServer) {
            cipher = new AeadCipher(suite);
            byte[] secret = block.cipher(fromServer);
            key = cipher.key(secret);
            byte[] hmac = block.hmac(fromServer);
            nonce = new byte[NONCE_LENGTH];
            System.arraycopy(hmac, 0, nonce, ID_LENGTH, NONCE_LENGTH - ID_LENGTH);
            Secrets.wipe(secret, hmac);
        }

        void prepare(int head, int headLength, int id) {
            Bytes.putInt(nonce, 0, id);
            if (headLength == 1) {
                Bytes.putInt(aad, 0, id);
                aadLength = ID_LENGTH;
            } else {
                Bytes.putInt(aad, 0, head);
                Bytes.putInt(aad, 4, id);
                aadLength = 2 * ID_LENGTH;
            }
        }

        /** Encrypts in place and writes the tag behind. */
        void seal(byte[] data, int begin, int length) {
            cipher.seal(key, nonce, aad, aadLength, data, begin, length);
        }

        /** Decrypts in place, the tag behind; false if it is wrong. */
        boolean open(byte[] data, int length) {
            return cipher.open(key, nonce, aad, aadLength, data, length);
        }

        void wipe() {
            key.destroy();
            Secrets.wipe(nonce);
        }
    }
}
