// SPDX-License-Identifier: MIT
package io.pktkit.iphost;

import io.pktkit.device.AddressState;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of one host: of each family a main one with its subnet, others beside it, and groups. Any thread: what is
 * asked for each packet reads one immutable table and allocates nothing; who changes it makes another.
 */
public final class HostAddresses {
    private static final long LIMITED_BROADCAST = 0xFFFF_FFFFL;
    private static final long ALL_SYSTEMS = 0xE000_0001L; // 224.0.0.1, RFC 1112 section 4
    private static final long LINK_ALL_NODES_HIGH = 0xFF02L << 48; // ff02::1, RFC 4291 section 2.8
    private static final long INTERFACE_ALL_NODES_HIGH = 0xFF01L << 48; // ff01::1
    private static final long SOLICITED_NODE_LOW = 0x1_FF00_0000L; // ff02::1:ff00:0/104
    private static final long SOLICITED_NODE_MASK = 0xFF_FFFFL;

    /** Whose the destination of a packet is. */
    enum Scope {
        /** An address of this host, and of nobody else. */
        OWN,
        /** All on the subnet: the limited or the directed broadcast address. */
        BROADCAST,
        /** A group that this host is in. */
        GROUP,
        /** A loopback address, which no packet on a network has. */
        LOOPBACK,
        /** A group that this host is not in. */
        OTHER_GROUP,
        /** Somebody else. */
        OTHER
    }

    private record Entry(IpPrefix prefix, AddressState state) {}

    private static final class Table {
        final List<Entry> entries;
        final IpPrefix ipv4;
        final IpPrefix ipv6;
        final Set<IpAddress> groups;
        private final long[] ipv4Low;
        private final long[] ipv6High;
        private final long[] ipv6Low;
        private final long directedBroadcast; // 0 for none

        Table(List<Entry> entries, IpPrefix ipv4, IpPrefix ipv6, Set<IpAddress> groups) {
            this.entries = List.copyOf(entries);
            this.ipv4 = ipv4;
            this.ipv6 = ipv6;
            this.groups = Set.copyOf(groups);
            List<IpAddress> good = this.entries.stream()
                    .filter(entry -> entry.state == AddressState.GOOD)
                    .map(entry -> entry.prefix.address())
                    .toList();
            ipv4Low = good.stream()
                    .filter(IpAddress::isIpv4)
                    .mapToLong(IpAddress::low)
                    .toArray();
            ipv6High = good.stream()
                    .filter(IpAddress::isIpv6)
                    .mapToLong(IpAddress::high)
                    .toArray();
            ipv6Low = good.stream()
                    .filter(IpAddress::isIpv6)
                    .mapToLong(IpAddress::low)
                    .toArray();
            boolean broadcasts = ipv4.isSet() && ipv4.length() < 31; // RFC 3021
            directedBroadcast = broadcasts ? ipv4.address().low() | (LIMITED_BROADCAST >>> ipv4.length()) : 0;
        }

        boolean isOwn(boolean isIpv6, long high, long low) {
            if (!isIpv6) {
                for (long own : ipv4Low) {
                    if (own == low) {
                        return true;
                    }
                }
                return false;
            }
            for (int i = 0; i < ipv6Low.length; i++) {
                if (ipv6Low[i] == low && ipv6High[i] == high) {
                    return true;
                }
            }
            return false;
        }

        /** RFC 4291 section 2.8: all nodes, the solicited-node group of each address, and what was joined. */
        boolean isMember(boolean isIpv6, long high, long low) {
            if (!isIpv6) {
                return low == ALL_SYSTEMS || (!groups.isEmpty() && groups.contains(IpAddress.ofIpv4((int) low)));
            }
            if (low == 1 && (high == LINK_ALL_NODES_HIGH || high == INTERFACE_ALL_NODES_HIGH)) {
                return true;
            }
            if (high == LINK_ALL_NODES_HIGH && (low & ~SOLICITED_NODE_MASK) == SOLICITED_NODE_LOW) {
                for (long own : ipv6Low) {
                    if ((own & SOLICITED_NODE_MASK) == (low & SOLICITED_NODE_MASK)) {
                        return true;
                    }
                }
            }
            return !groups.isEmpty() && groups.contains(IpAddress.ofIpv6(high, low));
        }
    }

    private final Object change = new Object();

    /** How often each group was joined. Guarded by the object above. */
    private final Map<IpAddress, Integer> joined = new HashMap<>();

    private volatile Runnable onGroups = () -> {};
    private volatile Table table =
            new Table(List.of(), IpPrefix.unset(IpFamily.IPV4), IpPrefix.unset(IpFamily.IPV6), Set.of());

    /** A host without addresses. */
    public HostAddresses() {}

    /**
     * Sets the main address of one family, in place of the one before.
     *
     * @param prefix the address with its subnet, or an unset one for none
     */
    public void setPrefix(IpPrefix prefix) {
        synchronized (change) {
            Table now = table;
            boolean isIpv4 = prefix.family() == IpFamily.IPV4;
            IpPrefix before = isIpv4 ? now.ipv4 : now.ipv6;
            List<Entry> entries = new ArrayList<>(now.entries);
            int at = indexOf(entries, prefix.address()); // what is known of an address does not change with its subnet
            AddressState state = at < 0 ? AddressState.GOOD : entries.get(at).state;
            entries.removeIf(entry -> before.isSet() && entry.prefix.equals(before));
            if (prefix.isSet() && !prefix.address().isUnspecified()) {
                entries.removeIf(entry -> entry.prefix.address().equals(prefix.address()));
                entries.add(0, new Entry(prefix, state));
            }
            table = new Table(entries, isIpv4 ? prefix : now.ipv4, isIpv4 ? now.ipv6 : prefix, now.groups);
        }
    }

    /**
     * Adds an address beside the main one, or changes how far one of either kind may be used.
     *
     * @param address a unicast address
     * @param state what was found out about it
     */
    public void put(IpAddress address, AddressState state) {
        synchronized (change) {
            Table now = table;
            List<Entry> entries = new ArrayList<>(now.entries);
            IpPrefix prefix = IpPrefix.of(address, address.isIpv4() ? 32 : 128);
            int at = indexOf(entries, address);
            if (at >= 0) {
                prefix = entries.remove(at).prefix;
            }
            entries.add(at >= 0 ? at : entries.size(), new Entry(prefix, state));
            table = new Table(entries, now.ipv4, now.ipv6, now.groups);
        }
    }

    /**
     * Takes an address away that was added beside the main one.
     *
     * @param address the address
     */
    public void remove(IpAddress address) {
        synchronized (change) {
            Table now = table;
            List<Entry> entries = new ArrayList<>(now.entries);
            boolean main = address.equals(now.ipv4.address()) || address.equals(now.ipv6.address());
            if (!main && entries.removeIf(entry -> entry.prefix.address().equals(address))) {
                table = new Table(entries, now.ipv4, now.ipv6, now.groups);
            }
        }
    }

    /**
     * Joins a group, so that what is sent to it is taken. Several may do so for the same.
     *
     * @param group a multicast address
     */
    public void join(IpAddress group) {
        if (!group.isMulticast()) {
            throw new IllegalArgumentException("group must be a multicast address: group=" + group);
        }
        boolean first;
        synchronized (change) {
            first = joined.merge(group, 1, Integer::sum) == 1;
            changeGroups(first);
        }
        tellOfGroups(first);
    }

    /**
     * Leaves a group that was joined. It is left for good once that was done as often as it was joined.
     *
     * @param group a multicast address
     */
    public void leave(IpAddress group) {
        boolean last;
        synchronized (change) {
            last = joined.containsKey(group) && joined.merge(group, -1, Integer::sum) == 0;
            joined.remove(group, 0);
            changeGroups(last);
        }
        tellOfGroups(last);
    }

    private void changeGroups(boolean changed) {
        if (changed) {
            Table now = table;
            table = new Table(now.entries, now.ipv4, now.ipv6, joined.keySet());
        }
    }

    private void tellOfGroups(boolean changed) {
        if (changed) {
            onGroups.run();
        }
    }

    /** {@return the groups that were joined; all nodes, all systems and the solicited-node groups go without saying} */
    public Set<IpAddress> groups() {
        return table.groups;
    }

    /**
     * Names who hears when {@link #groups} changes, by the thread that changed it and without a lock.
     *
     * @param listener the one
     */
    public void setGroupListener(Runnable listener) {
        onGroups = listener;
    }

    /**
     * The main address of a family.
     *
     * @param family which
     * @return the address with its subnet, unset if there is none
     */
    public IpPrefix prefix(IpFamily family) {
        return family == IpFamily.IPV4 ? table.ipv4 : table.ipv6;
    }

    /** {@return the families of which there is a main address} */
    public Set<IpFamily> families() {
        Set<IpFamily> families = EnumSet.noneOf(IpFamily.class);
        for (IpFamily family : IpFamily.values()) {
            if (prefix(family).isSet()) {
                families.add(family);
            }
        }
        return families;
    }

    /**
     * Whether an address is one of this host, and good.
     *
     * @param address any
     * @return true if packets to it are for this host
     */
    public boolean isOwn(IpAddress address) {
        return table.isOwn(address.isIpv6(), address.high(), address.low());
    }

    /**
     * Whether an address can be that of one host, which is all that a connection can be made to (RFC 9293, MUST-46).
     *
     * @param address any
     * @return false for groups, broadcast addresses, reserved ones and the unspecified one
     */
    public boolean isOneHost(IpAddress address) {
        boolean reserved =
                address.isIpv4() && address.low() >>> 28 == 0xF; // class E, the limited broadcast address in it
        boolean broadcast = address.isIpv4() && isBroadcast(address.low(), table);
        return !address.isMulticast() && !address.isUnspecified() && !reserved && !broadcast;
    }

    /**
     * Whether a packet comes from an address of this host.
     *
     * @param packet any
     * @return true if it does
     */
    public boolean isFromOwn(Packet packet) {
        return table.isOwn(packet.isIpv6(), packet.sourceHigh(), packet.sourceLow());
    }

    /**
     * Whether a packet is for an address of this host, or for its loopback.
     *
     * @param packet any
     * @return true if it comes back to this host when it is sent
     */
    public boolean comesBack(Packet packet) {
        Scope scope = scope(packet);
        return scope == Scope.OWN || scope == Scope.LOOPBACK;
    }

    /**
     * The address to send from: one of the scope of the destination (RFC 6724 section 5, rule 2), the main one first.
     *
     * @param destination where to
     * @return a good address of this host, or null if there is none of the family
     */
    public @Nullable IpAddress sourceFor(IpAddress destination) {
        IpAddress found = null;
        boolean linkLocal = isLinkScoped(destination);
        List<Entry> entries = table.entries;
        for (int i = 0; i < entries.size(); i++) { // without an iterator, as it is asked for each packet
            Entry entry = entries.get(i);
            IpAddress address = entry.prefix.address();
            if (entry.state != AddressState.GOOD || address.family() != destination.family()) {
                continue;
            }
            if (address.isLinkLocal() == linkLocal) {
                return address;
            }
            found = found == null ? address : found;
        }
        return found;
    }

    private static boolean isLinkScoped(IpAddress address) {
        boolean group = address.isIpv6() && address.isMulticast();
        return group ? (address.high() >>> 48 & 0xF) <= 2 : address.isIpv6() && address.isLinkLocal();
    }

    /** Whose the destination of a packet is. */
    Scope scope(Packet packet) {
        boolean isIpv6 = packet.isIpv6();
        long high = packet.destinationHigh();
        long low = packet.destinationLow();
        Table now = table;
        if (now.isOwn(isIpv6, high, low)) {
            return Scope.OWN;
        }
        if (isLoopback(isIpv6, high, low)) {
            return Scope.LOOPBACK;
        }
        if (!isIpv6 && isBroadcast(low, now)) {
            return Scope.BROADCAST;
        }
        if (isGroup(isIpv6, high, low)) {
            return now.isMember(isIpv6, high, low) ? Scope.GROUP : Scope.OTHER_GROUP;
        }
        return Scope.OTHER;
    }

    /** Whether a source names no host of a network: groups, broadcast, loopback (RFC 1122 section 3.2.1.3, RFC 4291). */
    boolean isMartianSource(Packet packet) {
        boolean isIpv6 = packet.isIpv6();
        long high = packet.sourceHigh();
        long low = packet.sourceLow();
        return isLoopback(isIpv6, high, low) || isGroup(isIpv6, high, low) || (!isIpv6 && isBroadcast(low, table));
    }

    /** Whether the destination is the unspecified address, which names nobody (RFC 1122 section 3.2.1.3, RFC 4291). */
    static boolean isToNobody(Packet packet) {
        return packet.destinationLow() == 0 && packet.destinationHigh() == 0;
    }

    /** Whether the source is the unspecified address: a host that has none yet, which asks all or a group (RFC 1122, RFC 4291). */
    static boolean isFromNobody(Packet packet) {
        return packet.sourceLow() == 0 && packet.sourceHigh() == 0;
    }

    private static boolean isBroadcast(long low, Table now) {
        return low == LIMITED_BROADCAST || (low == now.directedBroadcast && low != 0);
    }

    private static boolean isLoopback(boolean isIpv6, long high, long low) {
        return isIpv6 ? high == 0 && low == 1 : low >>> 24 == 127;
    }

    private static boolean isGroup(boolean isIpv6, long high, long low) {
        return isIpv6 ? high >>> 56 == 0xFF : low >>> 28 == 0xE;
    }

    private static int indexOf(List<Entry> entries, IpAddress address) {
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i).prefix.address().equals(address)) {
                return i;
            }
        }
        return -1;
    }
}
