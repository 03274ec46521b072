// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.conf;

import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.wire.IpPrefix;
import java.util.List;

/** What {@code push "..."} says, as settings: those that are written in another form for other clients, too. */
final class Pushes {

    private Pushes() {}

    static void apply(ConfLine line, ClientSettings.Builder settings) throws ServerConfException {
        String text = line.word(1, "an option");
        ConfLine option =
                new ConfLine(line.file(), line.number(), List.of(text.strip().split("\\s+")), null);
        try {
            switch (option.key()) {
                case "route" -> route(option, option.network(1), 3, text, settings);
                case "route-ipv6" -> route(option, option.prefix(1), 2, text, settings);
                case "redirect-gateway" ->
                    settings.redirectGateway(
                            text.strip().substring("redirect-gateway".length()).strip());
                case "dhcp-option" -> dhcpOption(option, text, settings);
                case "tun-mtu" -> settings.mtu(option.number(1, "an MTU", 576, 65_535));
                case "topology", "route-gateway", "ifconfig", "ifconfig-ipv6", "peer-id", "cipher" ->
                    throw line.error(
                            option.key() + " is pushed as it is settled with each client; remove the line", null);
                case "comp-lzo", "compress" ->
                    throw line.error("nothing is compressed, which would give plaintext away; remove the line", null);
                default -> settings.option(text.strip());
            }
        } catch (IllegalArgumentException e) {
            throw line.error(String.valueOf(e.getMessage()), e);
        }
    }

    /** One with a gateway or a metric, which may lead past the tunnel, is pushed as it is. */
    private static void route(
            ConfLine option, IpPrefix network, int more, String text, ClientSettings.Builder settings) {
        if (option.has(more)) {
            settings.option(text.strip());
        } else {
            settings.route(network);
        }
    }

    private static void dhcpOption(ConfLine option, String text, ClientSettings.Builder settings)
            throws ServerConfException {
        switch (option.word(1)) {
            case "DNS", "DNS6" -> settings.dnsServer(option.address(2, "a name server"));
            case "DOMAIN", "DOMAIN-SEARCH" -> settings.searchDomain(option.word(2, "a domain"));
            default -> settings.option(text.strip());
        }
    }

    /** A network that is behind a client. */
    static IpPrefix behind(ConfLine line) throws ServerConfException {
        return line.key().equals("iroute-ipv6") ? line.prefix(1) : line.network(1);
    }
}
