// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.rules;

import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.util.List;
import java.util.function.Consumer;

/** What a client is given beside what is pushed to all. */
public final class Additions {

    private Additions() {}

    /**
     * Puts both together. Of what there is one of the client's own counts; of lists its own comes first, and each thing is
     * told once. How the tunnel is addressed is the server's.
     *
     * @param toAll what is pushed to all
     * @param own what this client is given
     * @return all of it
     */
    public static ClientSettings to(ClientSettings toAll, ClientSettings own) {
        ClientSettings.Builder both = own.toBuilder().topology(toAll.topology());
        for (IpFamily family : IpFamily.values()) {
            IpPrefix address = toAll.address(family);
            IpAddress gateway = toAll.gateway(family);
            if (own.address(family) == null && address != null && gateway != null) {
                both.address(address, gateway);
            }
        }
        if (own.redirectGateway().isEmpty()) {
            both.redirectGateway(toAll.redirectGateway());
        }
        if (own.mtu() == 0) {
            both.mtu(toAll.mtu());
        }
        add(toAll.routes(), own.routes(), both::route);
        add(toAll.clientNetworks(), own.clientNetworks(), both::clientNetwork);
        add(toAll.dnsServers(), own.dnsServers(), both::dnsServer);
        add(toAll.searchDomains(), own.searchDomains(), both::searchDomain);
        add(toAll.options(), own.options(), both::option);
        return both.build();
    }

    private static <T> void add(List<T> toAll, List<T> own, Consumer<T> to) {
        toAll.stream().filter(each -> !own.contains(each)).forEach(to);
    }
}
