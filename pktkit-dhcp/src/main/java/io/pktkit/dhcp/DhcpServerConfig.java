// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a {@link DhcpServer} gives out, checked when it was made. Immutable. */
public final class DhcpServerConfig {
    private final IpPrefix serverAddress;
    private final MacAddress mac;
    private final DhcpSubnet own;
    private final List<DhcpSubnet> subnets;
    private final List<IpAddress> dnsServers;
    private final @Nullable String domainName;
    private final List<String> searchDomains;
    private final int mtu;
    private final long leaseSeconds;
    private final long provisionalSeconds;
    private final long ipv6OnlySeconds;
    private final int maxLeases;
    private final int maxLeasesPerStation;
    private final boolean answerArp;
    private final boolean authoritative;
    private final @Nullable LeaseStore leaseStore;
    private final InstantSource calendar;
    private final List<LeaseObserver> observers;
    private final List<LeaseObserver> pathObservers;

    DhcpServerConfig(DhcpServerConfigBuilder builder, DhcpSubnet own) {
        serverAddress = builder.serverAddress;
        mac = builder.mac;
        this.own = own;
        subnets = List.copyOf(builder.subnets);
        dnsServers = List.copyOf(builder.dnsServers);
        domainName = builder.domainName;
        searchDomains = List.copyOf(builder.searchDomains);
        mtu = builder.mtu;
        leaseSeconds = builder.leaseSeconds;
        provisionalSeconds = Math.min(builder.provisionalSeconds, builder.leaseSeconds);
        ipv6OnlySeconds = builder.ipv6OnlySeconds;
        maxLeases = builder.maxLeases;
        maxLeasesPerStation = builder.maxLeasesPerStation;
        answerArp = builder.answerArp;
        authoritative = builder.authoritative;
        leaseStore = builder.leaseStore;
        calendar = builder.calendar;
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
        return own.rangeStart();
    }

    /** {@return the last one, inclusive} */
    public IpAddress rangeEnd() {
        return own.rangeEnd();
    }

    /** {@return the default router, or null for none} */
    public @Nullable IpAddress router() {
        return own.router();
    }

    /** {@return the classless static routes (option 121) as they were given, immutable} */
    public List<DhcpRoute> routes() {
        return own.routes();
    }

    /** {@return the server's own subnet} */
    public DhcpSubnet ownSubnet() {
        return own;
    }

    /** {@return the further subnets, whose clients come over relays, immutable} */
    public List<DhcpSubnet> subnets() {
        return subnets;
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

    /** {@return how long clients that can do without IPv4 are to do so (option 108), or -1 if they are not told to} */
    public long ipv6OnlySeconds() {
        return ipv6OnlySeconds;
    }

    /** {@return addresses for known stations, immutable} */
    public List<Reservation> reservations() {
        return own.reservations();
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
        return own.relays();
    }

    /** {@return whether the server answers ARP for its address} */
    public boolean answerArp() {
        return answerArp;
    }

    /** {@return whether the server refuses addresses that it knows nothing of} */
    public boolean authoritative() {
        return authoritative;
    }

    /** {@return where leases are kept over a restart, or null if they are not} */
    public @Nullable LeaseStore leaseStore() {
        return leaseStore;
    }

    /** {@return the clock that stored leases end by} */
    public InstantSource calendar() {
        return calendar;
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
