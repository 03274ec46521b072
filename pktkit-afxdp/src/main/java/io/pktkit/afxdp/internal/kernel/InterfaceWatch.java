// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.kernel;

import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.LinkInfo;
import io.pktkit.nativeio.LinkMonitor;
import io.pktkit.nativeio.NativeFd;
import io.pktkit.nativeio.NativeIoException;
import io.pktkit.nativeio.RouteNetlink;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** An interface, and what becomes of it: an AF_XDP socket is not told. {@link #look} is one thread's. */
public final class InterfaceWatch implements AutoCloseable {

    private final RouteNetlink netlink;
    private final LinkMonitor monitor;
    private final LinkInfo link;

    private InterfaceWatch(RouteNetlink netlink, LinkMonitor monitor, LinkInfo link) {
        this.netlink = netlink;
        this.monitor = monitor;
        this.link = link;
    }

    /**
     * Looks an interface of the calling thread's network namespace up, and watches it.
     *
     * @param name the interface
     * @return the watch
     * @throws IOException when there is none
     */
    public static InterfaceWatch open(String name) throws IOException {
        RouteNetlink netlink = RouteNetlink.open();
        try {
            LinkMonitor monitor = LinkMonitor.open();
            try {
                return new InterfaceWatch(netlink, monitor, netlink.link(name));
            } catch (NativeIoException failure) {
                monitor.close();
                throw failure.errno() == Errno.ENODEV
                        ? new NativeIoException(
                                failure.call(),
                                Errno.ENODEV,
                                "there is none of this name here: ip link lists those that are")
                        : failure;
            } catch (IOException | RuntimeException | Error failure) {
                monitor.close();
                throw failure;
            }
        } catch (IOException | RuntimeException | Error failure) {
            netlink.close();
            throw failure;
        }
    }

    /** {@return the interface as it was at first} */
    public LinkInfo link() {
        return link;
    }

    /** {@return what is readable when {@link #look} is to be called} */
    public NativeFd changes() {
        return monitor.fd();
    }

    /**
     * Looks what has become of the interface.
     *
     * @return it as it is now, or null when there is none any more
     * @throws IOException when the kernel does not tell
     */
    public @Nullable LinkInfo look() throws IOException {
        monitor.hasChanged(0);
        try {
            return netlink.link(link.index());
        } catch (NativeIoException failure) {
            if (failure.errno() == Errno.ENODEV) {
                return null;
            }
            throw failure;
        }
    }

    @Override
    public void close() {
        netlink.close();
        monitor.close();
    }
}
