// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Hears from the kernel that an interface has changed, whoever changed it. It tells of the network namespace of the thread
 * which opened it. To be read by one thread at a time; needs no privilege.
 */
public final class LinkMonitor implements AutoCloseable {

    private static final int RTNLGRP_LINK = 1;
    private static final int MSG_DONTWAIT = 0x40;

    /** Enough for what the kernel says of most interfaces; what does not fit counts as a change. */
    private static final int RECEIVE_SIZE = 8 * 1024;

    private final NativeFd socket;
    private final ByteBuffer receive = Structs.allocate(RECEIVE_SIZE);

    private LinkMonitor(NativeFd socket) {
        this.socket = socket;
    }

    /**
     * Opens a monitor in the calling thread's network namespace.
     *
     * @return the monitor
     * @throws IOException when this is not Linux or the kernel refuses
     */
    public static LinkMonitor open() throws IOException {
        NativeFd socket = RouteNetlink.openSocket();
        int result =
                socket.setSocketOption(RouteNetlink.SOL_NETLINK, RouteNetlink.NETLINK_ADD_MEMBERSHIP, RTNLGRP_LINK);
        if (result == 0) {
            // The first message that is sent gives the socket its address, without which it is told nothing.
            ByteBuffer nothing = Structs.allocate(Netlink.HEADER_SIZE)
                    .putInt(Netlink.LENGTH_OFFSET, Netlink.HEADER_SIZE)
                    .putShort(Netlink.TYPE_OFFSET, (short) Netlink.NLMSG_NOOP);
            result = socket.write(nothing, 0, Netlink.HEADER_SIZE);
        }
        if (result < 0) {
            socket.close();
            throw new NativeIoException("hear of changes of interfaces", -result);
        }
        return new LinkMonitor(socket);
    }

    /**
     * What to poll for {@link Poller#IN}.
     *
     * @return the descriptor, owned by this object
     */
    public NativeFd fd() {
        return socket;
    }

    /**
     * Reads all that the kernel has told since the last call. Does not wait.
     *
     * @param index an interface's number
     * @return whether that interface may have changed: because the kernel says so, or because it said more than could be
     *     kept; what it is now is to be asked with {@link RouteNetlink#link(int)}
     */
    public boolean hasChanged(int index) {
        boolean changed = false;
        while (true) {
            int received = socket.receive(receive, 0, RECEIVE_SIZE, MSG_DONTWAIT | RouteNetlink.MSG_TRUNC);
            if (received == -Errno.EINTR) {
                continue;
            }
            if (received == -Errno.ENOBUFS || received > RECEIVE_SIZE) {
                changed = true;
                continue;
            }
            if (received <= 0) {
                return changed;
            }
            NetlinkReply told = new NetlinkReply(receive, received);
            while (told.next()) {
                changed |= told.type() == Netlink.RTM_NEWLINK && told.link().index() == index;
            }
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
