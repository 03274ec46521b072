// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opentest4j.TestAbortedException;

/** The transport cipher of libcrypto beside the JDK's. */
class LibcryptoTransportCipherTest {

    private static final int LENGTH = 100;

    private final byte[] secret = new byte[32];
    private final byte[] plain = new byte[LENGTH];
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(LENGTH + Aead.TAG_LENGTH);
    private TransportKey libcrypto;
    private TransportKey jdk;

    @BeforeEach
    void makeKeys() {
        Random random = new Random(7);
        random.nextBytes(secret);
        random.nextBytes(plain);
        buffer.put(0, plain);
        jdk = new JcaTransportCipher().key(secret);
        try {
            libcrypto = new LibcryptoTransportCipher().key(secret);
        } catch (IOException absent) {
            throw new TestAbortedException(absent.getMessage(), absent);
        }
    }

    private byte[] bytes() {
        byte[] bytes = new byte[buffer.capacity()];
        buffer.get(0, bytes);
        return bytes;
    }

    @Test
    void shouldSealAndOpenWhatTheJdkDoes() {
        assertTrue(libcrypto.seal(1, buffer, 0, LENGTH));
        assertTrue(jdk.open(1, buffer, 0, LENGTH + Aead.TAG_LENGTH));
        assertEquals(ByteBuffer.wrap(plain), buffer.slice(0, LENGTH));
        assertTrue(jdk.seal(2, buffer, 0, LENGTH));
        byte[] sealed = bytes();
        assertFalse(libcrypto.open(3, buffer, 0, LENGTH + Aead.TAG_LENGTH));
        buffer.put(0, sealed);
        assertTrue(libcrypto.open(2, buffer, 0, LENGTH + Aead.TAG_LENGTH));
        assertEquals(ByteBuffer.wrap(plain), buffer.slice(0, LENGTH));
    }

    @Test
    void shouldDoNothingWithAWipedKey() {
        assertTrue(jdk.seal(1, buffer, 0, LENGTH));
        byte[] before = bytes();
        libcrypto.wipe();
        assertFalse(libcrypto.open(1, buffer, 0, LENGTH + Aead.TAG_LENGTH));
        assertFalse(libcrypto.seal(2, buffer, 0, LENGTH));
        assertArrayEquals(before, bytes());
    }

    @Test
    void shouldTellNothingOfTheKey() {
        assertEquals("TransportKey[hidden]", libcrypto.toString());
    }
}
