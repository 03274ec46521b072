// SPDX-License-Identifier: MIT
package io.pktkit.wg;

import io.pktkit.wire.IpAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Where a peer is: its address and port, and our own address that it sends to. Answers leave from that address, since a
 * host with several must not answer from another one. Immutable.
 *
 * <p>A shell that receives keeps the endpoint of the last datagram and makes a new one only when the source changes.
 *
 * @param address the peer's address; an IPv4-mapped one is turned into IPv4
 * @param port its UDP port, 1 to 65535
 * @param localAddress our address, null for whichever the system chooses
 * @param localInterface the index of the interface that goes with it, 0 for none
 */
public record WgEndpoint(
        IpAddress address, int port, @Nullable IpAddress localAddress, int localInterface) {

    private static final int MAX_PORT = 65_535;

    /**
     * Makes an endpoint.
     *
     * @param address the peer's address
     * @param port its UDP port, 1 to 65535
     * @param localAddress our address, or null
     * @param localInterface the index of its interface, or 0
     */
    public WgEndpoint {
        if (port < 1 || port > MAX_PORT) {
            throw new IllegalArgumentException("port must be in 1 to 65535: port=" + port);
        }
        address = address.unmapped();
    }

    /**
     * Makes an endpoint without an address of ours.
     *
     * @param address the peer's address
     * @param port its UDP port
     */
    public WgEndpoint(IpAddress address, int port) {
        this(address, port, null, 0);
    }

    /** {@return the same without our address, to let the system choose again; a link-local peer keeps its interface} */
    public WgEndpoint withoutLocal() {
        int kept = address.isIpv6() && address.isLinkLocal() ? localInterface : 0;
        return localAddress == null && localInterface == kept ? this : new WgEndpoint(address, port, null, kept);
    }

    /**
     * Tells whether this is the same peer's side.
     *
     * @param other the other endpoint, or null
     * @return whether address and port are the same
     */
    public boolean isSameRemote(@Nullable WgEndpoint other) {
        return other != null && port == other.port && address.equals(other.address);
    }

    /** {@return address and port of the peer, an IPv6 address in brackets} */
    @Override
    public String toString() {
        return (address.isIpv6() ? "[" + address + "]" : address.toString()) + ":" + port;
    }

    /** What a cookie is bound to. */
    byte[] toCookieBytes() {
        byte[] bytes = new byte[address.family().addressLength() + 2];
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        int length = address.writeTo(buffer, 0);
        buffer.putShort(length, (short) port);
        return bytes;
    }
}
