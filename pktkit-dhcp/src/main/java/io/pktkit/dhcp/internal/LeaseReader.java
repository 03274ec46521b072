// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.dhcp.DhcpRoute;
import io.pktkit.dhcp.Lease;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the lease that an OFFER or ACK grants. */
public final class LeaseReader {
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final int MAX_DNS_SERVERS = 64;
    private static final int MINIMUM_MTU = 68; // RFC 2132 section 5.1

    private LeaseReader() {}

    /**
     * Returns the lease, or null if the message does not name an address that a host can have, a time and a server.
     *
     * @param t1JitterNanos added to T1 as far as the times are not too short for it, likewise {@code t2JitterNanos}
     */
    public static @Nullable Lease read(
            DhcpMessage message, long sourceMac, long startNanos, long t1JitterNanos, long t2JitterNanos) {
        int address = message.yiaddr();
        long seconds = message.intOption(DhcpOptions.LEASE_TIME);
        long server = message.intOption(DhcpOptions.SERVER_IDENTIFIER);
        if (!DhcpPackets.isUsableHost(address) || seconds <= 0 || !DhcpPackets.isUsableHost((int) server)) {
            return null;
        }
        List<DhcpRoute> routes = ClasslessRoutes.decode(message.option(DhcpOptions.CLASSLESS_ROUTES));
        int mtu = message.shortOption(DhcpOptions.INTERFACE_MTU);
        long[] times = times(message, seconds, startNanos, t1JitterNanos, t2JitterNanos);
        return new Lease(
                IpPrefix.of(IpAddress.ofIpv4(address), prefixLength(message, address)),
                router(message, routes),
                routes == null ? List.of() : routes,
                addresses(message.option(DhcpOptions.DNS_SERVERS), MAX_DNS_SERVERS, true),
                DomainNames.fromText(message.option(DhcpOptions.DOMAIN_NAME)),
                List.copyOf(DomainNames.decodeSearch(message.option(DhcpOptions.DOMAIN_SEARCH))),
                mtu < MINIMUM_MTU ? 0 : mtu,
                IpAddress.ofIpv4((int) server),
                MacAddress.of(sourceMac),
                seconds,
                startNanos,
                times[0],
                times[1],
                times[2]);
    }

    /** The default route of option 121 if there are routes, for then option 3 is not to be looked at (RFC 3442). */
    private static @Nullable IpAddress router(DhcpMessage message, @Nullable List<DhcpRoute> routes) {
        if (routes == null) {
            List<IpAddress> routers = addresses(message.option(DhcpOptions.ROUTER), 1, false);
            return routers.isEmpty() ? null : routers.get(0);
        }
        for (DhcpRoute route : routes) {
            if (route.isDefault() && !route.isOnLink()) {
                return route.router();
            }
        }
        return null;
    }

    /**
     * The leading ones of the mask. Without a mask, or with one that would put every address on the link, the class of the
     * address decides as RFC 950 has it: never /0, with which all traffic would bypass the router.
     */
    static int prefixLength(DhcpMessage message, int address) {
        long mask = message.intOption(DhcpOptions.SUBNET_MASK);
        int length = Integer.numberOfLeadingZeros(~(int) Math.max(mask, 0));
        if (length > 0) {
            return length;
        }
        int first = address >>> 24;
        return first < 128 ? 8 : first < 192 ? 16 : 24;
    }

    /** T1, T2 and expiry. Options 58 and 59 count if T1 < T2 < lease, else half and seven eighths (section 4.4.5). */
    private static long[] times(DhcpMessage message, long seconds, long start, long t1Jitter, long t2Jitter) {
        if (seconds == Lease.INFINITE) {
            return new long[] {Timers.NEVER, Timers.NEVER, Timers.NEVER};
        }
        long lease = seconds * NANOS_PER_SECOND;
        long t1 = message.intOption(DhcpOptions.RENEWAL_TIME) * NANOS_PER_SECOND;
        long t2 = message.intOption(DhcpOptions.REBINDING_TIME) * NANOS_PER_SECOND;
        if (t1 <= 0 || t1 >= t2 || t2 >= lease) {
            t1 = lease / 2;
            t2 = lease - lease / 8;
        }
        // Fuzzed so that clients which came together do not all renew together. By a quarter of the way at most: the
        // order of
        // the times is kept, and a server that grants seconds is not asked again at once.
        long fuzzedT1 = t1 + clamp(t1Jitter, t1 / 4);
        long fuzzedT2 = t2 + clamp(t2Jitter, Math.min(t2 - t1, lease - t2) / 4);
        return new long[] {
            Timers.after(start, Math.min(fuzzedT1, fuzzedT2)), Timers.after(start, fuzzedT2), Timers.after(start, lease)
        };
    }

    private static long clamp(long value, long bound) {
        return Math.max(-bound, Math.min(value, bound));
    }

    private static List<IpAddress> addresses(byte @Nullable [] value, int limit, boolean onHost) {
        List<IpAddress> addresses = new ArrayList<>();
        if (value == null || value.length % 4 != 0) {
            return List.of();
        }
        for (int i = 0; i < value.length && addresses.size() < limit; i += 4) {
            int bits = (value[i] & 0xFF) << 24
                    | (value[i + 1] & 0xFF) << 16
                    | (value[i + 2] & 0xFF) << 8
                    | (value[i + 3] & 0xFF);
            // A name server may be on the host itself, 127/8, a router not; zero and multicast are never either.
            if (DhcpPackets.isUsableHost(bits) || (onHost && bits >>> 24 == 127)) {
                addresses.add(IpAddress.ofIpv4(bits));
            }
        }
        return List.copyOf(addresses);
    }
}
