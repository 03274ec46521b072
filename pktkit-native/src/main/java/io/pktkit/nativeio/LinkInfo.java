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
 */
public record LinkInfo(int index, String name, int mtu, long macAddress, boolean up) {

    /** No interface. */
    static final LinkInfo NONE = new LinkInfo(0, "", 0, 0, false);
}
