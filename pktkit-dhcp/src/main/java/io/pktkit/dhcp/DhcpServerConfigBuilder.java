// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import io.pktkit.dhcp.internal.DhcpPackets;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Collects a {@link DhcpServerConfig}. What is wrong with a value by itself is told by the method that takes it, what depends on
 * others by {@link #build}. Not for use by several threads.
 */
public final class DhcpServerConfigBuilder {
    private static final int MAX_LEASES = 65536;
    private static final int MAX_SUBNETS = 64;
    private static final int MAX_DNS_SERVERS = 64;
    private static final Duration MINIMUM_IPV6_ONLY = Duration.ofMinutes(5); // RFC 8925 section 3.4
    private static final int MINIMUM_MTU = 68;
    private static final int MAX_MTU = 65535;

    private final DhcpSubnet.Builder own;

    // Read by the configuration that is made of them.
    final IpPrefix serverAddress;
    MacAddress mac;
    final List<DhcpSubnet> subnets = new ArrayList<>();
    List<IpAddress> dnsServers = List.of();

    @Nullable
    String domainName;

    List<String> searchDomains = List.of();
    int mtu;
    long leaseSeconds = 3600;
    long provisionalSeconds = 120;
    long ipv6OnlySeconds = -1;
    int maxLeases = 1024;
    int maxLeasesPerStation = 16;
    boolean answerArp = true;
    boolean authoritative = true;

    @Nullable
    LeaseStore leaseStore;

    InstantSource calendar = InstantSource.system();
    final List<LeaseObserver> observers = new ArrayList<>();
    final List<LeaseObserver> pathObservers = new ArrayList<>();

    DhcpServerConfigBuilder(IpPrefix serverAddress) {
        boolean isIpv4 = serverAddress.address().isIpv4() && serverAddress.isSet();
        if (!isIpv4 || !DhcpPackets.isUsableHost(serverAddress.address().toIpv4Bits())) {
            throw new IllegalArgumentException(
                    "serverAddress must be the IPv4 address of a host with its prefix, such as 10.0.2.2/24: serverAddress="
                            + serverAddress);
        }
        this.serverAddress = serverAddress;
        own = new DhcpSubnet.Builder(serverAddress.masked(), serverAddress.address());
        own.requireHost("serverAddress", serverAddress.address());
        // Made from the address: the same after a restart, so that ARP caches stay true, and another one for another
        // server.
        mac = MacAddress.of(
                0x02DDL << 32 | Integer.toUnsignedLong(serverAddress.address().toIpv4Bits()));
    }

    /**
     * The server's station address. By default it is made from its IP address, 02:dd and the four octets.
     *
     * @param address a unicast address
     * @return this
     * @throws IllegalArgumentException if it is zero or a group's
     */
    public DhcpServerConfigBuilder mac(MacAddress address) {
        ConfigChecks.requireStation(address);
        mac = address;
        return this;
    }

    /**
     * The addresses for clients without a reservation. By default all of the subnet, or the first 65536. The server, the router,
     * named relays, the reserved, the network and the broadcast address are left out by themselves.
     *
     * @param first the first address
     * @param last the last one, inclusive
     * @return this
     * @throws IllegalArgumentException if they are not on the subnet, in the wrong order or more than 65536
     */
    public DhcpServerConfigBuilder range(IpAddress first, IpAddress last) {
        own.range(first, last);
        return this;
    }

    /**
     * The default router.
     *
     * @param address a host on the subnet; the server's own address if they are one machine
     * @return this
     * @throws IllegalArgumentException if it is not on the subnet
     */
    public DhcpServerConfigBuilder router(IpAddress address) {
        own.router(address);
        return this;
    }

    /**
     * Adds a classless static route (option 121). Clients that ask for routes ignore the router (RFC 3442), so the default route
     * over it is added to what they get unless a default route is given here.
     *
     * @param route over a host on the subnet, or on the clients' link
     * @return this
     * @throws IllegalArgumentException if its router is not on the subnet, or there are 64 already
     */
    public DhcpServerConfigBuilder route(DhcpRoute route) {
        own.route(route);
        return this;
    }

    /**
     * The name servers.
     *
     * @param addresses at most 64, in order of preference
     * @return this
     * @throws IllegalArgumentException if one is not the IPv4 address of a host
     */
    public DhcpServerConfigBuilder dnsServers(List<IpAddress> addresses) {
        if (addresses.size() > MAX_DNS_SERVERS) {
            throw new IllegalArgumentException("dnsServers must be at most 64: size=" + addresses.size());
        }
        for (IpAddress address : addresses) {
            if (!address.isIpv4() || !DhcpPackets.isUsableHost(address.toIpv4Bits())) {
                throw new IllegalArgumentException(
                        "dnsServers must be IPv4 addresses that clients can reach: dnsServer=" + address);
            }
        }
        dnsServers = List.copyOf(addresses);
        return this;
    }

    /**
     * The domain name (option 15).
     *
     * @param name such as lan.example
     * @return this
     * @throws IllegalArgumentException if it is not a domain name
     */
    public DhcpServerConfigBuilder domainName(String name) {
        ConfigChecks.requireName("domainName", name);
        domainName = name;
        return this;
    }

    /**
     * The domain search list (option 119).
     *
     * @param names in order
     * @return this
     * @throws IllegalArgumentException if one is not a domain name
     */
    public DhcpServerConfigBuilder searchDomains(List<String> names) {
        for (String name : names) {
            ConfigChecks.requireName("searchDomain", name);
        }
        searchDomains = List.copyOf(names);
        return this;
    }

    /**
     * The interface MTU that clients are told (option 26). By default they are told none.
     *
     * @param bytes 68 to 65535; below 576 clients may not take it
     * @return this
     * @throws IllegalArgumentException if it is out of range
     */
    public DhcpServerConfigBuilder mtu(int bytes) {
        if (bytes < MINIMUM_MTU || bytes > MAX_MTU) {
            throw new IllegalArgumentException("mtu must be in [68, 65535]: mtu=" + bytes);
        }
        mtu = bytes;
        return this;
    }

    /**
     * How long a lease lasts. One hour by default; 2^32-1 seconds and more are for ever.
     *
     * @param time one second or more
     * @return this
     * @throws IllegalArgumentException if it is shorter
     */
    public DhcpServerConfigBuilder leaseTime(Duration time) {
        leaseSeconds = ConfigChecks.seconds("leaseTime", time);
        return this;
    }

    /**
     * How long the first lease of a client lasts that is not known yet, if that is shorter than the lease time. It gets the full
     * time when it renews, so that addresses taken by made-up clients come back soon. Two minutes by default.
     *
     * @param time one second or more; as long as the lease time, and there are no provisional leases
     * @return this
     * @throws IllegalArgumentException if it is shorter
     */
    public DhcpServerConfigBuilder provisionalLeaseTime(Duration time) {
        provisionalSeconds = ConfigChecks.seconds("provisionalLeaseTime", time);
        return this;
    }

    /**
     * Tells clients that can do without IPv4 to do so on this network (option 108, RFC 8925), for a network that has IPv6 and
     * NAT64. Only those that ask are told; they take no address then. By default none is told.
     *
     * @param time how long, five minutes or more
     * @return this
     * @throws IllegalArgumentException if it is shorter
     */
    public DhcpServerConfigBuilder ipv6Only(Duration time) {
        if (time.compareTo(MINIMUM_IPV6_ONLY) < 0) {
            throw new IllegalArgumentException("ipv6Only must be at least five minutes: ipv6Only=" + time);
        }
        ipv6OnlySeconds = ConfigChecks.seconds("ipv6Only", time);
        return this;
    }

    /**
     * Keeps an address for a station.
     *
     * @param reservation the station and its address
     * @return this
     * @throws IllegalArgumentException if the address is not a client's on this subnet, or station or address have one already
     */
    public DhcpServerConfigBuilder reservation(Reservation reservation) {
        own.reservation(reservation);
        return this;
    }

    /**
     * How many leases there are at most, in all and by station. A station is the source of the frames, or the relay. 1024 and 16
     * by default.
     *
     * @param total 1 to 65536
     * @param perStation 1 to {@code total}
     * @return this
     * @throws IllegalArgumentException if they are out of range
     */
    public DhcpServerConfigBuilder maxLeases(int total, int perStation) {
        if (total < 1 || total > MAX_LEASES || perStation < 1 || perStation > total) {
            throw new IllegalArgumentException(
                    "maxLeases must be in [1, 65536] and maxLeasesPerStation in [1, maxLeases]: maxLeases=" + total
                            + ", maxLeasesPerStation=" + perStation);
        }
        maxLeases = total;
        maxLeasesPerStation = perStation;
        return this;
    }

    /**
     * Names a relay agent on the subnet: the limit per station does not hold for it, and its clients get their reservations. Others on the
     * subnet are served within the limit, and without. Whoever can send to the server can say that he is that relay, so name the station
     * of the relay too ({@link #from}) unless nobody else can send from a station of his choice.
     *
     * @param address the relay's address (giaddr), on the subnet
     * @return this
     * @throws IllegalArgumentException if it is not on the subnet
     */
    public DhcpServerConfigBuilder relay(IpAddress address) {
        own.relay(address);
        return this;
    }

    /**
     * Names a station that relayed messages of this subnet come from: that of a relay. Once one is named, messages that others say to relay
     * are dropped and counted as filtered; clients on the server's link go on as before.
     *
     * @param station the source of the frames
     * @return this
     * @throws IllegalArgumentException if it is zero or a group's
     */
    public DhcpServerConfigBuilder from(MacAddress station) {
        own.from(station);
        return this;
    }

    /**
     * Whether the server answers ARP for its address, as it must for unicast renewals to reach it unless another device, the
     * gateway, has the same address and hands them over by {@link DhcpServer#onPacket}. On by default.
     *
     * @param answer false if another device owns the address
     * @return this
     */
    public DhcpServerConfigBuilder answerArp(boolean answer) {
        answerArp = answer;
        return this;
    }

    /**
     * Whether this server alone decides about addresses on its network. Then it refuses (NAK) whatever it did not give out itself,
     * and grants a client that it does not know the address of its range that it asks to keep: guests that come from another
     * network, or outlived a restart of this process, have an address at once.
     *
     * <p>On by default, unlike in servers that are installed on networks of others: ISC dhcpd and dnsmasq leave it off because a
     * second server, started by mistake, would throw everybody off. The network of this server is as a rule one that the process
     * made itself. Turn it off where it is bridged to a segment with another DHCP server: requests for an address of which this
     * server has no record are then left to the other one in silence (RFC 2131 section 4.3.2). The ranges must not overlap.
     *
     * @param only false if there may be other servers
     * @return this
     */
    public DhcpServerConfigBuilder authoritative(boolean only) {
        authoritative = only;
        return this;
    }

    /**
     * Where leases are kept over a restart of the process. By default they are not: clients of the process before still keep their
     * addresses, if this server is authoritative, but one that asks afresh meanwhile may get the address of one that was silent.
     *
     * @param store what was saved there last is granted when the server is made, and told to the observers
     * @return this
     */
    public DhcpServerConfigBuilder leaseStore(LeaseStore store) {
        leaseStore = store;
        return this;
    }

    /**
     * The clock by which stored leases end: the server's own timers do not outlive the process. That of the system by default.
     *
     * @param clock tells the time of day
     * @return this
     */
    public DhcpServerConfigBuilder calendar(InstantSource clock) {
        calendar = clock;
        return this;
    }

    /**
     * Adds who hears of leases after the fact, on a thread of {@link io.pktkit.time.Timers#callbacks()}.
     *
     * @param observer called for each event; may block
     * @return this
     */
    public DhcpServerConfigBuilder observer(LeaseObserver observer) {
        observers.add(observer);
        return this;
    }

    /**
     * Adds who hears of leases before the client does, on the packet path or the timer thread.
     *
     * @param observer called for each event; must not block
     * @return this
     */
    public DhcpServerConfigBuilder pathObserver(LeaseObserver observer) {
        pathObservers.add(observer);
        return this;
    }

    /**
     * Serves another subnet too, whose clients come over a relay agent: they get its addresses, router and routes, and what
     * else this server gives out. Limits on leases are each subnet's own.
     *
     * @param subnet one that overlaps neither the server's own nor another
     * @return this
     * @throws IllegalArgumentException if it does, or there are 64 already
     */
    public DhcpServerConfigBuilder subnet(DhcpSubnet subnet) {
        requireDistinct(serverAddress, subnet.prefix());
        subnets.forEach(other -> requireDistinct(other.prefix(), subnet.prefix()));
        if (subnets.size() >= MAX_SUBNETS) {
            throw new IllegalArgumentException("there can be at most 64 further subnets: subnet=" + subnet.prefix());
        }
        subnets.add(subnet);
        return this;
    }

    private static void requireDistinct(IpPrefix one, IpPrefix other) {
        if (one.contains(other.address()) || other.contains(one.address())) {
            throw new IllegalArgumentException(
                    "a relayed subnet must not overlap another: subnet=" + other + ", other=" + one.masked());
        }
    }

    /**
     * Makes the configuration.
     *
     * @return what was collected
     * @throws IllegalArgumentException if no client could get an address
     */
    public DhcpServerConfig build() {
        return new DhcpServerConfig(this, own.build());
    }
}
