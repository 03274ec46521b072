// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

import java.io.IOException;

/** A way to open endpoints, found by {@link java.util.ServiceLoader}. Any thread. */
public interface DatagramProvider {

    /** {@return a short name: {@code linux}, {@code portable}} */
    String name();

    /** {@return the higher, the earlier it is chosen; the portable one has 0} */
    int priority();

    /** {@return whether it works on this system; if not, it is passed over} */
    boolean isAvailable();

    /**
     * Opens an endpoint.
     *
     * @param config what it is bound to, and its sizes
     * @return the endpoint, owned by the caller
     * @throws IOException naming address, port and remedy, when it cannot be bound
     */
    DatagramEndpoint open(DatagramConfig config) throws IOException;
}
