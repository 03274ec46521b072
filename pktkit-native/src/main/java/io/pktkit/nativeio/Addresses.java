// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Where direct buffers are, for calls that are made for each packet. To ask JNA takes a call into native code and an object,
 * which for a short packet is a notable part of what it costs; and a thread uses the same few buffers again and again: the
 * one that it reads into, and the one that it writes from. So each thread remembers its last few.
 *
 * <p>A buffer's address never changes, so what is remembered is right for as long as there is the buffer; it is not held.
 */
final class Addresses {

    /** Power of two. */
    private static final int PLACES = 4;

    private static final ThreadLocal<Addresses> OWN = ThreadLocal.withInitial(Addresses::new);

    private final Place[] places = new Place[PLACES];
    private int next;

    private Addresses() {
        for (int i = 0; i < PLACES; i++) {
            places[i] = new Place(null, 0);
        }
    }

    /** Where a buffer is. */
    private static final class Place extends WeakReference<ByteBuffer> {

        final long address;

        Place(@Nullable ByteBuffer buffer, long address) {
            super(buffer);
            this.address = address;
        }
    }

    /** The address of a direct buffer's byte 0, whatever its position. The caller keeps the buffer reachable. */
    static long of(ByteBuffer direct) {
        Addresses own = OWN.get();
        for (Place place : own.places) {
            if (place.refersTo(direct)) {
                return place.address;
            }
        }
        return own.add(direct);
    }

    private long add(ByteBuffer direct) {
        long address = Posix.address(direct);
        places[next] = new Place(direct, address);
        next = (next + 1) & (PLACES - 1);
        return address;
    }
}
