// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.ovpn.internal.data.DataFormat;
import io.pktkit.ovpn.internal.data.DataKey;
import io.pktkit.ovpn.internal.data.DataSuite;
import io.pktkit.ovpn.internal.data.Framing;
import io.pktkit.ovpn.internal.data.KeyBlock;
import io.pktkit.ovpn.internal.data.OpenResult;
import io.pktkit.ovpn.internal.data.Plain;
import io.pktkit.ovpn.key.AuthDigest;
import io.pktkit.ovpn.key.DataCipher;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Locale;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * The data channel by AES-256-GCM on one thread, sealed and opened again, beside the JDK's cipher alone on arrays with the
 * same key, nonces and additional data; taking turns. Run by {@code e2e/openvpn-idle}.
 */
public final class DataChannelSpeed {

    private static final int PAYLOAD = 1400;
    private static final int ROUNDS = 11;
    private static final long ROUND_NANOS = 1_000_000_000L;

    private final byte[] secret = new byte[256];
    private final DataKey server;
    private final DataKey client;
    private final ByteBuffer from = ByteBuffer.allocateDirect(PAYLOAD);
    private final ByteBuffer packet = ByteBuffer.allocateDirect(PAYLOAD + DataKey.MAX_OVERHEAD);
    private final Plain plain = new Plain();
    private final Cipher encrypt = Cipher.getInstance("AES/GCM/NoPadding");
    private final Cipher decrypt = Cipher.getInstance("AES/GCM/NoPadding");
    private final SecretKeySpec key;
    private final byte[] nonce = new byte[12];
    private final byte[] aad = new byte[8];
    private final byte[] raw = new byte[PAYLOAD + 16];
    private int id;

    private DataChannelSpeed() throws GeneralSecurityException {
        for (int i = 0; i < secret.length; i++) {
            secret[i] = (byte) i;
        }
        DataSuite suite = new DataSuite(DataCipher.AES_256_GCM, AuthDigest.SHA1);
        DataFormat format = new DataFormat(0, 1, Framing.NONE);
        server = DataKey.create(format, suite, KeyBlock.exported(secret.clone()), true);
        client = DataKey.create(format, suite, KeyBlock.exported(secret.clone()), false);
        key = new SecretKeySpec(secret, 0, 32, "AES");
    }

    public static void main(String[] args) throws GeneralSecurityException {
        DataChannelSpeed speed = new DataChannelSpeed();
        double[] ours = new double[ROUNDS];
        double[] alone = new double[ROUNDS];
        // The first rounds are for the compiler.
        for (int round = -3; round < ROUNDS; round++) {
            double its = speed.measure(true);
            double raw = speed.measure(false);
            if (round >= 0) {
                ours[round] = its;
                alone[round] = raw;
            }
        }
        Arrays.sort(ours);
        Arrays.sort(alone);
        double median = ours[ROUNDS / 2];
        double medianAlone = alone[ROUNDS / 2];
        System.out.printf(
                Locale.ROOT,
                "JDK %d: data channel %.0f ns (%.0f to %.0f) a packet of %d bytes both ways, the cipher alone %.0f ns"
                        + " (%.0f to %.0f): %.1f %% of its speed%n",
                Runtime.version().feature(),
                median,
                ours[0],
                ours[ROUNDS - 1],
                PAYLOAD,
                medianAlone,
                alone[0],
                alone[ROUNDS - 1],
                100 * medianAlone / median);
    }

    private double measure(boolean ours) throws GeneralSecurityException {
        long begun = System.nanoTime();
        long packets = 0;
        long now = begun;
        while (now - begun < ROUND_NANOS) {
            for (int i = 0; i < 1000; i++) {
                if (ours) {
                    through();
                } else {
                    cipherAlone();
                }
            }
            packets += 1000;
            now = System.nanoTime();
        }
        return (double) (now - begun) / packets;
    }

    private void through() {
        int length = server.seal(from, 0, PAYLOAD, packet, 0);
        if (client.open(packet, 0, length, plain) != OpenResult.OPENED) {
            throw new AssertionError("not opened");
        }
    }

    private void cipherAlone() throws GeneralSecurityException {
        ByteBuffer.wrap(nonce).putInt(0, ++id);
        ByteBuffer.wrap(aad).putInt(4, id);
        encrypt.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(128, nonce));
        encrypt.updateAAD(aad);
        encrypt.doFinal(raw, 0, PAYLOAD, raw, 0);
        decrypt.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(128, nonce));
        decrypt.updateAAD(aad);
        decrypt.doFinal(raw, 0, PAYLOAD + 16, raw, 0);
    }
}
