// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.client;

import io.pktkit.device.L3Device;
import java.io.IOException;

/** A network that wants to know which client it takes: {@code L3Connector} with the client. */
@FunctionalInterface
public interface ClientNetwork {

    /**
     * Attaches a client, before it is told that it is in. Called on a thread for callbacks, one call at a time and with no
     * lock held.
     *
     * @param client who it is and what it is given
     * @param device its end of the tunnel, whose prefixes are its addresses alone; the network may set others. It stays the
     *     server's to close
     * @return what takes it off again, closed when the client is gone
     * @throws IOException if the network cannot take it; the client is refused then
     */
    AutoCloseable connect(ConnectedClient client, L3Device device) throws IOException;
}
