// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.helping;

import io.pktkit.nat.internal.map.Mapping;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tunnels of PPTP that a helper has seen begin. What comes in names the host's Call ID, which is mapped like a port; what
 * goes out names the remote's, so it is found by its ends. There is an entry for each mapping of GRE, and it goes with it.
 */
public final class GreCalls {

    private static final int PPP = 0x880B;
    private static final int HEADER = 8;
    private static final int VERSION_MASK = 7;
    private static final int KEY_PRESENT = 0x2000;

    private final Map<Ends, Mapping> calls = new HashMap<>();

    /** None yet. */
    public GreCalls() {}

    private record Ends(int tenant, long high, long low, int remote) {}

    /**
     * Tells whether a packet is one of enhanced GRE (RFC 2637 section 4.1), with a key.
     *
     * @param packet any packet
     * @return whether it is
     */
    public static boolean isEnhanced(Packet packet) {
        int at = packet.transportOffset();
        if (at < 0 || packet.transportLength() < HEADER || packet.isFragment()) {
            return false;
        }
        ByteBuffer bytes = packet.buffer();
        int flags = bytes.getShort(at) & 0xFFFF;
        return (flags & VERSION_MASK) == 1 && (flags & KEY_PRESENT) != 0 && (bytes.getShort(at + 2) & 0xFFFF) == PPP;
    }

    /**
     * Tells what a packet of enhanced GRE names.
     *
     * @param packet the packet
     * @return the Call ID of its receiver
     */
    public static int callId(Packet packet) {
        return packet.buffer().getShort(packet.transportOffset() + 6) & 0xFFFF;
    }

    void add(Mapping mapping, int remote) {
        Ends ends = new Ends(mapping.host().tenant().id(), mapping.high(), mapping.low(), remote);
        calls.put(ends, mapping);
        mapping.user(ends);
    }

    /**
     * Finds the call that a packet of an inside host belongs to.
     *
     * @param tenant the number of the tenant
     * @param high the first half of the host's address, 0 for IPv4
     * @param low the last half
     * @param remote the IPv4 address of the other end
     * @return its mapping; null if there is none
     */
    public @Nullable Mapping find(int tenant, long high, long low, int remote) {
        return calls.isEmpty() ? null : calls.get(new Ends(tenant, high, low, remote));
    }

    /**
     * Forgets the call of a mapping. A host's later call to the same remote may have taken the entry.
     *
     * @param mapping any mapping, which is gone
     */
    public void removed(Mapping mapping) {
        if (mapping.user() instanceof Ends ends) {
            calls.remove(ends, mapping);
        }
    }

    int size() {
        return calls.size();
    }
}
