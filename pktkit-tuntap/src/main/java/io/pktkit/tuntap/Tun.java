// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.DropReason;
import io.pktkit.device.Offload;
import io.pktkit.nativeio.KernelVersion;
import io.pktkit.nativeio.NativePlatform;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A TUN interface: an interface of the kernel that carries IP packets, with this device at its other end.
 *
 * <p>{@link #prefix} is the kernel's address there, since that is what is reached by sending to this device; {@link
 * #setAddress} changes both, {@link #setPrefix} only what this program believes.
 */
public final class Tun extends AbstractL3Device implements InterfaceDevice<Packet> {

    /** The longest IP packet. */
    private static final int LONGEST = 65535;

    private final InterfaceEnd<Packet> end;

    private Tun(KernelInterface kernel) throws IOException {
        end = new InterfaceEnd<>(kernel, this, LONGEST, this::isAttached, this::arrival, this::changeMtu);
    }

    /**
     * Makes the interface, on Linux in the network namespace of the calling thread, and configures it. On macOS it is a
     * utun, configured by {@code /sbin/ifconfig} and {@code /sbin/route}, for which this waits.
     *
     * @param config its name, addresses and so on
     * @return the device; it holds what the kernel sends until somebody is attached
     * @throws UnsupportedOperationException when this is neither macOS nor a Linux that is supported, or on macOS several
     *     queues are asked for; the message names what it is
     * @throws IOException when permission is missing, the name is in use or not one that macOS has, or the kernel refuses
     *     a setting; nothing is left behind then
     */
    public static Tun open(TunConfig config) throws IOException {
        return NativePlatform.isDarwin()
                ? UtunInterface.open(config, kernel -> started(kernel, config))
                : open(config, new InterfaceCalls(), KernelVersion.running());
    }

    /** Opens one whose system calls are given, and the version that decides what the kernel is trusted with. */
    static Tun open(TunConfig config, InterfaceCalls calls, KernelVersion version) throws IOException {
        return LinuxInterface.open(LinuxInterface.Kind.TUN, config, calls, version, kernel -> started(kernel, config));
    }

    /** The device of an interface that was made and configured. */
    static Tun started(KernelInterface kernel, TunConfig config) throws IOException {
        Tun tun = new Tun(kernel);
        config.addresses().forEach(tun::setPrefix);
        tun.end.start();
        return tun;
    }

    @Override
    public boolean send(Packet packet) {
        return end.send(packet, packet.isValid(), packet.totalLength());
    }

    @Override
    public String name() {
        return end.kernel().name();
    }

    @Override
    public void setAddress(IpPrefix address) throws IOException {
        end.kernel().setAddress(address);
        setPrefix(address);
    }

    @Override
    public void addRoute(IpPrefix destination, @Nullable IpAddress gateway) throws IOException {
        end.kernel().addRoute(new InterfaceRoute(destination, gateway));
    }

    @Override
    public void setMtu(int mtu) throws IOException {
        end.setMtu(mtu);
    }

    @Override
    public void setUp(boolean up) throws IOException {
        end.kernel().setUp(up);
    }

    @Override
    public Set<Offload> offloads() {
        return end.offloads().taken();
    }

    @Override
    public boolean setSegmentation(boolean wanted) {
        return end.setSegmentation(wanted);
    }

    @Override
    public String describeOffloads() {
        return end.offloads().describe();
    }

    @Override
    public String toString() {
        return "Tun[" + name() + "]";
    }

    @Override
    protected void onAttach() {
        end.attached();
    }

    @Override
    protected void onClose() {
        end.stop().forEach(AbstractL3Device::awaitEnd);
    }

    private InterfaceEnd.Arrival arrival() {
        Packet received = new Packet(); // lent to who is attached, by one reader's thread only
        return (header, buffer, offset, length) -> {
            boolean valid = received.wrap(buffer, offset, length).isValid();
            DropReason refusal = valid ? header.applyTo(received) : DropReason.MALFORMED;
            if (refusal == null) {
                deliver(received.rewritable(offset));
            } else {
                stats().receiveDropped(refusal);
            }
        };
    }
}
