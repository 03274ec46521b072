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
     * Puts both together, and tells each thing once. Of what there is one of the client's own counts. Of lists its own comes
     * first, as a client asks the first name server before the others. Of options it comes last, as what a file of {@code
     * client-config-dir} pushes: of most a client takes the last. How the tunnel is addressed is the server's.
     *
     * @param toAll what is pushed to all
     * @param own what this client is given
     * @return all of it
     */
    public static ClientSettings to(ClientSettings toAll, ClientSettings own) {
        ClientSettings.Builder both = ClientSettings.builder().topology(toAll.topology());
        for (IpFamily family : IpFamily.values()) {
            ClientSettings from = own.address(family) == null ? toAll : own;
            IpPrefix address = from.address(family);
            IpAddress gateway = from.gateway(family);
            if (address != null && gateway != null) {
                both.address(address, gateway);
            }
        }
        both.redirectGateway(own.redirectGateway().isEmpty() ? toAll.redirectGateway() : own.redirectGateway());
        both.mtu(own.mtu() == 0 ? toAll.mtu() : own.mtu());
        addOwnFirst(toAll.routes(), own.routes(), both::route);
        addOwnFirst(toAll.clientNetworks(), own.clientNetworks(), both::clientNetwork);
        addOwnFirst(toAll.dnsServers(), own.dnsServers(), both::dnsServer);
        addOwnFirst(toAll.searchDomains(), own.searchDomains(), both::searchDomain);
        add(toAll.options(), own.options(), both::option);
        own.options().forEach(both::option);
        return both.build();
    }

    private static <T> void addOwnFirst(List<T> toAll, List<T> own, Consumer<T> to) {
        own.forEach(to);
        add(toAll, own, to);
    }

    /** What is the client's own, too, has its place there. */
    private static <T> void add(List<T> toAll, List<T> own, Consumer<T> to) {
        toAll.stream().filter(each -> !own.contains(each)).forEach(to);
    }
}
