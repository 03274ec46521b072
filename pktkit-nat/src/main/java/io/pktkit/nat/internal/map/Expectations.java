// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import io.pktkit.nat.policy.NatLimits;
import org.jspecify.annotations.Nullable;

/** The mappings that helpers opened and nobody has used yet. */
final class Expectations {

    private final NatLimits limits;
    private final HostsByOpenings hosts = new HostsByOpenings();
    private int size;

    Expectations(NatLimits limits) {
        this.limits = limits;
    }

    int size() {
        return size;
    }

    boolean hasRoom(Tenant tenant) {
        return limits.expectationsPerHost() != 0
                && size < limits.expectations()
                && tenant.expectations < Share.ofNamespace(limits.expectations());
    }

    /**
     * The one that goes for another of a host. Of a host that has as many as it may it is its own oldest; where there is no
     * room for all, the oldest of the host that has most, and the host's own if it would have as many itself.
     *
     * @return null if none need go, or none can
     */
    @Nullable
    Mapping leaving(Host host) {
        if (host.expectations >= limits.expectationsPerHost()) {
            return host.firstExpected;
        }
        Tenant tenant = host.tenant();
        if (hasRoom(tenant)) {
            return null;
        }
        boolean share = tenant.expectations >= Share.ofNamespace(limits.expectations());
        Host most = (share ? tenant.openings : hosts).first();
        if (most == null || most.expectations <= host.expectations + 1) {
            return host.firstExpected;
        }
        return most.firstExpected;
    }

    /** It is one like any other from now on. */
    void settle(Mapping mapping) {
        if (mapping.origin == Mapping.Origin.EXPECTED) {
            mapping.origin = Mapping.Origin.DYNAMIC;
            Host host = mapping.host();
            Mapping before = mapping.previousExpected;
            Mapping after = mapping.nextExpected;
            if (before == null) {
                host.firstExpected = after;
            } else {
                before.nextExpected = after;
            }
            if (after == null) {
                host.lastExpected = before;
            } else {
                after.previousExpected = before;
            }
            mapping.previousExpected = null;
            mapping.nextExpected = null;
            count(host, -1);
        }
    }

    void add(Mapping mapping) {
        Host host = mapping.host();
        Mapping last = host.lastExpected;
        mapping.previousExpected = last;
        if (last == null) {
            host.firstExpected = mapping;
        } else {
            last.nextExpected = mapping;
        }
        host.lastExpected = mapping;
        count(host, 1);
    }

    private void count(Host host, int change) {
        int before = host.expectations;
        host.expectations += change;
        host.tenant().expectations += change;
        size += change;
        hosts.moved(host, before, host.expectations);
        host.tenant().openings.moved(host, before, host.expectations);
    }
}
