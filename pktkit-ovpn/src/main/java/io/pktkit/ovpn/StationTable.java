// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import java.util.HashMap;
import java.util.Map;

/** Whose MAC addresses are whose: one for each client, so the table is as large as the server. Any thread. */
final class StationTable {

    private final Map<Long, ClientLink> owners = new HashMap<>();

    /** Gives an address to a client; false if another has it. */
    synchronized boolean claim(long mac, ClientLink link) {
        return owners.putIfAbsent(mac, link) == null;
    }

    synchronized void release(long mac, ClientLink link) {
        owners.remove(mac, link);
    }
}
