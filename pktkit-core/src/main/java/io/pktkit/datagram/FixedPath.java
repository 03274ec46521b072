// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.KeyedHash;
import org.jspecify.annotations.Nullable;

/** A path that does not change: what a tunnel keeps for each peer, replaced as a whole when the peer roams. Immutable. */
public final class FixedPath implements DatagramPath {

    private final boolean ipv4;
    private final long remoteHigh;
    private final long remoteLow;
    private final int remoteScope;
    private final int remotePort;
    private final long localHigh;
    private final long localLow;

    private FixedPath(
            boolean ipv4,
            long remoteHigh,
            long remoteLow,
            int remoteScope,
            int remotePort,
            long localHigh,
            long localLow) {
        this.ipv4 = ipv4;
        this.remoteHigh = remoteHigh;
        this.remoteLow = remoteLow;
        this.remoteScope = remoteScope;
        this.remotePort = remotePort;
        this.localHigh = localHigh;
        this.localLow = localLow;
    }

    /**
     * Makes a path to a peer from whatever address of ours the kernel chooses.
     *
     * @param remote the peer's address
     * @param port its port, 1 to 65535
     * @return the path
     */
    public static FixedPath to(IpAddress remote, int port) {
        return to(remote, 0, port);
    }

    /**
     * Makes a path to a peer from whatever address of ours the kernel chooses.
     *
     * @param remote the peer's address
     * @param scope the index of the interface that a link-local IPv6 address belongs to; otherwise 0
     * @param port its port, 1 to 65535
     * @return the path
     */
    public static FixedPath to(IpAddress remote, int scope, int port) {
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("a port is 1 to 65535: port=" + port);
        }
        if (scope < 0 || (scope != 0 && remote.isIpv4())) {
            throw new IllegalArgumentException(
                    "a scope is an interface index of an IPv6 address: scope=" + scope + " remote=" + remote);
        }
        return new FixedPath(remote.isIpv4(), remote.high(), remote.low(), scope, port, 0, 0);
    }

    /**
     * Copies a path, such as that of a datagram which was received.
     *
     * @param path the path
     * @return one that is equal and does not change
     */
    public static FixedPath copyOf(DatagramPath path) {
        if (path instanceof FixedPath fixed) {
            return fixed;
        }
        return new FixedPath(
                path.isIpv4(),
                path.remoteHigh(),
                path.remoteLow(),
                path.remoteScope(),
                path.remotePort(),
                path.localHigh(),
                path.localLow());
    }

    /**
     * Makes the path that leaves from a certain address of ours.
     *
     * @param local the address, of the family of the peer's; the unspecified one leaves the choice to the kernel
     * @return the path
     */
    public FixedPath from(IpAddress local) {
        if (local.isIpv4() != ipv4) {
            throw new IllegalArgumentException(
                    "both ends are of one family: local=" + local + " remote=" + remoteAddress());
        }
        return new FixedPath(ipv4, remoteHigh, remoteLow, remoteScope, remotePort, local.high(), local.low());
    }

    @Override
    public boolean isIpv4() {
        return ipv4;
    }

    @Override
    public long remoteHigh() {
        return remoteHigh;
    }

    @Override
    public long remoteLow() {
        return remoteLow;
    }

    @Override
    public int remoteScope() {
        return remoteScope;
    }

    @Override
    public int remotePort() {
        return remotePort;
    }

    @Override
    public long localHigh() {
        return localHigh;
    }

    @Override
    public long localLow() {
        return localLow;
    }

    /** A path is equal to a {@code FixedPath} with the same addresses, scope and port. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof FixedPath that && samePath(that);
    }

    /** Keyed per process, so that peers cannot choose addresses that collide. */
    @Override
    public int hashCode() {
        long ports = ((long) remoteScope << 32) | (remotePort << 1) | (ipv4 ? 1 : 0);
        return (int) KeyedHash.shared().of(remoteHigh, remoteLow, localHigh, localLow, ports);
    }

    /** {@return the path as text: the peer and, if it is known, our address} */
    @Override
    public String toString() {
        return toString(this);
    }

    static String toString(DatagramPath path) {
        StringBuilder text = new StringBuilder(80);
        if (path.family() == IpFamily.IPV4) {
            text.append(path.remoteAddress());
        } else {
            text.append('[').append(path.remoteAddress());
            if (path.remoteScope() != 0) {
                text.append('%').append(path.remoteScope());
            }
            text.append(']');
        }
        text.append(':').append(path.remotePort());
        if (path.hasLocal()) {
            text.append(" from ").append(path.localAddress());
        }
        return text.toString();
    }
}
