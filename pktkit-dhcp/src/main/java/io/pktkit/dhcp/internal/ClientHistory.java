// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.internal;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which address clients had last, so that they get it again if it is free (RFC 2131 section 4.3.1). Those that proved to exist
 * are kept apart: however many made-up clients come by, they push out only each other. The longest gone are forgotten first.
 * Owned by one {@link LeaseTable}.
 */
final class ClientHistory {
    static final int MAX_CLIENTS = 1024; // of each kind

    private final Map<ClientKey, Integer> proven = new LinkedHashMap<>(); // the longest gone first
    private final Map<ClientKey, Integer> others = new LinkedHashMap<>();

    void remember(Binding binding) {
        proven.remove(binding.client);
        others.remove(binding.client);
        Map<ClientKey, Integer> kind = binding.proven ? proven : others;
        kind.put(binding.client, binding.address);
        if (kind.size() > MAX_CLIENTS) {
            kind.remove(kind.keySet().iterator().next());
        }
    }

    /** The address that a client had last, or 0. */
    int addressOf(ClientKey client) {
        Integer address = proven.get(client);
        return address != null ? address : others.getOrDefault(client, 0);
    }

    boolean isProven(ClientKey client) {
        return proven.containsKey(client);
    }

    int size() {
        return proven.size() + others.size();
    }
}
