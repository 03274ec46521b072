// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import io.pktkit.nat.policy.NatLimits;
import org.jspecify.annotations.Nullable;

/** The mappings that helpers opened and nobody has used yet. */
final class Expectations {

    private final NatLimits limits;
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

    /** The oldest of a host that has as many as it may; null if it may have another. */
    @Nullable
    Mapping oldestOver(Host host) {
        return host.expectations < limits.expectationsPerHost() ? null : host.firstExpected;
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
            host.expectations--;
            host.tenant().expectations--;
            size--;
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
        host.expectations++;
        host.tenant().expectations++;
        size++;
    }
}
