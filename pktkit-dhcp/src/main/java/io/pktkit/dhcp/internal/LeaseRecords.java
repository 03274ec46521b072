// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.dhcp.Lease;
import io.pktkit.dhcp.Reservation;
import io.pktkit.dhcp.StoredLease;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Bindings to records that outlive the process, and back. The engine's time ends with it, so records have the calendar's. Owned by
 * one engine.
 */
final class LeaseRecords {
    private static final long SECOND = 1_000_000_000L;

    private final DhcpServerConfig config;
    private final ServerPolicy policy;
    private final LeaseTable table;

    LeaseRecords(DhcpServerConfig config, ServerPolicy policy, LeaseTable table) {
        this.config = config;
        this.policy = policy;
        this.table = table;
    }

    /** The record of a lease, when it is {@code now} in the engine's time and {@code today} by the calendar. */
    static StoredLease of(Binding binding, long now, Instant today) {
        boolean infinite = binding.expiry() == Binding.NEVER;
        return new StoredLease(
                binding.client.toText(),
                IpAddress.ofIpv4(binding.address),
                MacAddress.of(binding.mac),
                MacAddress.of(binding.station),
                binding.hostname,
                binding.proven,
                infinite ? Instant.MAX : today.plusNanos(binding.expiry() - now));
    }

    /**
     * Enters a lease that was on record, and returns its binding; null if it has run out or is not one that this configuration would
     * give. It never lasts longer than one granted now, however far the calendar was turned back meanwhile.
     */
    @Nullable
    Binding restore(StoredLease lease, long now, Instant today) {
        ClientKey client = ClientKey.fromText(lease.client());
        int address = lease.address().isIpv4() ? lease.address().toIpv4Bits() : 0;
        long remaining = remainingNanos(lease, today);
        if (client == null || remaining <= 0 || table.size() >= config.maxLeases() || !isFree(address, lease.mac())) {
            return null;
        }
        if (table.byClient(client) != null) {
            return null;
        }
        Binding binding = new Binding(address, client);
        binding.mac = lease.mac().toLong();
        binding.station = lease.station().toLong();
        binding.hostname = lease.hostname();
        binding.proven = lease.proven();
        binding.grantedAt = now;
        table.add(binding);
        if (remaining == Binding.NEVER) {
            table.update(binding, Binding.State.BOUND, Binding.NEVER);
        } else {
            binding.grantedNanos = remaining;
            table.update(binding, Binding.State.BOUND, now + remaining);
        }
        return binding;
    }

    private boolean isFree(int address, MacAddress mac) {
        Reservation reservation = policy.reservationAt(address);
        boolean allowed = reservation == null
                ? table.pool().contains(address)
                : reservation.mac().equals(mac);
        return allowed && policy.isAssignable(address) && table.byAddress(address) == null;
    }

    private long remainingNanos(StoredLease lease, Instant today) {
        boolean infinite = config.leaseSeconds() == Lease.INFINITE;
        if (lease.expiry().equals(Instant.MAX)) {
            return infinite ? Binding.NEVER : config.leaseSeconds() * SECOND;
        }
        Duration left = Duration.between(today, lease.expiry());
        if (left.isNegative()) {
            return 0; // also of longer ago than there are nanoseconds for
        }
        long longest = infinite ? Lease.INFINITE : config.leaseSeconds();
        return left.toSeconds() >= longest ? longest * SECOND : left.toNanos();
    }
}
