// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is judged before any policy: the host's own addresses, loopback among them, and the metadata services of clouds, which give
 * whoever reaches them the rights of the machine. In every form that carries an IPv4 address: mapped, NAT64, 6to4. Any thread.
 *
 * <p>The host's addresses are looked up once a second at the most, as asking the system for them costs as much as a connection; one
 * that is new is known a second later. When the system does not tell, every address may be its own.
 */
final class GuardedAddresses {
    private static final long MAX_AGE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final IpPrefix LOOPBACK = IpPrefix.parse("127.0.0.0/8");

    /** RFC 6052, 2.1: the IPv4 address is the last four octets. */
    private static final IpPrefix NAT64 = IpPrefix.parse("64:ff9b::/96");

    /** RFC 3056: the IPv4 address follows the first two octets. */
    private static final IpPrefix SIX_TO_FOUR = IpPrefix.parse("2002::/16");

    /** IPv4-compatible addresses, deprecated by RFC 4291; some systems still take them apart. */
    private static final IpPrefix COMPATIBLE = IpPrefix.parse("::/96");

    private static final Set<IpAddress> METADATA = Set.of(
            IpAddress.parse("169.254.169.254"), // AWS, GCP, Azure, OpenStack and most others
            IpAddress.parse("169.254.170.2"), // AWS, credentials of containers
            IpAddress.parse("169.254.170.23"), // AWS, credentials of pods
            IpAddress.parse("168.63.129.16"), // Azure, WireServer
            IpAddress.parse("100.100.100.200"), // Alibaba
            IpAddress.parse("192.0.0.192"), // Oracle
            IpAddress.parse("fd00:ec2::254"), // AWS
            IpAddress.parse("fd00:ec2::23"), // AWS, credentials of pods
            IpAddress.parse("fd20:ce::254"), // GCP
            IpAddress.parse("fe80::a9fe:a9fe")); // OpenStack

    private record Known(@Nullable Set<IpAddress> addresses, long atNanos) {}

    private final Supplier<@Nullable Set<IpAddress>> lookup;
    private final LongSupplier clock;
    private volatile @Nullable Known known;

    /** Those of this host. */
    GuardedAddresses() {
        this(
                GuardedAddresses::ofThisHost,
                System::nanoTime); // addresses change in real time, whatever that of guests is
    }

    GuardedAddresses(Supplier<@Nullable Set<IpAddress>> lookup, LongSupplier clock) {
        this.lookup = lookup;
        this.clock = clock;
    }

    /** Whether nobody's guest reaches this address unless it was opened by name. */
    boolean contains(IpAddress address) {
        IpAddress canonical = address.unmapped();
        IpAddress embedded = embedded(canonical);
        return isGuarded(canonical) || (embedded != null && isGuarded(embedded));
    }

    private boolean isGuarded(IpAddress address) {
        return METADATA.contains(address) || isOfHost(address);
    }

    /** Services that listen on all addresses of the host are reached through any of them, public ones included. */
    boolean isOfHost(IpAddress address) {
        if (address.isLoopback() || LOOPBACK.contains(address)) {
            return true;
        }
        Set<IpAddress> own = own();
        return own == null || own.contains(address);
    }

    /** The IPv4 address that a translator on the way would make of it, or null. */
    static @Nullable IpAddress embedded(IpAddress address) {
        if (address.isIpv4()) {
            return null;
        }
        if (NAT64.contains(address) || COMPATIBLE.contains(address)) {
            return IpAddress.ofIpv4((int) address.low());
        }
        return SIX_TO_FOUR.contains(address) ? IpAddress.ofIpv4((int) (address.high() >>> 16)) : null;
    }

    private @Nullable Set<IpAddress> own() {
        Known last = known;
        long now = clock.getAsLong();
        if (last == null || now - last.atNanos >= MAX_AGE_NANOS) {
            last = new Known(lookup.get(), now);
            known = last;
        }
        return last.addresses;
    }

    private static @Nullable Set<IpAddress> ofThisHost() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .map(address -> IpAddress.of(address).unmapped())
                    .collect(Collectors.toUnmodifiableSet());
        } catch (SocketException e) {
            return null; // cannot tell, so deny
        }
    }
}
