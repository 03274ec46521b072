// SPDX-License-Identifier: MIT
package io.pktkit.slirp;

import io.pktkit.device.Attachment;
import io.pktkit.wire.Packet;

/** A connected device: one namespace of a {@link Slirp}. Safe for any thread. */
public interface SlirpAttachment extends Attachment<Packet> {
    /**
     * The number by which services tell namespaces apart.
     *
     * @return a number that no other namespace of this stack has or had
     */
    int namespace();

    /**
     * What this namespace holds and has counted.
     *
     * @return a snapshot
     */
    SlirpSnapshot snapshot();

    /** Resets the connections, tells the guest so, closes the sockets and lets go of the device. */
    @Override
    void close();
}
