// SPDX-License-Identifier: MIT
package io.pktkit.bench;

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
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The data channel of OpenVPN by AES-256-GCM beside the JDK's cipher alone: a packet of 1400 bytes is encrypted at one end and
 * decrypted at the other, without a network between. Reaches into the module, whose data channel is no API.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class OpenVpnBenchmark {

    private static final int LENGTH = 1400;
    private static final int TAG_LENGTH = 16;

    /** Whether packets are in direct buffers, as those of a port are. */
    @Param({"true", "false"})
    public boolean direct = true;

    private final byte[] secret = new byte[256];
    private final Plain plain = new Plain();
    private final byte[] raw = new byte[LENGTH + TAG_LENGTH];
    private final byte[] opened = new byte[LENGTH];
    private final byte[] nonce = new byte[12];
    private final byte[] aad = new byte[8];
    private final SecretKeySpec key = new SecretKeySpec(new byte[32], "AES");
    private DataKey server;
    private DataKey client;
    private ByteBuffer from = ByteBuffer.allocate(0);
    private ByteBuffer packet = ByteBuffer.allocate(0);
    private Cipher encrypt;
    private Cipher decrypt;
    private int id;

    /** Creates what {@link #setUp} fills. */
    public OpenVpnBenchmark() {}

    /**
     * Makes both ends.
     *
     * @throws GeneralSecurityException if the JDK has no AES-GCM
     */
    @Setup
    public void setUp() throws GeneralSecurityException {
        for (int i = 0; i < secret.length; i++) {
            secret[i] = (byte) i;
        }
        DataSuite suite = new DataSuite(DataCipher.AES_256_GCM, AuthDigest.SHA1);
        DataFormat format = new DataFormat(0, 1, Framing.NONE);
        server = DataKey.create(format, suite, KeyBlock.exported(secret.clone()), true);
        client = DataKey.create(format, suite, KeyBlock.exported(secret.clone()), false);
        from = buffer(LENGTH);
        packet = buffer(LENGTH + DataKey.MAX_OVERHEAD);
        encrypt = Cipher.getInstance("AES/GCM/NoPadding");
        decrypt = Cipher.getInstance("AES/GCM/NoPadding");
    }

    private ByteBuffer buffer(int length) {
        return direct ? ByteBuffer.allocateDirect(length) : ByteBuffer.allocate(length);
    }

    /**
     * A packet through the data channel.
     *
     * @return what became of it
     */
    @Benchmark
    public OpenResult dataChannel() {
        int length = server.seal(from, 0, LENGTH, packet, 0);
        OpenResult result = client.open(packet, 0, length, plain);
        if (result != OpenResult.OPENED) {
            throw new IllegalStateException("not opened: result=" + result);
        }
        return result;
    }

    /**
     * What the JDK's cipher alone takes, on arrays, in the form that is fastest on each JDK: encrypted in place, and decrypted to
     * another array.
     *
     * @return the array
     * @throws GeneralSecurityException never
     */
    @Benchmark
    public byte[] rawCipher() throws GeneralSecurityException {
        encrypt();
        decrypt.doFinal(raw, 0, LENGTH + TAG_LENGTH, opened, 0);
        return opened;
    }

    /**
     * The same decrypted in place.
     *
     * @return the array
     * @throws GeneralSecurityException never
     */
    @Benchmark
    public byte[] rawCipherInPlace() throws GeneralSecurityException {
        encrypt();
        decrypt.doFinal(raw, 0, LENGTH + TAG_LENGTH, raw, 0);
        return raw;
    }

    private void encrypt() throws GeneralSecurityException {
        ByteBuffer.wrap(nonce).putInt(0, ++id);
        ByteBuffer.wrap(aad).putInt(4, id);
        encrypt.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(8 * TAG_LENGTH, nonce));
        encrypt.updateAAD(aad);
        encrypt.doFinal(raw, 0, LENGTH, raw, 0);
        decrypt.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(8 * TAG_LENGTH, nonce));
        decrypt.updateAAD(aad);
    }
}
