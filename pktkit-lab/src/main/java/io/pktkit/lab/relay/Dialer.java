// SPDX-License-Identifier: MIT
package io.pktkit.lab.relay;

import java.io.IOException;
import java.net.Socket;

/** Makes the far half of a connection. */
@FunctionalInterface
public interface Dialer {

    /**
     * Dials for a connection that came; may wait.
     *
     * @param accepted the connection, of which the dialer may read where it wants to go, and which it may answer
     * @return the far half, which the relay owns
     * @throws IOException if it cannot be had; the connection is closed then
     */
    Socket dial(Socket accepted) throws IOException;
}
