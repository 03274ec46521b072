// SPDX-License-Identifier: MIT
package io.pktkit.afxdp;

/** Whether the driver is to use the memory of the socket, so that a frame is not copied between the two. */
public enum ZeroCopy {
    /** Where the driver can; what became of it is told by {@link AfXdp#isZeroCopy()}. */
    AUTO,
    /** Where it cannot, opening fails. */
    REQUIRE,
    /** Not at all: the safe choice with a driver that is not known to do it well. */
    OFF
}
