// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.device.DropReason;
import io.pktkit.wire.Pdu;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What a driver puts before each message, and wants before each. What was read belongs to the thread that reads a queue; the
 * rest is stateless, for any thread.
 */
abstract sealed class DriverHeader permits FamilyHeader, NoHeader, VirtioHeader {

    /** In bytes. */
    abstract int length();

    /** The most that {@link #write} writes. */
    abstract int maxHead();

    /** Reads the header of a message, which is whole. */
    abstract void read(ByteBuffer buffer, int at);

    /** Marks a valid view of the message with what was read: null, or why it must be dropped. */
    abstract @Nullable DropReason applyTo(Pdu message);

    /** Whether the driver takes messages that are unfinished. */
    boolean takesUnfinished() {
        return false;
    }

    /** How much of a message is to be written. */
    int lengthOf(Pdu message, int length) {
        return length;
    }

    /**
     * Writes the header of a message, and behind it as much of the message as is to be written differently.
     *
     * @return how many bytes of the message were written; -1 if the driver cannot be told of this message
     */
    abstract int write(Pdu message, ByteBuffer target, int at);
}
