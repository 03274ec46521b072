// SPDX-License-Identifier: MIT
package io.pktkit.cli.ovpn;

import io.pktkit.cli.OutputCommand;
import io.pktkit.cli.StateOption;
import io.pktkit.lab.control.ControlClient;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Sends a client away from a running instance. */
@Command(
        name = "kill",
        description = {
            "Sends a client of a running 'pktkit up --ovpn' or 'pktkit ovpn serve' away. It may come again;",
            "who must not is revoked."
        })
final class KillCommand extends OutputCommand implements Callable<Integer> {
    @Mixin
    private final StateOption state = new StateOption();

    @Parameters(paramLabel = "NAME", description = "The client's name")
    private String name = "";

    @Option(names = "--halt", description = "Tell it to stay away, rather than to come again")
    private boolean halt;

    @Override
    public Integer call() throws IOException {
        Map<String, Object> result =
                ControlClient.call(state.directory(), "ovpn kill", Map.of("name", name, "halt", halt));
        Object killed = result.get("killed");
        print(name + " is sent away" + (killed instanceof Long n && n > 1 ? ", " + n + " sessions" : ""));
        return 0;
    }
}
