// SPDX-License-Identifier: MIT
package io.pktkit.nat.service;

import java.io.IOException;

/** Something that a NAT does for its inside hosts; started once for each link. */
@FunctionalInterface
public interface NatService {

    /**
     * Starts it on a link. Called without a lock.
     *
     * @param host the NAT, as it is to the hosts of the link
     * @return what ends it, called once, while the host still can send
     * @throws IOException if a port is taken
     */
    AutoCloseable start(NatHost host) throws IOException;
}
