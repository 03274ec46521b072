// SPDX-License-Identifier: MIT
package io.pktkit.lab.wg;

import io.pktkit.datagram.DatagramConfig;
import io.pktkit.lab.internal.Closers;
import io.pktkit.link.Links;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.vclient.VirtualClientConfig;
import io.pktkit.wg.WgIdentity;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerListener;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.quick.WgQuickConfig;
import io.pktkit.wg.quick.WgQuickPeer;
import io.pktkit.wg.tunnel.WgDevice;
import io.pktkit.wg.tunnel.WgPort;
import io.pktkit.wg.tunnel.WgPortConfig;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;

/**
 * A host in this process at the near end of a tunnel, made of a file of {@code wg-quick}: sockets, names and HTTP inside,
 * without root and without an interface. Any thread.
 */
@SuppressWarnings("exports") // who uses this requires io.pktkit.wg, which nobody else needs
public final class WgClient implements AutoCloseable {

    private final WgPort port;
    private final WgDevice tunnel;
    private final VirtualClient client;
    private final Closers closers = new Closers();

    private WgClient(WgQuickConfig file, WgPrivateKey key, WgPeerListener listener) throws IOException {
        try {
            port = closers.add(WgPort.open(WgPortConfig.builder()
                    .datagrams(DatagramConfig.builder().port(file.listenPort()).build())
                    .listener(listener)
                    .build()));
            tunnel = port.addDevice(key);
            int mtu = file.mtu() == 0 ? WgIdentity.DEFAULT_MTU : file.mtu();
            tunnel.setMtu(mtu);
            client = closers.add(new VirtualClient(VirtualClientConfig.DEFAULT.withMtu(mtu)));
            for (int i = file.addresses().size() - 1; i >= 0; i--) {
                IpPrefix address = file.addresses().get(i);
                client.setPrefix(address); // the first of a family is last, and stays
            }
            client.setDnsServers(file.dnsServers());
            closers.add(Links.connect(tunnel, client));
            for (WgQuickPeer peer : file.peers()) {
                WgPeer added = peer.addTo(tunnel.peers());
                if (peer.endpoint() != null) {
                    tunnel.peers().connect(added);
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            closers.closeAfter(e);
            throw e;
        }
    }

    /**
     * Brings a tunnel up, and begins to shake hands with the peers whose endpoint is known.
     *
     * @param file the tunnel
     * @return the host
     * @throws IOException if the UDP port cannot be had
     * @throws IllegalArgumentException if the file has no private key, no address, or no peer
     */
    public static WgClient open(WgQuickConfig file) throws IOException {
        return open(file, new WgPeerListener() {});
    }

    /**
     * Brings a tunnel up, as {@link #open(WgQuickConfig)} does.
     *
     * @param file the tunnel
     * @param listener hears what happens to the peers, on a callback thread
     * @return the host
     * @throws IOException if the UDP port cannot be had
     * @throws IllegalArgumentException if the file has no private key, no address, or no peer
     */
    public static WgClient open(WgQuickConfig file, WgPeerListener listener) throws IOException {
        WgPrivateKey key = file.privateKey();
        if (key == null) {
            throw new IllegalArgumentException("[Interface] has no PrivateKey, which says who we are");
        }
        if (file.addresses().isEmpty()) {
            throw new IllegalArgumentException("[Interface] has no Address, which is ours inside the tunnel");
        }
        if (file.peers().isEmpty()) {
            throw new IllegalArgumentException("there is no [Peer], who is at the other end");
        }
        return new WgClient(file, key, listener);
    }

    /** {@return sockets, names and HTTP inside the tunnel} */
    public VirtualClient client() {
        return client;
    }

    /** {@return the tunnel's device, and through it its peers} */
    public WgDevice tunnel() {
        return tunnel;
    }

    /** {@return the UDP port} */
    public WgPort port() {
        return port;
    }

    /** Takes the tunnel down, with all connections. Idempotent. */
    @Override
    public void close() {
        closers.close();
    }
}
