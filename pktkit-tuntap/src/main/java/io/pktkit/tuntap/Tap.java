// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.device.AbstractL2Device;
import io.pktkit.device.DropReason;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A TAP interface: an Ethernet interface of the kernel, with this device at the other end of its cable.
 *
 * <p>The two ends are two stations: {@link #macAddress()} is this program's and random unless it was given, {@link
 * #kernelMacAddress()} is the kernel's. Were they one, the kernel would see its own address arrive from outside, and
 * duplicate address detection (RFC 4862 section 5.4) would turn its IPv6 addresses down.
 */
public final class Tap extends AbstractL2Device implements InterfaceDevice<Frame> {

    /** The longest IP packet and an Ethernet header with one VLAN tag. */
    private static final int LONGEST = 65535 + Frame.VLAN_HEADER_LENGTH;

    private final InterfaceEnd end;

    /** Lent to who is attached, by the reader's thread only. */
    private final Frame received = new Frame();

    private Tap(KernelInterface kernel, MacAddress macAddress) throws IOException {
        super(macAddress);
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
    public static Tap open(TapConfig config) throws IOException {
        return KernelInterface.open(KernelInterface.Kind.TAP, config, kernel -> {
            Tap tap = new Tap(kernel, ownAddress(config.macAddress(), kernel.macAddress()));
            tap.end.start();
            return tap;
        });
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

    @Override
    public boolean send(Frame frame) {
        return end.send(frame, frame.isValid(), frame.length());
    }

    /**
     * Tells the kernel's own address on the interface, as it was when the device was opened.
     *
     * @return the address; not that of this end, which is {@link #macAddress()}
     */
    public MacAddress kernelMacAddress() {
        return end.kernel().macAddress();
    }

    @Override
    public String name() {
        return end.kernel().name();
    }

    @Override
    public void setAddress(IpPrefix address) throws IOException {
        end.kernel().setAddress(address);
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
        return "Tap[" + name() + "]";
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
            stats().receiveDropped(DropReason.TRUNCATED);
        }
    }
}
