// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import io.pktkit.wire.KeyedHash;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The hosts that have mappings, and those with an outside address of their own. */
final class HostTable {

    /** How long an allowance for new mappings grows. */
    private static final long FULL_CREDIT = 10_000_000_000L;

    /** Outside addresses that are tried for a host before it is refused. */
    private static final int ADDRESSES_TRIED = 4;

    private final KeyedHash hash;
    private final OutsideAddresses outsides;
    private final OpenTable<Host> hosts = new OpenTable<>();
    private final long highMask;
    private final long lowMask;
    private final long cost;

    HostTable(CoreSettings settings, KeyedHash hash, OutsideAddresses outsides) {
        this.hash = hash;
        this.outsides = outsides;
        int bits = settings.hostPrefixIpv6();
        this.highMask = bits >= 64 ? -1L : bits == 0 ? 0 : -1L << (64 - bits);
        this.lowMask = bits <= 64 ? 0 : bits >= 128 ? -1L : -1L << (128 - bits);
        this.cost = 1_000_000_000L / settings.limits().newMappingsPerSecond();
    }

    int size() {
        return hosts.size();
    }

    /** The host of an endpoint; null if it has nothing. */
    @Nullable
    Host find(Tenant tenant, Endpoint inside) {
        long high = inside.ipv6 ? inside.high & highMask : 0;
        long low = inside.ipv6 ? inside.low & lowMask : inside.low;
        return find(tenant, high, low, hash.of(high, low, tenant.id()));
    }

    private @Nullable Host find(Tenant tenant, long high, long low, long key) {
        for (int at = hosts.first(key); at != OpenTable.END; at = hosts.next(at, key)) {
            Host host = hosts.get(at);
            if (host.is(tenant, high, low)) {
                return host;
            }
        }
        return null;
    }

    /** The host of an endpoint, made if need be; null if no outside address has room. To be given back if not used. */
    @Nullable
    Host obtain(Tenant tenant, Endpoint inside) {
        long high = inside.ipv6 ? inside.high & highMask : 0;
        long low = inside.ipv6 ? inside.low & lowMask : inside.low;
        long key = hash.of(high, low, tenant.id());
        Host known = find(tenant, high, low, key);
        if (known != null) {
            return known;
        }
        OutsideAddress outside = outsides.shared(key, inside.kind, ADDRESSES_TRIED);
        return outside == null ? null : add(new Host(tenant, high, low, key, outside));
    }

    private Host add(Host host) {
        hosts.add(host.hash(), host);
        Tenant tenant = host.tenant();
        Host first = tenant.hosts;
        host.next = first;
        if (first != null) {
            first.previous = host;
        }
        tenant.hosts = host;
        host.credit = FULL_CREDIT;
        return host;
    }

    /** Forgets a host that has nothing any more. */
    void release(Host host) {
        if (host.mappings != 0 || host.pinned) {
            return;
        }
        hosts.remove(host.hash(), host);
        if (host.previous == null) {
            host.tenant().hosts = host.next;
        } else {
            host.previous.next = host.next;
        }
        if (host.next != null) {
            host.next.previous = host.previous;
        }
    }

    /** Takes of the host's allowance for new mappings (RFC 6888 REQ-4). */
    boolean mayBegin(Host host, long now) {
        long grown = Math.max(0, now - host.creditAt);
        host.creditAt = now;
        host.credit = Math.min(FULL_CREDIT, host.credit + Math.min(grown, FULL_CREDIT));
        if (host.credit < cost) {
            return false;
        }
        host.credit -= cost;
        return true;
    }

    @Nullable
    Host own(Tenant tenant, Endpoint inside, OutsideAddress outside) {
        long high = inside.ipv6 ? inside.high & highMask : 0;
        long low = inside.ipv6 ? inside.low & lowMask : inside.low;
        long key = hash.of(high, low, tenant.id());
        Host known = find(tenant, high, low, key);
        if (known != null) {
            return null;
        }
        unpair(outside);
        Host host = add(new Host(tenant, high, low, key, outside));
        host.pinned = true;
        outside.owner(host);
        return host;
    }

    /**
     * Pairs nobody with an address any more, which has no mappings left. A host that has some elsewhere is paired with the
     * address of those (RFC 6888 REQ-2), any other anew when it sends.
     */
    void unpair(OutsideAddress outside) {
        List<Host> paired = new ArrayList<>();
        hosts.forEach(host -> {
            if (host.outside == outside) {
                paired.add(host);
            }
        });
        outside.owner(null);
        for (Host host : paired) {
            host.pinned = false;
            if (host.first == null) {
                release(host);
            } else {
                host.outside = host.first.outside();
            }
        }
    }
}
