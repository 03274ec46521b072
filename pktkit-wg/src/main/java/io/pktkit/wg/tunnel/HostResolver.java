// SPDX-License-Identifier: MIT
package io.pktkit.wg.tunnel;

import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** Finds the addresses of a host name. */
@FunctionalInterface
public interface HostResolver {

    /**
     * Resolves a name. Called on a callback thread, one call at a time for each port; may block.
     *
     * @param host the name
     * @return its addresses, the preferred one first
     * @throws IOException if there is none at this time; it is tried again later
     */
    List<IpAddress> resolve(String host) throws IOException;

    /** {@return the system's resolver} */
    static HostResolver system() {
        return host -> {
            List<IpAddress> addresses = new ArrayList<>();
            for (InetAddress address : InetAddress.getAllByName(host)) {
                addresses.add(IpAddress.of(address));
            }
            return addresses;
        };
    }
}
