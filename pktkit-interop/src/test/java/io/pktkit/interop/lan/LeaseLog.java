// SPDX-License-Identifier: MIT
package io.pktkit.interop.lan;

import io.pktkit.dhcp.LeaseEvent;
import io.pktkit.dhcp.LeaseObserver;
import io.pktkit.dhcp.ServerLease;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** What the DHCP server told of its leases, in order. */
final class LeaseLog implements LeaseObserver {
    private final BlockingQueue<Entry> entries = new LinkedBlockingQueue<>();
    private final List<Entry> seen = new ArrayList<>();

    record Entry(MacAddress mac, IpAddress address, LeaseEvent event) {}

    @Override
    public void onLease(ServerLease lease, LeaseEvent event) {
        entries.add(new Entry(lease.mac(), lease.address(), event));
    }

    /** Waits for the next entry, which must be of this event. */
    Entry expect(LeaseEvent event) throws InterruptedException {
        Entry entry = next(event);
        if (entry.event() != event) {
            throw new AssertionError("not " + event + " was next: " + seen);
        }
        return entry;
    }

    /** As {@link #expect}, but past renewals: a client asks again when the answer to its first request got lost. */
    Entry expectPastRenewals(LeaseEvent event) throws InterruptedException {
        while (true) {
            Entry entry = next(event);
            if (entry.event() == event) {
                return entry;
            }
            if (entry.event() != LeaseEvent.RENEWED) {
                throw new AssertionError("neither RENEWED nor " + event + " was next: " + seen);
            }
        }
    }

    private Entry next(LeaseEvent awaited) throws InterruptedException {
        Entry entry = entries.poll(TapLan.LIMIT.toNanos(), TimeUnit.NANOSECONDS);
        if (entry == null) {
            throw new AssertionError("no " + awaited + " within " + TapLan.LIMIT + ", after " + seen);
        }
        seen.add(entry);
        return entry;
    }
}
