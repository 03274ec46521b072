// SPDX-License-Identifier: MIT
package io.pktkit.wg.uapi;

import io.pktkit.wg.PresharedKey;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerOptions;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.tunnel.EndpointName;
import io.pktkit.wg.tunnel.WgPeers;
import io.pktkit.wg.tunnel.WgPort;
import java.io.IOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Carries requests out on a port and the peers of one of its identities. */
final class PortTarget implements UapiTarget {

    private final WgPort port;
    private final WgPeers peers;

    PortTarget(WgPort port, WgPeers peers) {
        this.port = port;
        this.peers = peers;
    }

    @Override
    public UapiDevice get() {
        return new UapiDevice(
                peers.identity().privateKey(),
                port.port(),
                peers.all().stream().map(UapiDevice.Peer::of).toList());
    }

    @Override
    public void set(UapiUpdate update) throws UapiException {
        if (update.fwMark() != null && update.fwMark() != 0) {
            throw new UapiException(UapiException.EOPNOTSUPP, "fwmark: datagrams of this port have no mark");
        }
        try {
            setPrivateKey(update.privateKey());
            if (update.listenPort() != null) {
                rebind(update.listenPort());
            }
            if (update.replacePeers()) {
                peers.all().forEach(peers::remove);
            }
            for (UapiUpdate.Peer peer : update.peers()) {
                set(peer);
            }
        } catch (IllegalArgumentException e) {
            throw new UapiException(UapiException.EINVAL, Objects.requireNonNullElse(e.getMessage(), ""), e);
        } catch (IllegalStateException e) {
            throw new UapiException(UapiException.ENOSPC, Objects.requireNonNullElse(e.getMessage(), ""), e);
        } catch (IOException e) {
            throw new UapiException(UapiException.EIO, Objects.requireNonNullElse(e.getMessage(), ""), e);
        } finally {
            peers.changed();
        }
    }

    private void setPrivateKey(@Nullable WgPrivateKey key) {
        if (key != null) {
            peers.identity().setPrivateKey(key);
            key.wipe();
        }
    }

    private void rebind(int number) throws UapiException {
        try {
            port.rebind(number);
        } catch (IOException e) {
            throw new UapiException(UapiException.EADDRINUSE, "listen_port: " + e.getMessage(), e);
        }
    }

    private void set(UapiUpdate.Peer update) throws IOException {
        WgPeer peer = peers.find(update.publicKey());
        if (update.remove()) {
            if (peer != null) {
                peers.remove(peer);
            }
        } else if (peer != null) {
            change(peer, update);
        } else if (!update.updateOnly()
                && !update.publicKey().equals(peers.identity().publicKey())) {
            // Our own key as a peer's is passed over in silence, as by the reference implementation: one file for all.
            add(update);
        }
        PresharedKey psk = update.presharedKey();
        if (psk != null) {
            psk.wipe();
        }
    }

    private void add(UapiUpdate.Peer update) throws IOException {
        WgPeerOptions options = WgPeerOptions.create();
        update.allowedIps().forEach(options::allowedIp);
        if (update.presharedKey() != null) {
            options.presharedKey(update.presharedKey());
        }
        if (update.endpoint() != null) {
            options.endpoint(update.endpoint());
        }
        if (update.persistentKeepalive() != null) {
            options.persistentKeepalive(update.persistentKeepalive());
        }
        peers.add(update.publicKey(), options);
    }

    private void change(WgPeer peer, UapiUpdate.Peer update) {
        if (update.presharedKey() != null) {
            peer.setPresharedKey(update.presharedKey());
        }
        if (update.endpoint() != null) {
            peers.setEndpoint(
                    peer,
                    new EndpointName(
                            update.endpoint().address().toString(),
                            update.endpoint().port()));
        }
        if (update.replaceAllowedIps()
                || !update.allowedIps().isEmpty()
                || !update.notAllowedIps().isEmpty()) {
            changeAllowedIps(peer, update);
        }
        // Last, since the first keepalive is due at once.
        if (update.persistentKeepalive() != null) {
            peer.setPersistentKeepalive(update.persistentKeepalive(), port.nowNanos());
        }
    }

    private static void changeAllowedIps(WgPeer peer, UapiUpdate.Peer update) {
        if (update.replaceAllowedIps()) {
            peer.setAllowedIps(update.allowedIps());
        } else {
            update.allowedIps().forEach(peer::addAllowedIp);
            update.notAllowedIps().forEach(peer::removeAllowedIp);
        }
    }
}
