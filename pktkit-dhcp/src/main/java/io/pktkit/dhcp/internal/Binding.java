// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.dhcp.Reservation;
import io.pktkit.dhcp.ServerLease;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import org.jspecify.annotations.Nullable;

/** One address that is not free. Owned by its {@link LeaseTable}, which must be told before the expiry changes. */
final class Binding {
    enum State {
        OFFERED,
        BOUND,
        DECLINED
    }

    static final long NEVER = Long.MAX_VALUE;

    final int address;
    final ClientKey client;
    State state = State.OFFERED;
    long mac; // chaddr
    long station; // the source of the frame

    @Nullable
    String hostname;

    boolean proven;
    long offeredAt;
    long grantedAt;
    long grantedNanos;
    long place; // in the pool's order before it was taken
    private long expiry = NEVER;

    Binding(int address, ClientKey client) {
        this.address = address;
        this.client = client;
    }

    /** When the address becomes free, in nanoseconds since the engine began, or {@link #NEVER}. */
    long expiry() {
        return expiry;
    }

    void expiry(long elapsed) {
        expiry = elapsed;
    }

    /**
     * Notes what the client says of itself, for a lease that begins or goes on. A name belongs to the lease: the one said last
     * counts, and one that cannot be used is none. Who says nothing of a name keeps it, as clients do that tell it once.
     */
    void describe(DhcpMessage message, @Nullable Reservation reservation, long sourceMac) {
        mac = message.isEthernet() ? message.chaddrMac() : sourceMac;
        station = sourceMac;
        String given = reservation == null ? null : reservation.hostname();
        byte[] said = message.option(DhcpOptions.HOST_NAME);
        if (given != null) {
            hostname = given;
        } else if (said != null) {
            hostname = DomainNames.fromText(said);
        }
    }

    /**
     * Whether a message comes from who holds this lease since a relay on the server's subnet asked for it. To renew, such a client writes to
     * the server itself, so that nothing tells the relay (RFC 2131 section 4.3.2).
     */
    boolean isRelayed(DhcpMessage message) {
        return state == State.BOUND
                && client.isRelayed()
                && message.giaddr() == 0
                && client.equals(ClientKey.of(message, client.station()));
    }

    /** A copy for others; the origin is when the engine began. */
    ServerLease toLease(long origin) {
        return new ServerLease(
                MacAddress.of(mac),
                MacAddress.of(station),
                IpAddress.ofIpv4(address),
                hostname,
                !proven,
                expiry == NEVER ? Timers.NEVER : Timers.after(origin, expiry));
    }
}
