// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.host;

import io.pktkit.vtcp.TcpFailure;
import java.util.ArrayDeque;

/**
 * Counts the connections of a listener that are in use before their handshakes are complete (RFC 7413 section 5.1). The
 * slot of one that was reset stays taken for a minute: whoever sends SYNs under the address of a victim, with a cookie
 * obtained from there, has the victim's resets free the slots, and the limit would be none.
 */
final class FastOpenSlots implements HandshakeWatch {
    static final int MAX = 64;
    static final long RESET_HOLD = 60_000_000_000L;

    /** When the slots of those that were reset become free, in order. */
    private final ArrayDeque<Long> resets = new ArrayDeque<>();

    private int taken;

    boolean hasRoom(long nowNanos) {
        while (!resets.isEmpty() && nowNanos - resets.getFirst() >= 0) {
            resets.removeFirst();
        }
        return taken + resets.size() < MAX;
    }

    void take(HostConnection connection) {
        taken++;
        connection.watch = this;
    }

    @Override
    public void onHandshakeOver(HostConnection connection, long nowNanos) {
        taken--;
        if (!connection.isEstablished() && connection.failure() == TcpFailure.RESET) {
            resets.addLast(nowNanos + RESET_HOLD);
        }
    }

    int taken() {
        return taken;
    }
}
