// SPDX-License-Identifier: MIT
package io.pktkit.lab.wg;

import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.wg.tunnel.EndpointName;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import org.jspecify.annotations.Nullable;

/**
 * Where peers find a port.
 *
 * @param where host and port
 * @param comment lines for their files that tell how that was found out, each with a newline before it
 */
record Outward(EndpointName where, String comment) {

    /** Addresses of documentation, RFC 5737 and RFC 3849: a route to them is the one that leads outward. */
    private static final String[] ANYWHERE = {"192.0.2.1", "2001:db8::1"};

    private static final int DISCARD = 9;

    /** What the user named, or else the address of this host from which it reaches the world. */
    static Outward of(@Nullable String named, DatagramEndpoint endpoint) {
        int port = endpoint.port();
        if (named != null) {
            return new Outward(parse(named, port), "");
        }
        IpAddress found = null;
        for (String anywhere : ANYWHERE) {
            IpAddress to = IpAddress.parse(anywhere);
            IpAddress bound = endpoint.localAddress(to.family());
            if (found == null && bound != null) {
                found = bound.isUnspecified() ? from(to) : bound;
            }
        }
        if (found == null) {
            found = IpAddress.parse(endpoint.localAddress(IpFamily.IPV4) != null ? "127.0.0.1" : "::1");
        }
        return new Outward(
                new EndpointName(found.toString(), port),
                "\nThe endpoint is the address of this host that leads outward: behind a NAT write the NAT's address,"
                        + "\nand forward its UDP port " + port + " to this host.");
    }

    /** A port that is named is that of a NAT in front of us. */
    private static EndpointName parse(String named, int port) {
        boolean address = named.indexOf(':') != named.lastIndexOf(':') && !named.startsWith("[");
        if (address) {
            return new EndpointName(IpAddress.parse(named).toString(), port);
        }
        boolean hasPort = named.startsWith("[") ? named.contains("]:") : named.indexOf(':') >= 0;
        return hasPort ? EndpointName.parse(named) : new EndpointName(named.replaceAll("^\\[(.*)]$", "$1"), port);
    }

    /** Connecting a UDP socket sends nothing, but chooses the route. */
    private static @Nullable IpAddress from(IpAddress to) {
        try (DatagramChannel channel = DatagramChannel.open()) {
            channel.connect(new InetSocketAddress(to.toInetAddress(), DISCARD));
            InetSocketAddress local = (InetSocketAddress) channel.getLocalAddress();
            IpAddress address = IpAddress.of(local.getAddress());
            return address.isUnspecified() ? null : address;
        } catch (IOException noRoute) {
            return null;
        }
    }
}
