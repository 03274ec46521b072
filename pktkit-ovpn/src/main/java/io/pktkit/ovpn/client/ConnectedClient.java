// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.client;

import java.time.Duration;
import java.util.List;

/** A client that is in. Any thread. */
public interface ConnectedClient {

    /** {@return who it is} */
    ClientIdentity identity();

    /** {@return what it was given} */
    ClientSettings settings();

    /** {@return the address that it comes from now, with the port} */
    String remoteAddress();

    /** {@return how its traffic is protected, in a line} */
    String describe();

    /** {@return how long it has been in} */
    Duration connectedFor();

    /** {@return the bytes of packets that came from it} */
    long bytesReceived();

    /** {@return the bytes of packets that were sent to it} */
    long bytesSent();

    /**
     * Changes what was pushed to it, while it is in (PUSH_UPDATE, which clients since 2.7 know).
     *
     * @param options such as {@code route 10.1.0.0 255.255.0.0}, which replaces all of its kind, or {@code -route} to take them
     *     back; without comma and quote
     * @return false if it cannot do that, and nothing is sent
     */
    boolean update(List<String> options);

    /**
     * Sends it away.
     *
     * @param message what it is told: RESTART to come again, HALT to stay away, or empty for nothing
     */
    void disconnect(String message);
}
