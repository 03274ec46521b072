// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.conf;

import io.pktkit.ovpn.OvpnLimits;
import io.pktkit.ovpn.OvpnServerConfig;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.client.Topology;
import io.pktkit.ovpn.internal.tls.PkixVerifier;
import io.pktkit.ovpn.key.AuthDigest;
import io.pktkit.ovpn.key.DataCipher;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Takes the lines of a server's file one by one. For one thread; read only afterwards. */
final class ServerKeys {

    final Path file;
    final ClientSettings.Builder pushed = ClientSettings.builder();
    final Map<IpFamily, IpPrefix> subnets = new EnumMap<>(IpFamily.class);
    final List<IpAddress> local = new ArrayList<>();
    final List<Setting> settings = new ArrayList<>();

    /** Lines of certificates and keys, of which {@link ServerMaterial} makes something when all is known. */
    final Map<String, ConfLine> material = new HashMap<>();

    int port = OvpnServerConfig.DEFAULT_PORT;
    boolean tcp;
    boolean tap;
    boolean clientToClient;
    boolean clientFolderExclusive;

    @Nullable
    IpAddress poolFirst;

    @Nullable
    IpAddress poolLast;

    @Nullable
    Path clientFolder;

    AuthDigest auth = AuthDigest.SHA1;

    /** Of tls-auth, 2 for none: the last that is named, also by a {@code tls-auth [inline] 1} before the key itself. */
    int direction = 2;

    String certificates = "require";
    private @Nullable Integer mostClients;
    private @Nullable Integer resets;
    private Duration ping = Duration.ZERO;
    private Duration pingRestart = Duration.ZERO;

    /** Whether silence is told by keepalive; null as long as it is not told. */
    private @Nullable Boolean pingOfBoth;

    /** What a line does, when it is known what to. */
    record Setting(ConfLine line, Consumer<OvpnServerConfig.Builder> action) {

        void apply(OvpnServerConfig.Builder config) throws ServerConfException {
            try {
                action.accept(config);
            } catch (IllegalArgumentException e) {
                throw line.error(String.valueOf(e.getMessage()), e);
            }
        }
    }

    ServerKeys(Path file) {
        this.file = file;
    }

    /** A file that a line names, beside the line's own. */
    static Path named(ConfLine line, int index) throws ServerConfException {
        return line.file().toAbsolutePath().resolveSibling(line.word(index, "a file"));
    }

    private void set(ConfLine line, Consumer<OvpnServerConfig.Builder> action) {
        settings.add(new Setting(line, action));
    }

    void take(ConfLine line) throws ServerConfException {
        try {
            if (!network(line)
                    && !clients(line)
                    && !protection(line)
                    && !times(line)
                    && !KnownKeys.isPassedOver(line)) {
                throw line.error(KnownKeys.remedyFor(line.key()), null);
            }
            if (!KnownKeys.isPassedOver(line)) {
                KnownKeys.checkWords(line);
            }
        } catch (IllegalArgumentException e) {
            throw line.error(String.valueOf(e.getMessage()), e);
        }
    }

    private boolean network(ConfLine line) throws ServerConfException {
        switch (line.key()) {
            case "port", "lport" -> port = line.number(1, "a port", 1, 65_535);
            case "local" -> local.add(line.address(1, "the address to bind"));
            case "proto" -> tcp = isTcp(line);
            case "dev", "dev-type" -> tap = isTap(line);
            case "topology" -> pushed.topology(topology(line));
            case "server" -> server(line);
            case "server-ipv6" -> serverIpv6(line);
            case "ifconfig-pool" -> {
                poolFirst = line.address(1, "the first address");
                poolLast = line.address(2, "the last address");
            }
            case "tun-mtu" -> {
                int mtu = line.number(1, "an MTU", 576, 65_000);
                set(line, config -> config.mtu(mtu));
            }
            case "mssfix" -> {
                int bytes = line.has(1) ? line.number(1, "a size", 0, 65_535) : 1492;
                set(line, config -> config.mssfix(bytes));
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private static boolean isTcp(ConfLine line) throws ServerConfException {
        String proto = line.word(1, "a protocol");
        if (proto.matches("udp[46]?|tcp[46]?(-server)?")) {
            return proto.startsWith("tcp");
        }
        throw line.error("udp or tcp-server is needed, not " + proto, null);
    }

    private static boolean isTap(ConfLine line) throws ServerConfException {
        String dev = line.word(1, "a device");
        if (dev.startsWith("tun") || dev.startsWith("tap")) {
            return dev.startsWith("tap");
        }
        throw line.error("no device of the host is made; tun or tap is needed, not " + dev, null);
    }

    private static Topology topology(ConfLine line) throws ServerConfException {
        return switch (line.word(1, "a topology")) {
            case "subnet" -> Topology.SUBNET;
            case "net30" -> Topology.NET30;
            default -> throw line.error("subnet or net30 is needed; subnet is for all clients since 2.1", null);
        };
    }

    private void server(ConfLine line) throws ServerConfException {
        line.word(2, "a netmask");
        IpPrefix network = line.network(1);
        if (network.length() > 30) {
            throw line.error("a network of at least four addresses is needed, not " + network, null);
        }
        if (!network.address().equals(network.network())) {
            throw line.error("the network is " + network.masked() + "; name its first address", null);
        }
        subnets.put(IpFamily.IPV4, firstOf(network));
    }

    private void serverIpv6(ConfLine line) throws ServerConfException {
        IpPrefix network = line.prefix(1);
        if (network.family() != IpFamily.IPV6 || network.length() > 126) {
            throw line.error("an IPv6 network of at least four addresses is needed, not " + network, null);
        }
        subnets.put(IpFamily.IPV6, firstOf(network));
    }

    /** The server has the first address of its network. */
    private static IpPrefix firstOf(IpPrefix network) {
        IpAddress first = network.network();
        return IpPrefix.of(IpAddress.of(network.family(), first.high(), first.low() + 1), network.length());
    }

    private boolean clients(ConfLine line) throws ServerConfException {
        switch (line.key()) {
            case "push" -> Pushes.apply(line, pushed);
            case "client-config-dir" -> clientFolder = named(line, 1);
            case "ccd-exclusive" -> clientFolderExclusive = true;
            case "client-to-client" -> {
                clientToClient = true;
                set(line, config -> config.clientToClient(true));
            }
            case "duplicate-cn" -> set(line, config -> config.allowSameNames(true));
            case "max-clients" -> mostClients = line.number(1, "how many", 1, 65_536);
            case "connect-freq-initial" -> {
                int count = line.number(1, "how many", 1, 1_000_000);
                int seconds = line.number(2, "in how many seconds", 1, 3600);
                resets = Math.max(1, (int) Math.min(1_000_000, count * 10L / seconds));
            }
            case "verify-client-cert" -> certificates = line.has(1) ? line.word(1) : "require";
            case "client-cert-not-required" -> certificates = "none";
            default -> {
                return false;
            }
        }
        if (!certificates.matches("require|optional|none")) {
            throw line.error("require, optional or none is needed, not " + certificates, null);
        }
        return true;
    }

    OvpnLimits limits() {
        OvpnLimits usual = OvpnLimits.DEFAULT;
        int clients = mostClients == null ? usual.clients() : mostClients;
        // A client that renegotiates or comes back has two sessions for a while.
        int sessions = Math.min(65_536, clients + Math.max(2, clients / 2));
        return new OvpnLimits(
                clients,
                sessions,
                Math.min(usual.outside(), sessions),
                Math.min(usual.perSource(), sessions),
                resets == null ? usual.resetsPerTenSeconds() : resets,
                Math.max(usual.tcpConnections(), sessions),
                usual.tcpPerSource());
    }

    private boolean protection(ConfLine line) throws ServerConfException {
        switch (line.key()) {
            case "ca",
                    "cert",
                    "key",
                    "crl-verify",
                    "tls-crypt",
                    "tls-crypt-v2",
                    "auth-gen-token",
                    "auth-gen-token-secret" -> material.put(line.key(), line);
            case "tls-auth" -> {
                material.put(line.key(), line);
                if (line.has(2)) {
                    direction = line.number(2, "a direction", 0, 1);
                }
            }
            case "key-direction" -> direction = line.number(1, "a direction", 0, 1);
            case "auth" -> {
                AuthDigest digest = AuthDigest.of(line.word(1, "a digest"));
                if (digest == null) {
                    throw line.error("SHA1, SHA224, SHA256, SHA384 or SHA512 is needed, not " + line.word(1), null);
                }
                auth = digest;
            }
            case "remote-cert-tls" -> {
                if (!line.word(1).equals("client")) {
                    throw line.error("client is what a server can ask for, not " + line.word(1), null);
                }
                set(line, config -> config.clientPurpose(PkixVerifier.CLIENT_AUTH, true));
            }
            case "remote-cert-eku" -> {
                String oid = line.word(1, "an object identifier");
                String its = oid.equals("TLS Web Client Authentication") ? PkixVerifier.CLIENT_AUTH : oid;
                set(line, config -> config.clientPurpose(its, false));
            }
            case "data-ciphers", "ncp-ciphers" -> {
                List<DataCipher> ciphers = ciphers(line);
                settings.add(0, new Setting(line, config -> config.ciphers(ciphers)));
            }
            case "cipher", "data-ciphers-fallback" -> cipher(line);
            case "tls-version-min" -> version(line, line.word(1, "a version").matches("1\\.[012]"));
            case "tls-version-max" -> {
                version(line, line.word(1, "a version").matches("1\\.[23]"));
                set(line, config -> config.tls13(!line.word(1).equals("1.2")));
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private static void version(ConfLine line, boolean known) throws ServerConfException {
        if (!known) {
            throw line.error("TLS 1.2 is always there, and 1.3 unless tls-version-max is 1.2; remove the line", null);
        }
    }

    private static List<DataCipher> ciphers(ConfLine line) throws ServerConfException {
        List<DataCipher> ciphers = new ArrayList<>();
        for (String name : line.word(1, "a list of ciphers").split(":", -1)) {
            boolean optional = name.startsWith("?");
            DataCipher cipher = DataCipher.of(optional ? name.substring(1) : name);
            if (cipher != null) {
                ciphers.add(cipher);
            } else if (name.equals("DEFAULT")) {
                ciphers.addAll(DataCipher.DEFAULTS);
            } else if (!optional) {
                throw line.error(
                        name + " is none of AES-256-GCM, AES-192-GCM, AES-128-GCM, CHACHA20-POLY1305,"
                                + " AES-256-CBC, AES-192-CBC and AES-128-CBC; leave it out",
                        null);
            }
        }
        return ciphers;
    }

    /** The cipher of clients that do not negotiate, behind those that are negotiated. */
    private void cipher(ConfLine line) throws ServerConfException {
        DataCipher cipher = DataCipher.of(line.word(1, "a cipher"));
        if (cipher == null) {
            throw line.error(
                    line.word(1) + " is not done here, as it is weak; use AES-256-GCM, and AES-256-CBC for"
                            + " clients before 2.4",
                    null);
        }
        set(line, config -> config.alsoCipher(cipher));
    }

    private boolean times(ConfLine line) throws ServerConfException {
        switch (line.key()) {
            case "keepalive" -> {
                Duration interval = seconds(line, 1);
                Duration restart = seconds(line, 2);
                silence(line, config -> config.keepalive(interval, restart));
            }
            case "ping" -> {
                ping = seconds(line, 1);
                ownPing(line);
            }
            case "ping-restart", "ping-exit" -> {
                pingRestart = seconds(line, 1);
                ownPing(line);
            }
            case "reneg-sec" -> {
                Duration interval = seconds(line, 1);
                set(line, config -> config.renegotiate(interval));
            }
            case "tran-window" -> {
                Duration window = seconds(line, 1);
                set(line, config -> config.transitionWindow(window));
            }
            case "hand-window" -> {
                Duration window = seconds(line, 1);
                set(line, config -> config.handshakeWindow(window));
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private void ownPing(ConfLine line) throws ServerConfException {
        Duration interval = ping;
        Duration restart = pingRestart;
        silence(line, config -> config.ownPing(interval, restart));
    }

    /** Upstream, too, takes only one of both: keepalive is for both ends, and the others for this one. */
    private void silence(ConfLine line, Consumer<OvpnServerConfig.Builder> action) throws ServerConfException {
        boolean both = line.key().equals("keepalive");
        Boolean before = pingOfBoth;
        if (before != null && before != both) {
            throw line.error("keepalive and ping or ping-restart exclude each other; remove one of them", null);
        }
        pingOfBoth = both;
        set(line, action);
    }

    private static Duration seconds(ConfLine line, int index) throws ServerConfException {
        return Duration.ofSeconds(line.number(index, "a number of seconds", 0, 365 * 86_400));
    }
}
