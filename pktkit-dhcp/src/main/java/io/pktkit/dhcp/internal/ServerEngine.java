// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.device.DropReason;
import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.dhcp.DhcpSubnet;
import io.pktkit.dhcp.Lease;
import io.pktkit.dhcp.LeaseEvent;
import io.pktkit.dhcp.Reservation;
import io.pktkit.dhcp.ServerLease;
import io.pktkit.dhcp.StoredLease;
import io.pktkit.time.Timers;
import io.pktkit.wire.MacAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a server answers, by message and by what it knows of the client (RFC 2131 section 4.3). Messages and time in, replies and
 * events out. Owned by one server and used under its lock.
 *
 * <p>A client that has never renewed is unproven: its first lease is short, and only a REQUEST to extend it, some way into the
 * lease, earns the full time. Addresses that were taken under made-up names therefore come back by themselves. An offer holds its
 * address for a minute, or for a few seconds if there is nothing else to offer.
 */
public final class ServerEngine {
    /** Hears of leases, under the lock of the owner, which must queue what it tells others. */
    public interface Events {
        void onLease(ServerLease lease, LeaseEvent event);
    }

    private static final long SECOND = 1_000_000_000L;
    private static final long OFFER_HOLD = 60 * SECOND;
    private static final int PROOF_PART = 4; // of the lease must be over for a renewal to prove the client
    private static final int MAX_DECLINED = 1024;
    private static final int DECLINED_PART = 4; // of the pool and of the leases may be withheld after DECLINE, at most

    private final DhcpServerConfig config;
    private final Events events;
    private final ServerPolicy policy;
    private final LeaseTable table;
    private final AddressAllocator allocator;
    private final ServerReplies replies;
    private final LeaseRecords records;
    private final int maxDeclined;

    private boolean begun;
    private long origin;
    private long now; // since the origin

    /** For the server's own subnet. */
    public ServerEngine(DhcpServerConfig config, Events events) {
        this(config, config.ownSubnet(), events);
    }

    /** For any subnet of the configuration. */
    ServerEngine(DhcpServerConfig config, DhcpSubnet subnet, Events events) {
        this.config = config;
        this.events = events;
        policy = new ServerPolicy(config, subnet);
        replies = new ServerReplies(config, subnet);
        BitSet withheld = policy.withheld();
        table = new LeaseTable(policy.rangeStart(), policy.rangeSize(), withheld);
        records = new LeaseRecords(config, policy, table);
        allocator = new AddressAllocator(policy, table, config.maxLeases(), this::onReplaced);
        int usable = Math.min(config.maxLeases(), policy.rangeSize() - withheld.cardinality());
        maxDeclined = Math.max(1, Math.min(MAX_DECLINED, usable / DECLINED_PART));
    }

    /** Takes a message from a station, which was {@code direct} if it was sent to the server's address and not to everybody. */
    public ServerReply onMessage(DhcpMessage message, long sourceMac, boolean direct, long nowNanos) {
        expire(nowNanos);
        if (!isRequest(message)) {
            return ServerReply.ignored(DropReason.MALFORMED);
        }
        ClientKey client = ClientKey.of(message, policy.stationOf(message, sourceMac));
        return switch (message.messageType()) {
            case DhcpOptions.DISCOVER, DhcpOptions.REQUEST, DhcpOptions.INFORM ->
                answered(message, client, sourceMac, direct);
            case DhcpOptions.DECLINE -> decline(message, client, sourceMac);
            case DhcpOptions.RELEASE -> release(message, client);
            default -> ServerReply.ignored(DropReason.MALFORMED);
        };
    }

    /** Whether an address is one of this subnet's hosts. */
    boolean isOnSubnet(int address) {
        return policy.isHostOnSubnet(address);
    }

    /** Whether a message that says it is for this subnet may come as it came. */
    boolean hears(DhcpMessage message, long sourceMac) {
        return policy.hears(message, sourceMac);
    }

    /** Frees what has run out. */
    public void expire(long nowNanos) {
        if (!begun) {
            begun = true;
            origin = nowNanos;
        }
        now = Math.max(now, nowNanos - origin);
        for (Binding first = table.firstToExpire(); first != null && first.expiry() <= now; ) {
            table.remove(first);
            if (first.state == Binding.State.BOUND) {
                tell(first, LeaseEvent.EXPIRED);
            }
            first = table.firstToExpire();
        }
    }

    /** When {@link #expire} has something to do, or {@link Timers#NEVER}. */
    public long nextDeadlineNanos() {
        Binding first = table.firstToExpire();
        return first == null ? Timers.NEVER : Timers.after(origin, first.expiry());
    }

    /** The leases, in any order. */
    public List<ServerLease> leases() {
        List<ServerLease> leases = new ArrayList<>();
        for (Binding binding : table.all()) {
            if (binding.state == Binding.State.BOUND) {
                leases.add(binding.toLease(origin));
            }
        }
        return leases;
    }

    /** Adds records of the leases, which outlive the process. */
    void store(List<StoredLease> into, Instant today) {
        for (Binding binding : table.all()) {
            if (binding.state == Binding.State.BOUND) {
                into.add(LeaseRecords.of(binding, now, today));
            }
        }
    }

    /** Grants anew, as far as that can be, what is on record. */
    void restore(StoredLease lease, Instant today) {
        Binding binding = records.restore(lease, now, today);
        if (binding != null) {
            tell(binding, LeaseEvent.GRANTED);
        }
    }

    /** The lease of an address, or null if nobody holds it. */
    public @Nullable ServerLease lease(int address) {
        Binding binding = table.byAddress(address);
        return binding == null || binding.state != Binding.State.BOUND ? null : binding.toLease(origin);
    }

    LeaseTable table() {
        return table;
    }

    int maxDeclined() {
        return maxDeclined;
    }

    private static boolean isRequest(DhcpMessage message) {
        boolean identified = message.hlen() > 0 && message.hlen() <= DhcpMessage.MAX_HARDWARE_ADDRESS_LENGTH;
        if (!message.isValid() || message.op() != DhcpOptions.OP_REQUEST || !identified || !ClientKey.fits(message)) {
            return false;
        }
        // A reply goes to chaddr: it must be one station's.
        long mac = message.chaddrMac();
        return !message.isEthernet() || (mac != 0 && !MacAddress.isMulticast(mac));
    }

    private ServerReply answered(DhcpMessage message, ClientKey client, long sourceMac, boolean direct) {
        if (!replies.canAnswer(message)) {
            return ServerReply.ignored(
                    DropReason.TOO_BIG); // before anything is changed for a client that would not hear of it
        }
        return switch (message.messageType()) {
            case DhcpOptions.DISCOVER -> discover(message, client, sourceMac);
            case DhcpOptions.REQUEST -> request(message, client, sourceMac, direct);
            default -> inform(message, sourceMac);
        };
    }

    private ServerReply discover(DhcpMessage message, ClientKey client, long sourceMac) {
        Reservation reservation = policy.reservationOf(message, sourceMac);
        Binding binding = table.byClient(client);
        if (reservation != null && (binding == null || !holds(binding, reservation))) {
            binding = allocator.bindReserved(reservation, client, now);
        } else if (binding == null) {
            binding = allocator.bindFree(message, client, now);
        }
        if (binding == null) {
            return ServerReply.ignored(DropReason.TABLE_FULL);
        }
        if (binding.state == Binding.State.OFFERED) {
            binding.describe(message, reservation, sourceMac);
            binding.offeredAt = now;
            table.update(binding, Binding.State.OFFERED, now + OFFER_HOLD);
        }
        return granting(
                message, DhcpOptions.OFFER, binding, leaseSeconds(binding, reservation), reservation, sourceMac);
    }

    private ServerReply request(DhcpMessage message, ClientKey client, long sourceMac, boolean direct) {
        long chosen = message.intOption(DhcpOptions.SERVER_IDENTIFIER);
        long requested = message.intOption(DhcpOptions.REQUESTED_ADDRESS);
        if (chosen >= 0) {
            return requestSelecting(message, client, sourceMac, (int) chosen, requested);
        }
        boolean extending = requested < 0;
        int address = extending ? message.ciaddr() : (int) requested;
        if (address == 0) {
            return ServerReply.ignored(DropReason.MALFORMED);
        }
        Binding binding = table.byClient(client);
        Binding held = extending && direct && binding == null ? table.byAddress(address) : null;
        if (held != null && held.isRelayed(message)) {
            held.proven |= isProof(held);
            return acknowledge(message, held, policy.reservationAt(address), sourceMac); // and stays the relay's
        }
        Reservation reservation = policy.reservationOf(message, sourceMac);
        boolean recorded = reservation != null || (binding != null && binding.state == Binding.State.BOUND);
        if (!recorded && !policy.isAuthoritative() && mayBeAnothers(address, extending)) {
            return ServerReply.ignored(DropReason.NOT_FOR_US);
        }
        if (!policy.isAssignable(address) || !mayHave(reservation, binding, address, extending)) {
            return replies.refuse(message, sourceMac);
        }
        if (binding == null || binding.address != address) {
            if (reservation == null && !table.pool().contains(address)) {
                return extending ? replies.refuse(message, sourceMac) : ServerReply.ignored(DropReason.NOT_FOR_US);
            }
            // Not known here but free: this server was restarted, or the client is slow (section 4.3.2).
            binding = reservation != null
                    ? allocator.bindReserved(reservation, client, now)
                    : allocator.bind(address, client, now);
        } else if (extending && isProof(binding)) {
            binding.proven = true;
        }
        if (binding == null) {
            return ServerReply.ignored(DropReason.TABLE_FULL);
        }
        binding.describe(message, reservation, sourceMac);
        return acknowledge(message, binding, reservation, sourceMac);
    }

    private ServerReply requestSelecting(
            DhcpMessage message, ClientKey client, long sourceMac, int chosen, long requested) {
        Binding binding = table.byClient(client);
        if (chosen != policy.server()) {
            if (binding != null && binding.state == Binding.State.OFFERED) {
                table.remove(binding);
            }
            return ServerReply.ignored(DropReason.NOT_FOR_US);
        }
        if (requested < 0) {
            return ServerReply.ignored(DropReason.MALFORMED);
        }
        if (binding == null || binding.address != (int) requested) {
            return replies.refuse(message, sourceMac);
        }
        Reservation reservation = policy.reservationOf(message, sourceMac);
        binding.describe(message, reservation, sourceMac);
        return acknowledge(message, binding, reservation, sourceMac);
    }

    private ServerReply decline(DhcpMessage message, ClientKey client, long sourceMac) {
        long address = message.intOption(DhcpOptions.REQUESTED_ADDRESS);
        if (!namesThisServer(message)) {
            return ServerReply.ignored(DropReason.NOT_FOR_US);
        }
        Binding binding = table.byClient(client);
        Reservation reservation = policy.reservationOf(message, sourceMac);
        if (binding == null && reservation != null && reservation.address().toIpv4Bits() == (int) address) {
            binding = allocator.bindReserved(reservation, client, now);
        }
        if (binding == null || binding.address != (int) address) {
            return ServerReply.ignored(DropReason.NOT_FOR_US);
        }
        Binding oldest = table.oldestDeclined();
        if (oldest != null && table.declinedCount() >= maxDeclined) {
            table.remove(oldest); // whoever forges DECLINE must not fence off the pool
        }
        if (binding.state == Binding.State.OFFERED) {
            binding.describe(message, reservation, sourceMac); // who held a lease is told as it was
        }
        table.update(binding, Binding.State.DECLINED, expiryAfter(config.leaseSeconds()));
        tell(binding, LeaseEvent.DECLINED);
        return ServerReply.DONE;
    }

    private ServerReply release(DhcpMessage message, ClientKey client) {
        Binding binding = table.byClient(client);
        if (binding == null
                || binding.state != Binding.State.BOUND
                || binding.address != message.ciaddr()
                || !namesThisServer(message)) {
            return ServerReply.ignored(DropReason.NOT_FOR_US);
        }
        table.remove(binding);
        tell(binding, LeaseEvent.RELEASED);
        return ServerReply.DONE;
    }

    private ServerReply inform(DhcpMessage message, long sourceMac) {
        if (!policy.isHostOnSubnet(message.ciaddr())) {
            return ServerReply.ignored(DropReason.NOT_FOR_US);
        }
        Reservation reservation = policy.reservationOf(message, sourceMac);
        String hostname = reservation == null ? null : reservation.hostname();
        return replies.grant(message, DhcpOptions.ACK, 0, 0, hostname, sourceMac);
    }

    private ServerReply acknowledge(
            DhcpMessage message, Binding binding, @Nullable Reservation reservation, long sourceMac) {
        boolean renewed = binding.state == Binding.State.BOUND;
        long seconds = leaseSeconds(binding, reservation);
        binding.grantedAt = now;
        binding.grantedNanos = seconds * SECOND;
        table.update(binding, Binding.State.BOUND, expiryAfter(seconds));
        tell(binding, renewed ? LeaseEvent.RENEWED : LeaseEvent.GRANTED);
        return granting(message, DhcpOptions.ACK, binding, seconds, reservation, sourceMac);
    }

    private ServerReply granting(
            DhcpMessage message,
            int type,
            Binding binding,
            long seconds,
            @Nullable Reservation reservation,
            long sourceMac) {
        String hostname = reservation == null ? null : reservation.hostname();
        return replies.grant(message, type, binding.address, seconds, hostname, sourceMac);
    }

    /** Whether a client may have an address, as far as others and reservations are concerned. */
    private boolean mayHave(
            @Nullable Reservation reservation, @Nullable Binding binding, int address, boolean extending) {
        if (reservation != null) {
            if (reservation.address().toIpv4Bits() != address) {
                return false;
            }
        } else if (policy.isReserved(address) || (binding != null && binding.address != address)) {
            return false;
        }
        Binding holder = table.byAddress(address);
        if (holder == null || holder == binding) {
            return true;
        }
        if (holder.state == Binding.State.DECLINED) {
            if (extending) {
                table.remove(holder); // it was this client, which has the address, whom the other one met
            }
            return extending;
        }
        return reservation != null;
    }

    /**
     * Whether, for all that this server knows, another one may have given an address: no record of it here, and not the extension
     * of one that only this server gives. RFC 2131 section 4.3.2 wants silence then where servers share a wire.
     */
    private boolean mayBeAnothers(int address, boolean extending) {
        boolean recorded = policy.isReserved(address) || table.byAddress(address) != null;
        return !recorded && !(extending && policy.isOurs(address));
    }

    private static boolean holds(Binding binding, Reservation reservation) {
        return binding.address == reservation.address().toIpv4Bits();
    }

    private long leaseSeconds(Binding binding, @Nullable Reservation reservation) {
        return binding.proven || reservation != null ? config.leaseSeconds() : config.provisionalSeconds();
    }

    private boolean isProof(Binding binding) {
        return binding.state == Binding.State.BOUND && now - binding.grantedAt >= binding.grantedNanos / PROOF_PART;
    }

    private long expiryAfter(long seconds) {
        return seconds == Lease.INFINITE ? Binding.NEVER : now + seconds * SECOND; // 136 years at most
    }

    private boolean namesThisServer(DhcpMessage message) {
        return message.intOption(DhcpOptions.SERVER_IDENTIFIER) == Integer.toUnsignedLong(policy.server());
    }

    private void onReplaced(Binding binding) {
        if (binding.state == Binding.State.BOUND) {
            tell(binding, LeaseEvent.REPLACED);
        }
    }

    private void tell(Binding binding, LeaseEvent event) {
        events.onLease(binding.toLease(origin), event);
    }
}
