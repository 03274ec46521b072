// SPDX-License-Identifier: MIT
package io.pktkit.cli.ovpn;

import io.pktkit.cli.OutputCommand;
import io.pktkit.cli.StateOption;
import io.pktkit.cli.Text;
import io.pktkit.lab.control.ControlClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows the clients of a running instance. */
@Command(
        name = "show",
        description = "Shows the OpenVPN clients of a running 'pktkit up --ovpn' or 'pktkit ovpn serve'.")
final class ShowCommand extends OutputCommand implements Callable<Integer> {
    @Mixin
    private final StateOption state = new StateOption();

    @Override
    public Integer call() throws IOException {
        lines(ControlClient.call(state.directory(), "ovpn show", Map.of())).forEach(this::print);
        return 0;
    }

    static List<String> lines(Map<String, Object> shown) {
        List<String> lines = new ArrayList<>();
        lines.add(String.valueOf(shown.get("server")));
        List<?> clients = shown.get("clients") instanceof List<?> list ? list : List.of();
        lines.add("  clients: " + clients.size() + "; sessions with those not in yet: " + shown.get("sessions"));
        if (shown.get("dropped") instanceof Map<?, ?> dropped && !dropped.isEmpty()) {
            lines.add("  dropped: "
                    + dropped.entrySet().stream()
                            .map(entry -> entry.getKey() + " " + entry.getValue())
                            .collect(Collectors.joining(", ")));
        }
        for (Object client : clients) {
            lines.add("");
            client((Map<?, ?>) client, lines);
        }
        return lines;
    }

    private static void client(Map<?, ?> client, List<String> lines) {
        lines.add("client: " + client.get("name"));
        add(lines, "endpoint", client.get("endpoint"));
        add(lines, "addresses", joined(client.get("addresses")));
        add(lines, "networks", joined(client.get("networks")));
        add(lines, "version", (client.get("version") + " " + client.get("platform")).strip());
        add(lines, "security", client.get("security"));
        add(lines, "connected", "for " + Text.duration(Text.number(client.get("connectedSeconds"))));
        add(
                lines,
                "transfer",
                Text.size(Text.number(client.get("received"))) + " received, "
                        + Text.size(Text.number(client.get("sent"))) + " sent");
    }

    private static String joined(@Nullable Object values) {
        return values instanceof List<?> list
                ? list.stream().map(Object::toString).collect(Collectors.joining(", "))
                : "";
    }

    private static void add(List<String> lines, String key, @Nullable Object value) {
        if (value != null && !value.toString().isEmpty()) {
            lines.add("  " + key + ": " + value);
        }
    }
}
