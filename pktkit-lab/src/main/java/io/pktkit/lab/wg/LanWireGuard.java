// SPDX-License-Identifier: MIT
package io.pktkit.lab.wg;

import io.pktkit.device.Attachment;
import io.pktkit.device.L2Device;
import io.pktkit.lab.Lan;
import io.pktkit.lab.LanStation;
import io.pktkit.lab.internal.Closers;
import io.pktkit.wg.PresharedKey;
import io.pktkit.wg.WgIdentity;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerOptions;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wg.tunnel.EndpointName;
import io.pktkit.wg.tunnel.LanPrefix;
import io.pktkit.wg.tunnel.WgPeerDevice;
import io.pktkit.wg.tunnel.WgPort;
import io.pktkit.wg.tunnel.WgPortConfig;
import io.pktkit.wg.tunnel.WgTenants;
import io.pktkit.wg.uapi.UapiServer;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The WireGuard endpoint of a LAN, whose peers are its guests. What {@code wg} does to it lasts until it is closed; what is
 * done here is kept.
 *
 * <p>Any thread. To be closed before the LAN.
 */
@SuppressWarnings("exports") // who uses this requires io.pktkit.wg, which nobody else needs
public final class LanWireGuard implements AutoCloseable {

    private final Lan lan;
    private final LanWireGuardConfig config;
    private final PeerStore store;
    private final WgPort port;
    private final WgTenants tenants;
    private final UapiServer socket;
    private final PeerFile files;
    private final Outward outward;
    private final Closers closers = new Closers();

    /** Whose address and name are whose; read by the connector without a lock. */
    private final Map<WgPublicKey, PeerStore.Entry> known = new ConcurrentHashMap<>();

    private LanWireGuard(Lan lan, LanWireGuardConfig config) throws IOException {
        this.lan = lan;
        this.config = config;
        this.store = PeerStore.open(config.state(), config.random());
        try {
            this.port = closers.add(WgPort.open(WgPortConfig.builder()
                    .datagrams(config.datagrams())
                    .timers(lan.timers())
                    .random(config.random())
                    .build()));
            this.tenants = port.addBridgedTenants(store.privateKey(), this::connect, lanPrefixes(lan));
            this.outward = Outward.of(config.endpoint(), port.endpoint());
            this.files = new PeerFile(lan, publicKey(), outward);
            for (PeerStore.Entry entry : store.all()) {
                admit(entry);
                files.update(store.file(entry.name()), entry);
            }
            // Last, since whoever connects may change everything.
            this.socket = closers.add(UapiServer.open("pktkit" + port.port(), port, tenants.peers(), config.state()));
        } catch (IOException | RuntimeException | Error e) {
            closers.closeAfter(e);
            throw e;
        }
    }

    /**
     * Opens the endpoint of a LAN, with the peers that it had before.
     *
     * @param lan the LAN, which keeps addresses for peers, see {@code LanConfig.Builder.staticAddresses}
     * @param config port and directory
     * @return the endpoint, which the caller closes before the LAN
     * @throws IOException naming what cannot be had, and the remedy: the port, the directory, a file in it
     * @throws IllegalArgumentException if the LAN keeps no addresses, or the endpoint is none
     */
    public static LanWireGuard open(Lan lan, LanWireGuardConfig config) throws IOException {
        if (lan.staticAddresses() == 0) {
            throw new IllegalArgumentException("the LAN keeps no addresses for peers: staticAddresses=0");
        }
        return new LanWireGuard(lan, config);
    }

    /**
     * Tells which IPv6 prefix the peers of a directory have their addresses of, for {@code LanConfig.Builder.uniqueLocal}. It
     * is made with the keys, and lasts as they do.
     *
     * @param state the directory of keys and files, which is made if need be
     * @return the prefix, a /64
     * @throws IOException if the directory or a file in it is wrong, with the remedy
     */
    public static IpPrefix uniqueLocal(Path state) throws IOException {
        return PeerStore.open(state, new SecureRandom()).uniqueLocal();
    }

    private static List<LanPrefix> lanPrefixes(Lan lan) {
        List<LanPrefix> prefixes = new ArrayList<>();
        prefixes.add(new LanPrefix(lan.subnet(), lan.gatewayAddress()));
        IpPrefix ipv6 = lan.ipv6();
        if (ipv6 != null) {
            prefixes.add(new LanPrefix(ipv6, lan.gatewayIpv6Address().orElse(null)));
        }
        return prefixes;
    }

    /**
     * Adds a peer: makes its keys, and writes its file.
     *
     * @param name 1 to 15 letters, digits and hyphens
     * @return the peer
     * @throws IOException if it cannot be kept, or there are as many as there are addresses
     * @throws IllegalArgumentException if there is one of this name, or it cannot be one
     */
    public synchronized LanPeer add(String name) throws IOException {
        PeerName.check(name);
        if (store.find(name) != null) {
            throw new IllegalArgumentException("there is a peer of this name already: name=" + name);
        }
        Path file = store.file(name);
        if (Files.exists(file)) {
            throw new IOException(file + " is in the way: it is of no peer here; move or delete it");
        }
        WgPrivateKey key = WgPrivateKey.generate(config.random());
        PresharedKey psk = PresharedKey.generate(config.random());
        PeerStore.Entry entry;
        try {
            entry = new PeerStore.Entry(name, key.publicKey(), psk, freeAddress());
            files.write(file, key, entry);
        } catch (IOException | RuntimeException | Error e) {
            psk.wipe();
            throw e;
        } finally {
            key.wipe();
        }
        try {
            admit(entry);
            store.put(entry);
            store.save();
        } catch (IOException | RuntimeException | Error e) {
            store.remove(name);
            dismiss(entry);
            psk.wipe();
            Files.deleteIfExists(file);
            throw e;
        }
        return peer(entry);
    }

    /**
     * Removes a peer, and its file.
     *
     * @param name its name
     * @return false if there is none
     * @throws IOException if that cannot be kept; then it is a peer as before, also at the next start
     */
    public synchronized boolean remove(String name) throws IOException {
        PeerStore.Entry entry = store.find(name);
        if (entry == null) {
            return false;
        }
        store.remove(name);
        try {
            store.save();
        } catch (IOException | RuntimeException | Error e) {
            store.put(entry);
            throw e;
        }
        dismiss(entry);
        Files.deleteIfExists(store.file(entry.name()));
        return true;
    }

    /** The highest that is free, so that names and addresses go in one order. */
    private IpAddress freeAddress() throws IOException {
        int broadcast = lan.subnet().broadcast().toIpv4Bits();
        for (int i = 1; i <= lan.staticAddresses(); i++) {
            IpAddress address = IpAddress.ofIpv4(broadcast - i);
            if (!store.has(address) && lan.isFree(address)) {
                return address;
            }
        }
        throw new IOException("all " + lan.staticAddresses() + " addresses for peers are taken: remove one, or choose a"
                + " larger subnet than " + lan.subnet());
    }

    private void admit(PeerStore.Entry entry) throws IOException {
        if (!lan.isStatic(entry.address())) {
            throw new IOException(
                    "peer " + entry.name() + " has " + entry.address() + ", which is no address for peers in "
                            + lan.subnet() + ": choose its subnet, another state directory than " + config.state()
                            + ", or delete it there");
        }
        known.put(entry.publicKey(), entry);
        WgPeerOptions options = WgPeerOptions.create()
                .allowedIp(IpPrefix.of(entry.address(), entry.address().family().maxPrefixLength()));
        lan.staticIpv6(entry.address())
                .ifPresent(address ->
                        options.allowedIp(IpPrefix.of(address, address.family().maxPrefixLength())));
        if (entry.presharedKey() != null) {
            options.presharedKey(entry.presharedKey());
        }
        tenants.peers().add(entry.publicKey(), options);
    }

    private void dismiss(PeerStore.Entry entry) {
        WgPeer peer = tenants.peers().find(entry.publicKey());
        if (peer != null) {
            tenants.peers().remove(peer);
        }
        known.remove(entry.publicKey());
    }

    /** Who came by {@code wg set} has an address too, but no name. */
    private Attachment<Frame> connect(WgPeerDevice peer, L2Device station) throws IOException {
        PeerStore.Entry entry = known.get(peer.publicKey());
        IpAddress address = entry == null ? peer.prefix(IpFamily.IPV4).address() : entry.address();
        if (!lan.isStatic(address)) {
            throw new IOException("allowed IPs begin with one of the last " + lan.staticAddresses() + " addresses of "
                    + lan.subnet() + ": address=" + address);
        }
        String name = entry == null ? null : entry.name();
        return lan.connectStatic(station, new LanStation(name, address, !config.peerToPeer()));
    }

    /**
     * Finds a peer.
     *
     * @param name its name
     * @return the peer, or null
     */
    public synchronized @Nullable LanPeer find(String name) {
        PeerStore.Entry entry = store.find(name);
        return entry == null ? null : peer(entry);
    }

    /** {@return the peers that are kept, in the order in which they were added} */
    public synchronized List<LanPeer> peers() {
        return store.all().stream().map(this::peer).toList();
    }

    private LanPeer peer(PeerStore.Entry entry) {
        return new LanPeer(entry.name(), entry.publicKey(), entry.address(), store.file(entry.name()));
    }

    /** {@return our public key} */
    public WgPublicKey publicKey() {
        return identity().publicKey();
    }

    /** {@return the identity, whose peers are also those that {@code wg} has added} */
    public WgIdentity identity() {
        return tenants.identity();
    }

    /** {@return the UDP port} */
    public WgPort port() {
        return port;
    }

    /** {@return where the files of peers say that the port is} */
    public EndpointName endpoint() {
        return outward.where();
    }

    /** {@return whether that was found out, rather than told} */
    public boolean isEndpointGuessed() {
        return config.endpoint() == null;
    }

    /** {@return where the socket of {@code wg} is} */
    public Path socket() {
        return socket.path();
    }

    /** {@return whether peers reach each other} */
    public boolean isPeerToPeer() {
        return config.peerToPeer();
    }

    /** Takes port, peers and socket down; all is kept. Idempotent. */
    @Override
    public void close() {
        closers.close();
    }
}
