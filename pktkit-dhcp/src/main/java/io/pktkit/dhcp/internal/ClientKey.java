// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.wire.KeyedHash;
import java.nio.charset.StandardCharsets;

/**
 * Who a lease belongs to: the client identifier or, without one, the hardware address (RFC 2131 section 4.2), together with the
 * station that asks, which is the source of the frame or the relay. Whoever borrows another's identifier is therefore somebody
 * else: it can neither renew, release nor decline that lease, and two clones of one machine image each get an address.
 */
final class ClientKey {
    private static final long RELAY = 1L << 48; // above every MAC address

    private final String identity;
    private final long station;
    private final int hash;

    private ClientKey(String identity, long station) {
        this.identity = identity;
        this.station = station;
        long folded = 0;
        for (int i = 0; i < identity.length(); i++) {
            folded = KeyedHash.shared().of(folded, identity.charAt(i));
        }
        hash = (int) KeyedHash.shared().of(folded, station);
    }

    static ClientKey of(DhcpMessage message, long station) {
        byte[] identifier = message.option(DhcpOptions.CLIENT_IDENTIFIER);
        if (identifier != null && identifier.length >= 2) {
            return new ClientKey('i' + new String(identifier, StandardCharsets.ISO_8859_1), station);
        }
        String hardware = new String(message.hardwareAddress(), StandardCharsets.ISO_8859_1);
        return new ClientKey("h" + (char) message.htype() + hardware, station);
    }

    static long stationOf(DhcpMessage message, long sourceMac) {
        return message.giaddr() == 0 ? sourceMac : RELAY | Integer.toUnsignedLong(message.giaddr());
    }

    boolean isRelayed() {
        return (station & RELAY) != 0;
    }

    long station() {
        return station;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ClientKey key && key.station == station && key.identity.equals(identity);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
