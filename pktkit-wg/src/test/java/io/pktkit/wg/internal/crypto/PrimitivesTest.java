// SPDX-License-Identifier: MIT
package io.pktkit.wg.internal.crypto;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.internal.Secrets;
import io.pktkit.internal.WipeableKey;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The primitives against published vectors; where none is published, against Python's hashlib and hmac. */
class PrimitivesTest {

    private static final byte[] SUNSCREEN = ("Ladies and Gentlemen of the class of '99: If I could offer you "
                    + "only one tip for the future, sunscreen would be it.")
            .getBytes(StandardCharsets.US_ASCII);
    private static final byte[] AAD = hex("50515253c0c1c2c3c4c5c6c7");

    @Test
    void shouldMultiplyAsRfc7748Section52() {
        assertAgreed(
                "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
                "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
        assertAgreed(
                "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957",
                "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
                "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493");
    }

    @Test
    void shouldDrawClampedKeysAsRfc7748Section5() {
        for (byte each : new byte[] {0, -1}) {
            byte[] key = Curve25519.generate(new SecureRandom() {
                @Override
                public void nextBytes(byte[] bytes) {
                    Arrays.fill(bytes, each);
                }
            });
            assertEquals(each & 0xF8, key[0] & 0xFF);
            assertEquals(0x40 | (each & 0x3F), key[31] & 0xFF);
        }
    }

    @Test
    void shouldIterateAsRfc7748Section52() {
        byte[] k = new byte[32];
        k[0] = 9;
        byte[] u = k.clone();
        for (int i = 1; i <= 1000; i++) {
            byte[] next = Objects.requireNonNull(Curve25519.agree(k, u));
            u = k;
            k = next;
            if (i == 1) {
                assertHex("422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079", k);
            }
        }
        assertHex("684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51", k);
    }

    @Test
    void shouldAgreeAsRfc7748Section61() {
        byte[] alice = hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
        byte[] bob = hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
        assertHex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a", Curve25519.publicKey(alice));
        assertHex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f", Curve25519.publicKey(bob));
        String shared = "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742";
        assertHex(shared, Curve25519.agree(alice, Curve25519.publicKey(bob)));
        assertHex(shared, Curve25519.agree(bob, Curve25519.publicKey(alice)));
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
        byte[] key = new byte[32];
        Arrays.fill(key, (byte) 0x55);
        Curve25519.clamp(key);
        assertNull(Curve25519.agree(key, hex(point)));
    }

    @Test
    void shouldHashAsRfc7693() {
        assertHex(
                "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982",
                Blake2s.hash("abc".getBytes(StandardCharsets.US_ASCII)));
        byte[] split = "xabcx".getBytes(StandardCharsets.US_ASCII);
        assertHex(
                "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982",
                Blake2s.hash("a".getBytes(StandardCharsets.US_ASCII), split, 2, 2));
    }

    @Test
    void shouldMacAsPythonsHashlib() {
        Blake2sMac mac = new Blake2sMac(count(0, 32));
        assertHex("0b67d33f8b859c3157fbabd9e6e47ed0", mac.of(count(0, 100), 0, 100));
        assertHex("9536f9b267655743dee97b8a670f9f53", mac.of(new byte[0], 0, 0));
        assertHex("0b67d33f8b859c3157fbabd9e6e47ed0", mac.of(count(0, 100), 0, 100));
        assertHex("dd55c51c98f8ab96ed272882941f0b6a", new Blake2sMac(count(0, 16)).of(count(0, 64), 0, 64));
    }

    @Test
    void shouldDeriveAsPythonsHmac() {
        byte[][] keys = new HmacBlake2s(count(0, 32)).derive(count(32, 32), 3);
        assertHex("6a96444e20e8d4c1cee974416acae1c10b3c92886010e54ed94dafb2c3b80ea0", keys[0]);
        assertHex("57af120b0de7acbe7907ec149c5ae870a2dbb74232b65777ba4123f1f7f888f5", keys[1]);
        assertHex("0926c7caabb6e8d73beda759e6f4f0d324ce5b5000bcf8cd784b26db3049faa9", keys[2]);
        keys = new HmacBlake2s(count(0, 32)).derive(new byte[0], 2);
        assertHex("7a38c34bf2b8738d7374ca77c44ecb309a11d2b2528304fa86052c365e722624", keys[0]);
        assertHex("1a17621f346abdc520746a9fb64d8eb03231d674fc15687537b0780fd9c060fd", keys[1]);
        HmacBlake2s hmac = new HmacBlake2s(count(0, 64));
        for (int again = 0; again < 2; again++) {
            assertHex(
                    "3a0ef09eac123871fb79852ec512086d013abff437bd68ca03630932bd6ba81f",
                    hmac.of("ab".getBytes(StandardCharsets.US_ASCII), new byte[] {'c'}));
        }
    }

    @Test
    void shouldSealAsRfc8439Section282() {
        byte[] sealed = padded(SUNSCREEN);
        WipeableKey key = new WipeableKey(Aead.ALGORITHM, count(0x80, 32), 32);
        assertTrue(
                ThreadCiphers.current().seal(key, hex("070000004041424344454647"), AAD, sealed, 3, SUNSCREEN.length));
        assertHex(
                "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b"
                        + "1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b"
                        + "4831d7bc3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691",
                Arrays.copyOfRange(sealed, 3, sealed.length));
    }

    @Test
    void shouldDeriveTheSubkeyAsTheXChaChaDraftSection221() {
        assertHex(
                "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc",
                XChaCha20Poly1305.hChaCha20(count(0, 32), hex("000000090000004a0000000031415927")));
    }

    @Test
    void shouldSealAsTheXChaChaDraftSectionA31() {
        byte[] sealed = padded(SUNSCREEN);
        byte[] key = count(0x80, 32);
        byte[] nonce = count(0x40, 24);
        XChaCha20Poly1305.seal(key, nonce, AAD, sealed, 3, SUNSCREEN.length);
        assertHex(
                "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa6440bf3a82f4eda7e39"
                        + "ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b23835"
                        + "65d3fff921f9664c97637da9768812f615c68b13b52ec0875924c1c7987947deafd8780acf49",
                Arrays.copyOfRange(sealed, 3, sealed.length));
        assertTrue(XChaCha20Poly1305.open(key, nonce, AAD, sealed, 3, sealed.length - 3));
        assertArrayEquals(SUNSCREEN, Arrays.copyOfRange(sealed, 3, 3 + SUNSCREEN.length));
        nonce[23] ^= 1;
        assertFalse(XChaCha20Poly1305.open(key, nonce, AAD, sealed, 3, sealed.length - 3));
    }

    @Test
    void shouldCompareEveryByte() {
        byte[] secret = count(1, 16);
        byte[] with = new byte[18];
        for (int i = 0; i < 16; i++) {
            System.arraycopy(secret, 0, with, 2, 16);
            assertTrue(Secrets.same(secret, with, 2));
            with[2 + i] ^= (byte) 0x80;
            assertFalse(Secrets.same(secret, with, 2), "byte " + i);
        }
    }

    private static void assertAgreed(String expected, String scalar, String point) {
        assertHex(expected, Curve25519.agree(hex(scalar), hex(point)));
    }

    private static void assertHex(String expected, byte @Nullable [] actual) {
        assertEquals(expected, HexFormat.of().formatHex(Objects.requireNonNull(actual)));
    }

    /** Three bytes of junk, the text, and room for the tag. */
    private static byte[] padded(byte[] text) {
        byte[] padded = new byte[3 + text.length + Aead.TAG_LENGTH];
        Arrays.fill(padded, (byte) 0xA5);
        System.arraycopy(text, 0, padded, 3, text.length);
        return padded;
    }

    private static byte[] count(int from, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (from + i);
        }
        return bytes;
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }
}
