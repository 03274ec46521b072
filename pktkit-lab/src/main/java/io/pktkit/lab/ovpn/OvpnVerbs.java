// SPDX-License-Identifier: MIT
package io.pktkit.lab.ovpn;

import io.pktkit.lab.control.ControlArguments;
import io.pktkit.lab.control.ControlServer;
import io.pktkit.ovpn.OvpnDrop;
import io.pktkit.ovpn.OvpnServer;
import io.pktkit.ovpn.client.ConnectedClient;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a running OpenVPN server is asked and told: {@code ovpn show} and {@code ovpn kill}. */
public final class OvpnVerbs {

    private final OvpnServer server;

    private OvpnVerbs(OvpnServer server) {
        this.server = server;
    }

    /**
     * Registers the verbs.
     *
     * @param control the socket
     * @param server whom they are about
     */
    @SuppressWarnings("exports") // who uses this requires io.pktkit.ovpn, which nobody else needs
    public static void register(ControlServer control, OvpnServer server) {
        OvpnVerbs verbs = new OvpnVerbs(server);
        control.register("ovpn show", arguments -> verbs.show());
        control.register("ovpn kill", verbs::kill);
    }

    private Map<String, Object> show() {
        List<Object> clients = new ArrayList<>();
        server.clients().forEach(client -> clients.add(show(client)));
        Map<String, Object> dropped = new LinkedHashMap<>();
        for (OvpnDrop reason : OvpnDrop.values()) {
            if (server.drops(reason) > 0) {
                dropped.put(reason.name(), server.drops(reason));
            }
        }
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("server", server.describe());
        shown.put("sessions", server.sessions());
        shown.put("clients", clients);
        shown.put("dropped", dropped);
        return shown;
    }

    private static Map<String, Object> show(ConnectedClient client) {
        List<Object> addresses = new ArrayList<>();
        for (IpFamily family : IpFamily.values()) {
            IpPrefix address = client.settings().address(family);
            if (address != null) {
                addresses.add(address.address().toString());
            }
        }
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("name", client.identity().name());
        shown.put("endpoint", client.remoteAddress());
        shown.put("addresses", addresses);
        shown.put(
                "networks",
                client.settings().clientNetworks().stream()
                        .map(Object::toString)
                        .toList());
        shown.put("version", client.identity().peerInfo().getOrDefault("IV_VER", ""));
        shown.put("platform", client.identity().peerInfo().getOrDefault("IV_PLAT", ""));
        shown.put("security", client.describe());
        shown.put("connectedSeconds", client.connectedFor().toSeconds());
        shown.put("received", client.bytesReceived());
        shown.put("sent", client.bytesSent());
        return shown;
    }

    private Map<String, Object> kill(ControlArguments arguments) throws IOException {
        String name = arguments.text("name");
        String message = Boolean.TRUE.equals(arguments.value("halt")) ? "HALT" : "RESTART";
        List<ConnectedClient> named = server.clients().stream()
                .filter(client -> client.identity().name().equals(name))
                .toList();
        if (named.isEmpty()) {
            throw new IOException("no client of this name is in: name=" + name);
        }
        named.forEach(client -> client.disconnect(message));
        return Map.of("killed", named.size());
    }
}
