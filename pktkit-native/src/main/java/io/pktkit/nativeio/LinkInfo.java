// SPDX-License-Identifier: MIT
package io.pktkit.nativeio;

/**
 * What the kernel says about a network interface.
 *
 * @param index the interface's number in its namespace; 0 for none
 * @param name its present name
 * @param mtu the largest IP packet in bytes
 * @param macAddress its Ethernet address in the low 48 bits, 0 when it has none
 * @param up whether it is administratively up
 * @param xdpMode where its XDP program runs: {@code XDP_ATTACHED_...} of linux/if_link.h, 0 for none
 * @param xdpProgram the program's number, 0 for none or several
 */
public record LinkInfo(int index, String name, int mtu, long macAddress, boolean up, int xdpMode, int xdpProgram) {

    /** {@code XDP_ATTACHED_DRV}: in the driver. */
    public static final int XDP_IN_DRIVER = 1;

    /** {@code XDP_ATTACHED_SKB}: in the kernel's own stack. */
    public static final int XDP_GENERIC = 2;

    /** No interface. */
    static final LinkInfo NONE = new LinkInfo(0, "", 0, 0, false, 0, 0);
}
