// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import io.pktkit.device.FailureLog;
import io.pktkit.slirp.SlirpConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** What the addresses guests use mean outside, and whether they may be reached. */
final class Destinations {
    private static final FailureLog FAILURES = new FailureLog(Destinations.class, "egress policy");

    private final SlirpConfig config;

    Destinations(SlirpConfig config) {
        this.config = config;
    }

    /** Whether the address is answered by the stack itself, be it by a service, for the host, or by a refusal. Any thread. */
    boolean isLocal(IpAddress address) {
        return config.isOwn(address) || config.isHostAlias(address);
    }

    /** Whether a local address has that port open towards the host. Any thread. */
    boolean isHostPort(IpAddress address, int port) {
        return config.isHostAlias(address) && config.hostTarget(address, port) != null;
    }

    /** Addresses that no policy can open, since they name no single host: nothing is ever sent there. Any thread. */
    boolean isUnusable(IpAddress address) {
        IpPrefix own = config.address(address.family());
        return address.isUnspecified()
                || address.isMulticast()
                || address.isLimitedBroadcast()
                || (own.isSet() && own.isDirectedBroadcast(address));
    }

    /** The address to dial, or null when it is denied. Asks the policy: loop thread, no lock held. */
    @Nullable
    InetSocketAddress resolve(int protocol, IpAddress address, int port) {
        if (port == 0) {
            return null;
        }
        if (isLocal(address)) {
            return config.isHostAlias(address) ? config.hostTarget(address, port) : null;
        }
        IpAddress canonical = address.unmapped();
        if (isUnusable(canonical) || !isAllowed(protocol, canonical, port)) {
            return null;
        }
        return new InetSocketAddress(canonical.toInetAddress(), port);
    }

    private boolean isAllowed(int protocol, IpAddress address, int port) {
        try {
            return config.egress().allows(protocol, address, port);
        } catch (RuntimeException | Error e) {
            FAILURES.record(e);
            return false;
        }
    }
}
