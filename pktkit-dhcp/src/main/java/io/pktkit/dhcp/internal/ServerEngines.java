// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.device.DropReason;
import io.pktkit.dhcp.DhcpServerConfig;
import io.pktkit.dhcp.DhcpSubnet;
import io.pktkit.dhcp.ServerLease;
import io.pktkit.dhcp.StoredLease;
import io.pktkit.time.Timers;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The subnets of one server, an engine for each, and which of them a message is for: that of the relay which passed it on, else
 * that of the address which a client beyond a router has already, else the server's own. Used under the server's lock.
 */
public final class ServerEngines {
    private final ServerEngine own;
    private final List<ServerEngine> all = new ArrayList<>(); // the own one first

    public ServerEngines(DhcpServerConfig config, ServerEngine.Events events) {
        own = new ServerEngine(config, events);
        all.add(own);
        for (DhcpSubnet subnet : config.subnets()) {
            all.add(new ServerEngine(config, subnet, events));
        }
    }

    /**
     * Takes a message from a station.
     *
     * @param direct whether it was sent to the server's address, and not to everybody on the link
     */
    public ServerReply onMessage(DhcpMessage message, long sourceMac, boolean direct, long nowNanos) {
        ServerEngine engine = engineFor(message, direct);
        if (engine == null || !engine.hears(message, sourceMac)) {
            return ServerReply.ignored(DropReason.FILTERED); // a client on a subnet for which there is no pool
        }
        return engine.onMessage(message, sourceMac, direct, nowNanos);
    }

    /**
     * A relay says where the client is. Without one it is on this link, unless it has an address of a relayed subnet and writes to
     * the server alone: what it broadcasts no router passes on, so it has been moved here (RFC 2131 section 4.3.2).
     */
    private @Nullable ServerEngine engineFor(DhcpMessage message, boolean direct) {
        if (message.giaddr() != 0) {
            return engineOf(message.giaddr());
        }
        ServerEngine remote = direct ? engineOf(message.ciaddr()) : null;
        return remote == null ? own : remote;
    }

    private @Nullable ServerEngine engineOf(int address) {
        for (ServerEngine engine : all) {
            if (engine.isOnSubnet(address)) {
                return engine;
            }
        }
        return null;
    }

    /** Frees what has run out. */
    public void expire(long nowNanos) {
        for (ServerEngine engine : all) {
            engine.expire(nowNanos);
        }
    }

    /** When {@link #expire} has something to do, or {@link Timers#NEVER}. */
    public long nextDeadlineNanos() {
        long next = Timers.NEVER;
        for (ServerEngine engine : all) {
            next = Timers.earlier(next, engine.nextDeadlineNanos());
        }
        return next;
    }

    /** The leases, by address. */
    public List<ServerLease> leases() {
        List<ServerLease> leases = new ArrayList<>();
        all.forEach(engine -> leases.addAll(engine.leases()));
        leases.sort(Comparator.comparing(ServerLease::address));
        return leases;
    }

    /** Records of the leases, which outlive the process. */
    public List<StoredLease> store(long nowNanos, Instant today) {
        expire(nowNanos);
        List<StoredLease> records = new ArrayList<>();
        all.forEach(engine -> engine.store(records, today));
        return List.copyOf(records);
    }

    /** Grants anew, as far as that can be, what is on record. */
    public void restore(List<StoredLease> records, long nowNanos, Instant today) {
        expire(nowNanos);
        for (StoredLease record : records) {
            ServerEngine engine =
                    record.address().isIpv4() ? engineOf(record.address().toIpv4Bits()) : null;
            if (engine != null) {
                engine.restore(record, today);
            }
        }
    }

    /** The lease of an address, or null if nobody holds it. */
    public @Nullable ServerLease lease(int address) {
        ServerEngine engine = engineOf(address);
        return engine == null ? null : engine.lease(address);
    }
}
