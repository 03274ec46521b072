// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.device.AbstractL2Device;
import io.pktkit.device.DropReason;
import io.pktkit.device.Offload;
import io.pktkit.nativeio.KernelVersion;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.util.Set;
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

    private final InterfaceEnd<Frame> end;
    private final MacAddress kernelMacAddress;

    private Tap(LinuxInterface kernel, MacAddress macAddress) throws IOException {
        super(macAddress);
        kernelMacAddress = kernel.macAddress();
        end = new InterfaceEnd<>(kernel, this, LONGEST, this::isAttached, this::arrival, this::changeMtu);
    }

    /**
     * Makes the interface, in the network namespace of the calling thread, and configures it.
     *
     * @param config its name, addresses and so on
     * @return the device; it holds what the kernel sends until somebody is attached
     * @throws UnsupportedOperationException when this is not a Linux that is supported; the message names what it is
     * @throws IOException when permission is missing, the name is in use, or the kernel refuses a
     *     setting; nothing is left behind then
     */
    public static Tap open(TapConfig config) throws IOException {
        return open(config, new InterfaceCalls(), KernelVersion.running());
    }

    /** Opens one whose system calls are given, and the version that decides what the kernel is trusted with. */
    static Tap open(TapConfig config, InterfaceCalls calls, KernelVersion version) throws IOException {
        return LinuxInterface.open(LinuxInterface.Kind.TAP, config, calls, version, kernel -> {
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
        return kernelMacAddress;
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
        return "Tap[" + name() + "]";
    }

    @Override
    protected void onAttach() {
        end.attached();
    }

    @Override
    protected void onClose() {
        end.stop().forEach(AbstractL2Device::awaitEnd);
    }

    private InterfaceEnd.Arrival arrival() {
        Frame received = new Frame(); // lent to who is attached, by one reader's thread only
        return (header, buffer, offset, length) -> {
            boolean valid = received.wrap(buffer, offset, length).isValid();
            DropReason refusal = valid ? header.applyTo(received) : DropReason.TRUNCATED;
            if (refusal == null) {
                deliver(received.rewritable(offset));
            } else {
                stats().receiveDropped(refusal);
            }
        };
    }
}
