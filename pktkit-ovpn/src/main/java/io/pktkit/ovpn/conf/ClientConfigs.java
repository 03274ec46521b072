// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.conf;

import io.pktkit.ovpn.client.ClientIdentity;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.client.SettingsSource;
import io.pktkit.ovpn.client.Topology;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The files of {@code client-config-dir}, one for each client that has its name; {@code DEFAULT} is for the others. */
final class ClientConfigs implements SettingsSource {

    /** Whose file is for those who have none: nobody's own. */
    private static final String OTHERS = "DEFAULT";

    private final Path folder;
    private final boolean exclusive;
    private final @Nullable IpAddress gateway;
    private final @Nullable IpPrefix ipv6;

    ClientConfigs(Path folder, boolean exclusive, @Nullable IpPrefix ipv4, @Nullable IpPrefix ipv6) {
        this.folder = folder;
        this.exclusive = exclusive;
        this.gateway = ipv4 == null ? null : ipv4.address();
        this.ipv6 = ipv6;
    }

    @Override
    public ClientSettings settingsFor(ClientIdentity client, ClientSettings toAll) throws IOException {
        // As upstream: all that can be printed, with '_' for what would lead into another folder.
        String name = client.name().replace('/', '_').replace('\\', '_');
        boolean isName = !name.isEmpty()
                && !name.equals(".")
                && !name.equals("..")
                && name.chars().noneMatch(Character::isISOControl);
        boolean hasOwn = isName && !name.equals(OTHERS) && Files.exists(folder.resolve(name));
        if (exclusive && !hasOwn) {
            throw new IOException("ccd-exclusive: there is no " + folder.resolve(isName ? name : "?"));
        }
        Path own = folder.resolve(hasOwn ? name : OTHERS);
        return Files.exists(own) ? read(own, toAll) : toAll;
    }

    ClientSettings read(Path file, ClientSettings toAll) throws IOException {
        ClientSettings.Builder settings = toAll.toBuilder();
        for (ConfLine line : ConfReader.read(file)) {
            try {
                switch (line.key()) {
                    case "push" -> Pushes.apply(line, settings);
                    case "push-reset" -> settings = withoutPushes(settings.build());
                    case "ifconfig-push" -> {
                        if (toAll.topology() == Topology.NET30) {
                            settings.address(pair(line), line.address(2, "the server's end"));
                        } else {
                            settings.address(address(line), gateway(line));
                        }
                    }
                    case "ifconfig-ipv6-push" -> settings.address(line.prefix(1), gateway6(line));
                    case "iroute", "iroute-ipv6" -> settings.clientNetwork(Pushes.behind(line));
                    case "disable" -> throw line.error("the client is kept out", null);
                    default ->
                        throw line.error(
                                "not among push, push-reset, ifconfig-push, ifconfig-ipv6-push, iroute, iroute-ipv6 and"
                                        + " disable; remove the line",
                                null);
                }
                KnownKeys.checkWords(line);
            } catch (IllegalArgumentException e) {
                throw line.error(String.valueOf(e.getMessage()), e);
            }
        }
        return settings.build();
    }

    /** As upstream: what was pushed before is not, while its address and the networks behind it stay. */
    private static ClientSettings.Builder withoutPushes(ClientSettings settings) {
        ClientSettings.Builder rest = ClientSettings.builder().topology(settings.topology());
        for (IpFamily family : IpFamily.values()) {
            IpPrefix address = settings.address(family);
            IpAddress gateway = settings.gateway(family);
            if (address != null && gateway != null) {
                rest.address(address, gateway);
            }
        }
        settings.clientNetworks().forEach(rest::clientNetwork);
        return rest;
    }

    /** With net30 the two ends of a line of its own are given, and the second is no netmask. */
    private static IpPrefix pair(ConfLine line) throws ServerConfException {
        IpAddress address = line.address(1, "the client's end");
        if (!address.isIpv4()) {
            throw line.error("an IPv4 address is needed, not " + address, null);
        }
        return IpPrefix.of(address, 30);
    }

    private static IpPrefix address(ConfLine line) throws ServerConfException {
        IpPrefix address = line.network(1);
        if (address.length() > 30) {
            throw line.error("an address and the netmask of its subnet are needed", null);
        }
        return address;
    }

    private IpAddress gateway(ConfLine line) throws ServerConfException {
        IpAddress its = gateway;
        if (its == null) {
            throw line.error("the server's own file has no \"server\" to give addresses of", null);
        }
        return its;
    }

    private IpAddress gateway6(ConfLine line) throws ServerConfException {
        if (line.has(2)) {
            return line.address(2, "the server's end");
        }
        IpPrefix its = ipv6;
        if (its == null) {
            throw line.error("the server's own file has no \"server-ipv6\" to give addresses of", null);
        }
        return its.address();
    }
}
