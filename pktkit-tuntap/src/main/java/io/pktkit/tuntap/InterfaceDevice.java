// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.device.Device;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.Pdu;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * An interface of the kernel with this program at its other end: what {@link Tun} and {@link Tap} have in common.
 *
 * <p>While nobody is attached, nothing is read: the kernel queues, and drops when its queue is full. {@link #mtu()} is the
 * interface's, and follows on Linux also what others set, a moment later, as long as the interface stays in its network
 * namespace.
 *
 * <p>On Linux, and unless it was opened with {@code offload(OFF)}, the device delivers TCP and UDP super-segments of up to 64 KiB, and
 * packets whose checksum is pending, and takes both; hubs and links finish what the next device does not take.
 *
 * <p>The device closes itself when the interface is deleted; {@code done()} then completes and an error is counted. See
 * the package description for threads and ownership.
 *
 * @param <P> frames or packets
 */
public sealed interface InterfaceDevice<P extends Pdu> extends Device<P> permits Tap, Tun {

    /**
     * Names the interface as it was called when it was opened.
     *
     * @return the name, chosen by the kernel if none was asked for
     */
    String name();

    /**
     * Gives the kernel an address on the interface, in place of the one of the same family that was set before. Routes
     * through a gateway that the old subnet reached go with the old address.
     *
     * @param address the address and subnet, which becomes reachable through the interface
     * @throws IOException when the kernel refuses
     */
    void setAddress(IpPrefix address) throws IOException;

    /**
     * Routes a destination through the interface, in place of a route to the same destination.
     *
     * @param destination the destination, of which host bits are ignored; length 0 for the default route
     * @param gateway the next hop, which must be reachable; or null when the destination is on the link
     * @throws IOException when the kernel refuses
     */
    void addRoute(IpPrefix destination, @Nullable IpAddress gateway) throws IOException;

    /**
     * Sets the longest IP packet that the kernel sends, and with it {@link #mtu()}.
     *
     * @param mtu in bytes, 68 to 65535; a TAP interface takes 14 less
     * @throws IOException when the kernel refuses
     */
    void setMtu(int mtu) throws IOException;

    /**
     * Brings the interface up or down. While it is down, what is sent into it is dropped.
     *
     * @param up whether it is to be up
     * @throws IOException when the kernel refuses
     */
    void setUp(boolean up) throws IOException;

    /**
     * Switches super-segments on or off at run time, both ways; the others are then cut by the kernel, and here. For when
     * they are suspected of damage that no test shows.
     *
     * @param wanted whether they are wanted
     * @return whether they are given to the kernel now; never where the device was opened without offloads
     */
    boolean setSegmentation(boolean wanted);

    /**
     * Tells which super-segments the kernel hands over and is given, and why not others.
     *
     * @return a phrase for people to read
     */
    String describeOffloads();
}
