// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.ovpn.key.DataCipher;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.modes.AEADCipher;
import org.bouncycastle.crypto.modes.ChaCha20Poly1305;
import org.bouncycastle.crypto.modes.GCMBlockCipher;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Data keys that change by epochs; the vectors are data of OpenVPN's unit tests. */
class EpochKeyTest {

    private static final int PEER = 0x010203;
    private static final byte[] PAYLOAD = "a packet inside".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private final Plain plain = new Plain();

    private static EpochKey key(DataCipher cipher, boolean server) {
        KeyBlock block = KeyBlock.exported(KeyDerivationTest.counting(256));
        return new EpochKey(new DataFormat(5, PEER, Framing.NONE), cipher, block, server);
    }

    private static byte[] seal(DataKey key) {
        ByteBuffer packet = ByteBuffer.allocate(PAYLOAD.length + DataKey.MAX_OVERHEAD);
        int length = key.seal(ByteBuffer.wrap(PAYLOAD), 0, PAYLOAD.length, packet, 0);
        return length < 0 ? new byte[0] : Arrays.copyOf(packet.array(), length);
    }

    private OpenResult open(DataKey key, byte[] packet) {
        return key.open(ByteBuffer.wrap(packet), 0, packet.length, plain);
    }

    private static int epochOf(byte[] packet) {
        return ByteBuffer.wrap(packet).getShort(4) & 0xffff;
    }

    @Test
    void shouldExpandLabelsAsOpenVpn() {
        byte[] secret = HexFormat.of().parseHex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
        assertEquals(
                "185eaa1c7f228ab8eb29773214d92046",
                HexFormat.of().formatHex(EpochSecret.expand(secret, "unit test", 16)));
    }

    @Test
    void shouldDeriveDataKeysAsOpenVpn() {
        byte[] secret = new byte[32];
        secret[0] = 19;
        secret[1] = 12;
        EpochSecret epoch = new EpochSecret(secret, 17);
        assertEquals(
                "ed8533db1c28ace418e9006ab29c17417d60ebe6cd90bf0a",
                HexFormat.of().formatHex(epoch.dataKey(DataCipher.AES_192_GCM.keyLength())));
        assertEquals("86890aabf032cb59f4cfa34e", HexFormat.of().formatHex(epoch.dataIv()));
    }

    @ParameterizedTest
    @EnumSource(names = {"AES_256_GCM", "AES_192_GCM", "AES_128_GCM", "CHACHA20_POLY1305"})
    void shouldSealAsAnotherImplementation(DataCipher cipher) throws InvalidCipherTextException {
        byte[] first = Arrays.copyOfRange(KeyDerivationTest.counting(256), 128, 160);
        EpochKey server = key(cipher, true);
        for (int epoch = 1; epoch <= 3; epoch++) {
            EpochSecret secret = new EpochSecret(first, epoch);
            for (int counter = 1; counter <= 2; counter++) {
                ByteBuffer head = ByteBuffer.allocate(12)
                        .putInt(9 << 27 | 5 << 24 | PEER)
                        .putShort((short) epoch)
                        .putShort((short) 0)
                        .putInt(counter);
                byte[] nonce = secret.dataIv();
                for (int i = 0; i < 8; i++) {
                    nonce[i] ^= head.get(4 + i);
                }
                AEADCipher other = cipher == DataCipher.CHACHA20_POLY1305
                        ? new ChaCha20Poly1305()
                        : GCMBlockCipher.newInstance(AESEngine.newInstance());
                other.init(
                        true,
                        new AEADParameters(
                                new KeyParameter(secret.dataKey(cipher.keyLength())), 128, nonce, head.array()));
                byte[] expected = Arrays.copyOf(head.array(), 12 + PAYLOAD.length + 16);
                int written = other.processBytes(PAYLOAD, 0, PAYLOAD.length, expected, 12);
                other.doFinal(expected, 12 + written);
                assertArrayEquals(expected, seal(server), "epoch " + epoch + " counter " + counter);
            }
            first = EpochSecret.expand(first, "datakey upd", 32);
            server.skipTo(EpochKey.LAST_COUNTER, 0);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"AES_256_GCM", "CHACHA20_POLY1305"})
    void shouldOpenOnceAndNothingThatWasChanged(DataCipher cipher) {
        EpochKey server = key(cipher, true);
        EpochKey client = key(cipher, false);
        byte[] packet = seal(client);
        for (int i = 0; i < packet.length; i++) {
            byte[] changed = packet.clone();
            changed[i] ^= 0x10;
            boolean ofAnEpochOrIdToCome = i >= 4 && i < 6;
            assertEquals(
                    ofAnEpochOrIdToCome ? OpenResult.REPLAY : OpenResult.FORGED, open(server, changed), "byte " + i);
            assertEquals(
                    i < 28 ? OpenResult.TOO_SHORT : OpenResult.FORGED,
                    open(server, Arrays.copyOf(packet, i)),
                    "length " + i);
        }
        assertEquals(OpenResult.OPENED, open(server, packet), "forgeries do no harm");
        assertArrayEquals(PAYLOAD, plain.toBytes());
        assertEquals(OpenResult.REPLAY, open(server, packet));
        assertEquals(1, server.receiveEpoch());
    }

    /** The last of upstream's tests of which epochs are taken: the present, the one before, four to come. */
    @Test
    void shouldTakeTheEpochInUseTheOneBeforeAndFourToCome() {
        byte[][] ofEpoch = new byte[16][];
        byte[][] again = new byte[16][];
        EpochKey client = key(DataCipher.AES_256_GCM, false);
        for (int epoch = 1; epoch < 16; epoch++) {
            ofEpoch[epoch] = seal(client);
            again[epoch] = seal(client);
            assertEquals(epoch, epochOf(ofEpoch[epoch]));
            client.skipTo(EpochKey.LAST_COUNTER, 0);
        }
        EpochKey server = key(DataCipher.AES_256_GCM, true);
        assertEquals(OpenResult.REPLAY, open(server, ofEpoch[6]), "five ahead");
        assertEquals(OpenResult.OPENED, open(server, ofEpoch[5]), "four ahead");
        assertEquals(5, server.receiveEpoch());
        assertEquals(OpenResult.OPENED, open(server, again[1]), "the one before");
        assertEquals(OpenResult.REPLAY, open(server, again[1]));
        assertEquals(OpenResult.REPLAY, open(server, again[4]), "jumped over");
        assertEquals(OpenResult.OPENED, open(server, ofEpoch[6]));
        assertEquals(OpenResult.REPLAY, open(server, ofEpoch[1]), "two before");
        assertEquals(OpenResult.OPENED, open(server, again[5]));
        assertEquals(OpenResult.OPENED, open(server, ofEpoch[10]));
        assertEquals(OpenResult.REPLAY, open(server, again[6 + 5 + 4]));
        byte[] zero = ofEpoch[10].clone();
        zero[5] = 0;
        assertEquals(OpenResult.REPLAY, open(server, zero), "epoch 0 is none");
    }

    @Test
    void shouldFollowTheOtherEndAndGoOnWhenAKeyIsUsedUp() {
        EpochKey server = key(DataCipher.AES_256_GCM, true);
        EpochKey client = key(DataCipher.AES_256_GCM, false);
        server.useUp(DataKey.USAGE_TRIGGER - 2, 0);
        byte[] last = seal(server);
        assertEquals(1, epochOf(last));
        byte[] first = seal(server);
        assertEquals(2, epochOf(first));
        assertEquals(OpenResult.OPENED, open(client, first));
        assertEquals(OpenResult.OPENED, open(client, last), "late, under the key before");
        assertEquals(2, epochOf(seal(client)), "it follows");
        assertEquals(OpenResult.OPENED, open(server, seal(client)));
        assertEquals(2, server.receiveEpoch());
        assertFalse(server.wantsRenewal(), "no renegotiation for it");

        // What has received as much as a key may bear says so by its own next epoch.
        server.useUp(0, DataKey.USAGE_TRIGGER);
        assertEquals(OpenResult.OPENED, open(server, seal(client)));
        assertEquals(3, epochOf(seal(server)));
        EpochKey chaCha = key(DataCipher.CHACHA20_POLY1305, true);
        chaCha.useUp(DataKey.USAGE_LIMIT, 0);
        assertEquals(1, epochOf(seal(chaCha)), "which has no such limit");
    }

    /** A packet is one block for its tag, and one for each 16 bytes that are begun. */
    @Test
    void shouldCountTheBlocksOfBothDirections() {
        EpochKey server = key(DataCipher.AES_256_GCM, true);
        EpochKey client = key(DataCipher.AES_256_GCM, false);
        server.useUp(DataKey.USAGE_TRIGGER - 3, 0);
        assertEquals(1, epochOf(seal(server)));
        assertEquals(1, epochOf(seal(server)));
        assertEquals(2, epochOf(seal(server)));

        EpochKey receiver = key(DataCipher.AES_256_GCM, true);
        receiver.useUp(0, DataKey.USAGE_TRIGGER - 3);
        assertEquals(OpenResult.OPENED, open(receiver, seal(client)));
        assertEquals(1, epochOf(seal(receiver)));
        assertEquals(OpenResult.OPENED, open(receiver, seal(client)));
        assertEquals(2, epochOf(seal(receiver)));
    }

    @Test
    void shouldCarryAPacketWithoutBytes() {
        EpochKey client = key(DataCipher.AES_256_GCM, false);
        ByteBuffer packet = ByteBuffer.allocate(DataKey.MAX_OVERHEAD);
        int length = client.seal(ByteBuffer.allocate(0), 0, 0, packet, 0);
        assertEquals(28, length);
        EpochKey server = key(DataCipher.AES_256_GCM, true);
        assertEquals(OpenResult.OPENED, server.open(packet, 0, length, plain));
        assertEquals(0, plain.toBytes().length);
    }

    @Test
    void shouldLeaveNoKeyWhenItIsWiped() {
        EpochKey server = key(DataCipher.AES_256_GCM, true);
        EpochKey client = key(DataCipher.AES_256_GCM, false);
        client.skipTo(EpochKey.LAST_COUNTER, 0);
        assertEquals(OpenResult.OPENED, open(server, seal(client)));
        assertFalse(server.isWiped());
        server.wipe();
        assertTrue(server.isWiped());
    }

    @Test
    void shouldAskForNewKeysBeforeEpochsEndAndSendNothingAfter() {
        EpochKey server = key(DataCipher.AES_256_GCM, true);
        for (int epoch = 1; epoch < 0xFFFF; epoch++) {
            assertEquals(epoch >= 0xF000, server.wantsRenewal(), "epoch " + epoch);
            server.skipTo(EpochKey.LAST_COUNTER, 0);
            seal(server);
        }
        assertEquals(0xFFFF, server.sendEpoch());
        server.skipTo(EpochKey.LAST_COUNTER, 0);
        ByteBuffer packet = ByteBuffer.allocate(PAYLOAD.length + DataKey.MAX_OVERHEAD);
        assertEquals(DataKey.SPENT, server.seal(ByteBuffer.wrap(PAYLOAD), 0, PAYLOAD.length, packet, 0));
    }

    /** Any order of packets of a few epochs: each is taken at most once, and the epoch never goes back. */
    @Test
    void shouldTakeEachPacketAtMostOnceInAnyOrder() {
        long seed = 27;
        Random random = new Random(seed);
        EpochKey client = key(DataCipher.AES_128_GCM, false);
        byte[][] packets = new byte[60][];
        for (int i = 0; i < packets.length; i++) {
            packets[i] = seal(client);
            if (i % 10 == 9) {
                client.skipTo(EpochKey.LAST_COUNTER, 0);
            }
        }
        EpochKey server = key(DataCipher.AES_128_GCM, true);
        boolean[] taken = new boolean[packets.length];
        for (int i = 0; i < 2000; i++) {
            int which = Math.min(packets.length - 1, random.nextInt(1 + i / 30));
            int before = server.receiveEpoch();
            boolean opened = open(server, packets[which]) == OpenResult.OPENED;
            assertFalse(opened && taken[which], "seed " + seed + " step " + i);
            taken[which] |= opened;
            assertTrue(server.receiveEpoch() >= before);
        }
        assertEquals(6, server.receiveEpoch());
    }
}
