// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.v6;

import io.pktkit.dhcp.internal.DomainNames;
import io.pktkit.dhcp.ra.Ipv6Offer;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Answers the information requests of stateless DHCPv6 (RFC 8415 section 18.3.6): name servers and domains, for hosts that do
 * not read them from router advertisements. It has no addresses to give and keeps nothing, so all else is dropped. Immutable.
 */
public final class InformationResponder {
    /** Where servers listen. */
    public static final int SERVER_PORT = 547;

    /** Where clients listen. */
    public static final int CLIENT_PORT = 546;

    /** All servers and relay agents of a link. */
    public static final IpAddress ALL_SERVERS = IpAddress.parse("ff02::1:2");

    private static final int REPLY = 7;
    private static final int INFORMATION_REQUEST = 11;
    private static final int CLIENT_ID = 1;
    private static final int SERVER_ID = 2;
    private static final int IA_NA = 3;
    private static final int IA_TA = 4;
    private static final int OPTION_REQUEST = 6;
    private static final int DNS_SERVERS = 23; // RFC 3646
    private static final int DOMAIN_LIST = 24;
    private static final int IA_PD = 25;
    private static final int INFORMATION_REFRESH_TIME = 32;
    private static final int HEADER = 4;
    private static final int MAX_DUID = 130; // RFC 8415 section 11.1: two octets of type and 128 more
    private static final int MAX_REPLY = 2048;

    private final Ipv6Offer offer;
    private final byte[] duid;

    /**
     * Makes a responder.
     *
     * @param offer what it tells
     * @param mac the server's station, which names it (DUID-LL, section 11.4)
     */
    public InformationResponder(Ipv6Offer offer, MacAddress mac) {
        this.offer = offer;
        ByteBuffer name = ByteBuffer.allocate(10).putShort((short) 3).putShort((short) 1);
        name.putShort((short) (mac.toLong() >>> 32)).putInt((int) mac.toLong());
        this.duid = name.array();
    }

    /**
     * Answers a message.
     *
     * @param buffer where it is; position and limit are neither used nor changed
     * @param offset where it starts
     * @param length how many octets it has, all inside the buffer's limit
     * @return the reply, from position to limit; null if there is none to give
     */
    public @Nullable ByteBuffer reply(ByteBuffer buffer, int offset, int length) {
        if (length < HEADER || (buffer.get(offset) & 0xFF) != INFORMATION_REQUEST) {
            return null;
        }
        byte[] client = null;
        byte[] wanted = null;
        int at = offset + HEADER;
        int end = offset + length;
        while (at < end) {
            int size = end - at < HEADER ? -1 : buffer.getShort(at + 2) & 0xFFFF;
            if (size < 0 || size > end - at - HEADER) {
                return null;
            }
            byte[] value = new byte[size];
            buffer.get(at + HEADER, value);
            switch (buffer.getShort(at) & 0xFFFF) {
                case CLIENT_ID -> client = size <= MAX_DUID ? value : client;
                case OPTION_REQUEST -> wanted = value;
                case SERVER_ID -> {
                    if (!Arrays.equals(value, duid)) {
                        return null; // section 16.12: for another server
                    }
                }
                case IA_NA, IA_TA, IA_PD -> {
                    return null; // section 16.12: no such request
                }
                default -> {} // what it does not know, it need not know
            }
            at += HEADER + size;
        }
        return reply(buffer.getInt(offset) & 0xFF_FFFF, client, wanted);
    }

    private ByteBuffer reply(int transaction, byte @Nullable [] client, byte @Nullable [] wanted) {
        ByteBuffer reply = ByteBuffer.allocate(MAX_REPLY + MAX_DUID).putInt(REPLY << 24 | transaction);
        if (client != null) {
            put(reply, CLIENT_ID, client);
        }
        put(reply, SERVER_ID, duid);
        if (!offer.dnsServers().isEmpty() && isWanted(wanted, DNS_SERVERS)) {
            ByteBuffer servers = ByteBuffer.allocate(16 * offer.dnsServers().size());
            offer.dnsServers().forEach(server -> servers.put(server.toBytes()));
            put(reply, DNS_SERVERS, servers.array());
        }
        if (!offer.searchDomains().isEmpty() && isWanted(wanted, DOMAIN_LIST)) {
            put(reply, DOMAIN_LIST, DomainNames.encodeSearch(offer.searchDomains()));
        }
        if (isWanted(wanted, INFORMATION_REFRESH_TIME)) {
            put(
                    reply,
                    INFORMATION_REFRESH_TIME,
                    ByteBuffer.allocate(4)
                            .putInt((int) Ipv6Offer.USUAL_ROUTER_LIFETIME.toSeconds())
                            .array());
        }
        return reply.flip();
    }

    /** A client that names no options is told all. */
    private static boolean isWanted(byte @Nullable [] wanted, int option) {
        if (wanted == null) {
            return true;
        }
        for (int i = 0; i + 1 < wanted.length; i += 2) {
            if (((wanted[i] & 0xFF) << 8 | (wanted[i + 1] & 0xFF)) == option) {
                return true;
            }
        }
        return false;
    }

    private static void put(ByteBuffer reply, int option, byte[] value) {
        reply.putShort((short) option).putShort((short) value.length).put(value);
    }
}
