// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.capture;

/** Where the program of an interface runs. */
public enum XdpMode {
    /** In the driver, or in the kernel's own stack where the driver has no place for it. */
    AUTO,
    /** In the kernel's own stack, for any driver, after it made a packet of its own of each frame: slower. */
    GENERIC,
    /** In the driver, before the kernel makes a packet of the frame; an error where the driver has no place for it. */
    DRIVER
}
