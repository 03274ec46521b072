// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.option;

import java.nio.ByteBuffer;

/**
 * The layout of the AccECN option (RFC 9768 section 3.2.3): after kind and length up to three counters of 24 bits, of
 * payload that arrived as ECT(0), marked and as ECT(1). The second order is the first one backwards. Fields may be left
 * out from the end, down to none.
 */
public final class AccEcnOption {
    public static final int ORDER_0 = 172;
    public static final int ORDER_1 = 174;
    public static final int MAX_FIELDS = 3;
    /** What a field can tell of a counter. */
    public static final int MASK = 0xffffff;

    private static final int HEADER_LENGTH = 2;
    private static final int FIELD_LENGTH = 3;

    private AccEcnOption() {}

    /** Bytes of an option with so many fields. */
    public static int length(int fields) {
        return HEADER_LENGTH + FIELD_LENGTH * fields;
    }

    /** How many fields fit with kind and length; negative if not even those do. */
    public static int fieldsWithin(int room) {
        return room < HEADER_LENGTH ? -1 : fieldsIn(room - HEADER_LENGTH);
    }

    /** How many fields there are in so many bytes; what follows them is padding. */
    static int fieldsIn(int length) {
        return Math.min(MAX_FIELDS, length / FIELD_LENGTH);
    }

    /** Writes the first fields of an order, which are given in that order. */
    public static void write(ByteBuffer target, int at, int kind, int fields, int first, int second, int third) {
        target.put(at, (byte) kind);
        target.put(at + 1, (byte) length(fields));
        for (int i = 0; i < fields; i++) {
            int value = i == 0 ? first : i == 1 ? second : third;
            int field = at + HEADER_LENGTH + FIELD_LENGTH * i;
            target.put(field, (byte) (value >> 16));
            target.putShort(field + 1, (short) value);
        }
    }

    /** Reads a field, counted from 0, of what follows kind and length. */
    public static int field(ByteBuffer source, int at, int index) {
        int field = at + FIELD_LENGTH * index;
        return (source.get(field) & 0xff) << 16 | (source.getShort(field + 1) & 0xffff);
    }
}
