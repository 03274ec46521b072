// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import io.pktkit.dhcp.internal.DomainNames;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Locale;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * A lease as a line: client, address, MAC address, station, whether it is proven, expiry in seconds of 1970, hostname, and a
 * checksum of all that, parted by blanks. A line that was cut is noticed: without the checksum, a cut address could be another's.
 */
final class LeaseLine {
    private static final String NONE = "-";
    private static final int FIELDS = 8;

    private LeaseLine() {}

    /** The line, without its end. */
    static String format(StoredLease lease) {
        String expiry = lease.expiry().equals(Instant.MAX)
                ? NONE
                : Long.toString(lease.expiry().getEpochSecond());
        String hostname = lease.hostname();
        String content = String.join(
                " ",
                lease.client(),
                lease.address().toString(),
                lease.mac().toString(),
                lease.station().toString(),
                lease.proven() ? "1" : "0",
                expiry,
                hostname == null ? NONE : hostname);
        return content + " " + checksum(content);
    }

    /** The lease of a line, or null if it is not a whole one. */
    static @Nullable StoredLease parse(String line) {
        String[] fields = line.split(" ", -1);
        if (fields.length != FIELDS) {
            return null;
        }
        String content = line.substring(0, line.lastIndexOf(' '));
        String hostname = fields[6].equals(NONE) ? null : fields[6];
        if (!checksum(content).equals(fields[7]) || (hostname != null && !DomainNames.isValid(hostname))) {
            return null;
        }
        try {
            return new StoredLease(
                    fields[0],
                    IpAddress.parse(fields[1]),
                    MacAddress.parse(fields[2]),
                    MacAddress.parse(fields[3]),
                    hostname,
                    fields[4].equals("1"),
                    fields[5].equals(NONE) ? Instant.MAX : Instant.ofEpochSecond(Long.parseLong(fields[5])));
        } catch (IllegalArgumentException | DateTimeException e) {
            return null;
        }
    }

    private static String checksum(String content) {
        CRC32 crc = new CRC32();
        crc.update(content.getBytes(StandardCharsets.ISO_8859_1));
        return String.format(Locale.ROOT, "%08x", crc.getValue());
    }
}
