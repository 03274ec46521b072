// SPDX-License-Identifier: MIT
package io.pktkit.device;

/** A device's place in a network. Closing it gives up the place and leaves the device open. */
public interface Attachment extends AutoCloseable {

    /**
     * Detaches the device and frees all that the network kept for it. Idempotent, from any thread. What another thread
     * is forwarding at the moment may still arrive at the device.
     */
    @Override
    void close();
}
