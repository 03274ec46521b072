// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.negotiate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.pktkit.ovpn.key.DataCipher;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyMethod2Test {

    private static byte[] message(String... texts) {
        ByteBuffer message = ByteBuffer.allocate(2048)
                .putInt(0)
                .put((byte) 2)
                .put(new byte[48])
                .put(new byte[64]);
        for (String text : texts) {
            byte[] bytes = (text + "\0").getBytes(StandardCharsets.UTF_8);
            message.putShort((short) bytes.length).put(bytes);
        }
        return Arrays.copyOf(message.array(), message.position());
    }

    /** A name goes into logs, and to code that ends a text at a NUL: what is said of one must not be of another. */
    @ParameterizedTest
    @ValueSource(strings = {"alice\0eve", "alice\neve connected", "\u001b[2Jalice", "alice\u009b2J", "\u007f"})
    void shouldTakeNoUserWhoseNameIsNotText(String name) {
        assertNull(KeyMethod2.parse(message("V4", name, "secret", "")));
        KeyMethod2.Client plain = KeyMethod2.parse(message("V4", "alice \u00e9ve", "secret", ""));
        assertNotNull(plain);
        assertEquals("alice \u00e9ve", plain.username());
    }

    /** Texts may be missing at the end, but none may be longer than what is there. */
    @Test
    void shouldReadNoFurtherThanTheMessage() {
        int fixed = 5 + 48 + 2 * 32;
        byte[] message = Arrays.copyOf(message("V4", "alice", "secret", ""), fixed);
        assertNull(KeyMethod2.parse(Arrays.copyOf(message, fixed - 1)));
        for (int more = 0; more < 2; more++) {
            KeyMethod2.Client client = KeyMethod2.parse(Arrays.copyOf(message, fixed + more));
            assertNotNull(client, "more=" + more);
            assertEquals("", client.options());
            assertEquals("", client.username());
        }
        byte[] whole = Arrays.copyOf(message, fixed + 4);
        whole[fixed + 1] = 2;
        whole[fixed + 2] = 'V';
        KeyMethod2.Client client = KeyMethod2.parse(whole);
        assertNotNull(client);
        assertEquals("V", client.options());
        whole[fixed + 1] = 3;
        assertNull(KeyMethod2.parse(whole));
    }

    @Test
    void shouldReadNoMessageThatIsLonger() {
        byte[] message = message("V4", "alice", "secret", "");
        assertNotNull(KeyMethod2.parse(Arrays.copyOf(message, KeyMethod2.MAX_LENGTH)));
        assertNull(KeyMethod2.parse(Arrays.copyOf(message, KeyMethod2.MAX_LENGTH + 1)));
    }

    /** Who lists ciphers has those; who speaks NCP as of 2.4 and lists none has the two that it began with. */
    @ParameterizedTest
    @CsvSource({
        "'IV_CIPHERS=AES-192-GCM:aes-256-gcm\nIV_NCP=2', 'AES_192_GCM AES_256_GCM'",
        "'IV_NCP=2', 'AES_128_GCM AES_256_GCM'",
        "'IV_NCP=3', 'AES_128_GCM AES_256_GCM'",
        "'IV_NCP=1', ''",
        "'IV_NCP=two', ''",
        "'IV_VER=2.3', ''"
    })
    void shouldKnowTheCiphersOfAClient(String text, String ciphers) {
        PeerInfo info = PeerInfo.parse(text);
        for (PeerInfo each : List.of(info, PeerInfo.of(info.values()))) {
            assertEquals(
                    Set.of(ciphers.split(" ")),
                    Arrays.stream(DataCipher.values())
                            .filter(each::has)
                            .map(Enum::name)
                            .collect(Collectors.collectingAndThen(
                                    Collectors.toSet(), names -> names.isEmpty() ? Set.of("") : names)));
        }
    }

    @Test
    void shouldAnswerAStrangeOptionsStringWithTheLeast() {
        assertEquals("V4", new OptionsString("V3,dev-type tun").answer());
        assertEquals("V4", new OptionsString("").answer());
    }

    @Test
    void shouldMakePeerInfoFitForLogs() {
        PeerInfo info = PeerInfo.parse("IV_VER=2.6\u001b[2J\u009b1m\nUV_\u001bA=b\u007f\n=none\nnone\n");
        assertEquals(List.of("IV_VER", "UV__A"), List.copyOf(info.values().keySet()));
        assertEquals(List.of("2.6_[2J_1m", "b_"), List.copyOf(info.values().values()));
    }
}
