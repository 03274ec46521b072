// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import io.pktkit.wire.IpAddress;

/** A policy that judges the host's own addresses too. */
record HostPolicy(EgressPolicy policy) implements EgressPolicy {
    @Override
    public boolean allows(int protocol, IpAddress destination, int port) {
        return policy.allows(protocol, destination, port);
    }

    @Override
    public boolean includesHost() {
        return true;
    }
}
