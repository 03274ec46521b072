// SPDX-License-Identifier: MIT
package io.pktkit.lab.wg;

import io.pktkit.lab.internal.HostIpv6;
import io.pktkit.local.PrivateFiles;
import io.pktkit.wg.PresharedKey;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wg.quick.WgQuickConfig;
import io.pktkit.wg.quick.WgQuickPeer;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Our key, and who our peers are, in a file. The caller sees to it that one thread uses it at a time. */
final class PeerStore {

    private static final String SERVER = "wireguard.server";
    private static final String COMMENT =
            "The key and the peers of this WireGuard endpoint, kept by pktkit. Change it while pktkit is not running.";

    /**
     * A peer that is kept.
     *
     * @param name its name
     * @param publicKey its key
     * @param presharedKey the preshared key, a secret; null without
     * @param address its address
     */
    record Entry(
            String name, WgPublicKey publicKey, @Nullable PresharedKey presharedKey, IpAddress address) {}

    private final Path directory;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final WgPrivateKey privateKey;
    private final IpPrefix uniqueLocal;

    private PeerStore(Path directory, WgPrivateKey privateKey, IpPrefix uniqueLocal) {
        this.directory = directory;
        this.privateKey = privateKey;
        this.uniqueLocal = uniqueLocal;
    }

    /** Reads what is there, and makes what is not. */
    static PeerStore open(Path directory, SecureRandom random) throws IOException {
        PrivateFiles.makeDirectory(directory);
        Path file = directory.resolve(SERVER);
        if (Files.notExists(file)) {
            PeerStore fresh = new PeerStore(directory, WgPrivateKey.generate(random), HostIpv6.uniqueLocal());
            fresh.save();
            return fresh;
        }
        PrivateFiles.checkPrivate(file);
        WgQuickConfig config = WgQuickConfig.read(file);
        WgPrivateKey key = config.privateKey();
        if (key == null) {
            throw new IOException(file + " has no PrivateKey: restore it, or delete the file for new keys");
        }
        IpPrefix kept = config.addresses().stream()
                .filter(prefix -> prefix.address().isIpv6())
                .findFirst()
                .orElse(null);
        PeerStore store = new PeerStore(directory, key, kept == null ? HostIpv6.uniqueLocal() : kept);
        for (WgQuickPeer peer : config.peers()) {
            store.put(entry(file, peer));
        }
        if (kept == null) {
            store.save();
        }
        return store;
    }

    private static Entry entry(Path file, WgQuickPeer peer) throws IOException {
        String name = peer.name();
        List<IpPrefix> allowed = peer.allowedIps();
        boolean single = allowed.size() == 1
                && allowed.get(0).length() == allowed.get(0).family().maxPrefixLength();
        if (name == null || !PeerName.isValid(name) || !single) {
            throw new IOException(file + ": peer " + peer.publicKey()
                    + " needs a line \"# Name = NAME\" and one address in AllowedIPs");
        }
        return new Entry(
                name, peer.publicKey(), peer.presharedKey(), allowed.get(0).address());
    }

    void save() throws IOException {
        WgQuickConfig.Builder config =
                WgQuickConfig.builder().comment(COMMENT).privateKey(privateKey).address(uniqueLocal);
        for (Entry entry : entries.values()) {
            IpPrefix address =
                    IpPrefix.of(entry.address(), entry.address().family().maxPrefixLength());
            config.peer(
                    new WgQuickPeer(entry.name(), entry.publicKey(), entry.presharedKey(), List.of(address), null, 0));
        }
        config.build().write(directory.resolve(SERVER));
    }

    WgPrivateKey privateKey() {
        return privateKey;
    }

    /** The prefix of a network whose guests these are, where nobody gives it another. */
    IpPrefix uniqueLocal() {
        return uniqueLocal;
    }

    void put(Entry entry) {
        entries.put(entry.name().toLowerCase(Locale.ROOT), entry);
    }

    void remove(String name) {
        entries.remove(name.toLowerCase(Locale.ROOT));
    }

    @Nullable
    Entry find(String name) {
        return entries.get(name.toLowerCase(Locale.ROOT));
    }

    List<Entry> all() {
        return List.copyOf(entries.values());
    }

    boolean has(IpAddress address) {
        return entries.values().stream().anyMatch(entry -> entry.address().equals(address));
    }

    Path file(String name) {
        return directory.resolve(name + ".conf");
    }
}
