// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.ByteBudget;
import io.pktkit.vtcp.TcpConfig;
import io.pktkit.wire.IpAddress;
import java.util.HashMap;
import java.util.Map;

/**
 * The memory that the guests of one namespace can make the gateway hold: one budget for all, and of it a fair part for each source,
 * so that one that reads nothing leaves as much for the others. Guarded by the namespace's lock, but for the budgets themselves.
 */
final class GuestMemory {
    /** One source's part, as long as something of it is there. */
    static final class Part {
        private final IpAddress source;
        private final ByteBudget budget;
        private final TcpConfig tcp;
        private int users;

        Part(IpAddress source, ByteBudget budget, TcpConfig tcp) {
            this.source = source;
            this.budget = budget;
            this.tcp = tcp;
        }

        ByteBudget budget() {
            return budget;
        }

        /** The settings of connections whose buffers are of this part. */
        TcpConfig tcp() {
            return tcp;
        }
    }

    private final ByteBudget all;
    private final TcpConfig tcp;
    private final Map<IpAddress, Part> parts = new HashMap<>();

    GuestMemory(ByteBudget all, TcpConfig tcp) {
        this.all = all;
        this.tcp = tcp;
    }

    /** The part of a source; to be left again. */
    Part enter(IpAddress source) {
        Part part = parts.computeIfAbsent(source, this::newPart);
        part.users++;
        return part;
    }

    void leave(Part part) {
        if (--part.users == 0) {
            parts.remove(part.source, part);
        }
    }

    private Part newPart(IpAddress source) {
        ByteBudget budget = all.part(all.limit()).fair(true);
        return new Part(
                source,
                budget,
                tcp.toBuilder().memory(budget).memoryForAll(true).build());
    }

    /** Sources that have something, for tests. */
    int size() {
        return parts.size();
    }
}
