// SPDX-License-Identifier: MIT
package io.pktkit.wg.quick;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Makes the text of a file, which {@link QuickParser} reads back. */
final class QuickWriter {

    private final StringBuilder text = new StringBuilder();

    private QuickWriter() {}

    static String text(WgQuickConfig config) {
        QuickWriter writer = new QuickWriter();
        writer.write(config);
        return writer.text.toString();
    }

    private void write(WgQuickConfig config) {
        String comment = config.comment();
        if (comment != null) {
            comment.lines()
                    .forEach(line ->
                            text.append(line.isBlank() ? "#" : "# " + line).append('\n'));
        }
        text.append("[Interface]\n");
        if (config.privateKey() != null) {
            line("PrivateKey", config.privateKey().toBase64());
        }
        list("Address", config.addresses());
        List<Object> dns = new ArrayList<>(config.dnsServers());
        dns.addAll(config.searchDomains());
        list("DNS", dns);
        number("MTU", config.mtu());
        number("ListenPort", config.listenPort());
        if (config.fwMark() != 0) {
            line("FwMark", "0x" + Integer.toHexString(config.fwMark()));
        }
        line("Table", config.table());
        if (config.saveConfig()) {
            line("SaveConfig", "true");
        }
        config.peers().forEach(this::write);
    }

    private void write(WgQuickPeer peer) {
        text.append("\n[Peer]\n");
        if (peer.name() != null) {
            line("# Name", peer.name());
        }
        line("PublicKey", peer.publicKey());
        if (peer.presharedKey() != null) {
            line("PresharedKey", peer.presharedKey().toBase64());
        }
        list("AllowedIPs", peer.allowedIps());
        line("Endpoint", peer.endpoint());
        number("PersistentKeepalive", peer.persistentKeepalive());
    }

    private void number(String key, int value) {
        if (value != 0) {
            line(key, value);
        }
    }

    private void list(String key, List<?> values) {
        if (!values.isEmpty()) {
            line(key, values.stream().map(Object::toString).collect(Collectors.joining(", ")));
        }
    }

    private void line(String key, @Nullable Object value) {
        if (value != null) {
            text.append(key).append(" = ").append(value).append('\n');
        }
    }
}
