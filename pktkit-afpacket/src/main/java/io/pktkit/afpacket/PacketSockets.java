// SPDX-License-Identifier: MIT
package io.pktkit.afpacket;

import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.LinkInfo;
import io.pktkit.nativeio.LinkMonitor;
import io.pktkit.nativeio.NativeFd;
import io.pktkit.nativeio.NativeIoException;
import io.pktkit.nativeio.PacketSocket;
import io.pktkit.nativeio.RouteNetlink;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sockets of a device, one a thread and one to send by, all bound to the interface that has the name now; and two
 * netlink sockets, to look it up and to hear of its changes.
 *
 * <p>{@link #follow} is called by one thread, in the namespace of {@link #open}; what is asked, by any.
 */
final class PacketSockets implements AutoCloseable {

    private final AfPacketConfig config;
    private final RouteNetlink netlink;
    private final LinkMonitor changes;

    /** Replaced as a whole. */
    private volatile Bound bound;

    /** Frames that found no room in sockets which are closed. By this object's lock. */
    private long earlierDrops;

    /** By this object's lock: sockets that are opened after a close would never be closed. */
    private boolean closed;

    /** Sockets that were bound together. The sender is one of its own, or the first of the others. */
    private record Bound(LinkInfo link, List<PacketSocket> sockets, PacketSocket sender) {

        void close() {
            sockets.forEach(PacketSocket::close);
            sender.close();
        }
    }

    private PacketSockets(AfPacketConfig config, RouteNetlink netlink, LinkMonitor changes) throws IOException {
        this.config = config;
        this.netlink = netlink;
        this.changes = changes;
        // After the monitor was opened, so that no change falls between the two.
        bound = bind();
    }

    /** Opens them in the namespace of the calling thread; on failure nothing is left. */
    static PacketSockets open(AfPacketConfig config) throws IOException {
        RouteNetlink netlink = RouteNetlink.open();
        try {
            LinkMonitor changes = LinkMonitor.open();
            try {
                return new PacketSockets(config, netlink, changes);
            } catch (IOException | RuntimeException | Error failure) {
                changes.close();
                throw failure;
            }
        } catch (IOException | RuntimeException | Error failure) {
            netlink.close();
            throw failure;
        }
    }

    private Bound bind() throws IOException {
        LinkInfo link = lookUp();
        PacketSocket[] sockets = new PacketSocket[config.threads()];
        try {
            for (int i = 0; i < sockets.length; i++) {
                sockets[i] = openReceiver();
                bind(sockets[i], link.index());
                if (i == 0 && config.promiscuous()) {
                    check(
                            "receive frames for others on " + config.interfaceName(),
                            sockets[0].addPromiscuous(link.index()));
                }
                if (sockets.length > 1) {
                    share(sockets, i);
                }
            }
            return new Bound(link, List.of(sockets), config.outgoing() ? sockets[0] : openSender(link));
        } catch (IOException | RuntimeException | Error failure) {
            for (PacketSocket socket : sockets) {
                if (socket != null) {
                    socket.close();
                }
            }
            throw failure;
        }
    }

    private LinkInfo lookUp() throws IOException {
        try {
            return netlink.link(config.interfaceName());
        } catch (NativeIoException failure) {
            if (failure.errno() != Errno.ENODEV) {
                throw failure;
            }
            throw new NativeIoException(
                    failure.call(), failure.errno(), "there is none of this name here: ip link lists those that are");
        }
    }

    private PacketSocket openSocket() throws IOException {
        PacketSocket socket;
        try {
            socket = PacketSocket.open();
        } catch (NativeIoException failure) {
            String remedy = switch (failure.errno()) {
                case Errno.EPERM, Errno.EACCES ->
                    "run as root or give the process CAP_NET_RAW, in a service unit AmbientCapabilities=CAP_NET_RAW;"
                            + " setcap on java itself makes it lose its libraries";
                case Errno.EAFNOSUPPORT -> "load the driver (modprobe af_packet)";
                default -> Errno.remedy(failure.errno());
            };
            throw new NativeIoException("open a packet socket for " + config.interfaceName(), failure.errno(), remedy);
        }
        try {
            check("ask for offload headers", socket.setOption(PacketSocket.PACKET_VNET_HDR, 1));
            return socket;
        } catch (IOException | RuntimeException | Error failure) {
            socket.close();
            throw failure;
        }
    }

    private PacketSocket openReceiver() throws IOException {
        PacketSocket socket = openSocket();
        try {
            check("ask for VLAN tags", socket.setOption(PacketSocket.PACKET_AUXDATA, 1));
            if (!config.outgoing()) {
                // A kernel before 4.20 does not know it; the readers look at the type of each frame too.
                socket.setOption(PacketSocket.PACKET_IGNORE_OUTGOING, 1);
            }
            socket.setReceiveBuffer(config.receiveBuffer());
            return socket;
        } catch (IOException | RuntimeException | Error failure) {
            socket.close();
            throw failure;
        }
    }

    /**
     * A socket that nobody polls. The kernel tells whoever waits for a socket of each frame that has left it, which is a
     * notable part of what sending costs; and a reader always waits for its own. A device that receives what the host sends
     * has none: only the socket that a frame was sent by is sure not to be given it back.
     */
    private PacketSocket openSender(LinkInfo link) throws IOException {
        PacketSocket socket = openSocket();
        try {
            check("bind a packet socket to " + config.interfaceName(), socket.bindToSend(link.index()));
            return socket;
        } catch (IOException | RuntimeException | Error failure) {
            socket.close();
            throw failure;
        }
    }

    private void bind(PacketSocket socket, int index) throws IOException {
        check("bind a packet socket to " + config.interfaceName(), socket.bind(index));
        int type = socket.hardwareType();
        if (type != PacketSocket.ARPHRD_ETHER && type != PacketSocket.ARPHRD_LOOPBACK) {
            throw new IOException("interface " + config.interfaceName() + " carries no Ethernet frames (link type "
                    + type + "): choose an Ethernet interface");
        }
    }

    /** Joins a socket to those before it. What it got on its own until now, another one has too. */
    private void share(PacketSocket[] sockets, int index) throws IOException {
        int group = index == 0
                ? PacketSocket.FANOUT_UNIQUE
                : (sockets[0].option(PacketSocket.PACKET_FANOUT) & 0xffff) | (PacketSocket.FANOUT_HASH << 16);
        int result = sockets[index].setOption(PacketSocket.PACKET_FANOUT, group);
        if (result < 0) {
            throw new NativeIoException(
                    "share the frames of " + config.interfaceName() + " among threads",
                    -result,
                    result == -Errno.EINVAL
                            ? "bring the interface up first (ip link set " + config.interfaceName()
                                    + " up), or use one thread"
                            : Errno.remedy(-result));
        }
    }

    private static void check(String call, int result) throws NativeIoException {
        if (result < 0) {
            throw new NativeIoException(call, -result);
        }
    }

    /** The interface that the sockets were bound to last. */
    LinkInfo link() {
        return bound.link();
    }

    /** The socket of a thread; another one after the interface was made again. */
    PacketSocket socket(int thread) {
        return bound.sockets().get(thread);
    }

    /** The socket to send by; another one after the interface was made again. */
    PacketSocket sender() {
        return bound.sender();
    }

    /** Readable when {@link #follow} is to be called. */
    NativeFd changes() {
        return changes.fd();
    }

    /** Whether the sockets are those of an interface that is there. */
    boolean isBound() {
        Bound now = bound;
        return now.sockets().get(0).boundIndex() == now.link().index();
    }

    /** How many frames found no room since {@link #open}. */
    synchronized long drops() {
        if (!closed) {
            bound.sockets().forEach(socket -> earlierDrops += socket.takeDrops());
        }
        return earlierDrops;
    }

    /**
     * Looks what has become of the interface.
     *
     * @return it as it is now, or null when there is none
     * @throws IOException when there is one, and the kernel refuses to bind to it
     */
    @Nullable
    LinkInfo follow() throws IOException {
        changes.hasChanged(0);
        if (isBound()) {
            // By its number: it may have been renamed.
            return lookUpAgain(bound.link().index(), "");
        }
        LinkInfo there = lookUpAgain(0, config.interfaceName());
        if (there == null) {
            return null;
        }
        Bound next = bind();
        synchronized (this) {
            if (closed) {
                next.close();
                return null;
            }
            Bound before = bound;
            drops();
            bound = next;
            before.close();
        }
        return next.link();
    }

    private @Nullable LinkInfo lookUpAgain(int index, String name) throws IOException {
        try {
            return index != 0 ? netlink.link(index) : netlink.link(name);
        } catch (NativeIoException failure) {
            if (failure.errno() == Errno.ENODEV) {
                return null;
            }
            throw failure;
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            drops();
            closed = true;
            bound.close();
        }
        netlink.close();
        changes.close();
    }
}
