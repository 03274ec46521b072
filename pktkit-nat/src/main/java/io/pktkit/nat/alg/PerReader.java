// SPDX-License-Identifier: MIT
package io.pktkit.nat.alg;

import io.pktkit.nat.alg.PerType.Field;
import io.pktkit.nat.helper.HelperPayload;
import org.jspecify.annotations.Nullable;

/**
 * Walks through a value in the aligned variant of the packed encoding rules (ITU-T X.691), and tells what is asked for. Nothing
 * is read from outside the value, and a value that is too deep, or of more parts than a message has, ends the walk.
 */
final class PerReader {

    /** What a walk comes by. */
    interface Found {
        /**
         * An IPv4 address with the port behind it.
         *
         * @param name the innermost part of that name
         * @param at where its six octets are
         */
        void address(String name, int at);

        /** Octets of a name, which hold another value. */
        void octets(String name, int from, int to);

        /** An alternative of a name was chosen. */
        void chosen(String name);

        /** A whole number of a name. */
        void number(String name, long value);
    }

    private static final int MAX_DEPTH = 40;
    private static final int MAX_PARTS = 20_000;

    private final HelperPayload payload;
    private final Found found;

    /** The next bit, and behind the last. */
    private long at;

    private long end;
    private int parts;
    private boolean failed;

    /** What follows leads to nothing. */
    private boolean done;

    PerReader(HelperPayload payload, Found found) {
        this.payload = payload;
        this.found = found;
    }

    /**
     * Walks through a value.
     *
     * @return behind it, or {@code to} if the rest does not matter; -1 if it is not of the type
     */
    int read(PerType type, int from, int to) {
        at = 8L * from;
        end = 8L * to;
        failed = false;
        done = false;
        value(type, "", 0);
        if (failed) {
            return -1;
        }
        return done ? to : (int) ((at + 7) / 8);
    }

    private boolean isOver() {
        return failed || done;
    }

    private void fail() {
        failed = true;
    }

    private long bits(int count) {
        if (end - at < count) {
            fail();
            return 0;
        }
        long value = 0;
        for (int left = count; left > 0; ) {
            int inOctet = (int) (at & 7);
            int take = Math.min(left, 8 - inOctet);
            int octet = payload.at((int) (at >>> 3));
            value = value << take | (octet >>> (8 - inOctet - take) & ((1 << take) - 1));
            at += take;
            left -= take;
        }
        return value;
    }

    private void align() {
        at = (at + 7) & ~7L;
    }

    private void skip(long count) {
        if (count < 0 || end - at < count) {
            fail();
        } else {
            at += count;
        }
    }

    /** A number that has so many values (section 11.5.7). */
    private long constrained(long range) {
        if (range <= 1) {
            return 0;
        }
        if (range < 256) {
            return bits(64 - Long.numberOfLeadingZeros(range - 1));
        }
        if (range <= 65_536) {
            align();
            return bits(range == 256 ? 8 : 16);
        }
        int most = (64 - Long.numberOfLeadingZeros(range - 1) + 7) / 8;
        int octets = (int) constrained(most) + 1;
        align();
        return bits(8 * octets);
    }

    /** A length without bounds (section 11.9.3.5); of what is in fragments none. */
    private int length() {
        align();
        int first = (int) bits(8);
        if (first < 0x80) {
            return first;
        }
        if (first >= 0xC0) {
            fail();
            return 0;
        }
        return (first & 0x3F) << 8 | (int) bits(8);
    }

    /** Of what there is at least {@code low} and at most {@code high}. */
    private int count(PerType type) {
        boolean outside = type.extensible && bits(1) == 1;
        return outside || type.high == PerType.UNBOUNDED
                ? length()
                : (int) (type.low + constrained(type.high - type.low + 1));
    }

    /** A number that is usually small (section 11.6). */
    private int small() {
        if (bits(1) == 0) {
            return (int) bits(6);
        }
        int octets = length();
        if (octets < 1 || octets > 2) {
            fail();
            return 0;
        }
        return (int) bits(8 * octets);
    }

    private void value(PerType type, String name, int depth) {
        if (depth > MAX_DEPTH || ++parts > MAX_PARTS) {
            fail();
        }
        if (isOver()) {
            return;
        }
        switch (type.kind) {
            case '-' -> done = true;
            case 'n' -> {}
            case 'b' -> skip(1);
            case 'i' -> integer(type, name);
            case 'o' -> octets(type, name);
            case 'B' -> bitString(type);
            case 'O' -> skip(8L * length());
            case 's' -> characters(type);
            case 'L' -> list(type, name, depth);
            case 'C' -> choice(type, name, depth);
            default -> sequence(type, name, depth);
        }
    }

    private void integer(PerType type, String name) {
        boolean outside = type.extensible && bits(1) == 1;
        if (outside || type.high == PerType.UNBOUNDED) {
            skip(8L * length());
            return;
        }
        long value = type.low + constrained(type.high - type.low + 1);
        if (!name.isEmpty() && !failed) {
            found.number(name, value);
        }
    }

    /** Section 17: two octets are bits like any other, more begin at an octet. */
    private void octets(PerType type, String name) {
        int count = count(type);
        boolean few = type.low == type.high && count <= 2;
        if (!few && count > 0) {
            align();
        }
        int from = (int) (at >>> 3);
        skip(8L * count);
        if (!failed && !name.isEmpty()) {
            found.octets(name, from, from + count);
        }
    }

    private void bitString(PerType type) {
        int count = count(type);
        boolean few = type.low == type.high && count <= 16;
        if (!few && count > 0) {
            align();
        }
        skip(count);
    }

    /** Section 30.5: those that can be at most two octets are bits like any other. */
    private void characters(PerType type) {
        int count = count(type);
        long most = type.high == PerType.UNBOUNDED ? Long.MAX_VALUE : type.high * type.bits;
        boolean few = type.low == type.high ? most <= 16 : most < 16;
        if (!few && count > 0) {
            align();
        }
        skip((long) count * type.bits);
    }

    private void list(PerType type, String name, int depth) {
        int count = count(type);
        for (int i = 0; i < count && !isOver(); i++) {
            value(type.fields[0].type(), name, depth + 1);
        }
    }

    private static String inner(Field field, String outer) {
        return field.name().isEmpty() ? outer : field.name();
    }

    private void choice(PerType type, String name, int depth) {
        if (type.extensible && bits(1) == 1) {
            int index = small();
            Field known = index < type.extensions.length ? type.extensions[index] : null;
            open(known, name, depth);
            return;
        }
        int index = (int) constrained(type.fields.length);
        if (index >= type.fields.length) {
            fail();
        }
        if (!failed) {
            Field field = type.fields[index];
            if (!field.name().isEmpty()) {
                found.chosen(field.name());
            }
            value(field.type(), inner(field, name), depth + 1);
        }
    }

    private void sequence(PerType type, String name, int depth) {
        boolean extended = type.extensible && bits(1) == 1;
        int optional = type.optionalCount();
        long present = bits(optional);
        if (type.isAddress) {
            address(name);
        }
        for (Field field : type.fields) {
            boolean there = !field.optional() || (present >>> --optional & 1) == 1;
            if (there && !isOver()) {
                value(field.type(), inner(field, name), depth + 1);
            }
        }
        if (extended && !isOver()) {
            extensions(type, name, depth);
        }
    }

    /** The octets begin at an octet, and the port behind them does too. */
    private void address(String name) {
        int from = (int) ((at + 7) >>> 3);
        if (8L * from + 48 <= end) {
            found.address(name, from);
        }
    }

    private void extensions(PerType type, String name, int depth) {
        int count = small() + 1;
        if (count > 64) {
            fail();
        }
        long present = failed ? 0 : bits(count);
        for (int i = 0; i < count && !isOver(); i++) {
            if ((present >>> (count - 1 - i) & 1) == 1) {
                open(i < type.extensions.length ? type.extensions[i] : null, name, depth);
            }
        }
    }

    /** What has its length in front of it, so that who does not know it can skip it. */
    private void open(@Nullable Field field, String name, int depth) {
        long length = 8L * length();
        if (failed || length > end - at) {
            fail();
            return;
        }
        long outer = end;
        end = at + length;
        long behind = end;
        if (field != null) {
            value(field.type(), inner(field, name), depth + 1);
            done = false; // of the extension alone
        }
        end = outer;
        at = failed ? at : behind;
    }
}
