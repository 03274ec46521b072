// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import java.io.IOException;

/** Accepts TCP connections of guests inside the virtual network. Safe for any thread. */
public interface SlirpListener extends AutoCloseable {
    /**
     * Waits for a connection.
     *
     * @return a connection whose handshake is complete
     * @throws IOException when the listener is closed, also while waiting, or the thread is interrupted
     */
    SlirpStream accept() throws IOException;

    /**
     * The port listened on.
     *
     * @return 1 to 65535
     */
    int port();

    /** Stops listening, wakes whoever waits, and resets connections nobody has accepted. Idempotent. */
    @Override
    void close();
}
