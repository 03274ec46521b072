// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.FailureLog;
import io.pktkit.slirp.EgressPolicy;
import io.pktkit.slirp.SlirpConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** What the addresses guests use mean outside, and whether they may be reached. */
final class Destinations {
    private static final FailureLog FAILURES = new FailureLog(Destinations.class, "egress policy");

    private final SlirpConfig config;
    private final GuardedAddresses guarded;

    Destinations(SlirpConfig config) {
        this(config, new GuardedAddresses());
    }

    Destinations(SlirpConfig config, GuardedAddresses guarded) {
        this.config = config;
        this.guarded = guarded;
    }

    /** Whether the address is answered by the stack itself, be it by a service, for the host, or by a refusal. Any thread. */
    boolean isLocal(IpAddress address) {
        return config.isOwn(address) || config.isHostAlias(address);
    }

    /** Whether a local address has that port open towards the host. Any thread. */
    boolean isHostPort(IpAddress address, int port) {
        return config.isHostAlias(address) && config.isHostPort(port);
    }

    /** Addresses that no policy can open, since they name no single host: nothing is ever sent there. Any thread. */
    boolean isUnusable(IpAddress address) {
        IpPrefix own = config.address(address.family());
        return address.isUnspecified()
                || address.isMulticast()
                || address.isLimitedBroadcast()
                || (own.isSet() && own.isDirectedBroadcast(address));
    }

    /**
     * The address to dial, or null when it is denied. In fixed order: what stands for the host, what cannot be dialled, what is
     * guarded, and what is left is for the policy to judge. Asks the policy: loop thread, no lock held.
     */
    @Nullable
    InetSocketAddress resolve(int protocol, IpAddress address, int port) {
        if (!mayReach(protocol, address, port)) {
            return null;
        }
        return isLocal(address)
                ? config.hostTarget(address, port)
                : new InetSocketAddress(address.unmapped().toInetAddress(), port);
    }

    /** The verdict alone, which allocates nothing. Asks the policy: any thread, no lock held. */
    boolean mayReach(int protocol, IpAddress address, int port) {
        if (port == 0) {
            return false;
        }
        if (isLocal(address)) {
            return config.isHostAlias(address) && config.isHostPort(port);
        }
        IpAddress canonical = address.unmapped();
        EgressPolicy policy = config.egress();
        return !isUnusable(canonical)
                && (!guarded.contains(canonical) || policy.includesHost())
                && isAllowed(policy, protocol, canonical, port);
    }

    /** Whether a packet to an address comes back to this host. Any thread. */
    boolean isOfHost(IpAddress address) {
        return guarded.isOfHost(address);
    }

    /** Where else a connection to the host may go that was refused; null for nowhere. Any thread. */
    @Nullable
    InetSocketAddress otherTarget(IpAddress address, int port) {
        return config.isHostAlias(address) ? config.otherHostTarget(address, port) : null;
    }

    private static boolean isAllowed(EgressPolicy policy, int protocol, IpAddress address, int port) {
        try {
            return policy.allows(protocol, address, port);
        } catch (RuntimeException | Error e) {
            FAILURES.record(e);
            return false;
        }
    }
}
