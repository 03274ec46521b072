// SPDX-License-Identifier: MIT
package io.pktkit.slirp.internal;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The remotes of one UDP endpoint: what the guest calls them and where they really are. Bounded; the one the guest sent to longest
 * ago goes first. Owned by the loop thread.
 */
final class UdpPeers {
    private final int limit;
    private final LinkedHashMap<Endpoint, InetSocketAddress> remotes = new LinkedHashMap<>(4, 0.75f, true);
    private final Map<InetSocketAddress, Endpoint> names = new HashMap<>(4);

    UdpPeers(int limit) {
        this.limit = limit;
    }

    @Nullable
    InetSocketAddress remote(Endpoint name) {
        return remotes.get(name);
    }

    @Nullable
    Endpoint name(InetSocketAddress remote) {
        return names.get(remote);
    }

    void add(Endpoint name, InetSocketAddress remote) {
        remotes.put(name, remote);
        names.put(remote, name); // two names for one remote: replies come from the one used last
        if (remotes.size() > limit) {
            Iterator<Map.Entry<Endpoint, InetSocketAddress>> oldest =
                    remotes.entrySet().iterator();
            Map.Entry<Endpoint, InetSocketAddress> entry = oldest.next();
            names.remove(entry.getValue(), entry.getKey());
            oldest.remove();
        }
    }

    boolean isEmpty() {
        return remotes.isEmpty();
    }
}
