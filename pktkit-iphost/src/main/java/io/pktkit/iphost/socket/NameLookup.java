// SPDX-License-Identifier: MIT
package io.pktkit.iphost.socket;

import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.util.List;

/** Finds addresses for names that sockets are to be connected to. Called on the connecting thread, without a lock. */
@FunctionalInterface
public interface NameLookup {
    /**
     * Finds the addresses of a host.
     *
     * @param host a name or an address
     * @param deadlineNanos when to give up, by the clock of the host
     * @return one address or more, in the order to try them
     * @throws IOException if there are none
     */
    List<IpAddress> resolve(String host, long deadlineNanos) throws IOException;
}
