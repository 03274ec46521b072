// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.wrap;

import io.pktkit.ovpn.internal.wire.ControlPacket;
import org.jspecify.annotations.Nullable;

/** Protects packets of the control channel and takes the protection off. Not for several threads. */
public interface ControlWrap {

    /**
     * What came out of a packet.
     *
     * @param hasId whether the form has packet ids
     * @param id the packet id of the protection, unsigned
     * @param time the sender's, in seconds of Unix, unsigned
     * @param body the body, in plain
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on, not compared
    record Unwrapped(boolean hasId, int id, int time, byte[] body) {}

    /** {@return the bytes that it adds to a packet} */
    int overhead();

    /**
     * Protects a packet.
     *
     * @param packet the packet
     * @param id the packet id of the protection, which must not have been used at this time
     * @param time in seconds of Unix
     * @return the bytes to send
     */
    byte[] wrap(ControlPacket packet, int id, int time);

    /**
     * Takes the protection off. Total.
     *
     * @param packet the bytes that came
     * @return what is in it; null if it is too short or not authentic
     */
    @Nullable
    Unwrapped unwrap(byte[] packet);
}
