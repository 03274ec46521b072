// SPDX-License-Identifier: MIT
package io.pktkit.dns;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads records: the names that may be compressed inside their data are put there in full. Those of RFC 1035 may be, and
 * RFC 3597 section 4 names further types that some servers compress all the same.
 */
final class DnsRecordReader {
    private static final int SOA_NUMBERS_LENGTH = 20;
    private static final int NAPTR_STRINGS = 3;
    private static final int FIXED_OPT = 4;

    private DnsRecordReader() {}

    /** As many records as the header says; fewer once the reader has failed. The list may be changed. */
    static List<DnsRecord> section(DnsReader reader, int count) {
        // Every record takes 11 octets or more, so the message bounds the list, not the count that it claims.
        List<DnsRecord> records = new ArrayList<>();
        for (int i = 0; i < count && !reader.failed(); i++) {
            records.add(record(reader));
        }
        return records;
    }

    /** The OPT record keeps the size in its class and the rest in its TTL (RFC 6891 section 6.1.3); null if malformed. */
    static @Nullable Edns edns(DnsRecord record) {
        byte[] data = record.rawData();
        DnsReader reader = new DnsReader(ByteBuffer.wrap(data), 0, data.length);
        int high = reader.unsigned16();
        int low = reader.unsigned16();
        List<EdnsOption> options = new ArrayList<>(1);
        while (reader.remaining() > 0) {
            int code = reader.unsigned16();
            options.add(new EdnsOption(code, reader.octets(reader.unsigned16())));
        }
        return reader.failed()
                ? null
                : new Edns(record.dnsClass(), high >>> 8, high & 0xFF, (low & 0x8000) != 0, options);
    }

    private static DnsRecord record(DnsReader reader) {
        DnsName name = reader.name();
        int type = reader.unsigned16();
        int dnsClass = reader.unsigned16();
        long ttl = reader.unsigned32();
        int length = reader.unsigned16();
        if (type == DnsType.OPT) {
            byte[] options = reader.octets(length);
            ByteBuffer data = ByteBuffer.allocate(FIXED_OPT + options.length);
            return new DnsRecord(
                    name, type, dnsClass, 0, data.putInt((int) ttl).put(options).array());
        }
        int outerEnd = reader.narrow(length);
        byte[] data = data(reader, type, length);
        reader.widen(outerEnd);
        return new DnsRecord(name, type, dnsClass, ttl > DnsRecord.MAX_TTL_SECONDS ? 0 : ttl, data);
    }

    private static byte[] data(DnsReader reader, int type, int length) {
        return switch (type) {
            case DnsType.NS, DnsType.CNAME, DnsType.PTR, DnsType.DNAME -> named(reader, 0, 1, 0);
            case DnsType.MX, DnsType.AFSDB, DnsType.RT, DnsType.KX -> named(reader, 2, 1, 0);
            case DnsType.RP -> named(reader, 0, 2, 0);
            case DnsType.PX -> named(reader, 2, 2, 0);
            case DnsType.SRV -> named(reader, 6, 1, 0);
            case DnsType.SOA -> named(reader, 0, 2, SOA_NUMBERS_LENGTH);
            case DnsType.NAPTR -> named(reader, naptrLead(reader), 1, 0);
            default -> reader.octets(length);
        };
    }

    /** Data that is some octets, then names, then some octets. */
    private static byte[] named(DnsReader reader, int lead, int names, int trail) {
        byte[] first = reader.octets(lead);
        byte[] name = reader.name().wire();
        byte[] second = names == 2 ? reader.name().wire() : new byte[0];
        byte[] last = reader.octets(trail);
        return ByteBuffer.allocate(first.length + name.length + second.length + last.length)
                .put(first)
                .put(name)
                .put(second)
                .put(last)
                .array();
    }

    /** Two numbers and three strings, each after its length, are before the name of a NAPTR record (RFC 3403 section 4.1). */
    private static int naptrLead(DnsReader reader) {
        int lead = 4;
        for (int i = 0; i < NAPTR_STRINGS; i++) {
            lead += 1 + reader.peek8(lead);
        }
        return lead;
    }
}
