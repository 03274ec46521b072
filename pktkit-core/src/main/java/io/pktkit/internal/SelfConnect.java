// SPDX-License-Identifier: MIT
package io.pktkit.internal;

import java.net.ConnectException;
import java.net.SocketAddress;

/**
 * Who connects to a port of his own host where nobody listens meets himself by chance: the system has chosen as the socket's own port the
 * one that it was to connect to, and both SYNs have crossed. To who tries again and again it happens sooner or later, and then nobody
 * else can listen there.
 */
public final class SelfConnect {
    private SelfConnect() {}

    /**
     * Refuses a connection to itself.
     *
     * @param local the address of a connected stream socket
     * @param remote the address that it is connected to
     * @throws ConnectException if they are the same
     */
    public static void refuse(SocketAddress local, SocketAddress remote) throws ConnectException {
        if (local.equals(remote)) {
            throw new ConnectException("nobody listens at " + remote + ": the socket has met itself");
        }
    }
}
