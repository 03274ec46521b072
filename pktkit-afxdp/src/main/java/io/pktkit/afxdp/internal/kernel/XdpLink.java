// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.kernel;

import io.pktkit.afxdp.capture.XdpMode;
import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.LinkInfo;
import io.pktkit.nativeio.NativeFd;
import io.pktkit.nativeio.NativeIoException;
import io.pktkit.nativeio.RouteNetlink;
import io.pktkit.nativeio.XdpLinks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A program on an interface. Another's program is never put aside.
 *
 * <p>By a BPF link: it runs there while the link's descriptor is open or the link is pinned, and no longer, in whatever way
 * this process ends; nobody can put it aside. A kernel before 5.9 has no such links: there the program is attached by netlink,
 * taken off on close if it is still ours, and stays behind if this process is killed.
 */
public final class XdpLink implements AutoCloseable {

    /** {@code XDP_FLAGS_UPDATE_IF_NOEXIST}, {@code XDP_FLAGS_SKB_MODE} and {@code XDP_FLAGS_DRV_MODE}, linux/if_link.h. */
    private static final int ABSENT_FLAG = 1;

    private static final int GENERIC_FLAG = 1 << 1;

    private static final int DRIVER_FLAG = 1 << 2;

    private static final int ENOLINK = 67;

    private final Hold hold;
    private final XdpMode mode;

    /** What keeps the program there. */
    @FunctionalInterface
    private interface Hold {
        void end();
    }

    private XdpLink(Hold hold, XdpMode mode) {
        this.hold = hold;
        this.mode = mode;
    }

    /**
     * Puts a program on an interface of the calling thread's network namespace.
     *
     * @param capture the program
     * @param at the interface
     * @param mode where it is to run
     * @param pin where its attachment outlives the process, or null
     * @return what keeps it there
     * @throws IOException when the interface has a program already, or the driver refuses
     */
    public static XdpLink attach(LoadedCapture capture, LinkInfo at, XdpMode mode, @Nullable Path pin)
            throws IOException {
        if (pin != null) {
            XdpLink taken = takeOver(capture, at, mode, pin);
            if (taken != null) {
                return taken;
            }
        }
        return attach(capture, at, mode, pin, true);
    }

    /** Attaches anew; without links as a kernel that has none. */
    static XdpLink attach(LoadedCapture capture, LinkInfo at, XdpMode mode, @Nullable Path pin, boolean links)
            throws IOException {
        if (mode != XdpMode.GENERIC) {
            try {
                return attachIn(XdpMode.DRIVER, capture, at, pin, links);
            } catch (NativeIoException failure) {
                // Only a driver without XDP is passed over silently: any other refusal has a remedy, and to be in the
                // slow mode by mistake is worse than not to start.
                if (mode == XdpMode.DRIVER || failure.errno() != Errno.EOPNOTSUPP) {
                    throw explained(at, failure);
                }
            }
        }
        try {
            return attachIn(XdpMode.GENERIC, capture, at, pin, links);
        } catch (NativeIoException failure) {
            throw explained(at, failure);
        }
    }

    private static XdpLink attachIn(XdpMode mode, LoadedCapture capture, LinkInfo at, @Nullable Path pin, boolean links)
            throws IOException {
        int flag = flag(mode);
        if (links) {
            try {
                NativeFd link = XdpLinks.attach(capture.program(), at.index(), flag);
                if (pin != null) {
                    pin(link, pin);
                }
                return new XdpLink(link::close, mode);
            } catch (NativeIoException failure) {
                // A kernel without links does not know the call. Another one means something else by it, and by netlink
                // it tells what.
                if (failure.errno() != Errno.EINVAL || pin != null) {
                    throw failure;
                }
            }
        }
        if (pin != null) {
            throw new IOException("a program is pinned by a BPF link, which came with Linux 5.9: do without the pin");
        }
        RouteNetlink netlink = RouteNetlink.open();
        try {
            int ours = XdpLinks.programNumber(capture.program());
            netlink.attachXdp(at.index(), capture.program(), ABSENT_FLAG | flag);
            return new XdpLink(() -> takeOff(netlink, at.index(), ours, flag), mode);
        } catch (IOException | RuntimeException | Error failure) {
            netlink.close();
            throw failure;
        }
    }

    private static void takeOff(RouteNetlink netlink, int index, int ours, int flag) {
        try (netlink) {
            if (netlink.link(index).xdpProgram() == ours) {
                netlink.detachXdp(index, flag);
            }
        } catch (IOException gone) {
            System.getLogger(XdpLink.class.getName())
                    .log(System.Logger.Level.DEBUG, "interface number " + index + " has no program of ours", gone);
        }
    }

    private static void pin(NativeFd link, Path pin) throws NativeIoException {
        try {
            XdpLinks.pin(link, pin.toString());
        } catch (NativeIoException | RuntimeException | Error failure) {
            link.close();
            throw failure;
        }
    }

    /** Puts the program into a link that an earlier process left; null when there is none, or it is about nothing. */
    private static @Nullable XdpLink takeOver(LoadedCapture capture, LinkInfo at, XdpMode mode, Path pin)
            throws IOException {
        NativeFd link = XdpLinks.pinned(pin.toString());
        if (link == null) {
            return null;
        }
        boolean taken = false;
        try {
            XdpLinks.State state = XdpLinks.state(link);
            if (state == null || !XdpLinks.programName(state.program()).equals(LoadedCapture.NAME)) {
                throw new IOException(
                        pin + " holds something else than an attached program of pktkit: choose another file");
            }
            if (state.index() == 0) {
                unpin(pin);
                return null;
            }
            if (state.index() != at.index()) {
                throw new IOException(pin + " holds the program of another interface, number " + state.index()
                        + ": choose another file, or remove it");
            }
            XdpMode present = at.xdpMode() == LinkInfo.XDP_GENERIC ? XdpMode.GENERIC : XdpMode.DRIVER;
            if (mode != XdpMode.AUTO && mode != present) {
                throw new IOException(pin + " holds a program in " + present + " mode, not in " + mode
                        + ": remove it first, which takes the program off");
            }
            int result = XdpLinks.update(link, capture.program());
            if (result == -ENOLINK) {
                unpin(pin);
                return null;
            }
            if (result < 0) {
                throw new NativeIoException("take over the program that " + pin + " holds", -result);
            }
            taken = true;
            return new XdpLink(link::close, present);
        } finally {
            if (!taken) {
                link.close();
            }
        }
    }

    /**
     * Takes a program off its interface that is pinned there, if there is such a pin.
     *
     * @param pin where
     * @throws IOException when it cannot be removed
     */
    public static void unpin(Path pin) throws IOException {
        Files.deleteIfExists(pin);
    }

    private static int flag(XdpMode mode) {
        return mode == XdpMode.GENERIC ? GENERIC_FLAG : DRIVER_FLAG;
    }

    private static NativeIoException explained(LinkInfo at, NativeIoException failure) {
        String remedy = switch (failure.errno()) {
            case Errno.EBUSY, Errno.EEXIST ->
                "it has an XDP program already, which is left alone: bpftool net show tells which";
            case Errno.EOPNOTSUPP -> "its driver has no XDP: use the generic mode";
            case Errno.EINVAL, Errno.ERANGE, Errno.EMSGSIZE ->
                failure.reason() + "; a driver takes XDP only up to some MTU, and this is " + at.mtu()
                        + ": lower the MTU, or use the generic mode";
            case Errno.EPERM, Errno.EACCES ->
                "run as root or give the process CAP_NET_ADMIN, CAP_BPF and CAP_PERFMON, in a service unit"
                        + " AmbientCapabilities=CAP_NET_ADMIN CAP_BPF CAP_PERFMON CAP_NET_RAW";
            default -> Errno.remedy(failure.errno());
        };
        return new NativeIoException("attach to " + at.name(), failure.errno(), remedy);
    }

    /** {@return where the program runs: {@link XdpMode#DRIVER} or {@link XdpMode#GENERIC}} */
    public XdpMode mode() {
        return mode;
    }

    /** Takes the program off the interface, unless it is pinned. Idempotent. */
    @Override
    public void close() {
        hold.end();
    }
}
