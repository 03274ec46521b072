// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.data;

import io.pktkit.internal.Secrets;
import io.pktkit.internal.WipeableKey;
import io.pktkit.ovpn.internal.wire.Bytes;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;

/**
 * Packets under AES-CBC with an HMAC over IV and ciphertext, for clients before OpenVPN 2.4. The HMAC is checked before
 * anything is decrypted, so the padding tells nobody anything.
 *
 * <pre>
 *  header (1 or 4) | HMAC | IV (16) | AES-CBC(packet id (4) | framing | payload | PKCS#7 padding)
 * </pre>
 */
final class CbcKey extends DataKey {

    private static final int BLOCK = 16;
    private static final int ID_LENGTH = 4;

    private final SecureRandom random = new SecureRandom();
    private final int headerLength;
    private final int header;
    private final int macLength;
    private final Direction sending;
    private final Direction receiving;
    private final byte[] received;
    private long nextId = 1;

    CbcKey(DataFormat format, DataSuite suite, KeyBlock block, boolean server) {
        super(format, false);
        this.headerLength = format.headerLength();
        this.header = format.header();
        this.macLength = suite.digest().length();
        this.sending = new Direction(suite, block, server);
        this.receiving = new Direction(suite, block, !server);
        this.received = new byte[macLength];
    }

    @Override
    int plainOffset() {
        return BLOCK + ID_LENGTH;
    }

    @Override
    int sealPlain(byte[] array, int begin, int length, ByteBuffer to, int at) {
        if (!mayUse(nextId)) {
            return SPENT;
        }
        byte[] iv = new byte[BLOCK];
        random.nextBytes(iv);
        System.arraycopy(iv, 0, array, 0, BLOCK);
        Bytes.putInt(array, BLOCK, (int) nextId++);
        int sealed = BLOCK + sending.encrypt(iv, array, BLOCK, begin - BLOCK + length);
        byte[] mac = sending.mac(array, 0, sealed);
        if (headerLength == 1) {
            to.put(at, (byte) (header >>> 24));
        } else {
            to.putInt(at, header);
        }
        to.put(at + headerLength, mac);
        to.put(at + headerLength + macLength, array, 0, sealed);
        return headerLength + macLength + sealed;
    }

    @Override
    OpenResult openPacket(ByteBuffer from, int offset, int length, Plain plain) {
        int before = headerLength + macLength;
        int sealed = length - before;
        if (sealed < 2 * BLOCK || sealed % BLOCK != 0) {
            return OpenResult.TOO_SHORT;
        }
        byte[] array = plain.room(sealed);
        from.get(offset + headerLength, received);
        from.get(offset + before, array, 0, sealed);
        if (!Secrets.same(receiving.mac(array, 0, sealed), received, 0, macLength)) {
            return OpenResult.FORGED;
        }
        int length2 = receiving.decrypt(array, sealed);
        if (length2 < ID_LENGTH) {
            return OpenResult.MALFORMED;
        }
        if (!mark(Bytes.getInt(array, BLOCK) & 0xffff_ffffL)) {
            return OpenResult.REPLAY;
        }
        plain.set(BLOCK + ID_LENGTH, length2 - ID_LENGTH);
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
        return sending.isWiped() && receiving.isWiped();
    }

    private static final class Direction {

        private final WipeableKey cipherKey;
        private final WipeableKey macKey;
        private final Cipher cipher;
        private final Mac mac;

        Direction(DataSuite suite, KeyBlock block, boolean fromServer) {
            byte[] secret = block.cipher(fromServer);
            byte[] hmac = block.hmac(fromServer);
            cipherKey = new WipeableKey("AES", secret, suite.cipher().keyLength());
            macKey = new WipeableKey(
                    suite.digest().algorithm(), hmac, suite.digest().length());
            Secrets.wipe(secret, hmac);
            try {
                cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
                mac = Mac.getInstance(suite.digest().algorithm());
                mac.init(macKey);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(
                        "the JDK has no AES/CBC with " + suite.digest().algorithm(), e);
            }
        }

        int encrypt(byte[] iv, byte[] array, int begin, int length) {
            try {
                cipher.init(Cipher.ENCRYPT_MODE, cipherKey, new IvParameterSpec(iv));
                return cipher.doFinal(array, begin, length, array, begin);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("the JDK's cipher did not encrypt: length=" + length, e);
            }
        }

        /** Decrypts behind the IV in place; -1 if the padding is wrong. */
        int decrypt(byte[] array, int sealed) {
            try {
                cipher.init(Cipher.DECRYPT_MODE, cipherKey, new IvParameterSpec(array, 0, BLOCK));
                return cipher.doFinal(array, BLOCK, sealed - BLOCK, array, BLOCK);
            } catch (GeneralSecurityException e) {
                return -1;
            }
        }

        byte[] mac(byte[] array, int begin, int length) {
            mac.update(array, begin, length);
            return mac.doFinal();
        }

        void wipe() {
            cipherKey.destroy();
            macKey.destroy();
        }

        boolean isWiped() {
            return cipherKey.isDestroyed() && macKey.isDestroyed();
        }
    }
}
