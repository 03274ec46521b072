// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.wrap;

import static io.pktkit.ovpn.internal.wire.ControlPacket.HEAD_LENGTH;

import io.pktkit.internal.Secrets;
import io.pktkit.ovpn.internal.wire.Bytes;
import io.pktkit.ovpn.internal.wire.ControlPacket;
import io.pktkit.ovpn.key.StaticKey;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * tls-crypt: each packet encrypted by AES-256-CTR, with a synthetic IV that also authenticates it.
 *
 * <pre>
 *  wire: head (9) | packet id (4) | time (4) | tag (32) | AES-256-CTR(body), IV the first half of the tag
 *  tag = HMAC-SHA256 over head | packet id | time | body
 * </pre>
 */
public final class TlsCryptWrap implements ControlWrap {

    private static final int TAG_LENGTH = 32;
    private static final int IDS = HEAD_LENGTH;
    private static final int TAG = HEAD_LENGTH + 8;
    private static final int BODY = TAG + TAG_LENGTH;

    private final Direction sending;
    private final Direction receiving;

    private TlsCryptWrap(Direction sending, Direction receiving) {
        this.sending = sending;
        this.receiving = receiving;
    }

    /**
     * Creates the wrap of a server, which sends with the first half.
     *
     * @param key the key
     * @return the wrap
     */
    public static TlsCryptWrap server(StaticKey key) {
        return new TlsCryptWrap(new Direction(key, 0), new Direction(key, 1));
    }

    /**
     * Creates the wrap of a client, which sends with the second half.
     *
     * @param key the key
     * @return the wrap
     */
    public static TlsCryptWrap client(StaticKey key) {
        return new TlsCryptWrap(new Direction(key, 1), new Direction(key, 0));
    }

    @Override
    public int overhead() {
        return BODY - HEAD_LENGTH;
    }

    @Override
    public byte[] wrap(ControlPacket packet, int id, int time) {
        byte[] body = packet.body();
        byte[] wire = Arrays.copyOf(packet.head(), BODY + body.length);
        Bytes.putInt(wire, IDS, id);
        Bytes.putInt(wire, IDS + 4, time);
        byte[] tag = sending.tag(wire, body);
        System.arraycopy(tag, 0, wire, TAG, TAG_LENGTH);
        byte[] sealed = sending.crypt(Cipher.ENCRYPT_MODE, tag, body, 0, body.length);
        System.arraycopy(sealed, 0, wire, BODY, sealed.length);
        return wire;
    }

    @Override
    public @Nullable Unwrapped unwrap(byte[] packet) {
        if (packet.length < BODY) {
            return null;
        }
        byte[] tag = Arrays.copyOfRange(packet, TAG, BODY);
        byte[] body = receiving.crypt(Cipher.DECRYPT_MODE, tag, packet, BODY, packet.length - BODY);
        if (!Secrets.same(receiving.tag(packet, body), tag, 0, TAG_LENGTH)) {
            return null;
        }
        return new Unwrapped(true, Bytes.getInt(packet, IDS), Bytes.getInt(packet, IDS + 4), body);
    }

    private static final class Direction {

        private final SecretKeySpec cipherKey;
        private final Mac mac;
        private final Cipher cipher;

        Direction(StaticKey key, int half) {
            cipherKey = new SecretKeySpec(key.cipher(half), 0, 32, "AES");
            mac = Macs.of("HmacSHA256", key.hmac(half), 32);
            try {
                cipher = Cipher.getInstance("AES/CTR/NoPadding");
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("the JDK has no AES/CTR", e);
            }
        }

        byte[] tag(byte[] wire, byte[] body) {
            mac.update(wire, 0, TAG);
            return mac.doFinal(body);
        }

        byte[] crypt(int mode, byte[] tag, byte[] data, int offset, int length) {
            try {
                cipher.init(mode, cipherKey, new IvParameterSpec(tag, 0, 16));
                return cipher.doFinal(data, offset, length);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("AES/CTR failed: length=" + length, e);
            }
        }
    }
}
