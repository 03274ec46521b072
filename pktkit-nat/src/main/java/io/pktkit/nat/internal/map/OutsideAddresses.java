// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.map;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Our outside addresses. Few, and chosen by the owner: no secret in the hash. */
public final class OutsideAddresses {

    private final int dynamicLow;
    private final int dynamicHigh;
    private final List<OutsideAddress> all = new ArrayList<>();
    private @Nullable OutsideAddress[] slots = new OutsideAddress[4];

    OutsideAddresses(int dynamicLow, int dynamicHigh) {
        this.dynamicLow = dynamicLow;
        this.dynamicHigh = dynamicHigh;
    }

    /** {@return all of them, in the order in which they came} */
    public List<OutsideAddress> all() {
        return all;
    }

    /**
     * Finds one.
     *
     * @param address the address
     * @return it, or null if it is not ours
     */
    public @Nullable OutsideAddress find(int address) {
        @Nullable OutsideAddress[] in = slots;
        int mask = in.length - 1;
        for (int at = mix(address) & mask; ; at = (at + 1) & mask) {
            OutsideAddress found = in[at];
            if (found == null || found.address() == address) {
                return found;
            }
        }
    }

    /**
     * Adds one.
     *
     * @param address the address, which is not yet among them
     * @return it
     */
    public OutsideAddress add(int address) {
        OutsideAddress added = new OutsideAddress(address, dynamicLow, dynamicHigh);
        all.add(added);
        rebuild();
        return added;
    }

    /**
     * Removes one, which nobody uses any more.
     *
     * @param address the address
     */
    public void remove(OutsideAddress address) {
        all.remove(address);
        rebuild();
    }

    private void rebuild() {
        int capacity = Integer.highestOneBit(Math.max(1, all.size())) * 4;
        @Nullable OutsideAddress[] fresh = new OutsideAddress[capacity];
        for (OutsideAddress each : all) {
            int at = mix(each.address()) & (capacity - 1);
            while (fresh[at] != null) {
                at = (at + 1) & (capacity - 1);
            }
            fresh[at] = each;
        }
        slots = fresh;
    }

    private static int mix(int address) {
        int bits = address * 0x9E3779B9;
        return bits ^ bits >>> 16;
    }

    /** One for a host, by its hash; of those that nobody owns, the first that has a free port; null if there is none. */
    @Nullable
    OutsideAddress shared(long hash, int kind, int tries) {
        int count = all.size();
        OutsideAddress fallback = null;
        int left = tries;
        for (int i = 0; i < count && left > 0; i++) {
            OutsideAddress candidate = all.get((int) Long.remainderUnsigned(hash + i, count));
            if (candidate.owner() == null) {
                if (candidate.space(kind).hasFree()) {
                    return candidate;
                }
                fallback = fallback == null ? candidate : fallback;
                left--;
            }
        }
        return fallback;
    }
}
