// SPDX-License-Identifier: MIT
package io.pktkit.wg.uapi;

import io.pktkit.wg.PresharedKey;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPrivateKey;
import io.pktkit.wg.WgPublicKey;
import io.pktkit.wg.tunnel.EndpointName;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads what {@code set} asks for. Used once. */
final class UapiParser {

    private static final int MAX_16_BITS = 0xffff;
    private static final long MAX_32_BITS = 0xffff_ffffL;
    private static final String ZERO_KEY = "0".repeat(64);

    private @Nullable WgPrivateKey privateKey;
    private @Nullable Integer listenPort;
    private @Nullable Integer fwMark;
    private boolean replacePeers;
    private final List<UapiUpdate.Peer> peers = new ArrayList<>();
    private @Nullable PeerLines peer;

    /** The lines of one peer. */
    private static final class PeerLines {
        final WgPublicKey publicKey;
        boolean remove;
        boolean updateOnly;

        @Nullable
        PresharedKey presharedKey;

        @Nullable
        WgEndpoint endpoint;

        @Nullable
        Integer persistentKeepalive;

        boolean replaceAllowedIps;
        final Set<IpPrefix> allowedIps = new LinkedHashSet<>();
        final Set<IpPrefix> notAllowedIps = new LinkedHashSet<>();

        PeerLines(WgPublicKey publicKey) {
            this.publicKey = publicKey;
        }

        UapiUpdate.Peer build() {
            return new UapiUpdate.Peer(
                    publicKey,
                    remove,
                    updateOnly,
                    presharedKey,
                    endpoint,
                    persistentKeepalive,
                    replaceAllowedIps,
                    List.copyOf(allowedIps),
                    List.copyOf(notAllowedIps));
        }
    }

    UapiUpdate parse(String lines) throws UapiException {
        int at = 0;
        while (at < lines.length()) {
            int end = lines.indexOf('\n', at);
            String line = lines.substring(at, end < 0 ? lines.length() : end);
            at = end < 0 ? lines.length() : end + 1;
            line(line);
        }
        endPeer();
        return new UapiUpdate(privateKey, listenPort, fwMark, replacePeers, peers);
    }

    private void line(String line) throws UapiException {
        int equals = line.indexOf('=');
        if (equals < 0) {
            throw new UapiException(UapiException.EINVAL, "a line is key=value");
        }
        String key = line.substring(0, equals);
        String value = line.substring(equals + 1);
        try {
            if (key.equals("public_key")) {
                endPeer();
                peer = new PeerLines(WgPublicKey.parseHex(value));
            } else if (peer == null) {
                set(key, value);
            } else {
                set(peer, key, value);
            }
        } catch (IllegalArgumentException e) {
            throw new UapiException(UapiException.EINVAL, key + ": " + e.getMessage(), e);
        }
    }

    private void set(String key, String value) throws UapiException {
        switch (key) {
            case "private_key" -> privateKey = privateKey(value);
            case "listen_port" -> listenPort = (int) number(value, MAX_16_BITS);
            // Empty is 0, as the specification has it.
            case "fwmark" -> fwMark = value.isEmpty() ? 0 : (int) number(value, MAX_32_BITS);
            case "replace_peers" -> replacePeers = truth(value);
            default -> throw unknown(key);
        }
    }

    private static void set(PeerLines peer, String key, String value) throws UapiException {
        switch (key) {
            case "remove" -> peer.remove = truth(value);
            case "update_only" -> peer.updateOnly = truth(value);
            case "preshared_key" -> peer.presharedKey = PresharedKey.parseHex(value);
            case "endpoint" -> peer.endpoint = endpoint(value);
            case "persistent_keepalive_interval" -> peer.persistentKeepalive = (int) number(value, MAX_16_BITS);
            case "replace_allowed_ips" -> peer.replaceAllowedIps = truth(value);
            case "allowed_ip" -> allowedIp(peer, value);
            case "protocol_version" -> version(value);
            default -> throw unknown(key);
        }
    }

    private void endPeer() {
        if (peer != null) {
            peers.add(peer.build());
        }
        peer = null;
    }

    /** In the order of the lines: who gets a prefix back after it was taken has it. */
    private static void allowedIp(PeerLines peer, String value) {
        boolean removed = value.startsWith("-");
        IpPrefix prefix = IpPrefix.parse(removed || value.startsWith("+") ? value.substring(1) : value)
                .masked();
        peer.allowedIps.remove(prefix);
        peer.notAllowedIps.remove(prefix);
        (removed ? peer.notAllowedIps : peer.allowedIps).add(prefix);
    }

    private static WgPrivateKey privateKey(String hex) throws UapiException {
        if (hex.equals(ZERO_KEY)) {
            throw new UapiException(UapiException.EINVAL, "private_key: there is always one; give another");
        }
        return WgPrivateKey.parseHex(hex);
    }

    private static WgEndpoint endpoint(String text) {
        EndpointName name = EndpointName.parse(text);
        return new WgEndpoint(IpAddress.parse(name.host()), name.port());
    }

    private static void version(String value) throws UapiException {
        if (!value.equals("1")) {
            throw new UapiException(UapiException.EOPNOTSUPP, "protocol_version: there is 1 only");
        }
    }

    private static boolean truth(String value) throws UapiException {
        if (!value.equals("true")) {
            throw new UapiException(UapiException.EINVAL, "true is the only value of a flag");
        }
        return true;
    }

    private static long number(String text, long most) throws UapiException {
        boolean digits = !text.isEmpty() && text.length() <= 10 && text.chars().allMatch(c -> c >= '0' && c <= '9');
        long number = digits ? Long.parseLong(text) : -1;
        if (number < 0 || number > most) {
            throw new UapiException(UapiException.EINVAL, "a number from 0 to " + most + " is needed");
        }
        return number;
    }

    private static UapiException unknown(String key) {
        return new UapiException(UapiException.EINVAL, "unknown key: " + key.replaceAll("[^a-z_]", "?"));
    }
}
