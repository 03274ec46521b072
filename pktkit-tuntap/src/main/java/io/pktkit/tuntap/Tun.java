// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.DropReason;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.nio.ByteBuffer;
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

    private final InterfaceEnd end;

    /** Lent to who is attached, by the reader's thread only. */
    private final Packet received = new Packet();

    private Tun(KernelInterface kernel) throws IOException {
        end = new InterfaceEnd(kernel, this, LONGEST, this::isAttached, this::arrived, this::changeMtu);
    }

    /**
     * Makes the interface, in the network namespace of the calling thread, and configures it.
     *
     * @param config its name, addresses and so on
     * @return the device; it holds what the kernel sends until somebody is attached
     * @throws IOException when this is not Linux, permission is missing, the name is in use, or the kernel refuses a
     *     setting; nothing is left behind then
     */
    public static Tun open(TunConfig config) throws IOException {
        return KernelInterface.open(KernelInterface.Kind.TUN, config, kernel -> {
            Tun tun = new Tun(kernel);
            config.addresses().forEach(tun::setPrefix);
            tun.end.start();
            return tun;
        });
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
    public String toString() {
        return "Tun[" + name() + "]";
    }

    @Override
    protected void onAttach() {
        end.attached();
    }

    @Override
    protected void onClose() {
        awaitEnd(end.stop());
    }

    private void arrived(ByteBuffer buffer, int length) {
        if (received.wrap(buffer, 0, length).isValid()) {
            deliver(received);
        } else {
            stats().receiveDropped(DropReason.MALFORMED);
        }
    }
}
