// SPDX-License-Identifier: MIT
package io.pktkit.lab.relay;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.util.HashMap;
import java.util.Map;

/**
 * Places that sources share. A source, an IPv4 address or an IPv6 /64, has a quarter of them at most; but at the loopback are
 * all programs of this host, which have what there is. Any thread.
 */
final class SourcePlaces {

    private final int limit;

    // Guarded by this.
    private final Map<IpAddress, Integer> taken = new HashMap<>();
    private int used;

    SourcePlaces(int limit) {
        this.limit = limit;
    }

    /** Takes a place; false if there is none for this source. */
    synchronized boolean tryTake(IpAddress address) {
        IpAddress source = sourceOf(address);
        int its = taken.getOrDefault(source, 0);
        if (used >= limit || (its >= limit / 4 && !address.unmapped().isLoopback())) {
            return false;
        }
        taken.put(source, its + 1);
        used++;
        return true;
    }

    /** Gives back a place that was taken. */
    synchronized void giveBack(IpAddress address) {
        taken.computeIfPresent(sourceOf(address), (source, its) -> its == 1 ? null : its - 1);
        used--;
    }

    private static IpAddress sourceOf(IpAddress address) {
        IpAddress plain = address.unmapped();
        // An IPv6 host has at least a /64 to choose addresses of.
        return IpPrefix.of(plain, plain.isIpv4() ? 32 : 64).network();
    }
}
