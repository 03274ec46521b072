// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import io.pktkit.datagram.Datagram;
import io.pktkit.datagram.DatagramPath;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The messages of a {@link UdpSocket}: with a peer's address, a local one, a traffic class and a segment size. */
public final class MessageVector extends MessageHeaders {

    // struct in_pktinfo { int ipi_ifindex; struct in_addr ipi_spec_dst, ipi_addr; }
    private static final int PKTINFO_SIZE = 12;
    private static final int PKTINFO_LOCAL = 4;

    // struct in6_pktinfo { struct in6_addr ipi6_addr; int ipi6_ifindex; }
    private static final int PKTINFO6_SIZE = 20;
    private static final int PKTINFO6_INTERFACE = 16;

    private final ByteBuffer network;
    private final int[] segmentSizes;

    /**
     * Makes messages of nothing.
     *
     * @param data a direct buffer, big-endian, that all payloads are in
     * @param capacity how many messages
     */
    public MessageVector(ByteBuffer data, int capacity) {
        super(data, capacity);
        network = memory.duplicate().order(ByteOrder.BIG_ENDIAN);
        segmentSizes = new int[capacity];
    }

    /**
     * Writes a message to send.
     *
     * @param index which, from 0
     * @param offset where its bytes begin in the data
     * @param length how many bytes
     * @param to the peer
     * @param fromLocal whether to send from the path's local address, if it has one
     * @param trafficClass DSCP and ECN of the IP header
     * @param segmentSize the size of the pieces that the kernel is to cut; 0 for one datagram
     */
    public void setOutgoing(
            int index, int offset, int length, DatagramPath to, boolean fromLocal, int trafficClass, int segmentSize) {
        setPayload(index, offset, length);
        boolean ipv4 = to.isIpv4();
        int name = name(index);
        setNameLength(
                index,
                UdpSocket.writeAddress(
                        memory,
                        network,
                        name,
                        ipv4,
                        to.remoteHigh(),
                        to.remoteLow(),
                        to.remoteScope(),
                        to.remotePort()));
        int at = control(index);
        if (fromLocal && to.hasLocal()) {
            at = putSource(at, to);
        }
        if (trafficClass != 0) {
            at = ipv4
                    ? putControl(at, UdpSocket.SOL_IP, UdpSocket.IP_TOS, Integer.BYTES)
                    : putControl(at, UdpSocket.SOL_IPV6, UdpSocket.IPV6_TCLASS, Integer.BYTES);
            memory.putInt(at - 8, trafficClass);
        }
        if (segmentSize != 0) {
            at = putControl(at, UdpSocket.SOL_UDP, UdpSocket.UDP_SEGMENT, Short.BYTES);
            memory.putShort(at - 8, (short) segmentSize);
        }
        segmentSizes[index] = segmentSize;
        setControlEnd(index, at);
    }

    /**
     * Reads where a received message came from and what it came to.
     *
     * @param index which, from 0
     * @param datagram gets source, local address and traffic class; not the payload
     * @return whether the message is whole; if not, it is to be dropped
     */
    public boolean readIncoming(int index, Datagram datagram) {
        segmentSizes[index] = 0;
        if (!isWhole(index)) {
            return false;
        }
        int name = name(index);
        boolean ipv4 = memory.getShort(name) == UdpSocket.AF_INET;
        int port = network.getShort(name + 2) & 0xffff;
        if (ipv4) {
            datagram.remote(true, 0, Integer.toUnsignedLong(network.getInt(name + 4)), 0, port);
        } else {
            datagram.remote(
                    false, network.getLong(name + 8), network.getLong(name + 16), memory.getInt(name + 24), port);
        }
        readControls(index, datagram);
        return true;
    }

    /**
     * The size of the datagrams that a message consists of.
     *
     * @param index which, from 0
     * @return the size that was set, or that {@link #readIncoming} found; 0 for a single datagram
     */
    public int segmentSize(int index) {
        return segmentSizes[index];
    }

    /** The interface is left to the routes, except where the address means nothing without it (RFC 4007). */
    private int putSource(int at, DatagramPath path) {
        if (path.isIpv4()) {
            int end = putControl(at, UdpSocket.SOL_IP, UdpSocket.IP_PKTINFO, PKTINFO_SIZE);
            memory.putInt(at + CMSG_HEADER, 0);
            network.putInt(at + CMSG_HEADER + PKTINFO_LOCAL, (int) path.localLow());
            memory.putInt(at + CMSG_HEADER + PKTINFO_LOCAL + Integer.BYTES, 0);
            return end;
        }
        int end = putControl(at, UdpSocket.SOL_IPV6, UdpSocket.IPV6_PKTINFO, PKTINFO6_SIZE);
        network.putLong(at + CMSG_HEADER, path.localHigh());
        network.putLong(at + CMSG_HEADER + Long.BYTES, path.localLow());
        memory.putInt(at + CMSG_HEADER + PKTINFO6_INTERFACE, path.remoteScope());
        return end;
    }

    private void readControls(int index, Datagram datagram) {
        long localHigh = 0;
        long localLow = 0;
        int trafficClass = 0;
        int at = control(index);
        int end = controlEnd(index);
        while (end - at >= CMSG_HEADER) {
            long length = memory.getLong(at);
            if (length < CMSG_HEADER || length > end - at) {
                break;
            }
            int bytes = at + CMSG_HEADER;
            switch (memory.getInt(at + CMSG_LEVEL) << 16 | memory.getInt(at + CMSG_TYPE)) {
                case UdpSocket.SOL_IP << 16 | UdpSocket.IP_PKTINFO ->
                    localLow = Integer.toUnsignedLong(network.getInt(bytes + PKTINFO_LOCAL));
                case UdpSocket.SOL_IPV6 << 16 | UdpSocket.IPV6_PKTINFO -> {
                    localHigh = network.getLong(bytes);
                    localLow = network.getLong(bytes + Long.BYTES);
                    if (localHigh >>> 56 == 0xff) { // sent to a group, from which nobody may answer
                        localHigh = 0;
                        localLow = 0;
                    }
                }
                case UdpSocket.SOL_IP << 16 | UdpSocket.IP_TOS -> trafficClass = memory.get(bytes) & 0xff;
                case UdpSocket.SOL_IPV6 << 16 | UdpSocket.IPV6_TCLASS -> trafficClass = memory.getInt(bytes) & 0xff;
                case UdpSocket.SOL_UDP << 16 | UdpSocket.UDP_GRO -> segmentSizes[index] = memory.getInt(bytes);
                default -> {
                    // not one that was asked for
                }
            }
            at += align((int) length);
        }
        datagram.local(localHigh, localLow, trafficClass);
    }
}
