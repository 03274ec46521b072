// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.internal.session;

import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.client.Topology;
import io.pktkit.ovpn.internal.negotiate.PeerInfo;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Writes what is pushed to a client. */
final class PushReply {

    /** PUSH_BUNDLE_SIZE of OpenVPN, NUL included; and what the announcement of more takes. */
    private static final int MAX_LENGTH = 1024;

    /** What a change begins with. */
    static final String UPDATE = "PUSH_UPDATE";

    private static final String HEAD = "PUSH_REPLY";
    private static final String MORE = ",push-continuation 2";
    private static final String LAST = ",push-continuation 1";

    private final List<String> options = new ArrayList<>();

    private PushReply() {}

    /**
     * What the session settled with a client.
     *
     * @param peerId what it marks its packets with; negative if it cannot
     * @param cipher the name of the cipher
     * @param compression what is pushed of compression; null for nothing
     * @param ekm whether keys are exported
     * @param dynamicTlsCrypt whether renegotiations have a tls-crypt key of their own
     * @param epochs whether data keys change by epochs
     * @param authToken what stands for the password from now on; null if that stays
     */
    record Settled(
            int peerId,
            String cipher,
            @Nullable String compression,
            boolean ekm,
            boolean dynamicTlsCrypt,
            boolean epochs,
            @Nullable String authToken) {}

    static List<String> write(SessionConfig config, ClientSettings settings, PeerInfo client, Settled settled) {
        PushReply reply = new PushReply();
        reply.addresses(config, settings);
        reply.routes(settings);
        reply.names(settings, client);
        reply.times(config.times());
        reply.options.addAll(settings.options());
        reply.negotiated(config, settings, client, settled);
        return split(HEAD, reply.options);
    }

    private void addresses(SessionConfig config, ClientSettings settings) {
        IpPrefix ipv4 = settings.address(IpFamily.IPV4);
        IpAddress gateway = settings.gateway(IpFamily.IPV4);
        if (ipv4 != null && gateway != null) {
            if (settings.topology() == Topology.NET30 && !config.tap()) {
                options.add("topology net30");
                options.add("ifconfig " + ipv4.address() + " " + gateway);
            } else {
                // Both together and before the address: clients read it by what they know then.
                options.add("route-gateway " + gateway);
                if (!config.tap()) {
                    options.add("topology subnet");
                }
                options.add("ifconfig " + ipv4.address() + " " + ipv4.mask());
            }
        }
        IpPrefix ipv6 = settings.address(IpFamily.IPV6);
        IpAddress gateway6 = settings.gateway(IpFamily.IPV6);
        if (ipv6 != null && gateway6 != null) {
            options.add("tun-ipv6");
            options.add("ifconfig-ipv6 " + ipv6 + " " + gateway6);
        }
    }

    private void routes(ClientSettings settings) {
        for (IpPrefix route : settings.routes()) {
            options.add(
                    route.family() == IpFamily.IPV4
                            ? "route " + route.address() + " " + route.mask()
                            : "route-ipv6 " + route);
        }
        if (!settings.redirectGateway().isEmpty()) {
            options.add("redirect-gateway " + settings.redirectGateway());
        }
    }

    /** In the old form for all, and in the new one for who knows it: some clients act on one, some on the other. */
    private void names(ClientSettings settings, PeerInfo client) {
        for (IpAddress server : settings.dnsServers()) {
            options.add("dhcp-option " + (server.isIpv4() ? "DNS " : "DNS6 ") + server);
        }
        for (String domain : settings.searchDomains()) {
            options.add("dhcp-option DOMAIN-SEARCH " + domain);
        }
        if (!client.can(PeerInfo.DNS_OPTION) && !client.can(PeerInfo.DNS_OPTION_V2)) {
            return;
        }
        if (!settings.searchDomains().isEmpty()) {
            options.add("dns search-domains " + String.join(" ", settings.searchDomains()));
        }
        if (!settings.dnsServers().isEmpty()) {
            StringBuilder addresses = new StringBuilder("dns server 0 address");
            settings.dnsServers().forEach(server -> addresses.append(' ').append(server));
            options.add(addresses.toString());
        }
    }

    private void times(SessionTimes times) {
        if (!times.pushed()) {
            return;
        }
        if (times.pingNanos() > 0) {
            options.add("ping " + TimeUnit.NANOSECONDS.toSeconds(times.pingNanos()));
        }
        if (times.pingRestartNanos() > 0) {
            options.add("ping-restart " + TimeUnit.NANOSECONDS.toSeconds(times.pingRestartNanos()));
        }
    }

    private void negotiated(SessionConfig config, ClientSettings settings, PeerInfo client, Settled settled) {
        if (settled.compression != null) {
            options.add(settled.compression);
        }
        if (settled.peerId >= 0) {
            options.add("peer-id " + settled.peerId);
        }
        options.add("cipher " + settled.cipher);
        if (client.can(PeerInfo.CC_EXIT_NOTIFY)) {
            options.add("protocol-flags cc-exit" + (settled.ekm ? " tls-ekm" : "")
                    + (settled.dynamicTlsCrypt ? " dyn-tls-crypt" : "")
                    + (settled.epochs ? " aead-epoch" : ""));
        } else if (settled.ekm) {
            options.add("key-derivation tls-ekm");
        }
        // A client that does not tell which MTU it can do does not expect one.
        int most = client.number("IV_MTU", 0);
        if (most > 0) {
            int mtu = settings.mtu() > 0 ? settings.mtu() : config.mtu();
            options.add("tun-mtu " + Math.min(most, mtu));
        }
        if (settled.authToken != null) {
            options.add("auth-token " + settled.authToken);
        }
    }

    /** As many messages as it takes. */
    static List<String> split(String head, List<String> options) {
        List<String> messages = new ArrayList<>();
        StringBuilder message = new StringBuilder(head);
        for (String option : options) {
            if (message.length() + 1 + option.length() + MORE.length() >= MAX_LENGTH
                    && message.length() > head.length()) {
                messages.add(message.append(MORE).toString());
                message = new StringBuilder(head);
            }
            message.append(',').append(option);
        }
        if (!messages.isEmpty()) {
            message.append(LAST);
        }
        messages.add(message.toString());
        return messages;
    }
}
