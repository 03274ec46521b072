// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.data;

import io.pktkit.internal.ReplayWindow;
import io.pktkit.internal.Secrets;
import io.pktkit.internal.WipeableKey;
import io.pktkit.ovpn.internal.wire.Bytes;
import io.pktkit.ovpn.key.DataCipher;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Packets under an AEAD cipher whose key is another one in each epoch, as OpenVPN 2.7 has them.
 *
 * <pre>
 *  header (4) | epoch (2) | counter (6) | ciphertext | tag (16)
 *  nonce: (epoch | counter | 0) xor implicit IV;  additional data: header, epoch and counter
 * </pre>
 *
 * <p>Both ends begin with epoch 1. Who has used a key as much as it may be goes on to the next epoch by itself, and the other
 * follows when it sees that: so no renegotiation is needed for it. What comes is taken under the epoch in use, the one before,
 * and four to come, whose keys are there already, so that what is forged derives nothing.
 */
final class EpochKey extends DataKey {

    /** As upstream since August 2026. */
    static final int FUTURE = 4;

    /** The last packet of an epoch. */
    static final long LAST_COUNTER = (1L << 48) - 1;

    private static final int LAST_EPOCH = 0xFFFF;

    /** Where a new key is asked for, as upstream. */
    private static final int EPOCH_TRIGGER = 0xF000;

    private static final int HEADER_LENGTH = 4;
    private static final int ID_LENGTH = 8;
    private static final int COUNTER_BITS = 48;

    /** What is before the ciphertext, and the additional data. */
    private static final int BEFORE = HEADER_LENGTH + ID_LENGTH;

    private static final int TAG_LENGTH = AeadCipher.TAG_LENGTH;

    private final int header;
    private final DataCipher suite;

    // Under the monitor of sending.
    private final AeadCipher sendCipher;
    private final EpochSecret sendSecret;
    private final byte[] sendNonce = new byte[AeadCipher.NONCE_LENGTH];
    private OneEpoch sending;
    private long counter;
    private long use;

    // Under the monitor of receiving.
    private final AeadCipher receiveCipher;
    private final EpochSecret receiveSecret;
    private final byte[] receiveNonce = new byte[AeadCipher.NONCE_LENGTH];
    private final byte[] aad = new byte[BEFORE];
    private final ArrayDeque<OneEpoch> future = new ArrayDeque<>(FUTURE);
    private OneEpoch receiving;
    private @Nullable OneEpoch retiring;

    /** The epoch that sending is to have at least; written under the monitor of receiving. */
    private volatile int wanted = 1;

    EpochKey(DataFormat format, DataCipher suite, KeyBlock block, boolean server) {
        super(format, false);
        if (format.headerLength() != HEADER_LENGTH) {
            throw new IllegalArgumentException("epochs need a peer id: format=" + format);
        }
        this.header = format.header();
        this.suite = suite;
        this.sendCipher = new AeadCipher(suite);
        this.receiveCipher = new AeadCipher(suite);
        this.sendSecret = first(block, server);
        this.receiveSecret = first(block, !server);
        this.sending = new OneEpoch(sendCipher, sendSecret);
        this.receiving = new OneEpoch(receiveCipher, receiveSecret);
        deriveFuture();
    }

    private static EpochSecret first(KeyBlock block, boolean fromServer) {
        byte[] part = block.cipher(fromServer);
        EpochSecret secret = new EpochSecret(part, 1);
        Secrets.wipe(part);
        return secret;
    }

    /** The key of one epoch in one direction. */
    private final class OneEpoch {

        private final int epoch;
        private final WipeableKey key;
        private final byte[] iv;
        private final ReplayWindow window = ReplayWindow.fromOne(WINDOW - 1);
        private long use;

        OneEpoch(AeadCipher cipher, EpochSecret secret) {
            epoch = secret.epoch();
            byte[] bytes = secret.dataKey(suite.keyLength());
            key = cipher.key(bytes);
            iv = secret.dataIv();
            Secrets.wipe(bytes);
        }

        /** What a packet is encrypted with, in an array to fill. */
        byte[] nonce(long id, byte[] into) {
            Bytes.putLong(into, 0, Bytes.getLong(iv, 0) ^ id);
            Bytes.putInt(into, ID_LENGTH, Bytes.getInt(iv, ID_LENGTH));
            return into;
        }

        void wipe() {
            key.destroy();
            Secrets.wipe(iv);
        }
    }

    @Override
    int plainOffset() {
        return BEFORE;
    }

    @Override
    int sealPlain(byte[] array, int begin, int length, ByteBuffer to, int at) {
        while (sending.epoch < wanted || isWorn(use, counter)) {
            if (sending.epoch == LAST_EPOCH) {
                return SPENT;
            }
            advanceSending();
        }
        long id = (long) sending.epoch << COUNTER_BITS | ++counter;
        use += 1 + ((length + 15) >>> 4);
        Bytes.putInt(array, begin - BEFORE, header);
        Bytes.putLong(array, begin - ID_LENGTH, id);
        sendCipher.seal(sending.key, sending.nonce(id, sendNonce), array, begin - BEFORE, BEFORE, begin, length);
        to.put(at, array, begin - BEFORE, BEFORE + length + TAG_LENGTH);
        return BEFORE + length + TAG_LENGTH;
    }

    private boolean isWorn(long blocks, long packets) {
        return packets >= LAST_COUNTER || (suite.hasUsageLimit() && blocks >= USAGE_TRIGGER);
    }

    /** The counter begins anew under a key that was never used: no nonce is used twice. */
    private void advanceSending() {
        sending.wipe();
        sendSecret.advance();
        sending = new OneEpoch(sendCipher, sendSecret);
        counter = 0;
        use = 0;
        if (sending.epoch >= EPOCH_TRIGGER) {
            wantRenewal();
        }
    }

    @Override
    OpenResult openPacket(ByteBuffer from, int offset, int length, Plain plain) {
        if (length < BEFORE + TAG_LENGTH) {
            return OpenResult.TOO_SHORT;
        }
        long id = from.getLong(offset + HEADER_LENGTH);
        OneEpoch epoch = find((int) (id >>> COUNTER_BITS));
        if (epoch == null || !epoch.window.isNew(id & LAST_COUNTER)) {
            return OpenResult.REPLAY;
        }
        int sealed = length - BEFORE;
        int payload = sealed - TAG_LENGTH;
        byte[] array = plain.sealed(sealed);
        from.get(offset + BEFORE, array, 0, sealed);
        Bytes.putInt(aad, 0, from.getInt(offset));
        Bytes.putLong(aad, HEADER_LENGTH, id);
        if (!receiveCipher.open(
                epoch.key, epoch.nonce(id, receiveNonce), aad, BEFORE, array, sealed, plain.room(payload))) {
            return OpenResult.FORGED;
        }
        epoch.window.mark(id & LAST_COUNTER);
        epoch.use += 1 + ((payload + 15) >>> 4);
        if (epoch.epoch > receiving.epoch) {
            advanceReceiving(epoch.epoch);
        }
        if (isWorn(receiving.use, 0)) {
            // The other end may have another idea of how long a key lasts; it follows when it sees the next epoch.
            wanted = Math.max(wanted, Math.min(LAST_EPOCH, receiving.epoch + 1));
        }
        plain.set(0, payload);
        return OpenResult.OPENED;
    }

    /** The key of an epoch that may come; null for others, and for epoch 0, which is none. */
    private @Nullable OneEpoch find(int epoch) {
        if (epoch == receiving.epoch) {
            return receiving;
        }
        OneEpoch before = retiring;
        if (before != null && before.epoch == epoch) {
            return before;
        }
        if (epoch > receiving.epoch) {
            for (OneEpoch each : future) {
                if (each.epoch == epoch) {
                    return each;
                }
            }
        }
        return null;
    }

    /** An authentic packet came under a later epoch: it is in use now, and sending follows. */
    private void advanceReceiving(int to) {
        if (retiring != null) {
            retiring.wipe();
        }
        retiring = receiving;
        OneEpoch next = future.remove();
        while (next.epoch < to) {
            next.wipe();
            next = future.remove();
        }
        receiving = next;
        wanted = Math.max(wanted, to);
        deriveFuture();
    }

    private void deriveFuture() {
        while (future.size() < FUTURE && receiveSecret.epoch() < LAST_EPOCH) {
            receiveSecret.advance();
            future.add(new OneEpoch(receiveCipher, receiveSecret));
        }
    }

    @Override
    void wipeSending() {
        sending.wipe();
        sendSecret.wipe();
    }

    @Override
    void wipeReceiving() {
        receiving.wipe();
        if (retiring != null) {
            retiring.wipe();
        }
        future.forEach(OneEpoch::wipe);
        receiveSecret.wipe();
    }

    @Override
    void skipToId(long id) {
        counter = id;
    }

    /** For tests: as if so much had been encrypted and decrypted in these epochs. */
    void useUp(long sent, long received) {
        use = sent;
        receiving.use = received;
    }

    /** Neither of those in use, nor of the one that retires, nor of those to come, nor what more could be made of. */
    @Override
    boolean isWiped() {
        OneEpoch before = retiring;
        return sending.key.isDestroyed()
                && receiving.key.isDestroyed()
                && (before == null || before.key.isDestroyed())
                && future.stream().allMatch(each -> each.key.isDestroyed())
                && sendSecret.isWiped()
                && receiveSecret.isWiped();
    }

    /** For tests: which epochs are in use. */
    int sendEpoch() {
        return sending.epoch;
    }

    int receiveEpoch() {
        return receiving.epoch;
    }
}
