// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a {@link DhcpServer} gives out, checked when it was made. Immutable. */
public final class DhcpServerConfig {
    private final IpPrefix serverAddress;
    private final MacAddress mac;
    private final IpAddress rangeStart;
    private final IpAddress rangeEnd;
    private final @Nullable IpAddress router;
    private final List<IpAddress> dnsServers;
    private final @Nullable String domainName;
    private final List<String> searchDomains;
    private final int mtu;
    private final long leaseSeconds;
    private final long provisionalSeconds;
    private final List<Reservation> reservations;
    private final int maxLeases;
    private final int maxLeasesPerStation;
    private final Set<IpAddress> relays;
    private final boolean answerArp;
    private final boolean authoritative;
    private final List<LeaseObserver> observers;
    private final List<LeaseObserver> pathObservers;

    DhcpServerConfig(DhcpServerConfigBuilder builder, IpAddress rangeStart, IpAddress rangeEnd) {
        serverAddress = builder.serverAddress;
        mac = builder.mac;
        this.rangeStart = rangeStart;
        this.rangeEnd = rangeEnd;
        router = builder.router;
        dnsServers = List.copyOf(builder.dnsServers);
        domainName = builder.domainName;
        searchDomains = List.copyOf(builder.searchDomains);
        mtu = builder.mtu;
        leaseSeconds = builder.leaseSeconds;
        provisionalSeconds = Math.min(builder.provisionalSeconds, builder.leaseSeconds);
        reservations = List.copyOf(builder.reservations);
        maxLeases = builder.maxLeases;
        maxLeasesPerStation = builder.maxLeasesPerStation;
        relays = Set.copyOf(builder.relays);
        answerArp = builder.answerArp;
        authoritative = builder.authoritative;
        observers = List.copyOf(builder.observers);
        pathObservers = List.copyOf(builder.pathObservers);
    }

    /**
     * Starts a configuration with the defaults: the whole subnet as the range, no router, no name server, leases of an hour.
     *
     * @param serverAddress the server's address with the length of the subnet mask, such as 10.0.2.2/24
     * @return a builder
     * @throws IllegalArgumentException if that is not the address of a host in an IPv4 subnet
     */
    public static DhcpServerConfigBuilder builder(IpPrefix serverAddress) {
        return new DhcpServerConfigBuilder(serverAddress);
    }

    /** {@return the server's own address with the length of the subnet mask} */
    public IpPrefix serverAddress() {
        return serverAddress;
    }

    /** {@return the station address of the server} */
    public MacAddress mac() {
        return mac;
    }

    /** {@return the first address that may be given to any client} */
    public IpAddress rangeStart() {
        return rangeStart;
    }

    /** {@return the last one, inclusive} */
    public IpAddress rangeEnd() {
        return rangeEnd;
    }

    /** {@return the default router, or null for none} */
    public @Nullable IpAddress router() {
        return router;
    }

    /** {@return the name servers, immutable} */
    public List<IpAddress> dnsServers() {
        return dnsServers;
    }

    /** {@return the domain name (option 15), or null} */
    public @Nullable String domainName() {
        return domainName;
    }

    /** {@return the domain search list (option 119), immutable} */
    public List<String> searchDomains() {
        return searchDomains;
    }

    /** {@return the interface MTU in bytes (option 26), or 0 to leave it to the clients} */
    public int mtu() {
        return mtu;
    }

    /** {@return the time that proven clients get, {@link Lease#INFINITE} for ever} */
    public long leaseSeconds() {
        return leaseSeconds;
    }

    /** {@return the time that others get, no longer than the lease time} */
    public long provisionalSeconds() {
        return provisionalSeconds;
    }

    /** {@return addresses for known stations, immutable} */
    public List<Reservation> reservations() {
        return reservations;
    }

    /** {@return how many leases, offers included, there are at most} */
    public int maxLeases() {
        return maxLeases;
    }

    /** {@return how many of them one station may cause} */
    public int maxLeasesPerStation() {
        return maxLeasesPerStation;
    }

    /** {@return relay agents that may cause as many as there are, immutable} */
    public Set<IpAddress> relays() {
        return relays;
    }

    /** {@return whether the server answers ARP for its address} */
    public boolean answerArp() {
        return answerArp;
    }

    /** {@return whether the server refuses addresses that it knows nothing of} */
    public boolean authoritative() {
        return authoritative;
    }

    /** {@return who hears of leases after the fact, immutable} */
    public List<LeaseObserver> observers() {
        return observers;
    }

    /** {@return who hears of leases before the client does, immutable} */
    public List<LeaseObserver> pathObservers() {
        return pathObservers;
    }
}
