// SPDX-License-Identifier: MIT
package io.pktkit.lab.internal;

import java.net.InetSocketAddress;
import java.util.List;

/** Tells which name servers to ask. */
@FunctionalInterface
interface NameServers {
    /**
     * Tells the servers of this moment.
     *
     * @param nowNanos the time
     * @return in order of preference; empty if there are none
     */
    List<InetSocketAddress> servers(long nowNanos);
}
