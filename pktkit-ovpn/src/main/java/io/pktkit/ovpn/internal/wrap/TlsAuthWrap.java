// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.wrap;

import static io.pktkit.ovpn.internal.wire.ControlPacket.HEAD_LENGTH;

import io.pktkit.internal.Secrets;
import io.pktkit.ovpn.internal.wire.Bytes;
import io.pktkit.ovpn.internal.wire.ControlPacket;
import io.pktkit.ovpn.key.StaticKey;
import java.util.Arrays;
import javax.crypto.Mac;
import org.jspecify.annotations.Nullable;

/**
 * tls-auth: an HMAC over each packet.
 *
 * <pre>
 *  wire: head (9) | HMAC | packet id (4) | time (4) | body
 *  HMAC over: packet id | time | head | body
 * </pre>
 */
public final class TlsAuthWrap implements ControlWrap {

    private static final int ID_LENGTH = 8;

    private final Mac sending;
    private final Mac receiving;
    private final int macLength;

    private TlsAuthWrap(Mac sending, Mac receiving) {
        this.sending = sending;
        this.receiving = receiving;
        this.macLength = sending.getMacLength();
    }

    /**
     * Creates a wrap.
     *
     * @param key the shared key
     * @param hmac the JDK's name of the HMAC, such as HmacSHA1
     * @param send which half is sent with, 0 or 1
     * @param receive which half is received with, 0 or 1; the same as the other without a key direction
     * @return the wrap
     */
    public static TlsAuthWrap create(StaticKey key, String hmac, int send, int receive) {
        // The key is as long as the digest, of the 64 bytes that there are.
        int length = Macs.of(hmac, key.hmac(0), 1).getMacLength();
        return new TlsAuthWrap(Macs.of(hmac, key.hmac(send), length), Macs.of(hmac, key.hmac(receive), length));
    }

    @Override
    public int overhead() {
        return macLength + ID_LENGTH;
    }

    @Override
    public byte[] wrap(ControlPacket packet, int id, int time) {
        byte[] head = packet.head();
        byte[] body = packet.body();
        byte[] wire = Arrays.copyOf(head, HEAD_LENGTH + macLength + ID_LENGTH + body.length);
        int ids = HEAD_LENGTH + macLength;
        Bytes.putInt(wire, ids, id);
        Bytes.putInt(wire, ids + 4, time);
        System.arraycopy(body, 0, wire, ids + ID_LENGTH, body.length);
        byte[] mac = mac(sending, wire);
        System.arraycopy(mac, 0, wire, HEAD_LENGTH, macLength);
        return wire;
    }

    @Override
    public @Nullable Unwrapped unwrap(byte[] packet) {
        int ids = HEAD_LENGTH + macLength;
        if (packet.length < ids + ID_LENGTH || !Secrets.same(mac(receiving, packet), packet, HEAD_LENGTH, macLength)) {
            return null;
        }
        return new Unwrapped(
                true,
                Bytes.getInt(packet, ids),
                Bytes.getInt(packet, ids + 4),
                Arrays.copyOfRange(packet, ids + ID_LENGTH, packet.length));
    }

    private byte[] mac(Mac mac, byte[] wire) {
        int ids = HEAD_LENGTH + macLength;
        mac.update(wire, ids, ID_LENGTH);
        mac.update(wire, 0, HEAD_LENGTH);
        mac.update(wire, ids + ID_LENGTH, wire.length - ids - ID_LENGTH);
        return mac.doFinal();
    }
}
