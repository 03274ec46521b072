// SPDX-License-Identifier: MIT
package io.pktkit.cli.wg;

import io.pktkit.cli.OutputCommand;
import io.pktkit.cli.StateOption;
import io.pktkit.lab.control.ControlClient;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Removes a peer from a running instance. */
@Command(name = "rm", description = "Removes a peer from a running 'pktkit up --wg', with its keys and its file.")
final class RemoveCommand extends OutputCommand implements Callable<Integer> {
    @Mixin
    private final StateOption state = new StateOption();

    @Parameters(paramLabel = "NAME", description = "The peer's name")
    private String name = "";

    @Override
    public Integer call() throws IOException {
        ControlClient.call(state.directory(), "wg rm", Map.of("name", name));
        print("peer " + name + " is removed");
        return 0;
    }
}
