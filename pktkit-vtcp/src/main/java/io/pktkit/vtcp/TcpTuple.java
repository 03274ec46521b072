// SPDX-License-Identifier: MIT
package io.pktkit.vtcp;

import io.pktkit.wire.IpAddress;
import java.util.Objects;

/**
 * The two ends of a connection, seen from ours.
 *
 * @param localAddress our address
 * @param localPort our port, 0-65535
 * @param remoteAddress the peer's address, of the same family
 * @param remotePort the peer's port, 0-65535
 */
public record TcpTuple(IpAddress localAddress, int localPort, IpAddress remoteAddress, int remotePort) {
    /**
     * Checks the parts.
     *
     * @param localAddress our address
     * @param localPort our port, 0-65535
     * @param remoteAddress the peer's address, of the same family
     * @param remotePort the peer's port, 0-65535
     * @throws IllegalArgumentException if a port is out of range or the families differ
     */
    public TcpTuple {
        Objects.requireNonNull(localAddress, "localAddress");
        Objects.requireNonNull(remoteAddress, "remoteAddress");
        checkPort("localPort", localPort);
        checkPort("remotePort", remotePort);
        if (localAddress.family() != remoteAddress.family()) {
            throw new IllegalArgumentException("addresses must be of one family: localAddress=" + localAddress
                    + " remoteAddress=" + remoteAddress);
        }
    }

    /**
     * The same connection seen from the peer.
     *
     * @return a tuple with the ends exchanged
     */
    public TcpTuple reversed() {
        return new TcpTuple(remoteAddress, remotePort, localAddress, localPort);
    }

    private static void checkPort(String name, int port) {
        if (port < 0 || port > 0xffff) {
            throw new IllegalArgumentException(name + " must be in [0, 65535]: " + name + "=" + port);
        }
    }
}
