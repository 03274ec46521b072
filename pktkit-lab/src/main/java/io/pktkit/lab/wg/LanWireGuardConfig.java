// SPDX-License-Identifier: MIT
package io.pktkit.lab.wg;

import io.pktkit.datagram.DatagramConfig;
import java.nio.file.Path;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * What {@link LanWireGuard#open} is given.
 *
 * @param datagrams the UDP port, and the addresses that it is bound to
 * @param state the directory of keys and files, which is made if need be
 * @param endpoint where peers find the port: a host name or an address, with or without a port; null for the address that
 *     leads outward
 * @param peerToPeer whether peers reach each other
 * @param random where keys come from
 */
public record LanWireGuardConfig(
        DatagramConfig datagrams, Path state, @Nullable String endpoint, boolean peerToPeer, SecureRandom random) {

    /**
     * The usual: all addresses, peers kept apart.
     *
     * @param port the UDP port
     * @param state the directory of keys and files
     * @return the configuration
     */
    public static LanWireGuardConfig onPort(int port, Path state) {
        return new LanWireGuardConfig(
                DatagramConfig.builder().port(port).build(), state, null, false, new SecureRandom());
    }
}
