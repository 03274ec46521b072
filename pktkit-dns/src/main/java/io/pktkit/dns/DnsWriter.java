// SPDX-License-Identifier: MIT
package io.pktkit.dns;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes the parts of a message one after the other, up to a limit. A part that does not fit leaves everything as it was
 * before {@link #mark}. Owner names are compressed; names inside data are not, since a reader need not expect it in types
 * it does not know (RFC 3597 section 4), and an alias would rarely gain.
 */
final class DnsWriter {
    private static final int MAX_POINTER = 0x3FFF;
    private static final int DNSSEC_OK = 0x8000;

    private final ByteBuffer target;
    private final int start;
    private final int end;

    /** The name that was written first, and where: that of the question, which most records repeat. */
    private @Nullable DnsName first;

    private int firstAt;

    /** Where each suffix was written, once names differ; exact in case, so that every name reads back as it was. */
    private final Map<String, Integer> suffixes = new HashMap<>();

    private int at;
    private int mark;
    private boolean overflowed;

    DnsWriter(ByteBuffer target, int offset, int limit) {
        this.target = target;
        this.start = offset;
        this.at = offset;
        this.end = offset + limit;
    }

    int length() {
        return at - start;
    }

    void mark() {
        mark = at;
        overflowed = false;
    }

    /** Takes back what came since {@link #mark} if it did not fit, and says whether it did. */
    boolean fits(int reserved) {
        if (!overflowed && at <= end - reserved) {
            return true;
        }
        at = mark;
        overflowed = false;
        suffixes.values().removeIf(offset -> offset >= at - start);
        first = firstAt >= at - start ? null : first;
        return false;
    }

    void unsigned8(int value) {
        if (room(1)) {
            target.put(at++, (byte) value);
        }
    }

    void unsigned16(int value) {
        unsigned8(value >>> 8);
        unsigned8(value);
    }

    void unsigned32(long value) {
        unsigned16((int) (value >>> 16));
        unsigned16((int) value);
    }

    void octets(byte[] octets, int from, int length) {
        if (room(length)) {
            target.put(at, octets, from, length);
            at += length;
        }
    }

    void name(DnsName name) {
        DnsName before = first;
        if (name.isRoot()) {
            unsigned8(0);
        } else if (before == null && length() <= MAX_POINTER) {
            first = name;
            firstAt = length();
            octets(name.wire(), 0, name.length());
        } else if (before != null && name.equalsExactly(before)) {
            unsigned16(0xC000 | firstAt);
        } else {
            if (before != null && suffixes.isEmpty()) {
                remember(before, firstAt);
            }
            compress(name);
        }
    }

    private void remember(DnsName name, int offset) {
        byte[] wire = name.wire();
        String text = new String(wire, StandardCharsets.ISO_8859_1);
        for (int label = 0; wire[label] != 0 && offset + label <= MAX_POINTER; label += 1 + wire[label]) {
            suffixes.putIfAbsent(text.substring(label), offset + label);
        }
    }

    private void compress(DnsName name) {
        byte[] wire = name.wire();
        String text = new String(wire, StandardCharsets.ISO_8859_1);
        for (int label = 0; wire[label] != 0; label += 1 + wire[label]) {
            String suffix = text.substring(label);
            Integer prior = suffixes.get(suffix);
            if (prior != null) {
                unsigned16(0xC000 | prior);
                return;
            }
            if (length() <= MAX_POINTER) {
                suffixes.put(suffix, length());
            }
            octets(wire, label, 1 + wire[label]);
        }
        unsigned8(0);
    }

    /** Writes the records that fit when so many octets are kept free behind them, and says how many. */
    int records(List<DnsRecord> records, int reserved) {
        int count = 0;
        for (DnsRecord record : records) {
            mark();
            name(record.name());
            unsigned16(record.type());
            unsigned16(record.dnsClass());
            unsigned32(record.ttlSeconds());
            byte[] data = record.rawData();
            unsigned16(data.length);
            octets(data, 0, data.length);
            if (!fits(reserved)) {
                break;
            }
            count++;
        }
        return count;
    }

    void opt(Edns edns) {
        name(DnsName.ROOT);
        unsigned16(DnsType.OPT);
        unsigned16(edns.payloadSize());
        unsigned8(edns.extendedResponseCode());
        unsigned8(edns.version());
        unsigned16(edns.dnssecOk() ? DNSSEC_OK : 0);
        unsigned16(edns.length() - 11);
        edns.options().forEach(option -> option.writeTo(this));
    }

    private boolean room(int length) {
        overflowed |= length > end - at;
        return !overflowed;
    }
}
