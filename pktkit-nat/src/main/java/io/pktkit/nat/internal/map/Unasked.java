// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import io.pktkit.nat.policy.NatLimits;

/**
 * The mappings that strangers made by sending to a host with an outside address of its own, which has not spoken from them
 * yet. They are counted apart, so that they use up nothing of the host's.
 */
final class Unasked {

    private final NatLimits limits;
    private int size;

    Unasked(NatLimits limits) {
        this.limits = limits;
    }

    int size() {
        return size;
    }

    boolean hasRoom(Host host) {
        return size < Share.ofStrangers(limits.mappings())
                && host.tenant().unasked < Share.ofStrangers(limits.mappingsPerNamespace())
                && host.unasked < Share.ofStrangers(limits.mappingsPerHost());
    }

    void add(Mapping mapping) {
        mapping.unasked = true;
        count(mapping.host(), 1);
    }

    /** It is one like any other from now on, or gone. */
    void settle(Mapping mapping) {
        if (mapping.unasked) {
            mapping.unasked = false;
            count(mapping.host(), -1);
        }
    }

    private void count(Host host, int change) {
        size += change;
        host.unasked += change;
        host.tenant().unasked += change;
    }
}
