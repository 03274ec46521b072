// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import io.pktkit.ovpn.internal.session.DataPlane;
import java.nio.ByteBuffer;

/** The way to a client: a path of a UDP port, or a TCP connection. Any thread. */
interface Transport {

    /** Sends a packet that is ready; false if it was dropped. */
    boolean send(byte[] packet);

    /** Encrypts a payload into where it is sent from, and sends it; false if it was dropped. */
    boolean sendData(DataPlane plane, ByteBuffer from, int offset, int length, int trafficClass, long nowNanos);

    /** What tells clients apart by where they come from: a path, or the connection itself. */
    Object address();

    /** What limits are counted for: the IPv4 address, or the IPv6 network. */
    Object source();

    /** As text. */
    String remoteAddress();

    /** Says whose it is. */
    void attach(ClientLink link);

    /** Ends a connection. */
    void close();
}
