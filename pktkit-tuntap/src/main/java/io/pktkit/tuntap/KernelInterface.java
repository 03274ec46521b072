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
import org.jspecify.annotations.Nullable;

/**
 * The interface as the kernel knows it: the descriptors that it hangs on, one for each queue, and two netlink sockets, to configure it with and
 * to hear of its changes.
 *
 * <p>The sockets are opened with the descriptor and kept, for two reasons: they stay in the same network namespace, whoever
 * configures the device later; and the interface is known by its number, so that renaming it changes nothing here.
 * Configuration is guarded by this object's lock.
 */
final class KernelInterface implements AutoCloseable {

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

    private final String name;
    private final List<NativeFd> queues;
    private final InterfaceCalls calls;
    private final InterfaceOffloads offloads;
    private final RouteNetlink netlink;
    private final LinkMonitor changes;

    /** As it was when it was opened. */
    private final LinkInfo link;

    /** As it was configured. */
    private int mtu;

    private @Nullable IpPrefix ipv4;
    private @Nullable IpPrefix ipv6;

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

    /** Makes the device of an interface that was opened. */
    interface Opener<D> {

        D open(KernelInterface kernel) throws IOException;
    }

    private KernelInterface(
            Kind kind,
            String name,
            List<NativeFd> queues,
            RouteNetlink netlink,
            LinkMonitor changes,
            InterfaceCalls calls,
            OffloadMode mode,
            KernelVersion version)
            throws IOException {
        this.kind = kind;
        this.name = name;
        this.queues = List.copyOf(queues);
        this.calls = calls;
        this.netlink = netlink;
        this.changes = changes;
        // After the monitor was opened, so that no change falls between the two.
        this.link = netlink.link(name);
        this.offloads = mode == OffloadMode.OFF
                ? InterfaceOffloads.none("switched off by the configuration")
                : InterfaceOffloads.choose(mode, version, calls, queues.get(0), kind == Kind.TAP, link.up());
    }

    /** Makes the interface, configures it, and makes its device; on failure nothing of it is left. */
    static <D> D open(Kind kind, InterfaceConfig config, InterfaceCalls calls, KernelVersion version, Opener<D> device)
            throws IOException {
        String feature = "a " + kind.text + " device";
        String missing = NativePlatform.unsupported();
        if (missing != null) {
            throw new UnsupportedOperationException(feature + " is not available: " + missing);
        }
        NativePlatform.require(feature);
        List<AutoCloseable> opened = new ArrayList<>();
        try {
            int flags = kind.flag
                    | IFF_NO_PI
                    | (config.queues() > 1 ? IFF_MULTI_QUEUE : 0)
                    | (config.offload() == OffloadMode.OFF ? 0 : IFF_VNET_HDR);
            List<NativeFd> queues = new ArrayList<>();
            String name = config.name();
            for (int i = 0; i < config.queues(); i++) {
                NativeFd queue = keep(opened, openDevice());
                name = attach(queue, kind, flags, name); // the first tells the name that the others are to have
                queues.add(queue);
            }
            RouteNetlink netlink = keep(opened, RouteNetlink.open());
            LinkMonitor changes = keep(opened, LinkMonitor.open());
            KernelInterface kernel =
                    new KernelInterface(kind, name, queues, netlink, changes, calls, config.offload(), version);
            kernel.configure(config);
            return device.open(kernel);
        } catch (IOException | RuntimeException | Error failure) {
            for (AutoCloseable one : opened) {
                closeAfter(failure, one);
            }
            throw failure;
        }
    }

    private static <C extends AutoCloseable> C keep(List<AutoCloseable> opened, C one) {
        opened.add(one);
        return one;
    }

    private static void closeAfter(Throwable failure, AutoCloseable one) {
        try {
            one.close();
        } catch (Exception second) {
            failure.addSuppressed(second);
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

    /**
     * In the order that the kernel needs: a route needs its address and the interface up. What a persistent interface has
     * already is left alone, so that its owner needs no privilege.
     */
    private void configure(InterfaceConfig config) throws IOException {
        mtu = link.mtu();
        if (config.mtu() != 0 && config.mtu() != link.mtu()) {
            setMtu(config.mtu());
            mtu = config.mtu();
        }
        if (config.up() && !link.up()) {
            setUp(true);
        }
        for (IpPrefix address : config.addresses()) {
            setAddress(address);
        }
        for (InterfaceRoute route : config.routes()) {
            addRoute(route);
        }
    }

    String name() {
        return name;
    }

    Kind kind() {
        return kind;
    }

    /** A descriptor for each queue. */
    List<NativeFd> queues() {
        return queues;
    }

    InterfaceCalls calls() {
        return calls;
    }

    InterfaceOffloads offloads() {
        return offloads;
    }

    MacAddress macAddress() {
        return MacAddress.of(link.macAddress());
    }

    /** The MTU with which it was opened. */
    int mtu() {
        return mtu;
    }

    /** Readable when {@link #changedMtu} is to be asked. */
    NativeFd changes() {
        return changes.fd();
    }

    /** The MTU if the interface has changed, whoever changed it; 0 if nothing is known. By one thread at a time. */
    int changedMtu() {
        try {
            return changes.hasChanged(link.index()) ? netlink.link(link.index()).mtu() : 0;
        } catch (IOException gone) {
            return 0;
        }
    }

    void setMtu(int mtu) throws IOException {
        InterfaceConfig.checkMtu(mtu);
        try {
            netlink.setMtu(link.index(), mtu);
        } catch (NativeIoException failure) {
            throw explained("set the MTU of " + name + " to " + mtu, failure);
        }
    }

    void setUp(boolean up) throws IOException {
        try {
            netlink.setUp(link.index(), up);
        } catch (NativeIoException failure) {
            throw explained("bring " + name + (up ? " up" : " down"), failure);
        }
    }

    /**
     * Replaces the address of its family that was set before. The old one goes first: were both there for a moment, the
     * new one would be a secondary of the old, and the kernel takes secondaries away with their primary.
     */
    synchronized void setAddress(IpPrefix address) throws IOException {
        InterfaceConfig.checkAddress(address);
        IpPrefix old = address.family() == IpFamily.IPV4 ? ipv4 : ipv6;
        if (old != null && !old.equals(address)) {
            remove(old);
        }
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
            throw explained("give " + name + " the address " + address, failure);
        }
        remember(address.family(), address);
    }

    private void remove(IpPrefix old) throws IOException {
        try {
            netlink.removeAddress(link.index(), old.address().toBytes(), old.length());
        } catch (NativeIoException failure) {
            // Somebody else has removed it: that is what was wanted.
            if (failure.errno() != Errno.EADDRNOTAVAIL) {
                throw explained("take the address " + old + " from " + name, failure);
            }
        }
        remember(old.family(), null);
    }

    private void remember(IpFamily family, @Nullable IpPrefix address) {
        if (family == IpFamily.IPV4) {
            ipv4 = address;
        } else {
            ipv6 = address;
        }
    }

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
            String via = gateway == null ? "" : " via " + gateway;
            throw explained("route " + destination + via + " through " + name, failure);
        }
    }

    /** The failure in terms of this interface, whose number means nothing to people. */
    private static IOException explained(String what, NativeIoException failure) {
        return new IOException(what + ": " + failure.reason(), failure);
    }

    /** Forbids new calls; a descriptor closes when its reader has left it too. */
    @Override
    public void close() {
        queues.forEach(NativeFd::close);
        netlink.close();
        changes.close();
    }
}
