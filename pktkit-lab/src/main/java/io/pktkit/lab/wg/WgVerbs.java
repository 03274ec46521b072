// SPDX-License-Identifier: MIT
package io.pktkit.lab.wg;

import io.pktkit.lab.control.ControlArguments;
import io.pktkit.lab.control.ControlServer;
import io.pktkit.wg.WgEndpoint;
import io.pktkit.wg.WgPeer;
import io.pktkit.wg.WgPeerStats;
import io.pktkit.wg.WgPublicKey;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a running {@link LanWireGuard} is asked and told: {@code wg show}, {@code wg add} and {@code wg rm}. */
public final class WgVerbs {

    private final LanWireGuard wireGuard;

    private WgVerbs(LanWireGuard wireGuard) {
        this.wireGuard = wireGuard;
    }

    /**
     * Registers the verbs.
     *
     * @param control the socket
     * @param wireGuard whom they are about
     */
    public static void register(ControlServer control, LanWireGuard wireGuard) {
        WgVerbs verbs = new WgVerbs(wireGuard);
        control.register("wg show", arguments -> verbs.show());
        control.register("wg add", verbs::add);
        control.register("wg rm", verbs::remove);
    }

    private Map<String, Object> show() {
        Map<WgPublicKey, String> names = new HashMap<>();
        wireGuard.peers().forEach(peer -> names.put(peer.publicKey(), peer.name()));
        List<Object> peers = new ArrayList<>();
        for (WgPeer peer : wireGuard.identity().peers()) {
            peers.add(show(peer, names.get(peer.publicKey())));
        }
        String socket = wireGuard.socket().getFileName().toString();
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("interface", socket.substring(0, socket.length() - ".sock".length()));
        shown.put("publicKey", wireGuard.publicKey().toString());
        shown.put("listenPort", wireGuard.port().port());
        shown.put("peers", peers);
        return shown;
    }

    private static Map<String, Object> show(WgPeer peer, @Nullable String name) {
        WgPeerStats stats = peer.stats();
        WgEndpoint endpoint = stats.endpoint();
        Instant handshake = stats.lastHandshake();
        Map<String, Object> shown = new LinkedHashMap<>();
        if (name != null) {
            shown.put("name", name);
        }
        shown.put("publicKey", peer.publicKey().toString());
        shown.put("hasPresharedKey", peer.hasPresharedKey());
        if (endpoint != null) {
            shown.put("endpoint", endpoint.toString());
        }
        shown.put("allowedIps", peer.allowedIps().stream().map(Object::toString).toList());
        if (handshake != null) {
            shown.put("latestHandshake", handshake.getEpochSecond());
        }
        shown.put("received", stats.receivedBytes());
        shown.put("sent", stats.sentBytes());
        shown.put("persistentKeepalive", peer.persistentKeepalive());
        return shown;
    }

    private Map<String, Object> add(ControlArguments arguments) throws IOException {
        LanPeer peer = wireGuard.add(arguments.text("name"));
        Map<String, Object> added = new LinkedHashMap<>();
        added.put("name", peer.name());
        added.put("address", peer.address().toString());
        added.put("file", peer.file().toString());
        return added;
    }

    private Map<String, Object> remove(ControlArguments arguments) throws IOException {
        String name = arguments.text("name");
        if (!wireGuard.remove(name)) {
            throw new IOException("there is no peer of this name: name=" + name);
        }
        return Map.of("name", name);
    }
}
