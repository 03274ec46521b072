// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.datagram.OffloadMode;
import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.Ifreq;
import io.pktkit.nativeio.KernelVersion;
import io.pktkit.nativeio.LinkInfo;
import io.pktkit.nativeio.LinkMonitor;
import io.pktkit.nativeio.NativeFd;
import io.pktkit.nativeio.NativeIoException;
import io.pktkit.nativeio.NativePlatform;
import io.pktkit.nativeio.RouteNetlink;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A TUN or TAP interface of Linux: descriptors of its driver, and two netlink sockets, to configure it with and to hear of
 * its changes.
 *
 * <p>The sockets are opened with the descriptor and kept, for two reasons: they stay in the same network namespace, whoever
 * configures the device later; and the interface is known by its number, so that renaming it changes nothing here.
 */
final class LinuxInterface extends KernelInterface {

    private static final String DEVICE = "/dev/net/tun";

    // linux/if_tun.h: _IOW('T', 202, int), the same on the processors that NativePlatform accepts
    private static final int TUNSETIFF = 0x400454ca;

    /** No header of four bytes before each packet. */
    private static final int IFF_NO_PI = 0x1000;

    /** A {@code struct virtio_net_hdr} before each packet. */
    private static final int IFF_VNET_HDR = 0x4000;

    /** One queue for each descriptor that is attached. */
    private static final int IFF_MULTI_QUEUE = 0x100;

    private final Kind kind;
    private final InterfaceOffloads offloads;
    private final RouteNetlink netlink;
    private final LinkMonitor changes;

    /** As it was when it was opened. */
    private final LinkInfo link;

    private volatile int mtu;

    /** Which of the two; with the driver's flag and its name in messages. */
    enum Kind {
        TUN(0x1, "TUN"),
        TAP(0x2, "TAP");

        final int flag;
        final String text;

        Kind(int flag, String text) {
            this.flag = flag;
            this.text = text;
        }
    }

    private LinuxInterface(
            Kind kind,
            String name,
            List<NativeFd> queues,
            RouteNetlink netlink,
            LinkMonitor changes,
            InterfaceCalls calls,
            OffloadMode mode,
            KernelVersion version)
            throws IOException {
        super(name, queues, calls);
        this.kind = kind;
        this.netlink = netlink;
        this.changes = changes;
        // After the monitor was opened, so that no change falls between the two.
        this.link = netlink.link(name);
        this.mtu = link.mtu();
        this.offloads = mode == OffloadMode.OFF
                ? InterfaceOffloads.none("switched off by the configuration")
                : InterfaceOffloads.choose(mode, version, calls, queues.get(0), kind == Kind.TAP, link.up());
    }

    /** Makes the interface, configures it, and makes its device; on failure nothing of it is left. */
    static <D> D open(
            Kind kind,
            InterfaceConfig config,
            InterfaceCalls calls,
            KernelVersion version,
            Opener<LinuxInterface, D> device)
            throws IOException {
        String feature = "a " + kind.text + " device";
        String missing = kind == Kind.TUN ? NativePlatform.unsupportedPosix() : NativePlatform.unsupported();
        if (missing != null) {
            throw new UnsupportedOperationException(feature + " is not available: " + missing);
        }
        NativePlatform.require(feature);
        Opened opened = new Opened();
        try {
            int flags = kind.flag
                    | IFF_NO_PI
                    | (config.queues() > 1 ? IFF_MULTI_QUEUE : 0)
                    | (config.offload() == OffloadMode.OFF ? 0 : IFF_VNET_HDR);
            List<NativeFd> queues = new ArrayList<>();
            String name = config.name();
            for (int i = 0; i < config.queues(); i++) {
                NativeFd queue = opened.keep(openDevice());
                name = attach(queue, kind, flags, name); // the first tells the name that the others are to have
                queues.add(queue);
            }
            RouteNetlink netlink = opened.keep(RouteNetlink.open());
            LinkMonitor changes = opened.keep(LinkMonitor.open());
            LinuxInterface kernel =
                    new LinuxInterface(kind, name, queues, netlink, changes, calls, config.offload(), version);
            kernel.configure(config);
            return device.open(kernel);
        } catch (IOException | RuntimeException | Error failure) {
            opened.closeAfter(failure);
            throw failure;
        }
    }

    private static NativeFd openDevice() throws IOException {
        try {
            return NativeFd.open(DEVICE, NativeFd.O_RDWR | NativeFd.O_NONBLOCK);
        } catch (NativeIoException failure) {
            String remedy = switch (failure.errno()) {
                case Errno.ENOENT, Errno.ENODEV, Errno.ENXIO ->
                    "load the driver (modprobe tun), or give the container the device";
                case Errno.EACCES, Errno.EPERM ->
                    "run as root, or give the user the device and the process CAP_NET_ADMIN";
                default -> Errno.remedy(failure.errno());
            };
            throw new NativeIoException(failure.call(), failure.errno(), remedy);
        }
    }

    private static String attach(NativeFd fd, Kind kind, int flags, String wanted) throws NativeIoException {
        Ifreq ifreq = new Ifreq(wanted).flags(flags);
        int result = fd.ioctl(TUNSETIFF, ifreq.memory());
        if (result < 0) {
            String what = "open " + kind.text + " interface" + (wanted.isEmpty() ? "" : " " + wanted);
            String remedy = switch (-result) {
                case Errno.EBUSY ->
                    "the name " + wanted + " is in use: close the program that holds it, or choose another name";
                case Errno.EINVAL ->
                    "the name " + wanted
                            + " is that of an interface of another kind or number of queues, or forbidden: choose another"
                            + " name";
                default -> Errno.remedy(-result);
            };
            throw new NativeIoException(what, -result, remedy);
        }
        return ifreq.name();
    }

    @Override
    boolean isEthernet() {
        return kind == Kind.TAP;
    }

    @Override
    InterfaceOffloads offloads() {
        return offloads;
    }

    @Override
    DriverHeader header() {
        return offloads.haveHeader() ? new VirtioHeader() : new NoHeader();
    }

    /** The kernel's own address, as it was when the interface was opened. */
    MacAddress macAddress() {
        return MacAddress.of(link.macAddress());
    }

    @Override
    int mtu() {
        return mtu;
    }

    @Override
    NativeFd changes() {
        return changes.fd();
    }

    @Override
    int changedMtu() {
        try {
            return changes.hasChanged(link.index()) ? netlink.link(link.index()).mtu() : 0;
        } catch (IOException gone) {
            return 0;
        }
    }

    @Override
    void setMtu(int mtu) throws IOException {
        InterfaceConfig.checkMtu(mtu);
        try {
            netlink.setMtu(link.index(), mtu);
        } catch (NativeIoException failure) {
            throw explained(settingMtu(mtu), failure);
        }
        this.mtu = mtu;
    }

    @Override
    boolean wasUp() {
        return link.up();
    }

    @Override
    void setUp(boolean up) throws IOException {
        try {
            netlink.setUp(link.index(), up);
        } catch (NativeIoException failure) {
            throw explained(settingUp(up), failure);
        }
    }

    @Override
    void giveAddress(IpPrefix address) throws IOException {
        boolean broadcast = kind == Kind.TAP && address.family() == IpFamily.IPV4 && address.length() < 31;
        try {
            netlink.addAddress(
                    link.index(),
                    address.address().toBytes(),
                    address.length(),
                    broadcast ? address.broadcast().toBytes() : null,
                    // a TUN has no neighbours to ask
                    kind == Kind.TAP);
        } catch (NativeIoException failure) {
            throw explained(giving(address), failure);
        }
    }

    @Override
    void takeAddress(IpPrefix address) throws IOException {
        try {
            netlink.removeAddress(link.index(), address.address().toBytes(), address.length());
        } catch (NativeIoException failure) {
            // Somebody else has removed it: that is what was wanted.
            if (failure.errno() != Errno.EADDRNOTAVAIL) {
                throw explained(taking(address), failure);
            }
        }
    }

    @Override
    void addRoute(InterfaceRoute route) throws IOException {
        IpPrefix destination = route.destination();
        IpAddress gateway = route.gateway();
        try {
            netlink.addRoute(
                    link.index(),
                    destination.address().toBytes(),
                    destination.length(),
                    gateway == null ? null : gateway.toBytes());
        } catch (NativeIoException failure) {
            throw explained(routing(route), failure);
        }
    }

    /** The failure in terms of this interface, whose number means nothing to people. */
    private static IOException explained(String what, NativeIoException failure) {
        return new IOException(what + ": " + failure.reason(), failure);
    }

    @Override
    public void close() {
        queues().forEach(NativeFd::close);
        netlink.close();
        changes.close();
    }
}
