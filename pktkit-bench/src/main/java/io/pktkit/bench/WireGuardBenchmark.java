// SPDX-License-Identifier: MIT
package io.pktkit.bench;

import io.pktkit.nativeio.crypto.LibcryptoCipher;
import io.pktkit.nativeio.crypto.LibcryptoKey;
import io.pktkit.wg.WgCipher;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgEngine;
import io.pktkit.wg.WgEngineConfig;
import io.pktkit.wg.WgIdentity;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerOptions;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.WgSink;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.PacketBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.digests.Blake2sDigest;
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
 * The WireGuard engine beside what it is made of: a packet of 1420 bytes beside the raw cipher, a rejected handshake message
 * beside the raw keyed BLAKE2s. One engine sends and another receives, without a network between.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class WireGuardBenchmark {

    private static final int LENGTH = 1420;
    private static final long SIX_SECONDS = 6_000_000_000L;
    private static final int AT = 64;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** Which cipher. */
    @Param({"jca", "libcrypto"})
    public String cipher = "jca";

    /** Whether datagrams are in direct buffers, as those of a port are. */
    @Param({"true", "false"})
    public boolean direct = true;

    private final End here = new End("192.0.2.1");
    private final End there = new End("192.0.2.2");
    private final byte[] packet = new byte[LENGTH];
    private final byte[] raw = new byte[LENGTH + 16];
    private final byte[] nonce = new byte[12];
    private final SecretKeySpec key = new SecretKeySpec(new byte[32], "ChaCha20");
    private final Blake2sDigest mac = new Blake2sDigest(new byte[32], 16, null, null);
    private final byte[] macOut = new byte[16];
    private final ByteBuffer junk = ByteBuffer.allocate(148);
    private final ByteBuffer rawDirect = ByteBuffer.allocateDirect(LENGTH + 16);
    private LibcryptoKey libcryptoKey;
    private Cipher encrypt;
    private Cipher decrypt;
    private ByteBuffer buffer = ByteBuffer.allocate(0);
    private long now;
    private long counter;

    /** Creates what {@link #setUp} fills. */
    public WireGuardBenchmark() {}

    /** An engine, and what goes out of it: to the other one, whatever it is. */
    private static final class End implements WgSink {

        private final WgEndpoint address;
        private final SecureRandom random = RANDOM;
        private WgEngine engine;
        private WgIdentity identity;
        private WgPeer peer;
        private End other;
        private WireGuardBenchmark owner;
        private long received;

        End(String address) {
            this.address = new WgEndpoint(IpAddress.parse(address), 51_820);
        }

        void open(WireGuardBenchmark benchmark, WgCipher with, End to) {
            owner = benchmark;
            other = to;
            engine = new WgEngine(WgEngineConfig.create(() -> Instant.ofEpochSecond(0, benchmark.now), random)
                    .cipher(with));
            identity = engine.addIdentity(WgPrivateKey.generate(random));
        }

        void join() {
            peer = identity.addPeer(
                    other.identity.publicKey(),
                    WgPeerOptions.create().endpoint(other.address).allowedIp(IpPrefix.parse("0.0.0.0/0")),
                    owner.now);
        }

        @Override
        public void datagram(ByteBuffer bytes, int offset, int length, WgEndpoint to) {
            other.engine.receive(bytes, offset, length, address, owner.now, other);
        }

        @Override
        public void packet(WgPeer from, ByteBuffer bytes, int offset, int length) {
            received += length;
        }
    }

    /**
     * Makes a session.
     *
     * @throws GeneralSecurityException if the JDK has no ChaCha20-Poly1305
     * @throws IOException if libcrypto is not there
     */
    @Setup
    public void setUp() throws GeneralSecurityException, IOException {
        WgCipher with = cipher.equals("jca") ? WgCipher.jca() : WgCipher.libcrypto();
        here.open(this, with, there);
        there.open(this, with, here);
        here.join();
        there.join();
        if (cipher.equals("libcrypto")) {
            libcryptoKey = LibcryptoCipher.open().key(new byte[32]);
        }
        encrypt = Cipher.getInstance("ChaCha20-Poly1305");
        decrypt = Cipher.getInstance("ChaCha20-Poly1305");
        buffer = direct ? ByteBuffer.allocateDirect(4096) : ByteBuffer.allocate(4096);
        PacketBuilder.udp(
                        IpAddress.parse("10.0.0.1"),
                        1,
                        IpAddress.parse("10.0.0.2"),
                        2,
                        ByteBuffer.allocate(LENGTH - 28))
                .get(packet);
        junk.putInt(0, 0x01000000);
        engine();
    }

    /**
     * A packet through both engines.
     *
     * @return the bytes that arrived so far
     */
    @Benchmark
    public long engine() {
        buffer.put(AT, packet);
        here.engine.send(here.peer, buffer, AT, LENGTH, now, here);
        return there.received;
    }

    /**
     * What the cipher in use alone takes to encrypt and decrypt it: the JDK's on an array, libcrypto's in direct memory, each
     * where it is fastest.
     *
     * @return where it is
     * @throws GeneralSecurityException never
     */
    @Benchmark
    public Object rawCipher() throws GeneralSecurityException {
        counter++;
        if (libcryptoKey != null) {
            rawDirect.put(0, packet);
            libcryptoKey.seal(counter, rawDirect, 0, LENGTH);
            libcryptoKey.open(counter, rawDirect, 0, LENGTH + 16);
            return rawDirect;
        }
        System.arraycopy(packet, 0, raw, 0, LENGTH);
        ByteBuffer.wrap(nonce).putLong(4, counter);
        encrypt.init(Cipher.ENCRYPT_MODE, key, new IvParameterSpec(nonce));
        encrypt.doFinal(raw, 0, LENGTH, raw, 0);
        decrypt.init(Cipher.DECRYPT_MODE, key, new IvParameterSpec(nonce));
        decrypt.doFinal(raw, 0, LENGTH + 16, raw, 0);
        return raw;
    }

    /**
     * A handshake with its confirmation, both sides of it, of two who know each other: six agreements and two ephemeral keys.
     *
     * @return how many sessions and handshakes there are
     */
    @Benchmark
    public int handshake() {
        now += SIX_SECONDS;
        here.engine.initiate(here.peer, now, here);
        return here.engine.indexCount();
    }

    /**
     * The same of two who were made for it, keys and all, and are closed again, as the Go original's benchmark does it: two
     * static keys and the two agreements of static keys on top, twelve multiplications in all.
     *
     * @return how many sessions there were
     */
    @Benchmark
    public int firstHandshake() {
        WgCipher with = here.engine.cipher();
        End left = new End("192.0.2.3");
        End right = new End("192.0.2.4");
        left.open(this, with, right);
        right.open(this, with, left);
        left.join();
        right.join();
        left.engine.initiate(left.peer, now, left);
        int sessions = left.engine.indexCount() + right.engine.indexCount();
        left.engine.close();
        right.engine.close();
        return sessions;
    }

    /** An initiation with a wrong mac1. */
    @Benchmark
    public void rejection() {
        there.engine.receive(junk, 0, 148, here.address, now, there);
    }

    /**
     * The MAC that rejects it, alone.
     *
     * @return the MAC
     */
    @Benchmark
    public byte[] rawMac() {
        mac.update(junk.array(), 0, 116);
        mac.doFinal(macOut, 0);
        return macOut;
    }
}
