// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.client;

import java.io.IOException;

/** Knows what each client is given: OpenVPN's {@code client-config-dir}. */
@FunctionalInterface
public interface SettingsSource {

    /**
     * Tells what a client is given. Called on a thread for callbacks, with no lock held; it may block.
     *
     * @param client who it is
     * @param toAll what is pushed to all, to begin with
     * @return what it is given; addresses that are not in it come from the pool
     * @throws IOException if that cannot be told, or it is to be kept out; the client is refused then, and the failure logged
     */
    ClientSettings settingsFor(ClientIdentity client, ClientSettings toAll) throws IOException;
}
