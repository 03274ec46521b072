// SPDX-License-Identifier: MIT
package io.pktkit.device;

import java.io.IOException;

/**
 * A source of devices, one for each peer that connects. An acceptor that can be closed is a {@code Closeable}.
 *
 * @param <D> the kind of device
 */
@FunctionalInterface
public interface Acceptor<D extends Device<?>> {

    /**
     * Waits for the next peer. Called by one thread at a time.
     *
     * @return its device, which the caller then owns
     * @throws IOException if accepting failed; whether it is worth trying again, {@link #isOpen()} tells
     */
    D accept() throws IOException;

    /**
     * Tells whether a later {@link #accept()} may succeed.
     *
     * @return false once the acceptor is closed for good
     */
    default boolean isOpen() {
        return true;
    }
}
