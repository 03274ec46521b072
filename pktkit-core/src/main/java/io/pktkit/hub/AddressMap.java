// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import org.jspecify.annotations.Nullable;

/**
 * A map from addresses in their primitive form: open addressing, at most half full. Filled by one thread, then published
 * and only read. The keys are addresses that the operator gave to devices, so the hash needs no secret.
 */
final class AddressMap<T> {

    private long[] highs = new long[4];
    private long[] lows = new long[4];
    private @Nullable Object[] values = new Object[4];
    private int size;

    boolean isEmpty() {
        return size == 0;
    }

    /** Adds a value unless the address has one already, and returns the one that it then has. */
    T putIfAbsent(long high, long low, T value) {
        T present = find(high, low);
        if (present != null) {
            return present;
        }
        if (2 * (size + 1) > values.length) {
            grow();
        }
        insert(high, low, value);
        size++;
        return value;
    }

    @SuppressWarnings("unchecked") // only values of type T are put in
    @Nullable
    T find(long high, long low) {
        int mask = values.length - 1;
        int at = hash(high, low) & mask;
        Object value = values[at];
        while (value != null && (lows[at] != low || highs[at] != high)) {
            at = (at + 1) & mask;
            value = values[at];
        }
        return (T) value;
    }

    private void insert(long high, long low, Object value) {
        int mask = values.length - 1;
        int at = hash(high, low) & mask;
        while (values[at] != null) {
            at = (at + 1) & mask;
        }
        highs[at] = high;
        lows[at] = low;
        values[at] = value;
    }

    private void grow() {
        long[] oldHighs = highs;
        long[] oldLows = lows;
        @Nullable Object[] old = values;
        highs = new long[2 * old.length];
        lows = new long[2 * old.length];
        values = new Object[2 * old.length];
        for (int i = 0; i < old.length; i++) {
            Object value = old[i];
            if (value != null) {
                insert(oldHighs[i], oldLows[i], value);
            }
        }
    }

    private static int hash(long high, long low) {
        long x = (high * 0x9E37_79B9_7F4A_7C15L ^ low) * 0xD6E8_FEB8_6659_FD93L;
        return (int) (x >>> 32);
    }
}
