// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.crypto;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.pktkit.internal.Daemons;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** A cipher context of one thread, with the little memory that its calls need. Freed when the thread is gone. */
final class CipherContext {

    static final int TAG_LENGTH = 16;

    /** Of evp.h: EVP_CTRL_AEAD_GET_TAG and EVP_CTRL_AEAD_SET_TAG. */
    private static final int GET_TAG = 0x10;

    private static final int SET_TAG = 0x11;

    private static final int NONCE_COUNTER = 4;
    private static final int OUT_LENGTH = 16;
    private static final int SMALL = 32;

    static final Cleaner CLEANER = Cleaner.create(body -> Daemons.thread("pktkit-libcrypto-cleaner", body));
    private static final CryptoFunctions FUNCTIONS = CryptoLibrary.functions();
    private static final ThreadLocal<CipherContext> CURRENT = ThreadLocal.withInitial(CipherContext::new);

    private final long context;

    /** The nonce, and where the library writes a length. */
    private final ByteBuffer small = ByteBuffer.allocateDirect(SMALL).order(ByteOrder.LITTLE_ENDIAN);

    private final long smallAddress = address(small);

    /** What buffers of the heap are copied to. */
    private ByteBuffer scratch = ByteBuffer.allocateDirect(0);

    /** The address of the buffer that was used last: asking for it makes an object. */
    private WeakReference<@Nullable ByteBuffer> lastBuffer = new WeakReference<>(null);

    private long lastAddress;

    private CipherContext() {
        long made = FUNCTIONS.newContext();
        if (made == 0 || FUNCTIONS.init(made, CryptoCalls.EVP_chacha20_poly1305(), 0, 0, 1) != 1) {
            FUNCTIONS.freeContext(made);
            throw new IllegalStateException("libcrypto gives no context for ChaCha20-Poly1305: context=" + made);
        }
        context = made;
        CLEANER.register(this, () -> FUNCTIONS.freeContext(made));
    }

    static CipherContext current() {
        return CURRENT.get();
    }

    static long address(ByteBuffer direct) {
        return Pointer.nativeValue(Native.getDirectBufferPointer(direct));
    }

    /** Points the cipher at a key and a nonce; false if the library refuses. */
    boolean init(long key, int nonceHead, long nonceTail, boolean encrypt) {
        small.putInt(0, nonceHead);
        small.putLong(NONCE_COUNTER, nonceTail);
        return FUNCTIONS.init(context, 0, key, smallAddress, encrypt ? 1 : 0) == 1;
    }

    /** Associated data, which comes first. */
    boolean associate(ByteBuffer direct, int length) {
        return FUNCTIONS.update(context, 0, smallAddress + OUT_LENGTH, address(direct), length) == 1;
    }

    boolean seal(ByteBuffer buffer, int offset, int length) {
        check(buffer, offset, (long) length + TAG_LENGTH);
        if (buffer.isDirect()) {
            return sealAt(addressOf(buffer) + offset, length);
        }
        ByteBuffer copy = scratch(length + TAG_LENGTH);
        copy.put(0, buffer, offset, length);
        boolean sealed = sealAt(addressOf(copy), length);
        if (sealed) {
            buffer.put(offset, copy, 0, length + TAG_LENGTH);
        }
        return sealed;
    }

    boolean open(ByteBuffer buffer, int offset, int length) {
        check(buffer, offset, length);
        if (length < TAG_LENGTH) {
            return false;
        }
        if (buffer.isDirect()) {
            return openAt(addressOf(buffer) + offset, length - TAG_LENGTH);
        }
        ByteBuffer copy = scratch(length);
        copy.put(0, buffer, offset, length);
        boolean opened = openAt(addressOf(copy), length - TAG_LENGTH);
        if (opened) {
            buffer.put(offset, copy, 0, length - TAG_LENGTH);
        }
        return opened;
    }

    private boolean sealAt(long at, int length) {
        return update(at, length)
                && FUNCTIONS.finish(context, at + length, smallAddress + OUT_LENGTH) == 1
                && FUNCTIONS.control(context, GET_TAG, TAG_LENGTH, at + length) == 1;
    }

    private boolean openAt(long at, int length) {
        return FUNCTIONS.control(context, SET_TAG, TAG_LENGTH, at + length) == 1
                && update(at, length)
                && FUNCTIONS.finish(context, at + length, smallAddress + OUT_LENGTH) == 1;
    }

    private boolean update(long at, int length) {
        return length == 0 || FUNCTIONS.update(context, at, smallAddress + OUT_LENGTH, at, length) == 1;
    }

    private ByteBuffer scratch(int length) {
        if (scratch.capacity() < length) {
            scratch = ByteBuffer.allocateDirect(Math.max(length, 2 * scratch.capacity()));
        }
        return scratch;
    }

    @SuppressWarnings("ReferenceEquality") // the very buffer; one that equals it is elsewhere
    private long addressOf(ByteBuffer buffer) {
        if (lastBuffer.get() != buffer) {
            lastAddress = address(buffer);
            lastBuffer = new WeakReference<>(buffer);
        }
        return lastAddress;
    }

    private static void check(ByteBuffer buffer, int offset, long length) {
        if (offset < 0 || length < 0 || offset + length > buffer.capacity()) {
            throw new IndexOutOfBoundsException(
                    "not in the buffer: offset=" + offset + " length=" + length + " capacity=" + buffer.capacity());
        }
    }
}
