// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A UDP socket of one family that never blocks, with the calls that move many messages. Any thread; each {@link
 * MessageVector} is one thread's.
 */
public final class UdpSocket implements AutoCloseable {

    /** {@code SOL_SOCKET}. */
    public static final int SOL_SOCKET = 1;

    /** {@code SOL_IP}. */
    public static final int SOL_IP = 0;

    /** {@code SOL_UDP}. */
    public static final int SOL_UDP = 17;

    /** {@code SOL_IPV6}. */
    public static final int SOL_IPV6 = 41;

    /** {@code SO_SNDBUF}: the send buffer; what is read is twice what was set. */
    public static final int SO_SNDBUF = 7;

    /** {@code SO_RCVBUF}: the receive buffer; what is read is twice what was set. */
    public static final int SO_RCVBUF = 8;

    /** {@code SO_SNDBUFFORCE}: the send buffer, over the system's limit; needs CAP_NET_ADMIN. */
    public static final int SO_SNDBUFFORCE = 32;

    /** {@code SO_RCVBUFFORCE}: the receive buffer, over the system's limit; needs CAP_NET_ADMIN. */
    public static final int SO_RCVBUFFORCE = 33;

    /** {@code IP_TOS}, as option and as control message. */
    public static final int IP_TOS = 1;

    /** {@code IP_PKTINFO}: tell the local address; as a control message, that address. */
    public static final int IP_PKTINFO = 8;

    /** {@code IP_RECVTOS}: tell the type of service. */
    public static final int IP_RECVTOS = 13;

    /** {@code IPV6_V6ONLY}: no IPv4 on this socket. */
    public static final int IPV6_V6ONLY = 26;

    /** {@code IPV6_RECVPKTINFO}: tell the local address. */
    public static final int IPV6_RECVPKTINFO = 49;

    /** {@code IPV6_PKTINFO}, a control message: the local address. */
    public static final int IPV6_PKTINFO = 50;

    /** {@code IPV6_RECVTCLASS}: tell the traffic class. */
    public static final int IPV6_RECVTCLASS = 66;

    /** {@code IPV6_TCLASS}, as option and as control message. */
    public static final int IPV6_TCLASS = 67;

    /** {@code UDP_SEGMENT}: the size that what is sent is cut into. Linux 4.18. */
    public static final int UDP_SEGMENT = 103;

    /** {@code UDP_GRO}: take joined datagrams; as a control message, the size of each. Linux 5.0. */
    public static final int UDP_GRO = 104;

    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    private static final int SOCK_DGRAM = 2;

    private static final int SOCKADDR_IN_SIZE = 16;
    private static final int SOCKADDR_IN6_SIZE = 28;

    private final NativeFd fd;
    private final boolean ipv6;

    private UdpSocket(NativeFd fd, boolean ipv6) {
        this.fd = fd;
        this.ipv6 = ipv6;
    }

    /**
     * Opens a socket that is not bound. That of IPv6 carries IPv6 only.
     *
     * @param ipv6 which family
     * @return the socket
     * @throws IOException when this is not Linux, it lacks the family, or the kernel refuses
     */
    public static UdpSocket open(boolean ipv6) throws IOException {
        NativeFd fd = NativeFd.socket(ipv6 ? AF_INET6 : AF_INET, SOCK_DGRAM | NativeFd.O_NONBLOCK, 0);
        UdpSocket socket = new UdpSocket(fd, ipv6);
        if (ipv6) {
            int result = socket.setOption(SOL_IPV6, IPV6_V6ONLY, 1);
            if (result < 0) {
                socket.close();
                throw new NativeIoException("setsockopt IPV6_V6ONLY", -result);
            }
        }
        return socket;
    }

    /**
     * Binds the socket.
     *
     * @param address of the socket's family
     * @param scope the interface of a link-local IPv6 address, otherwise 0
     * @param port 0 for one of the kernel's choice
     * @throws NativeIoException naming address, port and remedy
     */
    public void bind(IpAddress address, int scope, int port) throws NativeIoException {
        if (address.isIpv6() != ipv6) {
            throw new IllegalArgumentException("not of the socket's family: address=" + address + " ipv6=" + ipv6);
        }
        ByteBuffer name = Structs.allocate(SOCKADDR_IN6_SIZE);
        ByteBuffer network = name.duplicate().order(ByteOrder.BIG_ENDIAN);
        int length = writeAddress(name, network, 0, !ipv6, address.high(), address.low(), scope, port);
        int result = fd.call(name, (number, at) -> LibC.bind(number, at, length));
        if (result < 0) {
            String text = ipv6 ? "[" + address + "]" : address.toString();
            throw new NativeIoException("UDP " + text + " port " + port + " cannot be bound", -result, remedy(-result));
        }
    }

    /**
     * Asks which port is bound.
     *
     * @return the port
     * @throws NativeIoException when the socket is closed
     */
    public int port() throws NativeIoException {
        ByteBuffer name = Structs.allocate(SOCKADDR_IN6_SIZE + Integer.BYTES);
        name.putInt(SOCKADDR_IN6_SIZE, SOCKADDR_IN6_SIZE);
        int result = fd.call(name, (number, at) -> LibC.getsockname(number, at, at + SOCKADDR_IN6_SIZE));
        if (result < 0) {
            throw new NativeIoException("getsockname", -result);
        }
        return name.order(ByteOrder.BIG_ENDIAN).getShort(2) & 0xffff;
    }

    /**
     * Sets an option whose value is an {@code int}.
     *
     * @param level {@code SOL_...}
     * @param option the option
     * @param value its value
     * @return 0, or the negated errno
     */
    public int setOption(int level, int option, int value) {
        return fd.setSocketOption(level, option, value);
    }

    /**
     * Reads an option whose value is an {@code int}.
     *
     * @param level {@code SOL_...}
     * @param option the option
     * @return its value, 0 or more, or the negated errno
     */
    public int option(int level, int option) {
        return fd.socketOption(level, option);
    }

    /**
     * Sends messages, one after the other until the kernel refuses one. EINTR is tried again.
     *
     * @param messages what was written by {@link MessageVector#setOutgoing}
     * @param first which message to begin with
     * @param count how many
     * @return how many were sent, at least 1; or why the first was not, as the negated errno; {@code -EBADF} when closed
     */
    public int send(MessageVector messages, int first, int count) {
        return messages.send(fd, first, count);
    }

    /**
     * Receives what is there. EINTR is tried again.
     *
     * @param messages prepared by {@link MessageVector#setIncoming}
     * @param count how many messages at most, from the first
     * @return how many were received, or the negated errno: {@code -EAGAIN} for none, {@code -EBADF} when closed
     */
    public int receive(MessageVector messages, int count) {
        return messages.receive(fd, count);
    }

    /** {@return the descriptor, owned by this object, to wait for} */
    public NativeFd fd() {
        return fd;
    }

    /** Forbids new calls, and closes once the running ones have returned. Does not wait. Idempotent. */
    @Override
    public void close() {
        fd.close();
    }

    /** Writes a {@code struct sockaddr_in} or {@code sockaddr_in6}; the answer is its length. */
    static int writeAddress(
            ByteBuffer memory, ByteBuffer network, int at, boolean ipv4, long high, long low, int scope, int port) {
        memory.putShort(at, (short) (ipv4 ? AF_INET : AF_INET6));
        network.putShort(at + 2, (short) port);
        if (ipv4) {
            network.putInt(at + 4, (int) low);
            memory.putLong(at + 8, 0);
            return SOCKADDR_IN_SIZE;
        }
        memory.putInt(at + 4, 0); // no flow label
        network.putLong(at + 8, high);
        network.putLong(at + 16, low);
        memory.putInt(at + 24, scope);
        return SOCKADDR_IN6_SIZE;
    }

    private static String remedy(int errno) {
        return switch (errno) {
            case Errno.EADDRINUSE -> "end the program that has the port, or choose another";
            case Errno.EACCES -> "choose a port from 1024 on, or give the process CAP_NET_BIND_SERVICE";
            case Errno.EADDRNOTAVAIL -> "no interface has this address, choose one that has";
            case Errno.EINVAL -> "a link-local address needs the index of its interface";
            default -> Errno.remedy(errno);
        };
    }
}
