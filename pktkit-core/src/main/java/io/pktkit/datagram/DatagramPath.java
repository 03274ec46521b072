// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;

/**
 * Where a datagram goes to or came from: the peer's address and port, and which of our addresses is the other end.
 *
 * <p>Addresses are in primitive form, as in {@link IpAddress}: two {@code long}s, an IPv4 address in the low 32 bits of
 * the second. The local address is {@code 0, 0} where it is not known or is to be the kernel's choice. A {@link Datagram}
 * that was received is a path, so that an answer to it leaves from the address that it came to without an allocation;
 * what must outlive the callback is copied by {@link FixedPath#copyOf}.
 */
public interface DatagramPath {

    /** {@return whether both addresses are IPv4 addresses; otherwise they are IPv6 addresses} */
    boolean isIpv4();

    /** {@return the first 64 bits of the peer's address; 0 for IPv4} */
    long remoteHigh();

    /** {@return the last 64 bits of the peer's address; for IPv4 the address, zero-extended} */
    long remoteLow();

    /** {@return the index of the interface that a link-local IPv6 address belongs to (RFC 4007); otherwise 0} */
    int remoteScope();

    /** {@return the peer's port, 0 to 65535; to 0 nothing can be sent} */
    int remotePort();

    /** {@return the first 64 bits of our address; 0 for IPv4 and where none is known} */
    long localHigh();

    /** {@return the last 64 bits of our address; 0 where none is known} */
    long localLow();

    /** {@return whether our address is known} */
    default boolean hasLocal() {
        return (localHigh() | localLow()) != 0;
    }

    /** {@return the family of both addresses} */
    default IpFamily family() {
        return isIpv4() ? IpFamily.IPV4 : IpFamily.IPV6;
    }

    /** {@return the peer's address, as a new object} */
    default IpAddress remoteAddress() {
        return IpAddress.of(family(), remoteHigh(), remoteLow());
    }

    /** {@return our address, as a new object; the unspecified address where none is known} */
    default IpAddress localAddress() {
        return IpAddress.of(family(), localHigh(), localLow());
    }

    /**
     * Tells whether another path has the same peer: address, scope and port.
     *
     * @param other the other path
     * @return whether it has
     */
    default boolean sameRemote(DatagramPath other) {
        return remoteLow() == other.remoteLow()
                && remotePort() == other.remotePort()
                && remoteHigh() == other.remoteHigh()
                && remoteScope() == other.remoteScope()
                && isIpv4() == other.isIpv4();
    }

    /**
     * Tells whether another path has the same peer and the same address of ours.
     *
     * @param other the other path
     * @return whether it has
     */
    default boolean samePath(DatagramPath other) {
        return sameRemote(other) && localLow() == other.localLow() && localHigh() == other.localHigh();
    }
}
