// SPDX-License-Identifier: MIT
package io.pktkit.dns;

import io.pktkit.wire.IpAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A resource record. Immutable. Its data is kept as the octets of the wire with all names in full, so that a record can
 * be moved from one message to another.
 */
public final class DnsRecord {
    /** The most seconds that a time to live can say; a larger number on the wire means 0 (RFC 2181 section 8). */
    public static final long MAX_TTL_SECONDS = Integer.MAX_VALUE;

    private static final int SOA_NUMBERS_LENGTH = 20;

    private final DnsName name;
    private final int type;
    private final int dnsClass;
    private final long ttlSeconds;
    private final byte[] data;

    /**
     * Makes a record of any type.
     *
     * @param name whom it is about
     * @param type 0 to 65535, see {@link DnsType}
     * @param dnsClass in practice {@link DnsType#CLASS_IN}
     * @param ttlSeconds how long it may be kept, 0 to {@link #MAX_TTL_SECONDS}
     * @param data the data as on the wire, its names uncompressed, at most 65535 octets; copied
     */
    public DnsRecord(DnsName name, int type, int dnsClass, long ttlSeconds, byte[] data) {
        checkUnsigned16("type", type);
        checkUnsigned16("dnsClass", dnsClass);
        checkUnsigned16("data.length", data.length);
        if (ttlSeconds < 0 || ttlSeconds > MAX_TTL_SECONDS) {
            throw ttlOutOfRange(ttlSeconds);
        }
        this.name = name;
        this.type = type;
        this.dnsClass = dnsClass;
        this.ttlSeconds = ttlSeconds;
        this.data = data.clone();
    }

    /** The same data for another name or time, which have been checked. */
    private DnsRecord(DnsRecord record, DnsName name, long ttlSeconds) {
        this.name = name;
        this.type = record.type;
        this.dnsClass = record.dnsClass;
        this.ttlSeconds = ttlSeconds;
        this.data = record.data;
    }

    /**
     * Makes an A or AAAA record.
     *
     * @param name whose address it is
     * @param ttlSeconds how long it may be kept, 0 to {@link #MAX_TTL_SECONDS}
     * @param address the address, whose family chooses the type
     * @return the record
     */
    public static DnsRecord address(DnsName name, long ttlSeconds, IpAddress address) {
        int type = address.isIpv4() ? DnsType.A : DnsType.AAAA;
        return new DnsRecord(name, type, DnsType.CLASS_IN, ttlSeconds, address.toBytes());
    }

    /**
     * Makes a CNAME record.
     *
     * @param name the alias
     * @param ttlSeconds how long it may be kept, 0 to {@link #MAX_TTL_SECONDS}
     * @param target what it stands for
     * @return the record
     */
    public static DnsRecord alias(DnsName name, long ttlSeconds, DnsName target) {
        return new DnsRecord(name, DnsType.CNAME, DnsType.CLASS_IN, ttlSeconds, target.wire());
    }

    /**
     * Makes a PTR record.
     *
     * @param address the address
     * @param ttlSeconds how long it may be kept, 0 to {@link #MAX_TTL_SECONDS}
     * @param target its name
     * @return the record, owned by {@link DnsName#reverse}
     */
    public static DnsRecord pointer(IpAddress address, long ttlSeconds, DnsName target) {
        return new DnsRecord(DnsName.reverse(address), DnsType.PTR, DnsType.CLASS_IN, ttlSeconds, target.wire());
    }

    /**
     * Makes the SOA record that goes with an empty or negative answer, so that it can be cached (RFC 2308 section 3).
     *
     * @param zone the zone that lacks the name
     * @param ttlSeconds for how long the name may be taken not to exist, 0 to {@link #MAX_TTL_SECONDS}
     * @return a record with that time as TTL and MINIMUM, and the zone as its own server
     */
    public static DnsRecord negativeSoa(DnsName zone, long ttlSeconds) {
        ByteBuffer data = ByteBuffer.allocate(2 * zone.length() + SOA_NUMBERS_LENGTH);
        data.put(zone.wire()).put(zone.wire());
        data.putInt(1).putInt(3600).putInt(600).putInt(86400).putInt((int) ttlSeconds);
        return new DnsRecord(zone, DnsType.SOA, DnsType.CLASS_IN, ttlSeconds, data.array());
    }

    /** {@return whom the record is about} */
    public DnsName name() {
        return name;
    }

    /** {@return the type, see {@link DnsType}} */
    public int type() {
        return type;
    }

    /** {@return the class, in practice {@link DnsType#CLASS_IN}} */
    public int dnsClass() {
        return dnsClass;
    }

    /** {@return for how many seconds the record may be kept, 0 to {@link #MAX_TTL_SECONDS}} */
    public long ttlSeconds() {
        return ttlSeconds;
    }

    /** {@return the data as on the wire, its names in full; a copy} */
    public byte[] data() {
        return data.clone();
    }

    /** {@return the address of an A or AAAA record of the Internet class, otherwise null} */
    public @Nullable IpAddress address() {
        boolean ipv4 = type == DnsType.A && data.length == 4;
        boolean ipv6 = type == DnsType.AAAA && data.length == 16;
        return dnsClass == DnsType.CLASS_IN && (ipv4 || ipv6) ? IpAddress.of(data) : null;
    }

    /** {@return the name that a CNAME, NS or PTR record points to, otherwise null} */
    public @Nullable DnsName target() {
        if (type != DnsType.CNAME && type != DnsType.NS && type != DnsType.PTR) {
            return null;
        }
        DnsReader reader = new DnsReader(ByteBuffer.wrap(data), 0, data.length);
        DnsName target = reader.name();
        return reader.failed() ? null : target;
    }

    /**
     * Gives the time for which the absence of a name may be cached: the smaller of TTL and MINIMUM of an SOA record (RFC
     * 2308 section 5).
     *
     * @return seconds, 0 for a record of another type
     */
    public long negativeTtlSeconds() {
        if (type != DnsType.SOA || data.length < SOA_NUMBERS_LENGTH) {
            return 0;
        }
        int minimum = ByteBuffer.wrap(data).getInt(data.length - 4);
        return Math.min(ttlSeconds, minimum < 0 ? 0 : minimum);
    }

    /**
     * Gives the same record for another time.
     *
     * @param seconds how long it may be kept, 0 to {@link #MAX_TTL_SECONDS}
     * @return the record
     */
    public DnsRecord withTtlSeconds(long seconds) {
        if (seconds < 0 || seconds > MAX_TTL_SECONDS) {
            throw ttlOutOfRange(seconds);
        }
        return seconds == ttlSeconds ? this : new DnsRecord(this, name, seconds);
    }

    /** The same record, its owner spelled in the case of an equal name; itself if it is about another. */
    DnsRecord spelledAs(DnsName spelled) {
        if (name.equalsExactly(spelled) || !name.equals(spelled)) {
            return this;
        }
        return new DnsRecord(this, spelled, ttlSeconds);
    }

    /** About how many octets it takes in a message, names in full. */
    int length() {
        return name.length() + 10 + data.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DnsRecord record
                && record.name.equals(name)
                && record.type == type
                && record.dnsClass == dnsClass
                && record.ttlSeconds == ttlSeconds
                && Arrays.equals(record.data, data);
    }

    @Override
    public int hashCode() {
        return (name.hashCode() * 31 + type) * 31 + Arrays.hashCode(data);
    }

    @Override
    public String toString() {
        IpAddress address = address();
        DnsName target = target();
        String shown = address != null ? address.toString() : target != null ? target.toString() : data.length + " B";
        return name + " " + ttlSeconds + " " + DnsType.name(type) + " " + shown;
    }

    byte[] rawData() {
        return data;
    }

    private static IllegalArgumentException ttlOutOfRange(long seconds) {
        return new IllegalArgumentException("ttlSeconds must be in [0, 2147483647]: ttlSeconds=" + seconds);
    }

    static void checkUnsigned16(String thing, int value) {
        if (value < 0 || value > 0xFFFF) {
            throw new IllegalArgumentException(thing + " must be in [0, 65535]: " + thing + "=" + value);
        }
    }
}
