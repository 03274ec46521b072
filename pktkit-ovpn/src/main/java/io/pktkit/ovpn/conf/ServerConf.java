// SPDX-License-Identifier: MIT
package io.pktkit.ovpn.conf;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.ovpn.OvpnServerConfig;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.pki.OvpnPki;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The file of a server, read. Immutable. */
public final class ServerConf {

    private final ServerKeys keys;

    private ServerConf(ServerKeys keys) {
        this.keys = keys;
    }

    /**
     * Reads a file.
     *
     * @param file the file
     * @return what it says
     * @throws ServerConfException if a line cannot be done, with the remedy
     * @throws IOException if the file cannot be read
     */
    public static ServerConf read(Path file) throws IOException {
        ServerKeys keys = new ServerKeys(file);
        for (ConfLine line : ConfReader.read(file)) {
            keys.take(line);
        }
        return new ServerConf(keys);
    }

    /**
     * Begins the configuration of a server that does what the file says: all but addresses of clients, if it gives none, and
     * that they come over UDP or TCP of {@link #bound}.
     *
     * @param pki where certificates, keys and users come from that the file does not name; null for nowhere
     * @return a builder to change
     * @throws IOException if a file that is named cannot be read, or certificates are named nowhere
     */
    public OvpnServerConfig.Builder serverConfig(@Nullable OvpnPki pki) throws IOException {
        OvpnServerConfig.Builder config = new ServerMaterial(keys).builder(pki);
        for (IpFamily family : IpFamily.values()) {
            IpPrefix subnet = keys.subnets.get(family);
            if (subnet != null) {
                config.subnet(subnet);
            }
        }
        IpAddress first = keys.poolFirst;
        IpAddress last = keys.poolLast;
        if (first != null && last != null) {
            try {
                config.pool(first, last);
            } catch (IllegalArgumentException e) {
                throw new IOException(keys.file + ": ifconfig-pool: " + e.getMessage(), e);
            }
        }
        Path clients = keys.clientFolder;
        if (clients != null) {
            config.settings(new ClientConfigs(
                    clients,
                    keys.clientFolderExclusive,
                    keys.subnets.get(IpFamily.IPV4),
                    keys.subnets.get(IpFamily.IPV6)));
        }
        for (ServerKeys.Setting setting : keys.settings) {
            setting.apply(config);
        }
        return config.push(pushed())
                .limits(keys.limits())
                .udp(isTcp() ? null : bound())
                .tcp(isTcp() ? bound() : null);
    }

    /** {@return what is pushed to all clients} */
    public ClientSettings pushed() {
        return keys.pushed.build();
    }

    /** {@return whether clients have tap devices} */
    public boolean isTap() {
        return keys.tap;
    }

    /** {@return whether clients come over TCP} */
    public boolean isTcp() {
        return keys.tcp;
    }

    /** {@return whether clients reach each other} */
    public boolean isClientToClient() {
        return keys.clientToClient;
    }

    /** {@return where the server is bound} */
    public DatagramConfig bound() {
        DatagramConfig.Builder bound = DatagramConfig.builder().port(keys.port);
        keys.local.forEach(bound::address);
        return bound.build();
    }

    /** {@return the addresses that are named to bind; empty for all} */
    public List<IpAddress> local() {
        return List.copyOf(keys.local);
    }

    /** {@return the port} */
    public int port() {
        return keys.port;
    }

    /** {@return the first and the last address of {@code ifconfig-pool}; empty if the file has none} */
    public List<IpAddress> pool() {
        IpAddress first = keys.poolFirst;
        IpAddress last = keys.poolLast;
        return first == null || last == null ? List.of() : List.of(first, last);
    }

    /**
     * Tells the server's address and the subnet of its clients.
     *
     * @param family of which family
     * @return both; null if the file has none
     */
    public @Nullable IpPrefix subnet(IpFamily family) {
        return keys.subnets.get(family);
    }
}
