// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.util.List;

/** What the packets of an identity's peers come out of: one device for all, or one for each. Any thread. */
interface Face {

    /** Gives a new link what it can have without calling anybody. */
    void prepare(PeerLink link);

    /**
     * Sees to it that a peer's packets have somewhere to go. Calls user code; no lock is held. Does nothing if that is so
     * already.
     *
     * @throws IOException if the connector refused the peer
     */
    void plug(PeerLink link, List<IpPrefix> allowed) throws IOException;

    /** A peer was added, with the allowed IPs of its options. */
    void added(PeerLink link, List<IpPrefix> allowed);

    /** A peer's time is over, or it was removed. Calls user code; no lock is held. */
    void unplug(PeerLink link, boolean forGood);

    /** Removes all peers and the identity, with whatever devices there are. */
    void close();
}
