// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.key.AuthDigest;
import io.pktkit.ovpn.key.DataCipher;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.modes.AEADCipher;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.modes.ChaCha20Poly1305;
import org.bouncycastle.crypto.modes.GCMBlockCipher;
import org.bouncycastle.crypto.paddings.PaddedBufferedBlockCipher;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DataKeyTest {

    private static final int PEER = 0x010203;

    static List<DataSuite> suites() {
        List<DataSuite> suites = new ArrayList<>();
        for (DataCipher cipher : DataCipher.values()) {
            for (AuthDigest digest : cipher.isAead() ? new AuthDigest[] {AuthDigest.SHA1} : AuthDigest.values()) {
                suites.add(new DataSuite(cipher, digest));
            }
        }
        return suites;
    }

    private static KeyBlock block() {
        return KeyBlock.exported(KeyDerivationTest.counting(256));
    }

    private static DataKey key(DataSuite suite, int peerId, Framing framing, boolean server) {
        return DataKey.create(new DataFormat(5, peerId, framing), suite, block(), server);
    }

    private static byte[] seal(DataKey key, byte[] payload) {
        ByteBuffer direct = ByteBuffer.allocateDirect(payload.length + 7).put(7, payload);
        ByteBuffer packet = ByteBuffer.allocate(payload.length + DataKey.MAX_OVERHEAD + 3);
        int length = key.seal(direct, 7, payload.length, packet, 3);
        assertTrue(length > 0 || length == DataKey.SPENT, "length " + length);
        return length < 0 ? new byte[0] : Arrays.copyOfRange(packet.array(), 3, 3 + length);
    }

    private static OpenResult open(DataKey key, byte[] packet, Plain plain) {
        ByteBuffer direct = ByteBuffer.allocateDirect(packet.length + 9).put(9, packet);
        return key.open(direct, 9, packet.length, plain);
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldOpenWhatTheOtherEndSealed(DataSuite suite) {
        Random random = new Random(3);
        for (int peerId : new int[] {PEER, DataFormat.NO_PEER_ID}) {
            for (Framing framing : Framing.values()) {
                DataKey server = key(suite, peerId, framing, true);
                DataKey client = key(suite, peerId, framing, false);
                Plain plain = new Plain();
                for (int length = 0; length < 2600; length += length < 70 ? 1 : 97) {
                    byte[] payload = new byte[length];
                    random.nextBytes(payload);
                    if (length > 0 && length % 3 == 0) {
                        payload[0] = 0x50;
                    }
                    byte[] packet = seal(server, payload);
                    assertTrue(packet.length <= length + DataKey.MAX_OVERHEAD, "length " + length);
                    int header = peerId == PEER ? 9 << 27 | 5 << 24 | PEER : 6 << 27 | 5 << 24;
                    int shown = peerId == PEER ? 0 : 24;
                    assertEquals(header >>> shown, ByteBuffer.wrap(packet).getInt(0) >>> shown);
                    OpenResult result = open(client, packet, plain);
                    if (length == 0 && framing == Framing.STUB) {
                        assertEquals(OpenResult.MALFORMED, result, "nothing is no packet");
                        continue;
                    }
                    assertEquals(OpenResult.OPENED, result, suite + " length " + length);
                    assertArrayEquals(payload, plain.toBytes(), suite + " length " + length);
                    assertEquals(OpenResult.REPLAY, open(client, packet, plain), suite + " length " + length);
                }
                assertTrue(client.isUsedByPeer());
                assertFalse(server.isUsedByPeer());
            }
        }
    }

    /** At each length there is room for the tag, too. */
    @ParameterizedTest
    @MethodSource("suites")
    void shouldOpenWhatJustFitsIntoItsArrays(DataSuite suite) {
        DataKey server = key(suite, PEER, Framing.NONE, true);
        DataKey client = key(suite, PEER, Framing.NONE, false);
        for (int length = 1980; length < 2070; length++) {
            byte[] payload = KeyDerivationTest.counting(length);
            Plain plain = new Plain();
            assertEquals(OpenResult.OPENED, open(client, seal(server, payload), plain), "length " + length);
            assertArrayEquals(payload, plain.toBytes(), "length " + length);
        }
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldOpenNothingThatWasChanged(DataSuite suite) {
        DataKey server = key(suite, PEER, Framing.NONE, true);
        DataKey client = key(suite, PEER, Framing.NONE, false);
        Plain plain = new Plain();
        byte[] packet = seal(server, KeyDerivationTest.counting(60));
        // With CBC the header is not authenticated, as in OpenVPN: it only finds the key.
        for (int i = suite.cipher().isAead() ? 0 : 4; i < packet.length; i++) {
            byte[] bad = packet.clone();
            bad[i] ^= 4;
            OpenResult result = open(client, bad, plain);
            assertTrue(
                    result == OpenResult.FORGED || result == OpenResult.REPLAY || result == OpenResult.TOO_SHORT,
                    suite + " byte " + i + ": " + result);
        }
        for (int length = 0; length < packet.length; length++) {
            OpenResult result = open(client, Arrays.copyOf(packet, length), plain);
            assertTrue(
                    result == OpenResult.FORGED || result == OpenResult.REPLAY || result == OpenResult.TOO_SHORT,
                    suite + " length " + length + ": " + result);
        }
        assertEquals(OpenResult.FORGED, open(server, seal(server, new byte[20]), plain), "reflected");
        assertEquals(OpenResult.OPENED, open(client, packet, plain), "forgeries do not keep the genuine one away");
    }

    /** The JDK 17 refuses a nonce that it has decrypted with before, also when the tag was wrong. */
    @ParameterizedTest
    @MethodSource("suites")
    void shouldOpenAPacketWhoseForgeryCameBefore(DataSuite suite) {
        DataKey server = key(suite, PEER, Framing.NONE, true);
        DataKey client = key(suite, PEER, Framing.NONE, false);
        Plain plain = new Plain();
        for (int times = 1; times <= 3; times++) {
            byte[] packet = seal(server, new byte[40]);
            byte[] forged = packet.clone();
            forged[forged.length - 1] ^= 1;
            for (int i = 0; i < times; i++) {
                assertEquals(OpenResult.FORGED, open(client, forged, plain));
            }
            assertEquals(OpenResult.OPENED, open(client, packet, plain), "forged before: times=" + times);
        }
    }

    @Test
    void shouldSealAsAnotherImplementation() throws Exception {
        byte[] material = KeyDerivationTest.counting(256);
        byte[] payload = "a packet of some length".getBytes(StandardCharsets.US_ASCII);
        for (DataCipher cipher : DataCipher.values()) {
            if (!cipher.isAead()) {
                continue;
            }
            for (int peerId : new int[] {PEER, DataFormat.NO_PEER_ID}) {
                DataKey server = key(new DataSuite(cipher, AuthDigest.SHA1), peerId, Framing.NONE, true);
                seal(server, payload);
                byte[] packet = seal(server, payload);
                ByteBuffer header = ByteBuffer.allocate(8);
                ByteBuffer aad = header;
                if (peerId == PEER) {
                    header.put((byte) (9 << 3 | 5))
                            .put((byte) 1)
                            .put((byte) 2)
                            .put((byte) 3)
                            .putInt(2);
                } else {
                    header.put((byte) (6 << 3 | 5)).putInt(2);
                    aad = ByteBuffer.allocate(4).putInt(2);
                }
                byte[] nonce =
                        ByteBuffer.allocate(12).putInt(2).put(material, 192, 8).array();
                AEADCipher other = cipher == DataCipher.CHACHA20_POLY1305
                        ? new ChaCha20Poly1305()
                        : GCMBlockCipher.newInstance(AESEngine.newInstance());
                byte[] secret = Arrays.copyOfRange(material, 128, 128 + cipher.keyLength());
                other.init(true, new AEADParameters(new KeyParameter(secret), 128, nonce, aad.array()));
                byte[] sealed = new byte[payload.length + 16];
                int n = other.processBytes(payload, 0, payload.length, sealed, 0);
                other.doFinal(sealed, n);
                byte[] expected = ByteBuffer.allocate(header.position() + sealed.length)
                        .put(header.array(), 0, header.position())
                        .put(sealed, payload.length, 16)
                        .put(sealed, 0, payload.length)
                        .array();
                assertArrayEquals(expected, packet, cipher + " " + peerId);
            }
        }
    }

    @Test
    void shouldDrawAnIvForEachPacket() {
        DataKey server = key(new DataSuite(DataCipher.AES_256_CBC, AuthDigest.SHA1), PEER, Framing.NONE, true);
        ByteBuffer one = ByteBuffer.wrap(seal(server, new byte[20]), 24, 16);
        assertNotEquals(one, ByteBuffer.wrap(seal(server, new byte[20]), 24, 16));
    }

    @Test
    void shouldSealCbcAsAnotherImplementation() throws Exception {
        byte[] payload = "a packet of some length".getBytes(StandardCharsets.US_ASCII);
        DataKey server = key(
                new DataSuite(DataCipher.AES_256_CBC, AuthDigest.SHA256), DataFormat.NO_PEER_ID, Framing.STUB, true);
        byte[] packet = seal(server, payload);
        byte[] iv = Arrays.copyOfRange(packet, 33, 49);
        byte[] plain = ByteBuffer.allocate(5 + payload.length)
                .putInt(1)
                .put((byte) 0xfa)
                .put(payload)
                .array();
        assertArrayEquals(cbc(iv, plain), packet);
    }

    @Test
    void shouldNotTakeAnAuthenticPacketWithoutAnId() throws Exception {
        DataSuite suite = new DataSuite(DataCipher.AES_256_CBC, AuthDigest.SHA256);
        DataKey client = key(suite, DataFormat.NO_PEER_ID, Framing.NONE, false);
        assertEquals(OpenResult.MALFORMED, open(client, cbc(new byte[16], new byte[3]), new Plain()));
    }

    /** The server's packet by BouncyCastle. */
    private static byte[] cbc(byte[] iv, byte[] plain) throws InvalidCipherTextException {
        byte[] material = KeyDerivationTest.counting(256);
        PaddedBufferedBlockCipher other =
                new PaddedBufferedBlockCipher(CBCBlockCipher.newInstance(AESEngine.newInstance()));
        other.init(true, new ParametersWithIV(new KeyParameter(material, 128, 32), iv));
        byte[] sealed = new byte[other.getOutputSize(plain.length)];
        int n = other.processBytes(plain, 0, plain.length, sealed, 0);
        other.doFinal(sealed, n);
        HMac mac = new HMac(new SHA256Digest());
        mac.init(new KeyParameter(material, 192, 32));
        mac.update(iv, 0, 16);
        mac.update(sealed, 0, sealed.length);
        byte[] tag = new byte[32];
        mac.doFinal(tag, 0);
        return ByteBuffer.allocate(1 + 32 + 16 + sealed.length)
                .put((byte) (6 << 3 | 5))
                .put(tag)
                .put(iv)
                .put(sealed)
                .array();
    }

    @Test
    void shouldNeverBeginWithPacketIdZero() {
        DataKey server = key(new DataSuite(DataCipher.AES_256_GCM, AuthDigest.SHA1), PEER, Framing.NONE, true);
        server.skipTo(0L, 0);
        DataKey client = key(new DataSuite(DataCipher.AES_256_GCM, AuthDigest.SHA1), PEER, Framing.NONE, false);
        assertEquals(OpenResult.REPLAY, open(client, seal(server, new byte[20]), new Plain()));
        assertEquals(OpenResult.OPENED, open(client, seal(server, new byte[20]), new Plain()));
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldAskForANewKeyBeforeIdsEndAndSendNothingAfter(DataSuite suite) {
        DataKey server = key(suite, PEER, Framing.NONE, true);
        DataKey client = key(suite, PEER, Framing.NONE, false);
        server.skipTo(0xFF00_0000L - 1, 0);
        assertEquals(OpenResult.OPENED, open(client, seal(server, new byte[20]), new Plain()));
        assertFalse(server.wantsRenewal());
        assertFalse(client.wantsRenewal());
        assertEquals(OpenResult.OPENED, open(client, seal(server, new byte[20]), new Plain()));
        assertTrue(server.wantsRenewal());
        assertTrue(client.wantsRenewal());
        server.skipTo(0xFFFF_FFFFL, 0);
        assertTrue(seal(server, new byte[20]).length > 0);
        assertEquals(0, seal(server, new byte[20]).length, "the ids are spent");
    }

    /** An id is in the clear, so whoever sends anything could make a client renegotiate. */
    @ParameterizedTest
    @MethodSource("suites")
    void shouldNotAskForANewKeyBecauseOfAForgery(DataSuite suite) {
        DataKey server = key(suite, PEER, Framing.NONE, true);
        DataKey client = key(suite, PEER, Framing.NONE, false);
        server.skipTo(0xFF00_0000L, 0);
        byte[] forged = seal(server, new byte[20]);
        forged[forged.length - 1] ^= 1;
        assertEquals(OpenResult.FORGED, open(client, forged, new Plain()));
        assertFalse(client.wantsRenewal());
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldObserveTheLimitOfBlocks(DataSuite suite) {
        DataKey server = key(suite, PEER, Framing.NONE, true);
        boolean limited = suite.cipher().hasUsageLimit();
        server.skipTo(null, (1L << 36) / 8 * 7 - 100);
        seal(server, new byte[16 * 200]);
        assertEquals(limited, server.wantsRenewal());
        server.skipTo(null, (1L << 36) - 2);
        assertTrue(seal(server, new byte[16]).length > 0);
        assertEquals(limited, seal(server, new byte[16]).length == 0);
    }

    /** A packet of 16 bytes is two blocks, that of the tag included. */
    @ParameterizedTest
    @MethodSource("suites")
    void shouldCountTheBlocksOfBothDirections(DataSuite suite) {
        boolean limited = suite.cipher().hasUsageLimit();
        DataKey server = key(suite, PEER, Framing.NONE, true);
        server.skipTo(null, DataKey.USAGE_TRIGGER - 3);
        DataKey client = key(suite, PEER, Framing.NONE, false);
        client.countAsReceived(DataKey.USAGE_TRIGGER - 3, 0);
        Plain plain = new Plain();
        assertEquals(OpenResult.OPENED, open(client, seal(server, new byte[16]), plain));
        assertFalse(server.wantsRenewal());
        assertFalse(client.wantsRenewal());
        server.skipTo(null, DataKey.USAGE_TRIGGER - 2);
        client.countAsReceived(DataKey.USAGE_TRIGGER - 2, 0);
        assertEquals(OpenResult.OPENED, open(client, seal(server, new byte[16]), plain));
        assertEquals(limited, server.wantsRenewal());
        assertEquals(limited, client.wantsRenewal());
        client.countAsReceived(DataKey.USAGE_LIMIT - 1, 0);
        assertEquals(OpenResult.OPENED, open(client, seal(server, new byte[16]), plain));
        client.countAsReceived(DataKey.USAGE_LIMIT, 0);
        assertEquals(limited ? OpenResult.SPENT : OpenResult.OPENED, open(client, seal(server, new byte[16]), plain));
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldBearSoManyForgeries(DataSuite suite) {
        DataKey server = key(suite, PEER, Framing.NONE, true);
        DataKey client = key(suite, PEER, Framing.NONE, false);
        client.countAsReceived(0, DataKey.FORGERY_LIMIT - 1);
        Plain plain = new Plain();
        assertEquals(OpenResult.OPENED, open(client, seal(server, new byte[16]), plain));
        byte[] forged = seal(server, new byte[16]);
        forged[forged.length - 1] ^= 1;
        assertEquals(OpenResult.FORGED, open(client, forged, plain));
        assertEquals(OpenResult.SPENT, open(client, seal(server, new byte[16]), plain));
    }

    @ParameterizedTest
    @MethodSource("suites")
    void shouldDoNothingWhenWiped(DataSuite suite) {
        DataKey server = key(suite, PEER, Framing.NONE, true);
        DataKey client = key(suite, PEER, Framing.NONE, false);
        byte[] packet = seal(server, new byte[20]);
        assertFalse(server.isWiped());
        server.wipe();
        client.wipe();
        assertTrue(server.isWiped());
        assertEquals(0, seal(server, new byte[20]).length);
        assertEquals(OpenResult.SPENT, open(client, packet, new Plain()));
    }

    @Test
    void shouldNotTakeWhatIsCompressed() {
        DataSuite suite = new DataSuite(DataCipher.AES_128_GCM, AuthDigest.SHA1);
        DataKey bare = key(suite, PEER, Framing.NONE, true);
        assertEquals(
                OpenResult.MALFORMED,
                open(key(suite, PEER, Framing.STUB, false), seal(bare, new byte[] {0x66, 1, 2}), new Plain()));
        assertEquals(
                OpenResult.MALFORMED,
                open(key(suite, PEER, Framing.STUB_V2, false), seal(bare, new byte[] {0x50, 1, 2}), new Plain()));
    }

    @Test
    void shouldTakeAnyBytes() {
        Random random = new Random(4);
        for (DataSuite suite : suites()) {
            DataKey client = key(suite, PEER, Framing.STUB_V2, false);
            for (int i = 0; i < 3000; i++) {
                byte[] junk = new byte[random.nextInt(120)];
                random.nextBytes(junk);
                assertTrue(open(client, junk, new Plain()) != OpenResult.OPENED, suite + " seed 4 junk " + i);
            }
        }
    }
}
