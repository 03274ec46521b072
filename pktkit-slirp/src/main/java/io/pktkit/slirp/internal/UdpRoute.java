// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

/**
 * How what a guest endpoint sends to a destination leaves. Immutable.
 *
 * @param name what the guest calls the destination
 * @param remote where that really is
 * @param channel the endpoint's socket, which never blocks
 * @param connected whether that is connected to the remote
 */
record UdpRoute(Endpoint name, InetSocketAddress remote, DatagramChannel channel, boolean connected) {
    /** {@return false if the socket has no room for it} */
    boolean send(ByteBuffer payload) throws IOException {
        int sent = connected ? channel.write(payload) : channel.send(payload, remote);
        return sent > 0 || !payload.hasRemaining(); // 0 is also what an empty datagram gives that was sent
    }

    boolean isTo(Endpoint other, InetSocketAddress itsRemote, boolean ifConnected) {
        return connected == ifConnected && name.equals(other) && remote.equals(itsRemote);
    }
}
