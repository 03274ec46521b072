// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import io.pktkit.datagram.Datagram;
import io.pktkit.datagram.DatagramPath;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * {@code struct mmsghdr[]} with all that it points to: an address, one piece of memory and control messages for each
 * message. The memory for payloads is one direct buffer; this object keeps it reachable. Owned by one thread.
 *
 * <p>The pointers are written once. What is written later are lengths, addresses and control messages, so a message
 * costs a few stores and no allocation.
 */
public final class MessageVector {

    // struct mmsghdr { struct msghdr { void *name; socklen_t namelen; struct iovec *iov; size_t iovlen; void *control;
    //                  size_t controllen; int flags; } msg_hdr; unsigned int msg_len; }
    private static final int HEADER_SIZE = 64;
    private static final int NAME = 0;
    private static final int NAME_LENGTH = NAME + 8;
    private static final int IOV = NAME_LENGTH + 8;
    private static final int IOV_COUNT = IOV + 8;
    private static final int CONTROL = IOV_COUNT + 8;
    private static final int CONTROL_LENGTH = CONTROL + 8;
    private static final int FLAGS = CONTROL_LENGTH + 8;
    private static final int LENGTH = FLAGS + 8;

    // struct iovec { void *iov_base; size_t iov_len; }
    private static final int IOVEC_SIZE = 16;
    private static final int IOVEC_LENGTH = 8;

    /** Room for a {@code struct sockaddr_in6}, 28 bytes, or a {@code struct sockaddr_in}, 16 bytes. */
    private static final int NAME_SIZE = 32;

    /** Room for one control message of each kind below; those of IPv6 need 88 bytes. */
    private static final int CONTROL_SIZE = 128;

    // struct cmsghdr { size_t cmsg_len; int cmsg_level; int cmsg_type; } and data, aligned to 8
    private static final int CMSG_HEADER = 16;
    private static final int CMSG_LEVEL = 8;
    private static final int CMSG_TYPE = 12;

    // struct in_pktinfo { int ipi_ifindex; struct in_addr ipi_spec_dst, ipi_addr; }
    private static final int PKTINFO_SIZE = 12;
    private static final int PKTINFO_LOCAL = 4;

    // struct in6_pktinfo { struct in6_addr ipi6_addr; int ipi6_ifindex; }
    private static final int PKTINFO6_SIZE = 20;
    private static final int PKTINFO6_INTERFACE = 16;

    private static final int MSG_CTRUNC = 0x8;
    private static final int MSG_TRUNC = 0x20;

    private final int capacity;
    private final ByteBuffer data;
    private final ByteBuffer memory;
    private final ByteBuffer network;
    private final long dataAddress;
    private final long address;
    private final int iovecs;
    private final int names;
    private final int controls;
    private final int[] segmentSizes;

    /**
     * Makes messages of nothing.
     *
     * @param data a direct buffer, big-endian, that all payloads are in
     * @param capacity how many messages
     */
    public MessageVector(ByteBuffer data, int capacity) {
        this.capacity = capacity;
        this.data = data;
        iovecs = capacity * HEADER_SIZE;
        names = iovecs + capacity * IOVEC_SIZE;
        controls = names + capacity * NAME_SIZE;
        memory = Structs.allocate(controls + capacity * CONTROL_SIZE);
        network = memory.duplicate().order(ByteOrder.BIG_ENDIAN);
        dataAddress = LibC.address(data);
        address = LibC.address(memory);
        segmentSizes = new int[capacity];
        for (int i = 0; i < capacity; i++) {
            int header = header(i);
            memory.putLong(header + NAME, address + name(i));
            memory.putLong(header + IOV, address + iovec(i));
            memory.putLong(header + IOV_COUNT, 1);
            memory.putLong(header + CONTROL, address + control(i));
        }
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
        memory.putInt(
                header(index) + NAME_LENGTH,
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
        memory.putLong(header(index) + CONTROL_LENGTH, at - control(index));
    }

    /**
     * Makes a message ready to receive into; needed before each use, as the kernel writes over the lengths.
     *
     * @param index which, from 0
     * @param offset where to put the bytes in the data
     * @param length how many bytes at most
     */
    public void setIncoming(int index, int offset, int length) {
        setPayload(index, offset, length);
        int header = header(index);
        memory.putInt(header + NAME_LENGTH, NAME_SIZE);
        memory.putLong(header + CONTROL_LENGTH, CONTROL_SIZE);
        memory.putInt(header + FLAGS, 0);
    }

    /**
     * Reads where a received message came from and what it came to.
     *
     * @param index which, from 0
     * @param datagram gets source, local address and traffic class; not the payload
     * @return whether the message is whole; if not, it is to be dropped
     */
    public boolean readIncoming(int index, Datagram datagram) {
        int header = header(index);
        segmentSizes[index] = 0;
        if ((memory.getInt(header + FLAGS) & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
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
     * How many bytes were received, as joined by the kernel.
     *
     * @param index which, from 0
     * @return the bytes
     */
    public int length(int index) {
        return memory.getInt(header(index) + LENGTH);
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

    /** {@return how many messages there are} */
    public int capacity() {
        return capacity;
    }

    /** The address of a message's header, for a call during which the caller keeps this object reachable. */
    long headerAddress(int index) {
        return address + header(index);
    }

    private void setPayload(int index, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, data.capacity());
        int iovec = iovec(index);
        memory.putLong(iovec, dataAddress + offset);
        memory.putLong(iovec + IOVEC_LENGTH, length);
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

    /** Begins a control message; the answer is where the next one begins. */
    private int putControl(int at, int level, int type, int length) {
        memory.putLong(at, CMSG_HEADER + length);
        memory.putInt(at + CMSG_LEVEL, level);
        memory.putInt(at + CMSG_TYPE, type);
        return at + CMSG_HEADER + align(length);
    }

    private void readControls(int index, Datagram datagram) {
        long localHigh = 0;
        long localLow = 0;
        int trafficClass = 0;
        int at = control(index);
        int end = at + (int) memory.getLong(header(index) + CONTROL_LENGTH);
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

    private static int align(int length) {
        return (length + 7) & ~7;
    }

    private int header(int index) {
        return Objects.checkIndex(index, capacity) * HEADER_SIZE;
    }

    private int iovec(int index) {
        return iovecs + index * IOVEC_SIZE;
    }

    private int name(int index) {
        return names + index * NAME_SIZE;
    }

    private int control(int index) {
        return controls + index * CONTROL_SIZE;
    }
}
