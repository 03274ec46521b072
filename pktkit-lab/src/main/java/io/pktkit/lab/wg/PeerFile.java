// SPDX-License-Identifier: MIT
package io.pktkit.lab.wg;

import io.pktkit.lab.Lan;
import io.pktkit.wg.WgIdentity;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wg.quick.WgQuickConfig;
import io.pktkit.wg.quick.WgQuickPeer;
import io.pktkit.wg.tunnel.EndpointName;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The file that a peer is given. */
final class PeerFile {

    /** What a NAT on the way is kept open by, so that hosts of the LAN can begin too. */
    private static final int KEEPALIVE = 25;

    private final Lan lan;
    private final WgPublicKey server;
    private final Outward outward;

    PeerFile(Lan lan, WgPublicKey server, Outward outward) {
        this.lan = lan;
        this.server = server;
        this.outward = outward;
    }

    /** Writes the file of a new peer. */
    void write(Path file, WgPrivateKey key, PeerStore.Entry peer) throws IOException {
        config(key, peer).write(file);
    }

    /** Writes anew where we are found and what is there, if the file is there and says otherwise. */
    void update(Path file, PeerStore.Entry peer) throws IOException {
        if (Files.notExists(file)) {
            return;
        }
        WgQuickConfig before = WgQuickConfig.read(file);
        WgPrivateKey key = before.privateKey();
        if (key != null && key.publicKey().equals(peer.publicKey()) && !isSame(before, config(key, peer))) {
            write(file, key, peer);
        }
    }

    private static boolean isSame(WgQuickConfig one, WgQuickConfig other) {
        if (one.peers().size() != 1 || !one.addresses().equals(other.addresses())) {
            return false;
        }
        WgQuickPeer before = one.peers().get(0);
        WgQuickPeer now = other.peers().get(0);
        return Objects.equals(before.endpoint(), now.endpoint())
                && before.allowedIps().equals(now.allowedIps());
    }

    private WgQuickConfig config(WgPrivateKey key, PeerStore.Entry peer) {
        List<IpPrefix> everything = new ArrayList<>(List.of(IpPrefix.parse("0.0.0.0/0")));
        EndpointName where = outward.where();
        IpPrefix inside = lan.ipv6();
        String ipv6;
        if (inside == null) {
            ipv6 = "IPv6 does not.";
        } else if (lan.isIpv6Router()) {
            ipv6 = "so does all IPv6.";
            everything.add(IpPrefix.parse("::/0"));
        } else {
            ipv6 = "of IPv6 only what is there, since that host has no way further.";
            everything.add(inside);
        }
        WgQuickConfig.Builder config = WgQuickConfig.builder()
                .comment(peer.name() + "." + lan.domain()
                        + ": for wg-quick, or the WireGuard application. It holds a private key."
                        + "\nAll IPv4 goes through the tunnel; " + ipv6
                        + outward.comment())
                .privateKey(key)
                .address(single(peer.address()));
        lan.staticIpv6(peer.address()).ifPresent(address -> config.address(single(address)));
        return config.dnsServer(lan.gatewayAddress())
                .mtu(Math.min(lan.mtu(), WgIdentity.DEFAULT_MTU))
                .peer(new WgQuickPeer(null, server, peer.presharedKey(), List.copyOf(everything), where, KEEPALIVE))
                .build();
    }

    private static IpPrefix single(IpAddress address) {
        return IpPrefix.of(address, address.family().maxPrefixLength());
    }
}
