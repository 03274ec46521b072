// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.device.AbstractL2Device;
import io.pktkit.device.DropReason;
import io.pktkit.device.FrameHandler;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A TAP interface: an Ethernet interface of the kernel, with this device at the other end of its cable.
 *
 * <p>The two ends are two stations: {@link #macAddress()} is this program's and random unless it was given, {@link
 * #kernelMacAddress()} is the kernel's. Were they one, the kernel would see its own address arrive from outside, and
 * duplicate address detection (RFC 4862 section 5.4) would turn its IPv6 addresses down.
 *
 * <p>The device closes itself when the interface is deleted; {@code done()} then completes and an error is counted. See
 * the package description for threads and ownership.
 */
public final class Tap extends AbstractL2Device {

    /** The longest IP packet and an Ethernet header with one VLAN tag. */
    private static final int LONGEST = 65535 + Frame.VLAN_HEADER_LENGTH;

    /** How long a close waits for the reader's thread; a callback of its own is waited for without limit besides. */
    private static final long END_SECONDS = 1;

    private final KernelInterface device;
    private final InterfaceReader reader;
    private final InterfaceWriter writer;
    private final Frame received = new Frame();

    private Tap(KernelInterface device, MacAddress macAddress) throws IOException {
        super(macAddress);
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
    public static Tap open(TapConfig config) throws IOException {
        KernelInterface device = KernelInterface.open(KernelInterface.Kind.TAP, config);
        try {
            Tap tap = new Tap(device, ownAddress(config.macAddress(), device.macAddress()));
            tap.reader.start();
            return tap;
        } catch (IOException | RuntimeException | Error failure) {
            device.close();
            throw failure;
        }
    }

    private static MacAddress ownAddress(@Nullable MacAddress wanted, MacAddress kernel) {
        if (wanted != null) {
            if (wanted.equals(kernel)) {
                throw new IllegalArgumentException("macAddress must differ from the kernel's: macAddress=" + wanted);
            }
            return wanted;
        }
        MacAddress random;
        do {
            random = MacAddress.randomLocal();
        } while (random.equals(kernel));
        return random;
    }

    /** {@inheritDoc} Without one, nothing is read: the kernel queues, and drops when its queue is full. */
    @Override
    public void setHandler(@Nullable FrameHandler handler) {
        // Together, so that of two callers at once the same one wins both.
        synchronized (reader) {
            super.setHandler(handler);
            reader.hold(handler == null);
        }
    }

    @Override
    public boolean send(Frame frame) {
        if (isClosed()) {
            stats().sendDropped(DropReason.CLOSED);
            return false;
        }
        if (!frame.isValid()) {
            stats().sendDropped(DropReason.MALFORMED);
            return false;
        }
        if (frame.segmentSize() != 0 || frame.checksumPending()) {
            stats().sendDropped(DropReason.UNSUPPORTED);
            return false;
        }
        return writer.write(frame.buffer(), frame.offset(), frame.length());
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
     * Tells the kernel's own address on the interface, as it was when the device was opened.
     *
     * @return the address; not that of this end, which is {@link #macAddress()}
     */
    public MacAddress kernelMacAddress() {
        return device.macAddress();
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
     * @param mtu in bytes, 68 to 65521
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
        return "Tap[" + device.name() + "]";
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
                stats().receiveDropped(DropReason.TRUNCATED);
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
