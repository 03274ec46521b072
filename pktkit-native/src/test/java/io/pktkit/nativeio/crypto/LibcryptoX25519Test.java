// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.math.BigInteger;
import java.security.KeyFactory;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.crypto.KeyAgreement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;

/** By the answers of RFC 7748, and beside the JDK's X25519. */
class LibcryptoX25519Test {

    private static final byte[] SENTINEL = hex("5a".repeat(32));

    private LibcryptoX25519 x25519;

    @BeforeEach
    void open() {
        try {
            x25519 = LibcryptoX25519.open();
        } catch (IOException absent) {
            throw new TestAbortedException(absent.getMessage(), absent);
        }
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    private byte[] agreed(byte[] privateKey, byte[] publicKey) {
        LibcryptoX25519Key key = x25519.key(privateKey);
        byte[] secret = new byte[32];
        assertTrue(key.agree(publicKey, secret));
        key.wipe();
        return secret;
    }

    private static byte[] reversed(byte[] bytes) {
        byte[] reversed = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            reversed[i] = bytes[bytes.length - 1 - i];
        }
        return reversed;
    }

    @Test
    void shouldMultiplyAsRfc7748Section52() {
        assertArrayEquals(
                hex("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"),
                agreed(
                        hex("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4"),
                        hex("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")));
        assertArrayEquals(
                hex("95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"),
                agreed(
                        hex("4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d"),
                        hex("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493")));
    }

    @Test
    void shouldIterateAsRfc7748Section52() {
        byte[] k = new byte[32];
        k[0] = 9;
        byte[] u = k.clone();
        for (int i = 1; i <= 1000; i++) {
            byte[] next = agreed(k, u);
            u = k;
            k = next;
            if (i == 1) {
                assertArrayEquals(hex("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"), k);
            }
        }
        assertArrayEquals(hex("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51"), k);
    }

    @Test
    void shouldAgreeAsRfc7748Section61() {
        LibcryptoX25519Key alice = x25519.key(hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
        LibcryptoX25519Key bob = x25519.key(hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"));
        assertArrayEquals(hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"), alice.publicKey());
        assertArrayEquals(hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"), bob.publicKey());
        byte[] shared = hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
        byte[] secret = new byte[32];
        assertTrue(alice.agree(bob.publicKey(), secret));
        assertArrayEquals(shared, secret);
        Arrays.fill(secret, (byte) 0);
        assertTrue(bob.agree(alice.publicKey(), secret));
        assertArrayEquals(shared, secret);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0000000000000000000000000000000000000000000000000000000000000000",
                "0100000000000000000000000000000000000000000000000000000000000000",
                "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880"
            })
    void shouldRefusePointsOfSmallOrder(String point) {
        LibcryptoX25519Key key = x25519.key(SENTINEL);
        byte[] secret = SENTINEL.clone();
        assertFalse(key.agree(hex(point), secret));
        assertArrayEquals(SENTINEL, secret);
        byte[] nine = new byte[32];
        nine[0] = 9;
        assertTrue(key.agree(nine, secret), "the key is as good as before");
        assertArrayEquals(key.publicKey(), secret);
    }

    @Test
    void shouldLeaveNoErrorForOthersOfTheThread() {
        NativeLibrary library = NativeLibrary.getInstance(CryptoLibrary.path().toString());
        x25519.key(SENTINEL).agree(new byte[32], new byte[32]);
        assertEquals(0, library.getFunction("ERR_peek_error").invokeLong(new Object[0]));
    }

    @Test
    void shouldDoWhatTheJdkDoes() throws Exception {
        Random random = new Random(7748);
        KeyFactory factory = KeyFactory.getInstance("X25519");
        KeyAgreement jdk = KeyAgreement.getInstance("X25519");
        for (int round = 0; round < 200; round++) {
            byte[] ours = new byte[32];
            byte[] theirs = new byte[32];
            random.nextBytes(ours);
            random.nextBytes(theirs);
            byte[] u = theirs.clone();
            u[31] &= 0x7f;
            jdk.init(factory.generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, ours)));
            jdk.doPhase(
                    factory.generatePublic(
                            new XECPublicKeySpec(NamedParameterSpec.X25519, new BigInteger(1, reversed(u)))),
                    true);
            assertArrayEquals(jdk.generateSecret(), agreed(ours, theirs), "seed=7748 round=" + round);
        }
    }

    @Test
    void shouldDoNothingWithAWipedKey() {
        LibcryptoX25519Key key = x25519.key(SENTINEL);
        byte[] publicKey = key.publicKey();
        key.wipe();
        key.wipe();
        byte[] secret = SENTINEL.clone();
        assertFalse(key.agree(publicKey, secret));
        assertArrayEquals(SENTINEL, secret);
        assertEquals("LibcryptoX25519Key[hidden]", key.toString());
    }

    @Test
    void shouldRefuseOtherLengths() {
        LibcryptoX25519Key key = x25519.key(SENTINEL);
        assertThrows(IllegalArgumentException.class, () -> x25519.key(new byte[31]));
        assertThrows(IllegalArgumentException.class, () -> x25519.key(new byte[33]));
        assertThrows(IllegalArgumentException.class, () -> key.agree(new byte[31], new byte[32]));
        assertThrows(IllegalArgumentException.class, () -> key.agree(new byte[33], new byte[32]));
        assertThrows(IllegalArgumentException.class, () -> key.agree(new byte[32], new byte[31]));
        assertThrows(IllegalArgumentException.class, () -> key.agree(new byte[32], new byte[33]));
    }

    @Test
    void shouldBeWipedWhileOthersUseIt() throws Exception {
        byte[] theirs = x25519.key(SENTINEL).publicKey();
        byte[] right = agreed(SENTINEL, theirs);
        ExecutorService threads = Executors.newFixedThreadPool(3);
        for (int round = 0; round < 100; round++) {
            LibcryptoX25519Key key = x25519.key(SENTINEL);
            CountDownLatch begun = new CountDownLatch(3);
            List<Future<?>> working = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                working.add(threads.submit(() -> {
                    byte[] secret = new byte[32];
                    assertTrue(key.agree(theirs, secret));
                    begun.countDown();
                    while (key.agree(theirs, secret)) {
                        assertArrayEquals(right, secret);
                        Arrays.fill(secret, (byte) 0);
                    }
                    return null;
                }));
            }
            begun.await();
            key.wipe();
            for (Future<?> work : working) {
                work.get();
            }
        }
        threads.shutdown();
    }

    /** What malloc has given away, JVM and library together: the median, as the JVM takes in one run and frees in another. */
    @Test
    void shouldGiveBackWhatItTakes() {
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "mallinfo2 is called as amd64 does");
        int rounds = 2000;
        byte[] theirs = x25519.key(SENTINEL).publicKey();
        byte[] secret = new byte[32];
        long[] grown = new long[9];
        for (int run = 0; run < grown.length; run++) {
            long before = allocated();
            for (int i = 0; i < rounds; i++) {
                LibcryptoX25519Key key = x25519.key(SENTINEL);
                key.agree(theirs, secret);
                key.agree(new byte[32], secret);
                key.wipe();
            }
            grown[run] = allocated() - before;
        }
        Arrays.sort(grown);
        assertTrue(grown[grown.length / 2] < rounds * 64L, Arrays.toString(grown) + " bytes after " + rounds + " keys");
    }

    /**
     * {@code uordblks} of mallinfo2, the eighth of ten words. The structure is returned by value, which on this processor
     * means through a pointer that comes as the first argument.
     */
    private static long allocated() {
        try {
            Memory info = new Memory(10 * Long.BYTES);
            NativeLibrary.getInstance("c").getFunction("mallinfo2").invokeVoid(new Object[] {info});
            return info.getLong(7 * Long.BYTES);
        } catch (UnsatisfiedLinkError absent) {
            throw new TestAbortedException("no mallinfo2: needs glibc 2.33", absent);
        }
    }
}
