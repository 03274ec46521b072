// SPDX-License-Identifier: MIT
package io.pktkit.wg.quick;

import io.pktkit.local.PrivateFiles;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wg.tunnel.WgPort;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A file of {@code wg-quick}: an interface and its peers. Immutable. */
public final class WgQuickConfig {

    /** How long a file may be. */
    static final int MAX_BYTES = 1 << 20;

    private static final int MAX_PORT = 65_535;

    private final @Nullable String comment;
    private final @Nullable WgPrivateKey privateKey;
    private final List<IpPrefix> addresses;
    private final List<IpAddress> dnsServers;
    private final List<String> searchDomains;
    private final int mtu;
    private final int listenPort;
    private final int fwMark;
    private final @Nullable String table;
    private final boolean saveConfig;
    private final List<WgQuickPeer> peers;

    private WgQuickConfig(Builder builder) {
        comment = builder.comment;
        privateKey = builder.privateKey;
        addresses = List.copyOf(builder.addresses);
        dnsServers = List.copyOf(builder.dnsServers);
        searchDomains = List.copyOf(builder.searchDomains);
        mtu = builder.mtu;
        listenPort = builder.listenPort;
        fwMark = builder.fwMark;
        table = builder.table;
        saveConfig = builder.saveConfig;
        peers = List.copyOf(builder.peers.values());
    }

    /**
     * Reads the text of a file.
     *
     * @param text the text
     * @param source what messages call it, such as the file's name
     * @return the configuration
     * @throws WgQuickFormatException naming the line that cannot be taken, its value and the remedy
     */
    public static WgQuickConfig parse(String text, String source) throws WgQuickFormatException {
        return new QuickParser(source).parse(text);
    }

    /**
     * Reads a file.
     *
     * @param file the file, of one mebibyte at most
     * @return the configuration
     * @throws IOException if it cannot be read; a {@link WgQuickFormatException} if a line cannot be taken
     */
    public static WgQuickConfig read(Path file) throws IOException {
        byte[] bytes = PrivateFiles.read(file, MAX_BYTES);
        return parse(new String(bytes, StandardCharsets.UTF_8), file.toString());
    }

    /**
     * Sees that nobody but its owner reads a file. {@link #read} does not ask for that, since not every file has a secret.
     *
     * @param file the file
     * @throws IOException if it is not there, or others can read it; the message has the remedy
     */
    public static void checkPrivate(Path file) throws IOException {
        PrivateFiles.checkPrivate(file);
    }

    /** {@return a builder of a file with nothing in it} */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Writes a file for its owner alone, in place of the one before.
     *
     * @param file the file
     * @throws IOException if it cannot be written; the one before is as it was then
     */
    public void write(Path file) throws IOException {
        PrivateFiles.write(file, toText().getBytes(StandardCharsets.UTF_8));
    }

    /** {@return the text of the file, secrets included} */
    public String toText() {
        return QuickWriter.text(this);
    }

    /** {@return what the file begins with as a comment, which is not read back; null for nothing} */
    public @Nullable String comment() {
        return comment;
    }

    /** {@return {@code PrivateKey}, a secret; null without} */
    public @Nullable WgPrivateKey privateKey() {
        return privateKey;
    }

    /** {@return {@code Address}: our own addresses in the tunnel, with the lengths of their subnets} */
    public List<IpPrefix> addresses() {
        return addresses;
    }

    /** {@return those of {@code DNS} that are addresses} */
    public List<IpAddress> dnsServers() {
        return dnsServers;
    }

    /** {@return those of {@code DNS} that are no addresses} */
    public List<String> searchDomains() {
        return searchDomains;
    }

    /** {@return {@code MTU}, 0 without} */
    public int mtu() {
        return mtu;
    }

    /** {@return {@code ListenPort}, 0 for one of the system's choice} */
    public int listenPort() {
        return listenPort;
    }

    /** {@return {@code FwMark}, 0 without} */
    public int fwMark() {
        return fwMark;
    }

    /** {@return {@code Table}, null without} */
    public @Nullable String table() {
        return table;
    }

    /** {@return {@code SaveConfig}} */
    public boolean saveConfig() {
        return saveConfig;
    }

    /** {@return the peers, in the order of the file} */
    public List<WgQuickPeer> peers() {
        return peers;
    }

    /** {@return the number of peers} */
    @Override
    public String toString() {
        return "WgQuickConfig[peers=" + peers.size() + "]";
    }

    static String checkLine(String name, String text) {
        if (text.isBlank() || text.chars().anyMatch(c -> c < ' ' || c == '#')) {
            throw new IllegalArgumentException(
                    name + " must be one line without '#': " + name + "=" + text.replaceAll("\\p{Cntrl}", "?"));
        }
        return text;
    }

    /** Collects what is in a file. Not for several threads. */
    public static final class Builder {

        private @Nullable String comment;
        private @Nullable WgPrivateKey privateKey;
        private final List<IpPrefix> addresses = new ArrayList<>();
        private final List<IpAddress> dnsServers = new ArrayList<>();
        private final List<String> searchDomains = new ArrayList<>();
        private int mtu;
        private int listenPort;
        private int fwMark;
        private @Nullable String table;
        private boolean saveConfig;
        private final Map<WgPublicKey, WgQuickPeer> peers = new LinkedHashMap<>();

        private Builder() {}

        /**
         * Sets what the file begins with as a comment.
         *
         * @param lines one or more lines
         * @return this
         */
        public Builder comment(String lines) {
            comment = Objects.requireNonNull(lines, "lines");
            return this;
        }

        /**
         * Sets {@code PrivateKey}.
         *
         * @param key the key, which the configuration refers to
         * @return this
         */
        public Builder privateKey(WgPrivateKey key) {
            privateKey = Objects.requireNonNull(key, "key");
            return this;
        }

        /**
         * Adds an {@code Address}.
         *
         * @param prefix an address of ours in the tunnel
         * @return this
         */
        public Builder address(IpPrefix prefix) {
            addresses.add(prefix);
            return this;
        }

        /**
         * Adds a name server to {@code DNS}.
         *
         * @param server its address
         * @return this
         */
        public Builder dnsServer(IpAddress server) {
            dnsServers.add(server);
            return this;
        }

        /**
         * Adds a domain to {@code DNS}, in which short names are looked for.
         *
         * @param domain the domain
         * @return this
         */
        public Builder searchDomain(String domain) {
            if (domain.isEmpty()
                    || !domain.chars().allMatch(c -> Character.isLetterOrDigit(c) || "-._".indexOf(c) >= 0)) {
                throw new IllegalArgumentException("a domain has letters, digits, hyphens and dots: domain=" + domain);
            }
            searchDomains.add(domain);
            return this;
        }

        /**
         * Sets {@code MTU}.
         *
         * @param bytes {@link WgPort#MIN_MTU} to {@link WgPort#MAX_MTU}
         * @return this
         */
        public Builder mtu(int bytes) {
            mtu = in("MTU", bytes, WgPort.MIN_MTU, WgPort.MAX_MTU);
            return this;
        }

        /**
         * Sets {@code ListenPort}.
         *
         * @param port 0 to 65535
         * @return this
         */
        public Builder listenPort(int port) {
            listenPort = in("ListenPort", port, 0, MAX_PORT);
            return this;
        }

        /**
         * Sets {@code FwMark}.
         *
         * @param mark the mark, 0 for none
         * @return this
         */
        public Builder fwMark(int mark) {
            fwMark = mark;
            return this;
        }

        /**
         * Sets {@code Table}.
         *
         * @param name {@code off}, {@code auto}, or a routing table
         * @return this
         */
        public Builder table(String name) {
            table = checkLine("table", name);
            return this;
        }

        /**
         * Sets {@code SaveConfig}.
         *
         * @param saves whether it says true
         * @return this
         */
        public Builder saveConfig(boolean saves) {
            saveConfig = saves;
            return this;
        }

        /**
         * Adds a peer.
         *
         * @param peer the peer, whose key no other has
         * @return this
         */
        public Builder peer(WgQuickPeer peer) {
            if (peers.putIfAbsent(peer.publicKey(), peer) != null) {
                throw new IllegalArgumentException("another peer has this key: publicKey=" + peer.publicKey());
            }
            return this;
        }

        boolean hasPeer(WgPublicKey key) {
            return peers.containsKey(key);
        }

        /** {@return the configuration} */
        public WgQuickConfig build() {
            return new WgQuickConfig(this);
        }

        private static int in(String name, int value, int least, int most) {
            if (value < least || value > most) {
                throw new IllegalArgumentException(
                        name + " must be " + least + " to " + most + ": " + name + "=" + value);
            }
            return value;
        }
    }
}
