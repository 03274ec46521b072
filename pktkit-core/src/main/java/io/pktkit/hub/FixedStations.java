// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.wire.MacAddress;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The addresses that ports hold by their settings. Immutable and replaced as a whole, so that the forwarding path looks up
 * without a lock. Its size is what the user named.
 */
final class FixedStations {

    static final FixedStations NONE = new FixedStations(Map.of());

    private final long[] addresses;
    private final HubPort[] holders;

    FixedStations(Map<MacAddress, HubPort> byAddress) {
        Map<MacAddress, HubPort> sorted = new TreeMap<>(byAddress);
        addresses = sorted.keySet().stream().mapToLong(MacAddress::toLong).toArray();
        holders = sorted.values().toArray(HubPort[]::new);
    }

    /** The port that holds an address, or null. */
    @Nullable
    HubPort holder(long mac) {
        int at = Arrays.binarySearch(addresses, mac);
        return at < 0 ? null : holders[at];
    }
}
