// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.client;

/**
 * Hears of clients. Called on a thread for callbacks, one call at a time and in order: of one client first that it has
 * connected, then that it has disconnected, and both or neither.
 */
public interface ClientListener {

    /**
     * A client is in.
     *
     * @param client the client
     */
    default void connected(ConnectedClient client) {}

    /**
     * A client that was in is gone.
     *
     * @param client the client
     * @param reason why
     */
    default void disconnected(ConnectedClient client, String reason) {}
}
