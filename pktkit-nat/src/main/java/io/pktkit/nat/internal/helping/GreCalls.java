// SPDX-License-Identifier: MIT
package io.pktkit.nat.internal.helping;

import io.pktkit.nat.internal.map.Mapping;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The tunnels of PPTP that a helper has seen begin. What comes in names the host's Call ID, which is mapped like a port; what
 * goes out names the remote's, so it is found by its ends, and may be of any call that a host has with a remote. A Call ID may
 * be that of calls with several remotes. All are forgotten with the mapping.
 */
public final class GreCalls {

    private static final int PPP = 0x880B;
    private static final int HEADER = 8;
    private static final int VERSION_MASK = 7;
    private static final int KEY_PRESENT = 0x2000;

    /** Calls of a host with one remote, and remotes of one Call ID. Of more the oldest are forgotten: each costs time. */
    private static final int MOST = 8;

    private final Map<Ends, List<Mapping>> calls = new HashMap<>();

    /** None yet. */
    public GreCalls() {}

    private record Ends(int tenant, long high, long low, int remote) {}

    /** What a mapping is kept with: where it is to be found. */
    private record Entries(List<Ends> all) {}

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
        Ends ends = ends(mapping, remote);
        List<Ends> entries = entries(mapping);
        if (entries.contains(ends)) {
            return;
        }
        if (entries.size() == MOST) {
            forget(mapping, entries.get(0));
        }
        List<Mapping> present = calls.computeIfAbsent(ends, each -> new ArrayList<>(1));
        if (present.size() == MOST) {
            forget(present.get(0), ends);
        }
        present.add(mapping);
        entries.add(ends);
        mapping.user(new Entries(entries));
    }

    private static Ends ends(Mapping mapping, int remote) {
        return new Ends(mapping.host().tenant().id(), mapping.high(), mapping.low(), remote);
    }

    private static List<Ends> entries(Mapping mapping) {
        return mapping.user() instanceof Entries entries ? entries.all() : new ArrayList<>(1);
    }

    private void forget(Mapping mapping, Ends ends) {
        entries(mapping).remove(ends);
        List<Mapping> present = calls.get(ends);
        if (present != null && present.remove(mapping) && present.isEmpty()) {
            calls.remove(ends);
        }
    }

    /**
     * Finds the calls that a packet of an inside host may belong to.
     *
     * @param tenant the number of the tenant
     * @param high the first half of the host's address, 0 for IPv4
     * @param low the last half
     * @param remote the IPv4 address of the other end
     * @return their mappings, oldest first; none if there are none
     */
    public List<Mapping> find(int tenant, long high, long low, int remote) {
        return calls.isEmpty() ? List.of() : calls.getOrDefault(new Ends(tenant, high, low, remote), List.of());
    }

    /**
     * Forgets a call.
     *
     * @return whether the mapping is that of no other
     */
    boolean close(Mapping mapping, int remote) {
        forget(mapping, ends(mapping, remote));
        return entries(mapping).isEmpty();
    }

    /**
     * Forgets the calls of a mapping.
     *
     * @param mapping any mapping, which is gone
     */
    public void removed(Mapping mapping) {
        List<Ends> entries = entries(mapping);
        while (!entries.isEmpty()) {
            forget(mapping, entries.get(0));
        }
    }

    /** {@return how many pairs of ends have calls} */
    public int size() {
        return calls.size();
    }
}
