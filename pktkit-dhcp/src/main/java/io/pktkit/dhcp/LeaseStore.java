// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import java.io.IOException;
import java.util.List;

/**
 * Where a {@link DhcpServer} keeps its leases over a restart of the process: {@link FileLeaseStore}, or something of the user's.
 *
 * <p>The server does not wait for the store before it answers a client: that would let a slow disk hold up the network. Changes are
 * handed over within a second, all leases at a time, so what a crash can cost is the leases of the last second. Their clients keep
 * their addresses all the same: a server that is authoritative grants a client the free address that it asks to keep.
 */
public interface LeaseStore {
    /**
     * Tells the leases that were saved last. Called once, from the constructor of the server and on its thread; a store that can
     * fail to read does so before, when it is opened. Leases that have run out, or that do not fit the configuration of the server
     * any more, may be among them: they are left out.
     *
     * @return the leases, in any order
     */
    List<StoredLease> load();

    /**
     * Keeps these leases in place of those of before. Called one at a time, on a thread of {@link
     * io.pktkit.time.Timers#callbacks()}, and a last time on the thread that closes the server. May block.
     *
     * @param leases all that there are, immutable
     * @throws IOException if they could not be saved; it is logged at a bounded rate, and tried again after ten seconds
     */
    void save(List<StoredLease> leases) throws IOException;
}
