// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.rules;

import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.client.Topology;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gives each client an address of a subnet, and the same again when it comes back while that is free. The server's own
 * addresses are in the prefixes. Any thread.
 */
public final class AddressPool {

    /** So many addresses are tried at most; a pool of more is never full. */
    private static final long MOST_TRIED = 65_536;

    private static final int MOST_REMEMBERED = 4096;

    private final Map<IpFamily, Range> ranges = new EnumMap<>(IpFamily.class);
    private final AddressRules rules;
    private final Map<IpAddress, Owner> owners = new HashMap<>();
    private final Map<String, IpAddress> remembered = new LinkedHashMap<>();

    /** Who has an address, compared by identity, and under which name. */
    private record Owner(Object who, String name) {

        @SuppressWarnings("ReferenceEquality") // as said above
        boolean is(Object other) {
            return who == other;
        }
    }

    /**
     * Creates a pool that has given nothing.
     *
     * @param rules which addresses it gives
     */
    public AddressPool(AddressRules rules) {
        this.rules = rules;
        for (IpFamily family : IpFamily.values()) {
            IpPrefix subnet = rules.subnet(family);
            if (subnet != null) {
                ranges.put(family, new Range(subnet, rules));
            }
        }
    }

    /** The hosts of a subnet that may be given, as numbers in it, and which one is next. */
    private static final class Range {

        private final IpPrefix subnet;
        private final boolean net30;
        private final long first;
        private final long size;
        private long next;

        Range(IpPrefix subnet, AddressRules rules) {
            this.subnet = subnet;
            this.net30 = subnet.family() == IpFamily.IPV4 && rules.topology() == Topology.NET30;
            long network = subnet.network().low();
            IpAddress from = rules.first();
            IpAddress to = rules.last();
            if (subnet.family() == IpFamily.IPV4 && from != null && to != null) {
                // With net30 a block belongs to the range if its first address does.
                first = net30 ? (from.low() - network + 3) / 4 * 4 : from.low() - network;
                size = to.low() - network + 1 - first;
            } else {
                first = 0;
                size = 1L << Math.min(62, subnet.family().maxPrefixLength() - subnet.length());
                next = 1;
            }
        }

        long step() {
            return net30 ? 4 : 1;
        }

        /** The address so far behind the next one, around the end. */
        IpAddress candidate(long ahead) {
            long at = Math.floorMod(next + ahead, size);
            long host = first + (net30 ? at / 4 * 4 + 2 : at);
            IpAddress network = subnet.network();
            return IpAddress.of(subnet.family(), network.high(), network.low() | host);
        }

        void taken(long ahead) {
            next = Math.floorMod(next + ahead, size) + step();
        }

        boolean isUsable(IpAddress candidate) {
            if (net30) {
                return subnet.contains(candidate) && !IpPrefix.of(candidate, 30).contains(subnet.address());
            }
            return !candidate.equals(subnet.network())
                    && !candidate.equals(subnet.address())
                    && !subnet.isDirectedBroadcast(candidate);
        }
    }

    /**
     * Completes what a client is given by addresses.
     *
     * @param owner who has them from now on
     * @param name its name; empty if it has none
     * @param wanted what it is given, perhaps with fixed addresses
     * @return the same with addresses; null if there are none left, or its own are taken
     */
    public synchronized @Nullable ClientSettings assign(Object owner, String name, ClientSettings wanted) {
        Owner its = new Owner(owner, name);
        ClientSettings.Builder settings = wanted.toBuilder();
        for (IpFamily family : IpFamily.values()) {
            Range range = ranges.get(family);
            IpPrefix fixed = wanted.address(family);
            if (fixed != null) {
                Owner present = owners.get(fixed.address());
                // A client that comes back takes its fixed address along; its former session is about to be closed.
                boolean comesBack =
                        present != null && !rules.sameNames() && !name.isEmpty() && present.name.equals(name);
                if (present != null && !present.is(owner) && !comesBack) {
                    release(owner);
                    return null;
                }
                owners.put(fixed.address(), its);
            } else if (range != null) {
                IpAddress free = free(range, name);
                if (free == null) {
                    release(owner);
                    return null;
                }
                owners.put(free, its);
                remember(family, name, free);
                if (range.net30) {
                    // Of the four addresses the second is the client's and the first the server's.
                    settings.topology(Topology.NET30)
                            .address(IpPrefix.of(free, 30), IpAddress.of(family, 0, free.low() - 1));
                } else {
                    settings.address(IpPrefix.of(free, range.subnet.length()), range.subnet.address());
                }
            }
        }
        return settings.build();
    }

    private void remember(IpFamily family, String name, IpAddress address) {
        if (!name.isEmpty()) {
            remembered.put(family + name, address);
            if (remembered.size() > MOST_REMEMBERED) {
                remembered.remove(remembered.keySet().iterator().next());
            }
        }
    }

    private @Nullable IpAddress free(Range range, String name) {
        IpAddress before = remembered.get(range.subnet.family() + name);
        if (before != null && isFree(before)) {
            return before;
        }
        long most = Math.min(range.size, MOST_TRIED * range.step());
        for (long ahead = 0; ahead < most; ahead += range.step()) {
            IpAddress candidate = range.candidate(ahead);
            if (range.isUsable(candidate) && isFree(candidate)) {
                range.taken(ahead);
                return candidate;
            }
        }
        return null;
    }

    private boolean isFree(IpAddress address) {
        return !owners.containsKey(address) && rules.free().test(address);
    }

    /**
     * Takes back what somebody has.
     *
     * @param owner of {@link #assign}
     */
    public synchronized void release(Object owner) {
        owners.values().removeIf(each -> each.is(owner));
    }
}
