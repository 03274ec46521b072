// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.data;

import io.pktkit.internal.ReplayWindow;
import io.pktkit.internal.Secrets;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one key id. Any thread: sending has a monitor and receiving another, under which nobody is called.
 */
public abstract class DataKey {

    /** The most bytes that a packet is longer than its payload: header, HMAC-SHA512, IV, id, padding and framing. */
    public static final int MAX_OVERHEAD = 4 + 64 + 16 + 4 + 16 + 2;

    /** What {@link #seal} answers when the key is used up or wiped. */
    public static final int SPENT = -1;

    /** How far back packet ids are remembered, per key. */
    static final int WINDOW = 2048;

    /** From here on a new key is asked for. */
    static final long ID_WRAP_TRIGGER = 0xFF00_0000L;

    /** The last packet id. */
    static final long LAST_ID = 0xFFFF_FFFFL;

    /** Blocks and packets under one AES-GCM key (NIST SP 800-38D, draft-irtf-cfrg-aead-limits). */
    static final long USAGE_LIMIT = (1L << 36) - 1;

    /** Where a new key is asked for: 7/8 of the limit. */
    static final long USAGE_TRIGGER = USAGE_LIMIT / 8 * 7;

    /** Forgeries that one key bears. */
    static final long FORGERY_LIMIT = 1L << 36;

    private final DataFormat format;
    private final boolean limited;
    private final Object sendLock = new Object();
    private final Object receiveLock = new Object();

    // Guarded by sendLock.
    private byte[] scratch = new byte[2048];
    private long sentUse;
    private boolean sendWiped;

    // Guarded by receiveLock.
    private final ReplayWindow window = ReplayWindow.fromOne(WINDOW - 1);
    private long receivedUse;
    private long forgeries;
    private boolean receiveWiped;

    /** Whether either direction asks for a new key. Written under the monitors, each only to true. */
    private volatile boolean wantsRenewal;

    private volatile boolean usedByPeer;

    DataKey(DataFormat format, boolean limited) {
        this.format = format;
        this.limited = limited;
    }

    /**
     * Makes the keys.
     *
     * @param format how packets begin
     * @param suite cipher and digest
     * @param block what they are cut from; the caller wipes it
     * @param server whether this is the server's end
     * @return the keys
     */
    public static DataKey create(DataFormat format, DataSuite suite, KeyBlock block, boolean server) {
        if (suite.epochs()) {
            return new EpochKey(format, suite.cipher(), block, server);
        }
        return suite.cipher().isAead()
                ? new AeadKey(format, suite.cipher(), block, server)
                : new CbcKey(format, suite, block, server);
    }

    /** {@return how packets begin} */
    public final DataFormat format() {
        return format;
    }

    /**
     * Encrypts a payload.
     *
     * @param from where it is
     * @param offset where it begins, absolute
     * @param length its bytes
     * @param to where the packet goes; {@link #MAX_OVERHEAD} more bytes than the payload
     * @param at where the packet begins, absolute
     * @return the packet's bytes; {@link #SPENT} if the key is used up or wiped
     */
    public final int seal(ByteBuffer from, int offset, int length, ByteBuffer to, int at) {
        synchronized (sendLock) {
            if (sendWiped || (limited && sentUse >= USAGE_LIMIT)) {
                return SPENT;
            }
            int room = length + MAX_OVERHEAD;
            if (scratch.length < room) {
                scratch = new byte[Math.max(room, 2 * scratch.length)];
            }
            int begin = plainOffset();
            int framed = length == 0 ? 0 : format.framing().write(scratch, begin, from.get(offset));
            from.get(offset, scratch, begin + framed, length);
            int bytes = sealPlain(scratch, begin, framed + length, to, at);
            sentUse += 1 + ((length + 15) >>> 4);
            if (limited && sentUse >= USAGE_TRIGGER) {
                wantsRenewal = true;
            }
            return bytes;
        }
    }

    /** Where in the array the framed payload is to begin. */
    abstract int plainOffset();

    /** Encrypts what is in the array, and writes the packet. */
    abstract int sealPlain(byte[] array, int begin, int length, ByteBuffer to, int at);

    /**
     * Decrypts a packet. One that is not authentic changes nothing but counters.
     *
     * @param from where it is
     * @param offset where it begins, absolute
     * @param length its bytes
     * @param plain where the payload is put
     * @return what became of it
     */
    public final OpenResult open(ByteBuffer from, int offset, int length, Plain plain) {
        synchronized (receiveLock) {
            if (receiveWiped || forgeries >= FORGERY_LIMIT || (limited && receivedUse >= USAGE_LIMIT)) {
                return OpenResult.SPENT;
            }
            OpenResult result = openPacket(from, offset, length, plain);
            if (result == OpenResult.FORGED) {
                forgeries++;
            }
            if (result != OpenResult.OPENED) {
                return result;
            }
            receivedUse += 1 + ((plain.length() + 15) >>> 4);
            if (limited && receivedUse >= USAGE_TRIGGER) {
                wantsRenewal = true;
            }
            if (!usedByPeer) {
                usedByPeer = true;
            }
            int framed = format.framing().read(plain.buffer().array(), plain.offset(), plain.length());
            if (framed < 0) {
                return OpenResult.MALFORMED;
            }
            plain.set(plain.offset() + framed, plain.length() - framed);
            return result;
        }
    }

    /** Authenticates, decrypts and marks the packet id. */
    abstract OpenResult openPacket(ByteBuffer from, int offset, int length, Plain plain);

    /** Whether an id was not seen; asked before decryption, which is what costs. Anybody can write one, so it changes nothing. */
    final boolean isNew(long id) {
        return window.isNew(id);
    }

    /** Takes note of the id of an authentic packet; false if it was seen. */
    final boolean mark(long id) {
        noteUse(id);
        return window.mark(id);
    }

    /** Takes note of the id that is sent next. */
    final boolean mayUse(long id) {
        noteUse(id);
        return id <= LAST_ID;
    }

    private void noteUse(long id) {
        if (id >= ID_WRAP_TRIGGER) {
            wantsRenewal = true;
        }
    }

    final void wantRenewal() {
        wantsRenewal = true;
    }

    /** {@return whether the key nears the end of its use, so that a new one is to be negotiated} */
    public final boolean wantsRenewal() {
        return wantsRenewal;
    }

    /** {@return whether the peer has sent an authentic packet under this key} */
    public final boolean isUsedByPeer() {
        return usedByPeer;
    }

    /** Ends the use of the key and wipes it. */
    public final void wipe() {
        synchronized (sendLock) {
            sendWiped = true;
            Secrets.wipe(scratch);
            wipeSending();
        }
        synchronized (receiveLock) {
            receiveWiped = true;
            wipeReceiving();
        }
    }

    abstract void wipeSending();

    abstract void wipeReceiving();

    /** For tests: continues as if this much had been sent. */
    final void skipTo(@Nullable Long id, long use) {
        synchronized (sendLock) {
            sentUse = use;
            if (id != null) {
                skipToId(id);
            }
        }
    }

    /** For tests: continues as if this much had been received. */
    final void countAsReceived(long use, long forged) {
        synchronized (receiveLock) {
            receivedUse = use;
            forgeries = forged;
        }
    }

    abstract void skipToId(long id);

    /** For tests: whether no key is left. */
    abstract boolean isWiped();
}
