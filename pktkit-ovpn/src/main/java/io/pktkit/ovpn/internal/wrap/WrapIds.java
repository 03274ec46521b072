// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.wrap;

import io.pktkit.internal.ReplayWindow;
import io.pktkit.ovpn.internal.wire.ControlPacket;

/**
 * The packet ids of one wrap in one session: which is the next to send, and which were received. A packet is newer by its
 * time first, and by its id among those of one time. Owned by its session.
 */
public final class WrapIds {

    /** As many as upstream keeps. */
    private static final int WINDOW = 64;

    private final ReplayWindow window = ReplayWindow.fromOne(WINDOW - 1);
    private final int time;
    private int next;
    private long lastTime = -1;

    /**
     * Begins.
     *
     * @param first the id of the first packet that is sent
     * @param time the time that packets are sent with, in seconds of Unix
     */
    public WrapIds(int first, int time) {
        this.next = first;
        this.time = time;
    }

    /**
     * Wraps a packet with the next id.
     *
     * @param wrap the wrap
     * @param packet the packet
     * @return the bytes to send
     */
    public byte[] wrap(ControlWrap wrap, ControlPacket packet) {
        return wrap.wrap(packet, next++, time);
    }

    /**
     * Takes note of a packet that was authentic.
     *
     * @param unwrapped the packet
     * @return false if it is a replay
     */
    public boolean accept(ControlWrap.Unwrapped unwrapped) {
        if (!unwrapped.hasId()) {
            return true;
        }
        long its = unwrapped.time() & 0xffff_ffffL;
        if (its < lastTime) {
            return false;
        }
        if (its > lastTime) {
            if (unwrapped.id() == 0) {
                return false;
            }
            lastTime = its;
            window.clear();
        }
        return window.mark(unwrapped.id() & 0xffff_ffffL);
    }
}
