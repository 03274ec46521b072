// SPDX-License-Identifier: MIT
package io.pktkit.lab.ovpn;

import io.pktkit.datagram.OffloadMode;
import io.pktkit.ovpn.client.ClientListener;
import io.pktkit.ovpn.conf.ServerConf;
import io.pktkit.wire.IpAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What {@link LanOvpn#open} is given.
 *
 * @param folder the server's PKI, which {@code pktkit ovpn init} made; null if the file names certificates
 * @param file the file of an OpenVPN server, which says all else; null for the usual
 * @param listen the address to bind; null for those of the file, or all addresses of the host
 * @param isolated whether each client is alone with the gateway, rather than a guest of the LAN
 * @param offload whether the kernel cuts and joins runs of datagrams
 * @param listener hears of clients
 */
@SuppressWarnings("exports") // who uses this requires io.pktkit.ovpn, which nobody else needs
public record LanOvpnConfig(
        @Nullable Path folder,
        @Nullable ServerConf file,
        @Nullable IpAddress listen,
        boolean isolated,
        OffloadMode offload,
        ClientListener listener) {

    /**
     * The usual: all addresses, clients are guests of the LAN.
     *
     * @param folder the server's PKI
     * @return the configuration
     */
    public static LanOvpnConfig of(Path folder) {
        return new LanOvpnConfig(folder, null, null, false, OffloadMode.AUTO, new ClientListener() {});
    }
}
