// SPDX-License-Identifier: MIT
package io.pktkit.cli.nat;

import io.pktkit.cli.StateOption;
import io.pktkit.lab.control.ControlClient;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Shows the mappings of a running NAT. */
@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description = "Shows the mappings of a running 'pktkit nat', and why packets went no further.")
final class ShowCommand implements Callable<Integer> {

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final StateOption state = new StateOption();

    @Override
    public Integer call() throws IOException {
        Map<String, Object> shown = ControlClient.call(state.directory(), "nat show", Map.of());
        PrintWriter out = Objects.requireNonNull(spec, "spec").commandLine().getOut();
        lines(shown).forEach(out::println);
        out.flush();
        return 0;
    }

    static List<String> lines(Map<String, Object> shown) {
        List<String> lines = new ArrayList<>();
        List<?> outside = shown.get("outside") instanceof List<?> addresses ? addresses : List.of();
        List<?> mappings = shown.get("mappings") instanceof List<?> all ? all : List.of();
        lines.add("outside: " + outside.stream().map(Object::toString).collect(Collectors.joining(", ")));
        lines.add("mappings: " + shown.get("count"));
        mappings.forEach(mapping -> lines.add("  " + line((Map<?, ?>) mapping)));
        if (shown.get("count") instanceof Long count && count > mappings.size()) {
            lines.add("  and " + (count - mappings.size()) + " more");
        }
        if (shown.get("drops") instanceof Map<?, ?> drops && !drops.isEmpty()) {
            lines.add("dropped:");
            drops.forEach((why, count) -> lines.add("  " + why + ": " + count));
        }
        return lines;
    }

    /** Such as {@code tcp 10.0.0.9:80 = 203.0.113.2:8080 forward, 2 sessions}. */
    static String line(Map<?, ?> mapping) {
        Object sessions = mapping.get("sessions");
        boolean one = sessions instanceof Long count && count == 1;
        return mapping.get("protocol") + " " + mapping.get("inside") + " = " + mapping.get("outside") + " "
                + mapping.get("origin") + ", " + sessions + (one ? " session" : " sessions");
    }
}
