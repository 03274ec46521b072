// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.dhcp.DhcpSubnet;
import io.pktkit.dhcp.Reservation;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the configuration says about addresses and stations. Immutable. */
final class ServerPolicy {
    private final IpPrefix subnet;
    private final boolean remote; // the server is not on it: clients come over relays and routers
    private final int server;
    private final int router; // 0 for none
    private final int rangeStart;
    private final int rangeSize;
    private final int maxLeasesPerStation;
    private final boolean authoritative;
    private final Map<Long, Reservation> reservations = new HashMap<>();
    private final Map<Integer, Reservation> reservedAddresses = new HashMap<>();
    private final Set<Integer> relays = new HashSet<>();
    private final Set<Long> stations = new HashSet<>();

    ServerPolicy(DhcpServerConfig config, DhcpSubnet link) {
        subnet = link.prefix();
        server = config.serverAddress().address().toIpv4Bits();
        remote = !subnet.contains(config.serverAddress().address());
        IpAddress configured = link.router();
        router = configured == null ? 0 : configured.toIpv4Bits();
        rangeStart = link.rangeStart().toIpv4Bits();
        rangeSize = link.rangeEnd().toIpv4Bits() - rangeStart + 1;
        maxLeasesPerStation = config.maxLeasesPerStation();
        authoritative = config.authoritative();
        for (Reservation reservation : link.reservations()) {
            reservations.put(reservation.mac().toLong(), reservation);
            reservedAddresses.put(reservation.address().toIpv4Bits(), reservation);
        }
        link.relays().forEach(relay -> relays.add(relay.toIpv4Bits()));
        link.stations().forEach(station -> stations.add(station.toLong()));
    }

    int server() {
        return server;
    }

    int rangeStart() {
        return rangeStart;
    }

    int rangeSize() {
        return rangeSize;
    }

    /** The offsets in the range that are not for clients without a reservation. */
    BitSet withheld() {
        BitSet withheld = new BitSet(rangeSize);
        for (int i = 0; i < rangeSize; i++) {
            withheld.set(i, !isAssignable(rangeStart + i) || isReserved(rangeStart + i));
        }
        return withheld;
    }

    /** On the subnet and neither its network nor its broadcast address, which /31 and /32 do not have (RFC 3021). */
    boolean isHostOnSubnet(int address) {
        IpAddress ip = IpAddress.ofIpv4(address);
        return subnet.contains(ip)
                && (subnet.length() >= 31 || (!ip.equals(subnet.network()) && !ip.equals(subnet.broadcast())));
    }

    /** Whether some client may have it: on the subnet and neither the server's, the router's nor a named relay's. */
    boolean isAssignable(int address) {
        return isHostOnSubnet(address) && address != server && address != router && !relays.contains(address);
    }

    /**
     * Whether the configuration lets messages of clients on this subnet come from there and over that relay. On the server's own subnet
     * clients speak for themselves, too, and relays that are not named are served within the limit per station.
     */
    boolean hears(DhcpMessage message, long sourceMac) {
        boolean relayed = message.giaddr() != 0;
        boolean overNamed = !relayed || !remote || relays.isEmpty() || relays.contains(message.giaddr());
        boolean fromNamed = (!relayed && !remote) || stations.isEmpty() || stations.contains(sourceMac);
        return overNamed && fromNamed;
    }

    /**
     * Who a message comes from, for what is bounded by it and tied to it. The clients of a subnet behind relays are all one: they
     * come over a relay first and over a router when they renew.
     */
    long stationOf(DhcpMessage message, long sourceMac) {
        if (remote) {
            return ClientKey.relayed(subnet.network().toIpv4Bits());
        }
        return message.giaddr() == 0 ? sourceMac : ClientKey.relayed(message.giaddr());
    }

    boolean isReserved(int address) {
        return reservedAddresses.containsKey(address);
    }

    /** The reservation of an address, or null if it is for everybody. */
    @Nullable
    Reservation reservationAt(int address) {
        return reservedAddresses.get(address);
    }

    /** Whether this server decides about an address, because it gives it to clients, or it is its own or the router's. */
    boolean isOurs(int address) {
        return (Integer.toUnsignedLong(address - rangeStart) < rangeSize && isHostOnSubnet(address))
                || isReserved(address)
                || address == server
                || address == router
                || relays.contains(address);
    }

    /** Whether there is no other server whose business a request may be. */
    boolean isAuthoritative() {
        return authoritative;
    }

    /**
     * The reservation that a message can claim: that of its chaddr, if it comes from this station itself or over a relay that the
     * configuration names, as it does by naming a subnet behind relays. Anybody else could claim anything.
     */
    @Nullable
    Reservation reservationOf(DhcpMessage message, long sourceMac) {
        boolean authentic =
                message.giaddr() == 0 ? message.chaddrMac() == sourceMac : relays.contains(message.giaddr());
        return (authentic || remote) && message.isEthernet() ? reservations.get(message.chaddrMac()) : null;
    }

    /** How many bindings a client's station may cause. */
    int limitOf(ClientKey client) {
        boolean named = client.isRelayed() && relays.contains((int) client.station());
        return named || remote ? Integer.MAX_VALUE : maxLeasesPerStation;
    }
}
