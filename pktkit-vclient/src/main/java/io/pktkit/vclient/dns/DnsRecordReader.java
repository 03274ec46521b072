// SPDX-License-Identifier: MIT
package io.pktkit.vclient.dns;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Reads records: the names that RFC 1035 lets be compressed inside their data are put there in full. */
final class DnsRecordReader {
    private static final int SOA_NUMBERS_LENGTH = 20;

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

    /** The OPT record keeps the size in its class and the rest in its TTL (RFC 6891 section 6.1.3). */
    static Edns edns(DnsRecord record) {
        ByteBuffer ttl = ByteBuffer.wrap(record.rawData(), 0, 4);
        int word = ttl.getInt(0);
        return new Edns(record.dnsClass(), word >>> 24, (word >>> 16) & 0xFF, (word & 0x8000) != 0);
    }

    private static DnsRecord record(DnsReader reader) {
        DnsName name = reader.name();
        int type = reader.unsigned16();
        int dnsClass = reader.unsigned16();
        long ttl = reader.unsigned32();
        int length = reader.unsigned16();
        if (type == DnsType.OPT) {
            reader.octets(length);
            byte[] word = ByteBuffer.allocate(4).putInt((int) ttl).array();
            return new DnsRecord(name, type, dnsClass, 0, word);
        }
        int outerEnd = reader.narrow(length);
        byte[] data = data(reader, type, length);
        reader.widen(outerEnd);
        return new DnsRecord(name, type, dnsClass, ttl > DnsRecord.MAX_TTL_SECONDS ? 0 : ttl, data);
    }

    private static byte[] data(DnsReader reader, int type, int length) {
        switch (type) {
            case DnsType.NS, DnsType.CNAME, DnsType.PTR -> {
                return reader.name().wire();
            }
            case DnsType.MX -> {
                int preference = reader.unsigned16();
                byte[] exchange = reader.name().wire();
                ByteBuffer data = ByteBuffer.allocate(2 + exchange.length);
                return data.putShort((short) preference).put(exchange).array();
            }
            case DnsType.SOA -> {
                byte[] server = reader.name().wire();
                byte[] mailbox = reader.name().wire();
                byte[] numbers = reader.octets(SOA_NUMBERS_LENGTH);
                ByteBuffer data = ByteBuffer.allocate(server.length + mailbox.length + numbers.length);
                return data.put(server).put(mailbox).put(numbers).array();
            }
            default -> {
                return reader.octets(length);
            }
        }
    }
}
