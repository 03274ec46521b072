// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A raw packet socket (packet(7)) that never blocks, with the calls that move many frames. It belongs to the network
 * namespace of the thread which opened it. Any thread; each {@link FrameVector} is one thread's.
 *
 * <p>It receives nothing until it is bound: a socket that is opened with a protocol gets the frames of every interface
 * until then.
 */
public final class PacketSocket implements AutoCloseable {

    /** {@code PACKET_FANOUT}: share the frames of an interface among sockets. */
    public static final int PACKET_FANOUT = 18;

    /** {@code PACKET_VNET_HDR}: a {@code struct virtio_net_hdr} of 10 bytes before each frame, in both directions. */
    public static final int PACKET_VNET_HDR = 15;

    /** {@code PACKET_IGNORE_OUTGOING}: nothing that this host sends. Linux 4.20. */
    public static final int PACKET_IGNORE_OUTGOING = 23;

    /** {@code PACKET_AUXDATA}: tell VLAN tags, see {@link FrameVector#strippedTag}. */
    public static final int PACKET_AUXDATA = 8;

    /** {@code PACKET_FANOUT_HASH}: the frames of a flow go to the same socket. */
    public static final int FANOUT_HASH = 0;

    /** {@code PACKET_FANOUT_FLAG_UNIQUEID}: the kernel chooses a number that no other group has. Linux 4.13. */
    public static final int FANOUT_UNIQUE = 0x2000 << 16;

    /** {@code ARPHRD_ETHER}: an interface that carries Ethernet frames. */
    public static final int ARPHRD_ETHER = 1;

    /** {@code ARPHRD_LOOPBACK}: the loopback interface, whose frames have an Ethernet header. */
    public static final int ARPHRD_LOOPBACK = 772;

    static final int SOL_PACKET = 263;

    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    private static final short ETH_P_ALL = 3;
    private static final short NO_PROTOCOL = 0;

    private static final int PACKET_ADD_MEMBERSHIP = 1;
    private static final int PACKET_STATISTICS = 6;
    private static final int PACKET_MR_PROMISC = 1;

    // struct sockaddr_ll { u16 family; be16 protocol; int ifindex; u16 hatype; u8 pkttype; u8 halen; u8 addr[8]; }
    private static final int SOCKADDR_SIZE = 20;
    private static final int SOCKADDR_PROTOCOL = 2;
    private static final int SOCKADDR_INDEX = 4;
    private static final int SOCKADDR_TYPE = 8;

    // struct packet_mreq { int ifindex; u16 type; u16 alen; u8 address[8]; }
    private static final int MREQ_SIZE = 16;
    private static final int MREQ_TYPE = 4;

    // struct tpacket_stats { u32 packets; u32 drops; }
    private static final int STATISTICS_SIZE = 8;
    private static final int STATISTICS_DROPS = 4;

    private final NativeFd fd;

    private PacketSocket(NativeFd fd) {
        this.fd = fd;
    }

    /**
     * Opens a socket that receives nothing yet.
     *
     * @return the socket
     * @throws IOException when this is not Linux, or CAP_NET_RAW is missing
     */
    public static PacketSocket open() throws IOException {
        NativePlatform.require("a packet socket");
        return new PacketSocket(NativeFd.socket(AF_PACKET, SOCK_RAW | NativeFd.O_NONBLOCK, 0));
    }

    /**
     * Sets an option of packet sockets whose value is an {@code int}.
     *
     * @param option the option
     * @param value its value
     * @return 0, or the negated errno
     */
    public int setOption(int option, int value) {
        return fd.setSocketOption(SOL_PACKET, option, value);
    }

    /**
     * Reads an option of packet sockets whose value is an {@code int}.
     *
     * @param option the option
     * @return its value, or the negated errno
     */
    public int option(int option) {
        return fd.socketOption(SOL_PACKET, option);
    }

    /**
     * Makes room for what is received and not yet read: as much as asked where CAP_NET_ADMIN allows it, else as much as
     * the system's limit.
     *
     * @param bytes the room; the kernel counts its own structures too
     */
    public void setReceiveBuffer(int bytes) {
        if (fd.setSocketOption(UdpSocket.SOL_SOCKET, UdpSocket.SO_RCVBUFFORCE, bytes) < 0) {
            fd.setSocketOption(UdpSocket.SOL_SOCKET, UdpSocket.SO_RCVBUF, bytes);
        }
    }

    /**
     * Binds the socket to an interface: from now on it receives all that comes there, and sends there.
     *
     * @param index the interface's number
     * @return 0, or the negated errno
     */
    public int bind(int index) {
        return bind(index, ETH_P_ALL);
    }

    /**
     * Binds the socket to an interface to send there only: it receives nothing.
     *
     * @param index the interface's number
     * @return 0, or the negated errno
     */
    public int bindToSend(int index) {
        return bind(index, NO_PROTOCOL);
    }

    private int bind(int index, short protocol) {
        ByteBuffer name =
                Structs.allocate(SOCKADDR_SIZE).putShort(0, (short) AF_PACKET).putInt(SOCKADDR_INDEX, index);
        name.order(ByteOrder.BIG_ENDIAN).putShort(SOCKADDR_PROTOCOL, protocol);
        return fd.call(name, (number, at) -> LibC.bind(number, at, SOCKADDR_SIZE));
    }

    /**
     * Asks which interface the socket is bound to.
     *
     * @return its number; 0 or less if none, or if that interface is gone; the negated errno
     */
    public int boundIndex() {
        ByteBuffer name = Structs.allocate(SOCKADDR_SIZE + Integer.BYTES);
        int result = name(name);
        return result < 0 ? result : name.getInt(SOCKADDR_INDEX);
    }

    /**
     * Asks what kind of interface the socket is bound to.
     *
     * @return {@code ARPHRD_...}, or the negated errno
     */
    public int hardwareType() {
        ByteBuffer name = Structs.allocate(SOCKADDR_SIZE + Integer.BYTES);
        int result = name(name);
        return result < 0 ? result : name.getShort(SOCKADDR_TYPE) & 0xffff;
    }

    private int name(ByteBuffer memory) {
        memory.putInt(SOCKADDR_SIZE, SOCKADDR_SIZE);
        return fd.call(memory, (number, at) -> LibC.getsockname(number, at, at + SOCKADDR_SIZE));
    }

    /**
     * Makes an interface take frames for others too, until the socket closes. Interfaces count such wishes, so that the
     * one of this socket neither ends that of somebody else nor stays behind.
     *
     * @param index the interface's number
     * @return 0, or the negated errno
     */
    public int addPromiscuous(int index) {
        ByteBuffer wish = Structs.allocate(MREQ_SIZE).putInt(0, index).putShort(MREQ_TYPE, (short) PACKET_MR_PROMISC);
        return fd.call(wish, (number, at) -> LibC.setsockopt(number, SOL_PACKET, PACKET_ADD_MEMBERSHIP, at, MREQ_SIZE));
    }

    /**
     * Tells how many frames found no room since the last call.
     *
     * @return frames, as an unsigned number; 0 when closed
     */
    public long takeDrops() {
        ByteBuffer memory = Structs.allocate(STATISTICS_SIZE + Integer.BYTES).putInt(STATISTICS_SIZE, STATISTICS_SIZE);
        int result = fd.call(
                memory,
                (number, at) -> LibC.getsockopt(number, SOL_PACKET, PACKET_STATISTICS, at, at + STATISTICS_SIZE));
        return result < 0 ? 0 : Integer.toUnsignedLong(memory.getInt(STATISTICS_DROPS));
    }

    /**
     * Sends frames, one after the other until the kernel refuses one. EINTR is tried again.
     *
     * @param frames what was written by {@link FrameVector#setOutgoing}
     * @param first which to begin with
     * @param count how many
     * @return how many were sent, at least 1; or why the first was not, as the negated errno; {@code -EBADF} when closed
     */
    public int send(FrameVector frames, int first, int count) {
        return frames.send(fd, first, count);
    }

    /**
     * Receives what is there. EINTR is tried again.
     *
     * @param frames prepared by {@link FrameVector#setIncoming}
     * @param count how many at most, from the first
     * @return how many were received, or the negated errno: {@code -EAGAIN} for none, {@code -EBADF} when closed
     */
    public int receive(FrameVector frames, int count) {
        return frames.receive(fd, count);
    }

    /** {@return the descriptor, owned by this object, to wait for and to write single frames to} */
    public NativeFd fd() {
        return fd;
    }

    /** Forbids new calls, and closes once the running ones have returned. Does not wait. Idempotent. */
    @Override
    public void close() {
        fd.close();
    }
}
