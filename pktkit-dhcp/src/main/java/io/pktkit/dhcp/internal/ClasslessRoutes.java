// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.dhcp.DhcpRoute;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The value of option 121 (RFC 3442): for each route the length of its prefix, the octets of the destination that this length
 * makes significant, and the router.
 */
public final class ClasslessRoutes {
    /** More are not taken from a server, and not given to a client. */
    public static final int MAX_ROUTES = 256;

    private static final int ADDRESS_LENGTH = 4;

    private ClasslessRoutes() {}

    static byte[] encode(List<DhcpRoute> routes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (DhcpRoute route : routes) {
            int length = route.destination().length();
            out.write(length);
            out.write(route.destination().address().toBytes(), 0, significant(length));
            out.writeBytes(route.router().toBytes());
        }
        return out.toByteArray();
    }

    /**
     * The routes of a value, in its order; null if there is no value or one that is malformed somewhere, for then nobody can tell
     * what was meant. A route over a router that cannot be one is left out.
     */
    static @Nullable List<DhcpRoute> decode(byte @Nullable [] value) {
        if (value == null || value.length < 1 + ADDRESS_LENGTH) {
            return null; // section 3: five octets at least
        }
        List<DhcpRoute> routes = new ArrayList<>();
        int at = 0;
        while (at < value.length) {
            int length = value[at] & 0xFF;
            if (length > Integer.SIZE || value.length - at < 1 + significant(length) + ADDRESS_LENGTH) {
                return null;
            }
            int destination = bits(value, at + 1, significant(length));
            int router = bits(value, at + 1 + significant(length), ADDRESS_LENGTH);
            at += 1 + significant(length) + ADDRESS_LENGTH;
            if (routes.size() < MAX_ROUTES && (router == 0 || DhcpPackets.isUsableHost(router))) {
                routes.add(new DhcpRoute(IpPrefix.of(IpAddress.ofIpv4(destination), length), IpAddress.ofIpv4(router)));
            }
        }
        return List.copyOf(routes);
    }

    private static int significant(int length) {
        return (length + 7) / 8;
    }

    /** The first octets of an address, the others zero. */
    private static int bits(byte[] value, int offset, int count) {
        int bits = 0;
        for (int i = 0; i < count; i++) {
            bits |= (value[offset + i] & 0xFF) << (24 - 8 * i);
        }
        return bits;
    }
}
