// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.client;

/**
 * Decides who may come in. Called on a thread for callbacks, never on the way of packets and with no lock held; it may
 * block. What it throws refuses the client.
 */
@FunctionalInterface
public interface Authenticator {

    /**
     * Decides, now or later: the attempt is answered on any thread.
     *
     * @param attempt who wants to come in, and how to answer
     */
    void authenticate(AuthAttempt attempt);
}
