// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.pktkit.ovpn.Vectors;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class KeyDerivationTest {

    /** From OpenVPN's unit test of the function, of which the seed is all that goes in. */
    @Test
    void shouldDeriveAsOpenVpn() {
        byte[] secret = ("Lorem ipsum dolor sit amet, consectetur adipisici elit, sed eiusmod tempor incidunt "
                        + "ut labore et dolore magna aliqua.")
                .getBytes(StandardCharsets.US_ASCII);
        String seed = "Quis aute iure reprehenderit in voluptate velit esse cillum dolore";
        assertArrayEquals(
                Vectors.hex("d98c8518c85e946927916acfc2d592fbb1567e4b4b1459e6a904ac2ddab72d67"),
                Prf.derive(secret, seed, 32));
    }

    /** From openssl kdf, TLS1-PRF with MD5-SHA1. */
    @Test
    void shouldDeriveFromASecretOfAnOddLength() {
        byte[] five = new byte[5];
        Arrays.fill(five, (byte) 0x55);
        assertArrayEquals(
                Vectors.hex("78CFE3E18D11A87621470A6EDC1C4B749CCA663002F07997DCD1B0AAB59B4EC99E69560A2B"),
                Prf.derive(counting(47), "odd", 37, five));
    }

    /** From openssl kdf, once for the master secret and once for the block. */
    @Test
    void shouldDeriveTheKeyBlock() {
        KeyBlock.Source client = new KeyBlock.Source(counting(48), filled(0x11), filled(0x33));
        KeyBlock.Source server = new KeyBlock.Source(new byte[0], filled(0x22), filled(0x44));
        KeyBlock block = KeyBlock.derive(client, server, 0x0102030405060708L, 0x1112131415161718L);
        byte[] expected = Vectors.hex("F768D5ABF7E4FFD6F2C6C6B9D48D8584D05B443D87AA5880AB173FD01A3BC3F86CDA767D8E60005F"
                + "D9C7B93EF8160B90C1F0007BF1095D76A3BAAE54783EE94810DDDFD8CA6827D3D41525682184D4FC6D8E2B9883992D22AA1A"
                + "7D49CFFCB2F894306733AFC284101F9F284606760CA29316C291E6039B0EDFC547FC83DC340FBF1BFEAF4A1D2661D97EDCA1"
                + "82BD5D617EA540FEC82A96CA2C8E369B5176E5ED2181DE586AA0BD1FDC2E2380BE87CEDF44D544F65565F7E576CF47B41CDE"
                + "14CB0EE73FA601577373985294C5F7FC642A9568F252086CDD3AE52F7EA4A866C7A5F81FFF7788161366319FF2A8A828D83D"
                + "293323BC49215140F70243C174DD7DAF");
        assertArrayEquals(Arrays.copyOfRange(expected, 0, 64), block.cipher(false));
        assertArrayEquals(Arrays.copyOfRange(expected, 64, 128), block.hmac(false));
        assertArrayEquals(Arrays.copyOfRange(expected, 128, 192), block.cipher(true));
        assertArrayEquals(Arrays.copyOfRange(expected, 192, 256), block.hmac(true));
        block.wipe();
        assertArrayEquals(new byte[64], block.cipher(true));
        client.wipe();
        assertArrayEquals(new byte[48], client.preMaster());
    }

    @Test
    void shouldTakeWhatTlsExported() {
        byte[] exported = counting(256);
        KeyBlock block = KeyBlock.exported(exported);
        assertArrayEquals(Arrays.copyOfRange(counting(256), 192, 256), block.hmac(true));
        assertThrows(IllegalArgumentException.class, () -> KeyBlock.exported(new byte[255]));
    }

    static byte[] counting(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) i;
        }
        return bytes;
    }

    private static byte[] filled(int value) {
        byte[] bytes = new byte[32];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }
}
