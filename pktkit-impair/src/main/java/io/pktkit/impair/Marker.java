// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import io.pktkit.wire.Frame;
import io.pktkit.wire.Packet;

/** Sets CE on a copy: the only thing for which a queue must know whether it holds frames or packets. Guarded. */
final class Marker {

    private static final int NOT_ECT = 0;
    private static final int CE = 3;

    private final boolean frames;
    private final Frame frame = new Frame();
    private final Packet packet = new Packet();

    Marker(boolean frames) {
        this.frames = frames;
    }

    /** Returns whether the message was ECN-capable and is marked now; the IPv4 checksum is corrected incrementally. */
    boolean mark(Message message) {
        Packet inside = frames
                ? frame.wrap(message.buffer, 0, message.length).packet()
                : packet.wrap(message.buffer, 0, message.length);
        if (!inside.isValid() || inside.ecn() == NOT_ECT || inside.ecn() == CE) {
            return false;
        }
        inside.ecn(CE);
        return true;
    }
}
