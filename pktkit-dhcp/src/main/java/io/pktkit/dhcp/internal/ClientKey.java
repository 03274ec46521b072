// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.wire.KeyedHash;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * Who a lease belongs to: the client identifier or, without one, the hardware address (RFC 2131 section 4.2), together with the
 * station that asks, which is the source of the frame or the relay. Whoever borrows another's identifier is therefore somebody
 * else: it can neither renew, release nor decline that lease, and two clones of one machine image each get an address.
 */
final class ClientKey {
    private static final long RELAY = 1L << 48; // above every MAC address
    private static final int MAX_IDENTIFIER = 255; // what one option holds (RFC 2132 section 9.14)
    private static final String BY_IDENTIFIER = "i";
    private static final String BY_HARDWARE = "h";

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

    /** Whether the client's identifier is short enough: a key is kept for each lease, and written to the store. */
    static boolean fits(DhcpMessage message) {
        byte[] identifier = message.option(DhcpOptions.CLIENT_IDENTIFIER);
        return identifier == null || identifier.length <= MAX_IDENTIFIER;
    }

    static ClientKey of(DhcpMessage message, long station) {
        byte[] identifier = message.option(DhcpOptions.CLIENT_IDENTIFIER);
        if (identifier != null && identifier.length >= 2) {
            return new ClientKey(BY_IDENTIFIER + new String(identifier, StandardCharsets.ISO_8859_1), station);
        }
        String hardware = new String(message.hardwareAddress(), StandardCharsets.ISO_8859_1);
        return new ClientKey(BY_HARDWARE + (char) message.htype() + hardware, station);
    }

    /** What stands for the station of clients behind a relay, or of those on a subnet behind relays: an address of theirs. */
    static long relayed(int address) {
        return RELAY | Integer.toUnsignedLong(address);
    }

    /** The key as text without blanks, for {@link #fromText}. */
    String toText() {
        byte[] octets = identity.getBytes(StandardCharsets.ISO_8859_1);
        return Long.toHexString(station) + "." + HexFormat.of().formatHex(octets);
    }

    /** The key of a text, or null if it is of none. */
    static @Nullable ClientKey fromText(String text) {
        int dot = text.indexOf('.');
        try {
            long station = Long.parseLong(text.substring(0, Math.max(dot, 0)), 16);
            String identity = new String(HexFormat.of().parseHex(text.substring(dot + 1)), StandardCharsets.ISO_8859_1);
            boolean known = identity.startsWith(BY_IDENTIFIER) || identity.startsWith(BY_HARDWARE);
            return known && station >= 0 && station < RELAY << 1 ? new ClientKey(identity, station) : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
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
