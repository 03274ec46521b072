// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.internal.WipeableKey;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the transport cipher relies on, and the traps of the JDK's ciphers that it must not fall into. */
class JdkCipherTest {

    private static final int OFFSET = 5;

    private final TransportKey key = new JcaTransportCipher().key(random(32, 1));

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldOpenTheGenuineMessageAfterAForgedOneWithItsCounter(boolean direct) {
        long counter = direct ? 7 : 8;
        ByteBuffer genuine = sealed(direct, counter, 100);
        for (int i = 0; i < 3; i++) {
            ByteBuffer forged = copy(genuine, direct);
            forged.put(OFFSET + 1, (byte) ~forged.get(OFFSET + 1));
            assertFalse(key.open(counter, forged, OFFSET, 116));
        }
        // The JDK 17 refuses a key and nonce that it has just had, even if the tag was wrong.
        assertTrue(key.open(counter, copy(genuine, direct), OFFSET, 116));
        assertTrue(key.open(counter, copy(genuine, direct), OFFSET, 116));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldReleaseNothingWhenTheTagIsWrong(boolean direct) {
        for (int at = 0; at < 116; at++) {
            ByteBuffer forged = sealed(direct, at, 100);
            forged.put(OFFSET + at, (byte) (forged.get(OFFSET + at) ^ 1));
            byte[] before = bytes(forged);
            assertFalse(key.open(at, forged, OFFSET, 116));
            assertArrayEquals(before, bytes(forged), "byte " + at);
        }
    }

    /** Why whoever opens in place has one key to try and no second, and looks at nothing when the tag was wrong. */
    @Test
    void gcmLeavesItsInputOnTheJdk17AndNotOnTheJdk25() throws Exception {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        SecretKeySpec aes = new SecretKeySpec(random(32, 2), "AES");
        byte[] data = random(80, 3);
        cipher.init(Cipher.ENCRYPT_MODE, aes, new GCMParameterSpec(128, new byte[12]));
        cipher.doFinal(data, 0, 64, data, 0);
        data[70] ^= 1;
        byte[] sealed = data.clone();
        cipher.init(Cipher.DECRYPT_MODE, aes, new GCMParameterSpec(128, new byte[12]));
        assertThrows(AEADBadTagException.class, () -> cipher.doFinal(data, 0, 80, data, 0));
        int jdk = Runtime.version().feature();
        if (jdk == 17 || jdk == 25) {
            assertEquals(jdk == 17, Arrays.equals(sealed, data));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 17, 63, 64, 65, 1420, 4096, 65_507 - 32})
    void shouldWorkInPlaceOnAnyBufferAndTouchNothingElse(int length) {
        byte[] plain = random(length, length);
        byte[] results = null;
        for (boolean direct : new boolean[] {false, true}) {
            ByteBuffer buffer = junk(direct, length);
            buffer.put(OFFSET, plain);
            // The JDK refuses to encrypt twice in a row with one key and nonce.
            assertTrue(key.seal(41, junk(direct, 0), OFFSET, 0));
            assertTrue(key.seal(42, buffer, OFFSET, length));
            byte[] sealed = bytes(buffer);
            if (results != null) {
                assertArrayEquals(results, sealed);
            }
            results = sealed;
            for (int i = 0; i < OFFSET; i++) {
                assertEquals((byte) 0xA5, sealed[i]);
                assertEquals((byte) 0xA5, sealed[sealed.length - 1 - i]);
            }
            assertTrue(key.open(42, buffer, OFFSET, length + 16));
            assertArrayEquals(plain, Arrays.copyOfRange(bytes(buffer), OFFSET, OFFSET + length));
        }
    }

    @Test
    void shouldHeedTheArrayOffsetOfASlice() {
        ByteBuffer whole = junk(false, 100);
        ByteBuffer slice = whole.slice(3, whole.capacity() - 3);
        slice.put(OFFSET, random(100, 9));
        assertTrue(key.seal(1, slice, OFFSET, 100));
        assertTrue(key.open(1, whole, OFFSET + 3, 116));
        assertArrayEquals(random(100, 9), Arrays.copyOfRange(bytes(whole), OFFSET + 3, OFFSET + 103));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldDoNothingWithAWipedKey(boolean direct) {
        ByteBuffer buffer = sealed(direct, 1, 100);
        key.wipe();
        byte[] before = bytes(buffer);
        assertFalse(key.open(1, buffer, OFFSET, 116));
        assertFalse(key.seal(2, buffer, OFFSET, 100));
        assertArrayEquals(before, bytes(buffer));
    }

    @Test
    void shouldTellNothingOfTheKey() {
        WipeableKey wipeable = new WipeableKey(Aead.ALGORITHM, random(32, 4), 32);
        assertEquals("WipeableKey[hidden]", wipeable.toString());
        assertEquals("TransportKey[hidden]", key.toString());
        wipeable.destroy();
        assertTrue(wipeable.isDestroyed());
        assertArrayEquals(new byte[32], wipeable.getEncoded());
        assertThrows(
                NotSerializableException.class,
                () -> new ObjectOutputStream(OutputStream.nullOutputStream()).writeObject(wipeable));
    }

    private ByteBuffer sealed(boolean direct, long counter, int length) {
        ByteBuffer buffer = junk(direct, length);
        buffer.put(OFFSET, random(length, counter));
        assertTrue(key.seal(counter, buffer, OFFSET, length));
        return buffer;
    }

    private static ByteBuffer junk(boolean direct, int length) {
        int capacity = OFFSET + length + Aead.TAG_LENGTH + OFFSET;
        ByteBuffer buffer = direct ? ByteBuffer.allocateDirect(capacity) : ByteBuffer.allocate(capacity);
        for (int i = 0; i < capacity; i++) {
            buffer.put(i, (byte) 0xA5);
        }
        return buffer;
    }

    private static ByteBuffer copy(ByteBuffer from, boolean direct) {
        ByteBuffer buffer = direct ? ByteBuffer.allocateDirect(from.capacity()) : ByteBuffer.allocate(from.capacity());
        buffer.put(0, bytes(from));
        return buffer;
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.capacity()];
        buffer.get(0, bytes);
        return bytes;
    }

    private static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
