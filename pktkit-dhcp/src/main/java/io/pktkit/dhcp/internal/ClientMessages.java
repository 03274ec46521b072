// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.wire.MacAddress;
import org.jspecify.annotations.Nullable;

/** Writes what a client sends, after table 5 of RFC 2131. */
public final class ClientMessages {
    private static final int MAX_LENGTH = 1024;

    // The mask comes before the router as it must in the answer (RFC 2132 section 3.3), and the routes before both
    // (RFC 3442).
    private static final byte[] REQUESTED = {
        DhcpOptions.SUBNET_MASK,
        DhcpOptions.CLASSLESS_ROUTES,
        DhcpOptions.ROUTER,
        DhcpOptions.DNS_SERVERS,
        DhcpOptions.DOMAIN_NAME,
        DhcpOptions.INTERFACE_MTU,
        DhcpOptions.RENEWAL_TIME,
        DhcpOptions.REBINDING_TIME,
        DhcpOptions.DOMAIN_SEARCH,
    };

    private final byte[] mac;
    private final byte[] clientIdentifier;
    private final @Nullable String hostname;
    private final int maximumMessageSize;

    public ClientMessages(MacAddress mac, byte[] clientIdentifier, @Nullable String hostname, int maximumMessageSize) {
        this.mac = mac.toBytes();
        this.clientIdentifier = clientIdentifier;
        this.hostname = hostname;
        this.maximumMessageSize = maximumMessageSize;
    }

    public byte[] discover(int xid, int secs) {
        return asking(start(DhcpOptions.DISCOVER, xid).secs(secs)).finish();
    }

    /** In answer to an offer: the address goes in option 50 and the server in 54, ciaddr is zero. */
    public byte[] select(int xid, int secs, int address, int server) {
        DhcpWriter writer = start(DhcpOptions.REQUEST, xid).secs(secs);
        writer.intOption(DhcpOptions.REQUESTED_ADDRESS, address);
        writer.intOption(DhcpOptions.SERVER_IDENTIFIER, server);
        return asking(writer).finish();
    }

    /** After a reboot: the address of earlier in option 50, without 54, ciaddr zero (RFC 2131 section 4.3.2). */
    public byte[] reboot(int xid, int secs, int address) {
        DhcpWriter writer = start(DhcpOptions.REQUEST, xid).secs(secs);
        writer.intOption(DhcpOptions.REQUESTED_ADDRESS, address);
        return asking(writer).finish();
    }

    /** To extend a lease, from RENEWING and REBINDING: the address goes in ciaddr, without options 50 and 54. */
    public byte[] extend(int xid, int secs, int address) {
        return asking(start(DhcpOptions.REQUEST, xid).secs(secs).ciaddr(address))
                .finish();
    }

    public byte[] decline(int xid, int address, int server) {
        DhcpWriter writer = start(DhcpOptions.DECLINE, xid);
        writer.intOption(DhcpOptions.REQUESTED_ADDRESS, address);
        writer.intOption(DhcpOptions.SERVER_IDENTIFIER, server);
        return writer.finish();
    }

    public byte[] release(int xid, int address, int server) {
        DhcpWriter writer = start(DhcpOptions.RELEASE, xid).ciaddr(address);
        writer.intOption(DhcpOptions.SERVER_IDENTIFIER, server);
        return writer.finish();
    }

    private DhcpWriter start(int type, int xid) {
        DhcpWriter writer =
                new DhcpWriter(MAX_LENGTH).op(DhcpOptions.OP_REQUEST).xid(xid);
        writer.hardware(DhcpOptions.HTYPE_ETHERNET, mac.length, mac);
        writer.byteOption(DhcpOptions.MESSAGE_TYPE, type);
        if (clientIdentifier.length > 0) {
            writer.option(DhcpOptions.CLIENT_IDENTIFIER, clientIdentifier);
        }
        return writer;
    }

    private DhcpWriter asking(DhcpWriter writer) {
        writer.option(DhcpOptions.PARAMETER_REQUEST_LIST, REQUESTED);
        writer.shortOption(DhcpOptions.MAXIMUM_MESSAGE_SIZE, maximumMessageSize);
        if (hostname != null) {
            writer.option(DhcpOptions.HOST_NAME, DomainNames.toText(hostname));
        }
        return writer;
    }
}
