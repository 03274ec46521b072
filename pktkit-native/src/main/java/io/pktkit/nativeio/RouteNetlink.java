// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Configures interfaces, addresses and routes, over a netlink socket.
 *
 * <p>The socket belongs to the network namespace of the thread which opened it, so that a device that keeps one can be
 * configured from any thread. Any thread may call; requests are made one at a time. Every change waits for the kernel's
 * acknowledgement. Addresses are 4 or 16 bytes in network order.
 */
public final class RouteNetlink implements AutoCloseable {

    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW = 3;
    private static final int NETLINK_ROUTE = 0;
    static final int SOL_NETLINK = 270;
    static final int NETLINK_ADD_MEMBERSHIP = 1;
    private static final int NETLINK_CAP_ACK = 10;
    private static final int NETLINK_EXT_ACK = 11;
    static final int MSG_TRUNC = 0x20;

    /** The kernel sends no route message longer than this, see linux/netlink.h on dump sizes. */
    private static final int RECEIVE_SIZE = 32 * 1024;

    /** An answer comes within the call; this only keeps a broken kernel from hanging the caller. */
    private static final int TIMEOUT_MILLIS = 10_000;

    private final NativeFd socket;
    private final Poller poller;
    private final ByteBuffer receive = Structs.allocate(RECEIVE_SIZE);
    private int sequence;

    private RouteNetlink(NativeFd socket) {
        this.socket = socket;
        this.poller = new Poller(socket);
    }

    /**
     * Opens a socket in the calling thread's network namespace.
     *
     * @return the socket
     * @throws IOException when this is not Linux or the kernel refuses
     */
    public static RouteNetlink open() throws IOException {
        NativeFd socket = openSocket();
        // Kernels before 4.12 know neither: errors then come without the text, which is all that these add.
        socket.setSocketOption(SOL_NETLINK, NETLINK_CAP_ACK, 1);
        socket.setSocketOption(SOL_NETLINK, NETLINK_EXT_ACK, 1);
        return new RouteNetlink(socket);
    }

    static NativeFd openSocket() throws IOException {
        NativePlatform.require("network configuration");
        return NativeFd.socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
    }

    /**
     * Looks an interface up by name.
     *
     * @param name its name
     * @return what the kernel says about it
     * @throws IOException when there is none
     */
    public LinkInfo link(String name) throws IOException {
        Ifreq.checkName(name);
        return request(NetlinkRequest.getLink(0, name), "look up interface " + name);
    }

    /**
     * Looks an interface up by number.
     *
     * @param index its number, positive
     * @return what the kernel says about it
     * @throws IOException when there is none
     */
    public LinkInfo link(int index) throws IOException {
        return request(NetlinkRequest.getLink(index, ""), "look up interface number " + index);
    }

    /**
     * Brings an interface up or down.
     *
     * @param index its number
     * @param up whether it is to be up
     * @throws IOException when the kernel refuses
     */
    public void setUp(int index, boolean up) throws IOException {
        request(NetlinkRequest.setLinkUp(index, up), "bring interface number " + index + (up ? " up" : " down"));
    }

    /**
     * Sets the largest IP packet of an interface.
     *
     * @param index its number
     * @param mtu the bytes
     * @throws IOException when the kernel refuses
     */
    public void setMtu(int index, int mtu) throws IOException {
        request(NetlinkRequest.setLinkMtu(index, mtu), "set the MTU of interface number " + index + " to " + mtu);
    }

    /**
     * Puts an XDP program on an interface. Unlike {@link XdpLinks#attach} the interface keeps it until somebody takes it off.
     *
     * @param index the interface's number
     * @param program the program
     * @param flags {@code XDP_FLAGS_...}: the mode, and whether one that is there may be put aside
     * @throws NativeIoException when the kernel refuses, with what the driver says
     */
    public void attachXdp(int index, NativeFd program, int flags) throws NativeIoException {
        String what = "attach an XDP program to interface number " + index;
        if (!program.acquire()) {
            throw new NativeIoException(what, Errno.EBADF);
        }
        try {
            request(NetlinkRequest.setLinkXdp(index, program.number(), flags), what);
        } finally {
            program.release();
        }
    }

    /**
     * Takes the XDP program of a mode off an interface, whosever it is.
     *
     * @param index the interface's number
     * @param flags {@code XDP_FLAGS_...}: the mode
     * @throws NativeIoException when the kernel refuses
     */
    public void detachXdp(int index, int flags) throws NativeIoException {
        request(NetlinkRequest.setLinkXdp(index, -1, flags), "detach the XDP program of interface number " + index);
    }

    /**
     * Adds an address, or replaces the same one.
     *
     * @param index the interface's number
     * @param address the address
     * @param prefixLength its prefix, which becomes an on-link route
     * @param broadcast the prefix's IPv4 broadcast address, or null for none
     * @param detectDuplicates whether an IPv6 address is tentative until nobody else on the link turned out to have it;
     *     without, it can be bound when this returns, and the kernel answers for it a moment later
     * @throws IOException when the kernel refuses
     */
    public void addAddress(
            int index, byte[] address, int prefixLength, byte @Nullable [] broadcast, boolean detectDuplicates)
            throws IOException {
        request(
                NetlinkRequest.newAddress(index, address, prefixLength, broadcast, detectDuplicates),
                "add address " + text(address, prefixLength) + " to interface number " + index);
    }

    /**
     * Takes an address away.
     *
     * @param index the interface's number
     * @param address the address
     * @param prefixLength its prefix
     * @throws IOException when it is not there or the kernel refuses
     */
    public void removeAddress(int index, byte[] address, int prefixLength) throws IOException {
        request(
                NetlinkRequest.deleteAddress(index, address, prefixLength),
                "remove address " + text(address, prefixLength) + " from interface number " + index);
    }

    /**
     * Adds a route to the main table, or replaces the one with the same destination and metric.
     *
     * @param index the interface's number
     * @param destination the destination; for IPv4 its host bits are zero
     * @param prefixLength its prefix, 0 for the default route
     * @param gateway the next hop, or null when the destination is on the link
     * @throws IOException when the kernel refuses
     */
    public void addRoute(int index, byte[] destination, int prefixLength, byte @Nullable [] gateway)
            throws IOException {
        request(
                NetlinkRequest.newRoute(index, destination, prefixLength, gateway),
                "add route " + text(destination, prefixLength) + via(gateway) + " on interface number " + index);
    }

    /**
     * Takes a route away.
     *
     * @param index the interface's number
     * @param destination the destination
     * @param prefixLength its prefix
     * @param gateway the next hop, or null
     * @throws IOException when it is not there or the kernel refuses
     */
    public void removeRoute(int index, byte[] destination, int prefixLength, byte @Nullable [] gateway)
            throws IOException {
        request(
                NetlinkRequest.deleteRoute(index, destination, prefixLength, gateway),
                "remove route " + text(destination, prefixLength) + via(gateway) + " on interface number " + index);
    }

    /** Closes the socket; a request that is waiting ends first. */
    @Override
    public void close() {
        socket.close();
    }

    /** The descriptor, for tests. */
    NativeFd socket() {
        return socket;
    }

    private synchronized LinkInfo request(NetlinkRequest request, String what) throws NativeIoException {
        int mine = ++sequence;
        ByteBuffer message = request.finish(mine);
        int sent = socket.write(message, 0, message.limit());
        if (sent < 0) {
            throw new NativeIoException(what, -sent);
        }
        while (true) {
            if (poller.await(TIMEOUT_MILLIS) == 0) {
                throw new NativeIoException(what, Errno.ETIMEDOUT);
            }
            int received = socket.receive(receive, 0, RECEIVE_SIZE, MSG_TRUNC);
            if (received == -Errno.EINTR || received == -Errno.EAGAIN) {
                continue;
            }
            if (received < 0) {
                throw new NativeIoException(what, -received);
            }
            if (received > RECEIVE_SIZE) {
                throw new NativeIoException(what, Errno.EMSGSIZE);
            }
            LinkInfo answer = answer(new NetlinkReply(receive, received), mine, what);
            if (answer != null) {
                return answer;
            }
        }
    }

    /** The answer to a sequence number: null when it is not in this datagram, which may be a late one to another request. */
    private static @Nullable LinkInfo answer(NetlinkReply reply, int sequence, String what) throws NativeIoException {
        while (reply.next()) {
            if (reply.sequence() != sequence) {
                continue;
            }
            switch (reply.type()) {
                case Netlink.NLMSG_ERROR -> {
                    int errno = reply.errno();
                    if (errno == 0) {
                        return LinkInfo.NONE;
                    }
                    String said = reply.errorText();
                    throw said.isEmpty()
                            ? new NativeIoException(what, errno)
                            : new NativeIoException(what, errno, said);
                }
                case Netlink.NLMSG_DONE -> {
                    return LinkInfo.NONE;
                }
                case Netlink.RTM_NEWLINK -> {
                    return reply.link();
                }
                default -> {
                    // of our request, but nothing that is asked for here: the answer is still to come
                }
            }
        }
        return null;
    }

    private static String via(byte @Nullable [] gateway) {
        return gateway == null ? "" : " via " + text(gateway);
    }

    private static String text(byte[] address, int prefixLength) {
        return text(address) + "/" + prefixLength;
    }

    /** Dotted or colon form for messages only; not shortened. */
    private static String text(byte[] address) {
        if (address.length == 4) {
            StringJoiner dotted = new StringJoiner(".");
            for (byte b : address) {
                dotted.add(Integer.toString(b & 0xff));
            }
            return dotted.toString();
        }
        StringJoiner colons = new StringJoiner(":");
        for (int i = 0; i + 1 < address.length; i += 2) {
            colons.add(Integer.toHexString(((address[i] & 0xff) << 8) | (address[i + 1] & 0xff)));
        }
        return colons.toString();
    }
}
