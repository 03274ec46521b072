// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.device.AbstractL3Device;
import io.pktkit.device.DropReason;
import io.pktkit.device.PacketHandler;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Packet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A TUN interface: an interface of the kernel that carries IP packets, with this device at its other end.
 *
 * <p>{@link #prefix} is the kernel's address there, since that is what is reached by sending to this device; {@link
 * #setAddress} changes both, {@link #setPrefix} only what this program believes.
 *
 * <p>The device closes itself when the interface is deleted; {@code done()} then completes and an error is counted. See
 * the package description for threads and ownership.
 */
public final class Tun extends AbstractL3Device {

    /** The longest IP packet. */
    private static final int LONGEST = 65535;

    /** How long a close waits for the reader's thread; a callback of its own is waited for without limit besides. */
    private static final long END_SECONDS = 1;

    private final KernelInterface device;
    private final InterfaceReader reader;
    private final InterfaceWriter writer;
    private final Packet received = new Packet();

    private Tun(KernelInterface device) throws IOException {
        this.device = device;
        reader = new InterfaceReader(device.fd(), device.name(), LONGEST, new Receiver());
        writer = new InterfaceWriter(device.fd(), stats(), LONGEST);
    }

    /**
     * Makes the interface, in the network namespace of the calling thread, and configures it.
     *
     * @param config its name, addresses and so on
     * @return the device; it holds what the kernel sends until a handler is set
     * @throws IOException when this is not Linux, permission is missing, the name is in use, or the kernel refuses a
     *     setting; nothing is left behind then
     */
    public static Tun open(TunConfig config) throws IOException {
        KernelInterface device = KernelInterface.open(KernelInterface.Kind.TUN, config);
        try {
            Tun tun = new Tun(device);
            config.addresses().forEach(tun::setPrefix);
            tun.reader.start();
            return tun;
        } catch (IOException | RuntimeException | Error failure) {
            device.close();
            throw failure;
        }
    }

    /** {@inheritDoc} Without one, nothing is read: the kernel queues, and drops when its queue is full. */
    @Override
    public void setHandler(@Nullable PacketHandler handler) {
        // Together, so that of two callers at once the same one wins both.
        synchronized (reader) {
            super.setHandler(handler);
            reader.hold(handler == null);
        }
    }

    @Override
    public boolean send(Packet packet) {
        if (isClosed()) {
            stats().sendDropped(DropReason.CLOSED);
            return false;
        }
        if (!packet.isValid()) {
            stats().sendDropped(DropReason.MALFORMED);
            return false;
        }
        if (packet.segmentSize() != 0 || packet.checksumPending()) {
            stats().sendDropped(DropReason.UNSUPPORTED);
            return false;
        }
        return writer.write(packet.buffer(), packet.offset(), packet.totalLength());
    }

    /**
     * Names the interface as it was called when it was opened.
     *
     * @return the name, chosen by the kernel if none was asked for
     */
    public String name() {
        return device.name();
    }

    /**
     * Gives the kernel an address on the interface, in place of the one of the same family that was set before. Routes
     * through a gateway that the old subnet reached go with the old address.
     *
     * @param address the address and subnet, which becomes reachable through the interface
     * @throws IOException when the kernel refuses
     */
    public void setAddress(IpPrefix address) throws IOException {
        device.setAddress(address);
        setPrefix(address);
    }

    /**
     * Routes a destination through the interface, in place of a route to the same destination.
     *
     * @param destination the destination, of which host bits are ignored; length 0 for the default route
     * @param gateway the next hop, which must be reachable; or null when the destination is on the link
     * @throws IOException when the kernel refuses
     */
    public void addRoute(IpPrefix destination, @Nullable IpAddress gateway) throws IOException {
        device.addRoute(new InterfaceRoute(destination, gateway));
    }

    /**
     * Sets the longest IP packet that the kernel sends.
     *
     * @param mtu in bytes, 68 to 65535
     * @throws IOException when the kernel refuses
     */
    public void setMtu(int mtu) throws IOException {
        device.setMtu(mtu);
    }

    /**
     * Asks the kernel for the MTU.
     *
     * @return the longest IP packet that it sends, in bytes
     * @throws IOException when the interface is gone
     */
    public int mtu() throws IOException {
        return device.mtu();
    }

    /**
     * Brings the interface up or down. While it is down, what is sent into it is dropped.
     *
     * @param up whether it is to be up
     * @throws IOException when the kernel refuses
     */
    public void setUp(boolean up) throws IOException {
        device.setUp(up);
    }

    @Override
    public String toString() {
        return "Tun[" + device.name() + "]";
    }

    @Override
    protected void onClose() {
        reader.stop();
        device.close();
        reader.awaitEnd(END_SECONDS, TimeUnit.SECONDS);
    }

    /** What the reader's thread calls. */
    private final class Receiver implements InterfaceReader.Receiver {

        @Override
        public void onMessage(ByteBuffer buffer, int length) {
            if (received.wrap(buffer, 0, length).isValid()) {
                deliver(received);
            } else {
                stats().receiveDropped(DropReason.MALFORMED);
            }
        }

        @Override
        public void onTruncated() {
            stats().receiveDropped(DropReason.TRUNCATED);
        }

        @Override
        public void onGone(Throwable reason) {
            stats().error();
            GoneLog.record(name(), reason);
            close();
        }
    }
}
