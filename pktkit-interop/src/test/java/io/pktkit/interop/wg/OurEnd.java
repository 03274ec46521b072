// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import io.pktkit.link.Links;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.vclient.VirtualClientConfig;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerOptions;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wg.tunnel.WgDevice;
import io.pktkit.wg.tunnel.WgPort;
import io.pktkit.wg.tunnel.WgPortConfig;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/** An identity of ours on a UDP port of the host, and a host behind its device. */
final class OurEnd implements AutoCloseable {
    static final int MTU = 1420;

    final WgPort port;
    final WgDevice device;
    final VirtualClient client;
    private final boolean ownsPort;

    OurEnd() throws IOException {
        this(MTU);
    }

    /** One whose tunnel takes packets of another length. */
    OurEnd(int mtu) throws IOException {
        this(WgPort.open(WgPortConfig.client()), "10.77.0.1", mtu, true);
    }

    /** Another identity of a port, whose inner addresses are of 10.77.0.0/16 and, with the same end, of fd77::/64. */
    OurEnd(WgPort port, String inner) throws IOException {
        this(port, inner, MTU, false);
    }

    OurEnd(WgPortConfig config) throws IOException {
        this(WgPort.open(config), "10.77.0.1", MTU, true);
    }

    private OurEnd(WgPort port, String inner, int mtu, boolean ownsPort) throws IOException {
        this.port = port;
        this.ownsPort = ownsPort;
        device = port.addDevice(WgPrivateKey.generate(new SecureRandom()));
        device.setMtu(mtu);
        client = new VirtualClient(VirtualClientConfig.DEFAULT.withMtu(mtu));
        client.setPrefix(IpPrefix.parse(inner + "/16"));
        client.setPrefix(IpPrefix.parse("fd77::" + inner.substring(inner.lastIndexOf('.') + 1) + "/64"));
        Links.connect(device, client);
    }

    WgPublicKey publicKey() {
        return device.identity().publicKey();
    }

    /** {@return where a peer on this wire finds us} */
    WgEndpoint endpoint(StockPeer peer, IpFamily family) {
        return new WgEndpoint(peer.host(family), port.port());
    }

    /** Adds a peer with the inner addresses of {@link StockPeer#StockPeer()}. */
    WgPeer add(StockPeer peer, @Nullable WgEndpoint where) throws IOException {
        WgPeerOptions options = WgPeerOptions.create()
                .allowedIp(IpPrefix.parse("10.77.0.2/32"))
                .allowedIp(IpPrefix.parse("fd77::2/128"));
        if (where != null) {
            options.endpoint(where);
        }
        return device.peers().add(peer.publicKey(), options);
    }

    static IpAddress inner(IpFamily family) {
        return IpAddress.parse(family == IpFamily.IPV4 ? "10.77.0.1" : "fd77::1");
    }

    static IpAddress innerOfPeer(IpFamily family) {
        return IpAddress.parse(family == IpFamily.IPV4 ? "10.77.0.2" : "fd77::2");
    }

    /** What the peer says of us, at its side. */
    static final String ALLOWED = "allowed-ips 10.77.0.1/32,fd77::1/128 ";

    @Override
    public void close() {
        device.close();
        client.close();
        if (ownsPort) {
            port.close();
        }
    }
}
