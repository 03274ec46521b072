// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.dhcp.DhcpRoute;
import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.dhcp.DhcpSubnet;
import io.pktkit.dhcp.Lease;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes what a server sends, after table 3 of RFC 2131, and decides where it goes (section 4.1). */
final class ServerReplies {
    private static final int IP_AND_UDP = 28;
    private static final int DEFAULT_LENGTH = 576 - IP_AND_UDP; // RFC 2131 section 2: what every client takes
    private static final int MAX_LENGTH = 1500 - IP_AND_UDP;
    private static final int BROADCAST_ADDRESS_OPTION = 28;
    private static final int OPTIONS = 256;
    private static final int REQUIRED = 3 + 4 * 6; // options 53, 54, 51, 58 and 59
    private static final int[] ECHOED = {DhcpOptions.CLIENT_IDENTIFIER, DhcpOptions.RELAY_AGENT_INFORMATION};

    private static final byte[] UNASKED = {
        DhcpOptions.SUBNET_MASK,
        DhcpOptions.ROUTER,
        DhcpOptions.DNS_SERVERS,
        DhcpOptions.DOMAIN_NAME,
        DhcpOptions.INTERFACE_MTU,
        DhcpOptions.DOMAIN_SEARCH,
    };

    private final int server;
    private final boolean remote; // clients that come without a relay come over a router
    private final int maxLength;
    private final byte[] @Nullable [] values = new byte[OPTIONS][];

    ServerReplies(DhcpServerConfig config, DhcpSubnet link) {
        IpPrefix subnet = link.prefix();
        server = config.serverAddress().address().toIpv4Bits();
        remote = !subnet.contains(config.serverAddress().address());
        int length = config.mtu() == 0 ? MAX_LENGTH : config.mtu() - IP_AND_UDP;
        maxLength = Math.max(DEFAULT_LENGTH, Math.min(MAX_LENGTH, length));
        values[DhcpOptions.SUBNET_MASK] = subnet.mask().toBytes();
        if (subnet.length() < 31) {
            values[BROADCAST_ADDRESS_OPTION] = subnet.broadcast().toBytes();
        }
        IpAddress router = link.router();
        if (router != null) {
            values[DhcpOptions.ROUTER] = router.toBytes();
        }
        if (!link.routes().isEmpty()) {
            values[DhcpOptions.CLASSLESS_ROUTES] = ClasslessRoutes.encode(withDefault(link.routes(), router));
        }
        if (config.ipv6OnlySeconds() >= 0) {
            values[DhcpOptions.IPV6_ONLY_PREFERRED] = DhcpWriter.intBytes((int) config.ipv6OnlySeconds());
        }
        if (!config.dnsServers().isEmpty()) {
            values[DhcpOptions.DNS_SERVERS] = addresses(config.dnsServers());
        }
        String domain = config.domainName();
        if (domain != null) {
            values[DhcpOptions.DOMAIN_NAME] = DomainNames.toText(domain);
        }
        if (!config.searchDomains().isEmpty()) {
            values[DhcpOptions.DOMAIN_SEARCH] = DomainNames.encodeSearch(config.searchDomains());
        }
        if (config.mtu() != 0) {
            values[DhcpOptions.INTERFACE_MTU] = new byte[] {(byte) (config.mtu() >>> 8), (byte) config.mtu()};
        }
    }

    /** Whether what must be in an answer fits the size that the client takes: types, times, and what is echoed. */
    boolean canAnswer(DhcpMessage request) {
        int needed = DhcpMessage.HEADER_LENGTH + REQUIRED + 1; // and the end option
        for (int code : ECHOED) {
            byte[] echoed = request.option(code);
            needed += echoed == null ? 0 : DhcpWriter.encodedLength(echoed.length);
        }
        return needed <= longest(request);
    }

    /** An OFFER or ACK of an address for a time; with address and time zero, the ACK of an INFORM. */
    ServerReply grant(
            DhcpMessage request, int type, int address, long seconds, @Nullable String hostname, long sourceMac) {
        DhcpWriter writer = start(request, type);
        writer.flags(request.flags()).yiaddr(address);
        if (type == DhcpOptions.ACK) {
            writer.ciaddr(request.ciaddr());
        }
        if (seconds != 0) {
            writer.intOption(DhcpOptions.LEASE_TIME, (int) seconds);
        }
        if (seconds != 0 && seconds != Lease.INFINITE) {
            writer.intOption(DhcpOptions.RENEWAL_TIME, (int) (seconds / 2));
            writer.intOption(DhcpOptions.REBINDING_TIME, (int) (seconds - seconds / 8));
        }
        parameters(request, writer, hostname);
        return deliver(request, finish(request, writer), address, sourceMac);
    }

    /**
     * A NAK, which goes to everybody on the client's link. One beyond a router has only its address to be reached by, which section
     * 4.3.2 has the server trust.
     */
    ServerReply refuse(DhcpMessage request, long sourceMac) {
        DhcpWriter writer = start(request, DhcpOptions.NAK);
        boolean relayed = request.giaddr() != 0;
        // The client cannot be reached by an address that it does not have: the relay is told to broadcast (section
        // 4.3.2).
        writer.flags(relayed ? request.flags() | DhcpOptions.FLAG_BROADCAST : request.flags());
        byte[] payload = finish(request, writer);
        if (relayed) {
            return toRelay(request, payload, sourceMac);
        }
        return remote ? toClientBeyondRouter(request, payload, sourceMac) : toAll(payload);
    }

    private DhcpWriter start(DhcpMessage request, int type) {
        DhcpWriter writer =
                new DhcpWriter(longest(request)).op(DhcpOptions.OP_REPLY).xid(request.xid());
        writer.hardware(request.htype(), request.hlen(), request.hardwareAddress())
                .giaddr(request.giaddr());
        // What is echoed comes last but may not be crowded out: RFC 6842 section 3, RFC 3046 section 2.2.
        for (int code : ECHOED) {
            byte[] echoed = request.option(code);
            if (echoed != null) {
                writer.reserve(echoed.length);
            }
        }
        writer.byteOption(DhcpOptions.MESSAGE_TYPE, type);
        writer.intOption(DhcpOptions.SERVER_IDENTIFIER, server);
        return writer;
    }

    /**
     * In the order asked for, the mask always and before the router (RFC 2132 section 3.3). What does not fit is left out. The
     * router is left out too where the client gets its routes, which hold it (RFC 3442).
     */
    private void parameters(DhcpMessage request, DhcpWriter writer, @Nullable String hostname) {
        byte[] asked = request.option(DhcpOptions.PARAMETER_REQUEST_LIST);
        boolean[] done = new boolean[OPTIONS];
        for (byte code : asked == null ? UNASKED : asked) {
            if (code == DhcpOptions.ROUTER) {
                parameter(writer, DhcpOptions.SUBNET_MASK, done);
                boolean routed = asks(asked, DhcpOptions.CLASSLESS_ROUTES)
                        && parameter(writer, DhcpOptions.CLASSLESS_ROUTES, done);
                done[DhcpOptions.ROUTER] |= routed;
            }
            if (code == DhcpOptions.HOST_NAME && hostname != null && !done[DhcpOptions.HOST_NAME]) {
                done[DhcpOptions.HOST_NAME] = true;
                writer.option(DhcpOptions.HOST_NAME, DomainNames.toText(hostname));
            }
            parameter(writer, code & 0xFF, done);
        }
        parameter(writer, DhcpOptions.SUBNET_MASK, done);
    }

    /** Whether the option is in the message, now or before. */
    private boolean parameter(DhcpWriter writer, int code, boolean[] done) {
        byte[] value = values[code];
        if (value != null && !done[code]) {
            done[code] = writer.option(code, value);
        }
        return done[code];
    }

    private static boolean asks(byte @Nullable [] asked, int code) {
        for (int i = 0; asked != null && i < asked.length; i++) {
            if (asked[i] == code) {
                return true;
            }
        }
        return false;
    }

    /** Who takes the routes ignores the router, so the way to everywhere must be one of them. */
    private static List<DhcpRoute> withDefault(List<DhcpRoute> routes, @Nullable IpAddress router) {
        if (router == null || routes.stream().anyMatch(DhcpRoute::isDefault)) {
            return routes;
        }
        List<DhcpRoute> all = new ArrayList<>(routes);
        all.add(DhcpRoute.toEverywhere(router));
        return all;
    }

    private static byte[] finish(DhcpMessage request, DhcpWriter writer) {
        for (int code : ECHOED) {
            byte[] echoed = request.option(code);
            if (echoed != null) {
                writer.unreserve(echoed.length);
                writer.option(code, echoed);
            }
        }
        return writer.finish();
    }

    private ServerReply deliver(DhcpMessage request, byte[] payload, int address, long sourceMac) {
        if (request.giaddr() != 0) {
            return toRelay(request, payload, sourceMac);
        }
        if (remote) {
            return toClientBeyondRouter(request, payload, sourceMac);
        }
        // ciaddr counts where it was checked: as what is being extended, or in an INFORM. A DISCOVER could name
        // anybody.
        boolean reachable = address == 0 || request.ciaddr() == address;
        if (!reachable && request.wantsBroadcast()) {
            return toAll(payload);
        }
        int target = address == 0 ? request.ciaddr() : address;
        long mac = request.isEthernet() ? request.chaddrMac() : stationOrAll(sourceMac);
        return new ServerReply(payload, target, DhcpOptions.CLIENT_PORT, mac);
    }

    private static ServerReply toRelay(DhcpMessage request, byte[] payload, long sourceMac) {
        return new ServerReply(payload, request.giaddr(), DhcpOptions.SERVER_PORT, stationOrAll(sourceMac));
    }

    private static ServerReply toClientBeyondRouter(DhcpMessage request, byte[] payload, long sourceMac) {
        return new ServerReply(payload, request.ciaddr(), DhcpOptions.CLIENT_PORT, stationOrAll(sourceMac));
    }

    private static ServerReply toAll(byte[] payload) {
        return new ServerReply(
                payload, ServerReply.BROADCAST_ADDRESS, DhcpOptions.CLIENT_PORT, ServerReply.BROADCAST_MAC);
    }

    private static long stationOrAll(long sourceMac) {
        return sourceMac == 0 ? ServerReply.BROADCAST_MAC : sourceMac;
    }

    /** Option 57 counts IP and UDP in, as RFC 2131 section 2 reckons its 576. */
    private int longest(DhcpMessage request) {
        int asked = request.shortOption(DhcpOptions.MAXIMUM_MESSAGE_SIZE) - IP_AND_UDP;
        return Math.max(DEFAULT_LENGTH, Math.min(asked, maxLength));
    }

    private static byte[] addresses(List<IpAddress> addresses) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        addresses.forEach(address -> out.writeBytes(address.toBytes()));
        return out.toByteArray();
    }
}
