// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.ra;

import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A host's side of router advertisements: it asks for routers until one says that it is a default one (RFC 4861 section 6.3.7, less and
 * less often as RFC 7559 has it) and keeps what it hears, an address of a prefix (RFC 4862 section 5.5) and name servers among it, for
 * as long as that holds. While there is a default router others are ignored: the network is hostile, and a host of ours has one address
 * of a family. Sans-I/O. Not for several threads.
 */
public final class RouterDiscovery {
    private static final long MAX_FIRST_DELAY_NANOS = Timers.toNanos(Duration.ofSeconds(1));
    private static final double FIRST_INTERVAL_SECONDS = 4;
    private static final double LONGEST_INTERVAL_SECONDS = 3600;
    private static final int LINK_PREFIX = 64;
    private static final int HOST_PREFIX = 128;

    /** RFC 4862 section 5.5.3 (e): unauthenticated, an address in use is not cut to less than two hours. */
    private static final long TWO_HOURS = 7200;

    private final long identifier;
    private final Random random;
    private double intervalSeconds;
    private long solicitAt;

    private @Nullable IpAddress router;
    private long routerUntil = Timers.NEVER;

    /** Whether the router was heard on this link: then only that one changes anything. */
    private boolean isRouterHere;

    private @Nullable IpPrefix address; // /128 unless its prefix is known to be on the link
    private long addressUntil = Timers.NEVER;
    private long preferredUntil = Timers.NEVER;
    private long onLinkUntil = Timers.NEVER;

    /** Whose prefix the address is of, as far as that was heard on this link. */
    private @Nullable IpAddress addressFrom;

    private List<IpAddress> dnsServers = List.of();
    private long dnsUntil = Timers.NEVER;

    /** Whose the name servers are, as far as that was heard on this link. */
    private @Nullable IpAddress dnsFrom;

    /**
     * What a host knows.
     *
     * @param router the default router's link-local address, or null
     * @param address its own address with the prefix, or null; a /128 where the address is not known to have neighbours, whom the router
     *     then leads to (RFC 5942 section 4)
     * @param dnsServers the name servers
     */
    public record State(
            @Nullable IpAddress router, @Nullable IpPrefix address, List<IpAddress> dnsServers) {}

    /**
     * Begins to ask.
     *
     * @param interfaceIdentifier the lower 64 bits of the host's addresses
     * @param random for delays
     * @param nowNanos the time
     */
    public RouterDiscovery(long interfaceIdentifier, Random random, long nowNanos) {
        this.identifier = interfaceIdentifier;
        this.random = random;
        askFrom(soon(nowNanos));
    }

    /**
     * Hears that the host is attached to a link, which may be another one: it asks anew, of whoever is there (RFC 4861 section 6.3.7). What
     * it knows it keeps until that is replaced or over.
     *
     * @param nowNanos the time
     */
    public void onLinkUp(long nowNanos) {
        isRouterHere = false;
        addressFrom = null;
        dnsFrom = null;
        askFrom(soon(nowNanos));
    }

    /**
     * Takes an advertisement.
     *
     * @param source who sent it
     * @param said the advertisement
     * @param nowNanos the time
     */
    public void onAdvertisement(IpAddress source, RouterAdvertisement said, long nowNanos) {
        expire(nowNanos);
        if (isRouterHere && !Objects.equals(source, router)) {
            return;
        }
        if (said.routerLifetimeSeconds() > 0) {
            router = source;
            routerUntil = after(nowNanos, said.routerLifetimeSeconds());
            isRouterHere = true;
            solicitAt = Timers.NEVER; // RFC 4861 section 6.3.7, RFC 7559 section 2: not before
        } else if (Objects.equals(source, router)) {
            loseRouter(soon(nowNanos)); // not all at once who heard it
        }
        onPrefixes(source, said.prefixes(), nowNanos);
        onServers(source, said.dnsServers(), said.dnsLifetimeSeconds(), nowNanos);
    }

    /** Without a router every other one may become it (RFC 4861 section 6.3.4), and is asked for. */
    private void loseRouter(long askAt) {
        router = null;
        routerUntil = Timers.NEVER;
        isRouterHere = false;
        askFrom(askAt);
    }

    private void askFrom(long at) {
        intervalSeconds = FIRST_INTERVAL_SECONDS;
        solicitAt = at;
    }

    private long soon(long nowNanos) {
        return Timers.after(nowNanos, (long) (random.nextDouble() * MAX_FIRST_DELAY_NANOS));
    }

    /**
     * Each of the prefixes counts (RFC 4862 section 5.5.3): that of our address for its time, and of the others the first that is
     * for new addresses, if there is reason to have another.
     */
    private void onPrefixes(IpAddress source, List<AdvertisedPrefix> prefixes, long nowNanos) {
        AdvertisedPrefix own = null;
        AdvertisedPrefix fresh = null;
        for (AdvertisedPrefix prefix : prefixes) {
            if (!prefix.autonomous() || prefix.prefix().length() != LINK_PREFIX) {
                continue;
            }
            if (address != null && made(prefix).equals(address.address())) {
                own = own == null ? prefix : own;
            } else if (fresh == null && prefix.preferredSeconds() > 0) {
                fresh = prefix;
            }
        }
        if (own != null) {
            extend(own, source, nowNanos);
        }
        if (fresh != null && (address == null || Timers.isDue(preferredUntil, nowNanos) || isMoved(source))) {
            address = IpPrefix.of(made(fresh), HOST_PREFIX);
            addressUntil = after(nowNanos, fresh.validSeconds());
            onLinkUntil = Timers.NEVER;
            use(fresh, source, nowNanos);
        }
    }

    /**
     * Whether the address is of another link, or of another router than the one that packets go to now (RFC 6724 section 5, rule 5.5). That
     * an advertisement does not name its prefix does not say so: none need say all there is (RFC 4861 section 6.2.3).
     */
    private boolean isMoved(IpAddress source) {
        return addressFrom == null || (Objects.equals(source, router) && !source.equals(addressFrom));
    }

    /** RFC 4862 section 5.5.3 (e). */
    private void extend(AdvertisedPrefix prefix, IpAddress source, long nowNanos) {
        long floor = after(nowNanos, TWO_HOURS);
        long until = after(nowNanos, prefix.validSeconds());
        boolean shorter = Timers.earlier(until, addressUntil) == until;
        if (!shorter || prefix.validSeconds() > TWO_HOURS) {
            addressUntil = until;
        } else if (Timers.earlier(floor, addressUntil) == floor) {
            addressUntil = floor;
        }
        use(prefix, source, nowNanos);
    }

    /** Notes of the prefix of our address what is the same for a new and for an old one. */
    private void use(AdvertisedPrefix prefix, IpAddress source, long nowNanos) {
        addressFrom = source;
        preferredUntil = after(nowNanos, prefix.preferredSeconds());
        if (prefix.onLink()) { // else nothing is said of it (RFC 4861 section 6.3.4)
            address = IpPrefix.of(made(prefix), LINK_PREFIX);
            onLinkUntil = after(nowNanos, prefix.validSeconds());
        }
    }

    private IpAddress made(AdvertisedPrefix prefix) {
        return IpAddress.ofIpv6(prefix.prefix().address().high(), identifier);
    }

    /**
     * An advertisement need not say all there is (RFC 4861 section 6.2.3): servers end with their time, or by name. Until then they are one
     * router's, as the address is: RFC 8106 section 5.3.1 has a host keep those of several, up to a number that suffices, and we let one
     * router's suffice, the default one's if it has any, rather than change with whichever spoke last.
     */
    private void onServers(IpAddress source, List<IpAddress> servers, long seconds, long nowNanos) {
        if (!servers.isEmpty() && seconds > 0) {
            if (dnsFrom == null || source.equals(dnsFrom) || Objects.equals(source, router)) {
                dnsServers = servers;
                dnsUntil = after(nowNanos, seconds);
                dnsFrom = source;
            }
        } else if (!servers.isEmpty()) {
            dnsServers = dnsServers.stream()
                    .filter(server -> !servers.contains(server))
                    .toList();
            if (dnsServers.isEmpty()) {
                loseServers();
            }
        }
    }

    private void loseServers() {
        dnsServers = List.of();
        dnsUntil = Timers.NEVER;
        dnsFrom = null;
    }

    private static long after(long nowNanos, long seconds) {
        return seconds == RouterAdvertisement.FOREVER
                ? Timers.NEVER
                : Timers.after(nowNanos, Duration.ofSeconds(seconds));
    }

    /**
     * Runs what is due.
     *
     * @param nowNanos the time
     * @return whether to send a solicitation now
     */
    public boolean onTick(long nowNanos) {
        expire(nowNanos);
        if (!Timers.isDue(solicitAt, nowNanos)) {
            return false;
        }
        double jitter = 0.9 + 0.2 * random.nextDouble();
        solicitAt = Timers.after(nowNanos, (long) (intervalSeconds * jitter * 1e9));
        intervalSeconds = Math.min(2 * intervalSeconds, LONGEST_INTERVAL_SECONDS);
        return true;
    }

    private void expire(long nowNanos) {
        if (Timers.isDue(routerUntil, nowNanos)) {
            loseRouter(nowNanos);
        }
        if (address != null && Timers.isDue(onLinkUntil, nowNanos)) {
            address = IpPrefix.of(address.address(), HOST_PREFIX);
            onLinkUntil = Timers.NEVER;
        }
        if (Timers.isDue(addressUntil, nowNanos)) {
            address = null;
            addressUntil = Timers.NEVER;
            onLinkUntil = Timers.NEVER;
        }
        if (Timers.isDue(dnsUntil, nowNanos)) {
            loseServers();
        }
    }

    /** {@return when {@link #onTick} is next due} */
    public long nextDeadlineNanos() {
        long until = Timers.earlier(Timers.earlier(routerUntil, addressUntil), Timers.earlier(onLinkUntil, dnsUntil));
        return Timers.earlier(until, solicitAt);
    }

    /** {@return what is known now} */
    public State state() {
        return new State(router, address, dnsServers);
    }
}
