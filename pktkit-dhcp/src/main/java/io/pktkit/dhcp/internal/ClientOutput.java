// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import io.pktkit.dhcp.Lease;
import org.jspecify.annotations.Nullable;

/** Where the words of a {@link ClientMachine} go. Called under the lock of the owner, which must queue them. */
public interface ClientOutput {
    /** To everybody, from 0.0.0.0 or from the lease that is held. */
    void broadcast(@Nullable Lease from, byte[] payload);

    /** To the server of a lease. */
    void unicast(Lease lease, byte[] payload);

    void probe(Lease lease);

    void announce(Lease lease);

    void bound(Lease lease);

    void renewed(Lease lease);

    /** To everybody, whatever comes after. */
    void decline(byte[] payload);

    /** To the server of a lease, whatever comes after. */
    void release(Lease lease, byte[] payload);

    /** What is still queued is not wanted any more, but for lost, DECLINE and RELEASE. */
    void supersede();

    /** To be passed on if the lease that it ends was, even if it was superseded. */
    void lost(Lease lease);
}
