// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/** Against the JDK's cipher, on both kinds of memory. */
class LibcryptoCipherTest {

    private final Random random = new Random(8439);
    private final byte[] secret = new byte[32];
    private LibcryptoCipher cipher;
    private LibcryptoKey key;

    @BeforeEach
    void open() {
        random.nextBytes(secret);
        cipher = libcryptoOrSkip();
        key = cipher.key(secret);
    }

    private static LibcryptoCipher libcryptoOrSkip() {
        try {
            return LibcryptoCipher.open();
        } catch (IOException absent) {
            throw new TestAbortedException(absent.getMessage(), absent);
        }
    }

    private byte[] byTheJdk(long counter, byte[] plaintext) throws Exception {
        Cipher jdk = Cipher.getInstance("ChaCha20-Poly1305");
        byte[] nonce = new byte[12];
        ByteBuffer.wrap(nonce).order(ByteOrder.LITTLE_ENDIAN).putLong(4, counter);
        jdk.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(secret, "ChaCha20"), new IvParameterSpec(nonce));
        return jdk.doFinal(plaintext);
    }

    private ByteBuffer junk(boolean direct, int length) {
        ByteBuffer buffer = direct ? ByteBuffer.allocateDirect(length) : ByteBuffer.allocate(length);
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return buffer.put(0, bytes);
    }

    private static byte[] bytes(ByteBuffer buffer, int offset, int length) {
        byte[] bytes = new byte[length];
        buffer.get(offset, bytes);
        return bytes;
    }

    @Test
    void shouldDoWhatTheJdkDoes() throws Exception {
        for (int length : new int[] {0, 1, 15, 16, 17, 63, 64, 65, 255, 1420, 1500, 65_475}) {
            for (boolean direct : new boolean[] {true, false}) {
                long counter = random.nextLong();
                ByteBuffer buffer = junk(direct, length + 60);
                byte[] all = bytes(buffer, 0, length + 60);
                byte[] plaintext = bytes(buffer, 20, length);
                String what = "length=" + length + " direct=" + direct;

                assertTrue(key.seal(counter, buffer, 20, length), what);
                assertArrayEquals(byTheJdk(counter, plaintext), bytes(buffer, 20, length + 16), what);
                assertEquals(all[19], buffer.get(19), what);
                assertEquals(all[36 + length], buffer.get(36 + length), what);
                assertTrue(key.open(counter, buffer, 20, length + 16), what);
                assertArrayEquals(plaintext, bytes(buffer, 20, length), what);
                assertEquals(0, buffer.position());
            }
        }
    }

    @Test
    void shouldRefuseWhatIsForgedAndTheGenuineAfterwardsNot() throws Exception {
        byte[] plaintext = new byte[32];
        random.nextBytes(plaintext);
        byte[] sealed = byTheJdk(7, plaintext);
        ByteBuffer buffer = ByteBuffer.allocateDirect(sealed.length);
        for (int i = 0; i < sealed.length; i++) {
            buffer.put(0, sealed).put(i, (byte) (sealed[i] ^ 1 << i % 8));
            assertFalse(key.open(7, buffer, 0, sealed.length), "byte=" + i);
        }
        buffer.put(0, sealed);
        assertFalse(key.open(8, buffer, 0, sealed.length));
        for (int length = 0; length < sealed.length; length++) {
            buffer.put(0, sealed);
            assertFalse(key.open(7, buffer, 0, length), "length=" + length);
        }
        buffer.put(0, sealed);
        assertTrue(key.open(7, buffer, 0, sealed.length));
        assertArrayEquals(plaintext, bytes(buffer, 0, 32));
    }

    @Test
    void shouldDoNothingWithAWipedKey() {
        ByteBuffer buffer = junk(true, 64);
        byte[] before = bytes(buffer, 0, 64);
        key.wipe();
        assertFalse(key.seal(1, buffer, 0, 32));
        assertFalse(key.open(1, buffer, 0, 48));
        assertArrayEquals(before, bytes(buffer, 0, 64));
        assertEquals("LibcryptoKey[hidden]", key.toString());
    }

    @Test
    void shouldNotTouchWhatIsOutsideOfTheBuffer() {
        for (boolean direct : new boolean[] {true, false}) {
            ByteBuffer buffer = junk(direct, 64);
            assertThrows(IndexOutOfBoundsException.class, () -> key.seal(1, buffer, 0, 49));
            assertThrows(IndexOutOfBoundsException.class, () -> key.seal(1, buffer, -1, 10));
            assertThrows(IndexOutOfBoundsException.class, () -> key.seal(1, buffer, 0, Integer.MAX_VALUE));
            assertThrows(IndexOutOfBoundsException.class, () -> key.open(1, buffer, 60, 16));
        }
        assertThrows(IllegalArgumentException.class, () -> cipher.key(new byte[31]));
    }

    @Test
    void shouldServeManyThreadsAtOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(8);
        List<Future<?>> working = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int seed = i;
            working.add(threads.submit(() -> {
                ByteBuffer buffer = ByteBuffer.allocateDirect(1500);
                byte[] plaintext = new byte[1400];
                new Random(seed).nextBytes(plaintext);
                for (int round = 0; round < 500; round++) {
                    buffer.put(0, plaintext);
                    long counter = 1000L * seed + round;
                    assertTrue(key.seal(counter, buffer, 0, 1400));
                    if (round % 100 == 0) {
                        assertArrayEquals(byTheJdk(counter, plaintext), bytes(buffer, 0, 1416));
                    }
                    assertTrue(key.open(counter, buffer, 0, 1416));
                    assertArrayEquals(plaintext, bytes(buffer, 0, 1400));
                }
                return null;
            }));
        }
        for (Future<?> work : working) {
            work.get();
        }
        threads.shutdown();
    }

    @Test
    void shouldAllocateNothing() {
        ByteBuffer buffer = junk(true, 1500);
        int rounds = 5000;
        long bytes = Long.MAX_VALUE;
        ThreadMXBean mx = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        // What a class or the compiler costs once comes early, but how early is the machine's.
        for (int run = 0; run < 100 && bytes >= rounds; run++) {
            long before = mx.getThreadAllocatedBytes(Thread.currentThread().getId());
            for (int i = 0; i < rounds; i++) {
                key.seal(i, buffer, 0, 1420);
                key.open(i, buffer, 0, 1436);
            }
            bytes = mx.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
        }
        assertTrue(bytes < rounds, bytes + " bytes in " + rounds + " rounds");
    }

    @Test
    void shouldTellWhatItIs() {
        assertTrue(cipher.toString().contains("/libcrypto.so."), cipher.toString());
    }
}
