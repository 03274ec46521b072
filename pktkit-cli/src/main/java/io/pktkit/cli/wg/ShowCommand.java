// SPDX-License-Identifier: MIT
package io.pktkit.cli.wg;

import io.pktkit.cli.OutputCommand;
import io.pktkit.cli.StateOption;
import io.pktkit.cli.Text;
import io.pktkit.lab.control.ControlClient;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows the peers of a running instance. */
@Command(name = "show", description = "Shows the WireGuard endpoint of a running 'pktkit up --wg', as 'wg show' does.")
final class ShowCommand extends OutputCommand implements Callable<Integer> {
    @Mixin
    private final StateOption state = new StateOption();

    @Override
    public Integer call() throws IOException {
        Map<String, Object> shown = ControlClient.call(state.directory(), "wg show", Map.of());
        lines(shown, Instant.now().getEpochSecond()).forEach(this::print);
        return 0;
    }

    static List<String> lines(Map<String, Object> shown, long now) {
        List<String> lines = new ArrayList<>();
        lines.add("interface: " + shown.get("interface"));
        lines.add("  public key: " + shown.get("publicKey"));
        lines.add("  private key: (hidden)");
        lines.add("  listening port: " + shown.get("listenPort"));
        if (shown.get("peers") instanceof List<?> peers) {
            for (Object peer : peers) {
                lines.add("");
                peer((Map<?, ?>) peer, now, lines);
            }
        }
        return lines;
    }

    private static void peer(Map<?, ?> peer, long now, List<String> lines) {
        lines.add("peer: " + peer.get("publicKey"));
        add(lines, "name", peer.get("name"));
        if (Boolean.TRUE.equals(peer.get("hasPresharedKey"))) {
            lines.add("  preshared key: (hidden)");
        }
        add(lines, "endpoint", peer.get("endpoint"));
        if (peer.get("allowedIps") instanceof List<?> prefixes) {
            add(
                    lines,
                    "allowed ips",
                    prefixes.isEmpty()
                            ? "(none)"
                            : prefixes.stream().map(Object::toString).collect(Collectors.joining(", ")));
        }
        if (peer.get("latestHandshake") instanceof Long seconds) {
            add(lines, "latest handshake", ago(Math.max(0, now - seconds)));
        }
        long received = Text.number(peer.get("received"));
        long sent = Text.number(peer.get("sent"));
        if (received != 0 || sent != 0) {
            add(lines, "transfer", Text.size(received) + " received, " + Text.size(sent) + " sent");
        }
        long keepalive = Text.number(peer.get("persistentKeepalive"));
        if (keepalive != 0) {
            add(lines, "persistent keepalive", "every " + Text.duration(keepalive));
        }
    }

    private static void add(List<String> lines, String key, @Nullable Object value) {
        if (value != null) {
            lines.add("  " + key + ": " + value);
        }
    }

    private static String ago(long seconds) {
        return seconds == 0 ? "Now" : Text.duration(seconds) + " ago";
    }
}
