// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.key;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.Vectors;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyFilesTest {

    @Test
    void shouldReadAndWriteTheFileOfAStaticKey() throws Exception {
        StaticKey key = Vectors.staticKey();
        assertArrayEquals(Vectors.hex("1f3a055ec1309f8141e2e3671e571305"), Arrays.copyOf(key.cipher(0), 16));
        assertArrayEquals(Vectors.hex("9e176b6b99f90c8e8c61533f88640e21"), Arrays.copyOfRange(key.hmac(1), 48, 64));
        assertEquals(Vectors.text("static.key"), key.toText());
        assertEquals(key, StaticKey.parse("junk before\n" + key.toText().replace("\n", "\r\n") + "junk behind"));
        assertFalse(key.toString().contains("1f3a"), key.toString());
    }

    @Test
    void shouldNameWhatIsWrongWithAFile() {
        String text = Vectors.text("static.key");
        assertMessage("there is no '-----BEGIN OpenVPN Static key V1-----'", "nothing");
        assertMessage("512 hex digits, not 480", text.replaceFirst("(?m)^1f3a.*\n", ""));
        assertMessage("hex digits alone", text.replace("1f3a", "1g3a"));
    }

    private static void assertMessage(String part, String text) {
        String message = String.valueOf(assertThrows(KeyFormatException.class, () -> StaticKey.parse(text))
                .getMessage());
        assertTrue(message.contains(part), message);
        assertTrue(message.contains("openvpn --genkey secret FILE"), message);
    }

    @Test
    void shouldReadTheFilesOfTlsCryptV2() throws Exception {
        TlsCryptV2Key server = Vectors.v2Key();
        assertEquals(Vectors.text("v2-server.key"), server.toText());
        byte[] wrapped = TlsCryptV2Key.wrappedKeyOf(Vectors.text("v2-client.key"));
        TlsCryptV2Key.Client client = server.unwrap(wrapped);
        assertNotNull(client);
        // The client's file has its key before the wrapped one.
        String body =
                Vectors.text("v2-client.key").replaceAll("-----.*-----", "").replaceAll("\\s", "");
        byte[] plain = Arrays.copyOf(Base64.getDecoder().decode(body), StaticKey.LENGTH);
        assertArrayEquals(plain, client.key().toBytes());
        assertArrayEquals("\0alice".getBytes(StandardCharsets.US_ASCII), client.metadata());
        assertEquals("alice", client.text());
        assertTrue(client.made().isEmpty());
        byte[] timed = {1, 0, 0, 0, 0, 0x65, (byte) 0x92, 0, (byte) 0x80};
        TlsCryptV2Key.Client aged = new TlsCryptV2Key.Client(client.key(), timed);
        assertEquals(Instant.parse("2024-01-01T00:00:00Z"), aged.made().orElseThrow());
        assertEquals("", aged.text());
        // The wrap is deterministic, so the file comes out as OpenVPN wrote it.
        assertArrayEquals(wrapped, server.wrap(client));
        assertEquals(Vectors.text("v2-client.key"), server.toClientText(client));
    }

    @Test
    void shouldNotUnwrapWhatIsNotAuthentic() throws Exception {
        TlsCryptV2Key server = Vectors.v2Key();
        byte[] wrapped = TlsCryptV2Key.wrappedKeyOf(Vectors.text("v2-client.key"));
        for (int i = 0; i < wrapped.length; i++) {
            byte[] bad = wrapped.clone();
            bad[i] ^= 1;
            assertNull(server.unwrap(bad), "byte " + i);
            assertNull(server.unwrap(Arrays.copyOf(wrapped, i)), "length " + i);
        }
        assertNull(TlsCryptV2Key.generate(new SecureRandom()).unwrap(wrapped), "another server's");
        assertNull(server.unwrap(new byte[0]));
        Random random = new Random(1);
        for (int i = 0; i < 2000; i++) {
            byte[] junk = new byte[random.nextInt(1200)];
            random.nextBytes(junk);
            assertNull(server.unwrap(junk), "seed 1, junk " + i);
        }
    }

    @Test
    void shouldWrapAsMuchMetadataAsFits() {
        TlsCryptV2Key server = Vectors.v2Key();
        StaticKey key = Vectors.staticKey();
        byte[] longest = new byte[TlsCryptV2Key.MAX_METADATA];
        byte[] wrapped = server.wrap(new TlsCryptV2Key.Client(key, longest));
        assertEquals(TlsCryptV2Key.MAX_WRAPPED, wrapped.length);
        TlsCryptV2Key.Client client = server.unwrap(wrapped);
        assertNotNull(client);
        assertArrayEquals(longest, client.metadata());
        assertThrows(
                IllegalArgumentException.class,
                () -> server.wrap(new TlsCryptV2Key.Client(key, new byte[longest.length + 1])));
    }

    @Test
    void shouldFindCiphersAndDigestsByName() {
        assertEquals(DataCipher.AES_256_GCM, DataCipher.of("aes-256-gcm"));
        assertEquals(DataCipher.CHACHA20_POLY1305, DataCipher.of("CHACHA20-POLY1305"));
        assertNull(DataCipher.of("BF-CBC"));
        assertNull(DataCipher.of("none"));
        assertEquals(AuthDigest.SHA256, AuthDigest.of("sha-256"));
        assertNull(AuthDigest.of("none"));
    }
}
