// SPDX-License-Identifier: MIT
package io.pktkit.cli.nat;

import io.pktkit.cli.StateOption;
import io.pktkit.cli.UsageException;
import io.pktkit.lab.control.ControlClient;
import io.pktkit.lab.nat.NatForward;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The forwards of a running NAT. */
@Command(
        name = "forward",
        mixinStandardHelpOptions = true,
        description = "Adds, removes and lists forwards of a running 'pktkit nat'.",
        synopsisSubcommandLabel = "COMMAND")
final class ForwardCommand {

    @Spec
    private @Nullable CommandSpec spec;

    @Command(name = "add", mixinStandardHelpOptions = true, description = "Forwards a port of the outside address.")
    int add(
            @Mixin StateOption state,
            @Parameters(paramLabel = "tcp|udp:PORT=ADDRESS:PORT", description = "such as tcp:8080=10.0.0.9:80")
                    String forward)
            throws IOException, UsageException {
        try {
            NatForward.parse(forward);
        } catch (IllegalArgumentException e) {
            throw new UsageException(forward + ": " + e.getMessage(), e);
        }
        Map<String, Object> added =
                ControlClient.call(state.directory(), "nat forward add", Map.of("forward", forward));
        say("added: " + ShowCommand.line((Map<?, ?>) Objects.requireNonNull(added.get("forward"))));
        return 0;
    }

    @Command(name = "rm", mixinStandardHelpOptions = true, description = "Removes a forward, and its connections.")
    int remove(
            @Mixin StateOption state,
            @Parameters(paramLabel = "tcp|udp:PORT", description = "the outside port") String port)
            throws IOException {
        Map<String, Object> removed = ControlClient.call(state.directory(), "nat forward rm", Map.of("port", port));
        say("removed: " + ShowCommand.line((Map<?, ?>) Objects.requireNonNull(removed.get("forward"))));
        return 0;
    }

    @Command(name = "ls", mixinStandardHelpOptions = true, description = "Lists the forwards.")
    int list(@Mixin StateOption state) throws IOException {
        Map<String, Object> shown = ControlClient.call(state.directory(), "nat forward ls", Map.of());
        if (shown.get("forwards") instanceof List<?> forwards) {
            forwards.forEach(forward -> say(ShowCommand.line((Map<?, ?>) forward)));
        }
        return 0;
    }

    private void say(String line) {
        PrintWriter out = Objects.requireNonNull(spec, "spec").commandLine().getOut();
        out.println(line);
        out.flush();
    }
}
