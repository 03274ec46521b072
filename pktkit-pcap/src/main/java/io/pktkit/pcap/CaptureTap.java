// SPDX-License-Identifier: MIT
package io.pktkit.pcap;

import io.pktkit.device.Registration;

/** A place where a capture looks on; closing it takes the capture away from there. Any thread. */
public interface CaptureTap extends Registration {

    /** {@return the name of its interface in the capture} */
    String name();

    /** {@return what passed it and what became of that} */
    CaptureStats stats();
}
