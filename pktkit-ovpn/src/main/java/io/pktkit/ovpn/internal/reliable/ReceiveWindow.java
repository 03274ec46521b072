// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.reliable;

import io.pktkit.ovpn.internal.wire.ControlPacket;
import org.jspecify.annotations.Nullable;

/** Puts what was received in order: at most twelve packets ahead of the next one are kept. */
public final class ReceiveWindow {

    /** How far ahead packets are kept. */
    public static final int SIZE = 12;

    private final @Nullable ControlPacket[] slots = new ControlPacket[SIZE];
    private int next;

    /** Creates a window that waits for packet 0. */
    public ReceiveWindow() {}

    /** What became of a packet. */
    public enum Result {
        /** New, and kept. */
        KEPT,
        /** Received before: to be acknowledged once more, since the acknowledgment seems lost. */
        DUPLICATE,
        /** Too far ahead, dropped, and not to be acknowledged. */
        OUT_OF_WINDOW
    }

    /**
     * Takes a packet.
     *
     * @param packet the packet, which has a packet id
     * @return what became of it
     */
    public Result accept(ControlPacket packet) {
        int ahead = packet.packetId() - next;
        if (ahead < 0) {
            return Result.DUPLICATE;
        }
        if (ahead >= SIZE) {
            return Result.OUT_OF_WINDOW;
        }
        int slot = Math.floorMod(packet.packetId(), SIZE);
        if (slots[slot] != null) {
            return Result.DUPLICATE;
        }
        slots[slot] = packet;
        return Result.KEPT;
    }

    /** Takes note that the first packet was received by somebody else. */
    public void skipFirst() {
        next = 1;
    }

    /** {@return the next packet in order, which is taken out; null if it has not come yet} */
    public @Nullable ControlPacket poll() {
        int slot = Math.floorMod(next, SIZE);
        ControlPacket packet = slots[slot];
        if (packet != null) {
            slots[slot] = null;
            next++;
        }
        return packet;
    }
}
