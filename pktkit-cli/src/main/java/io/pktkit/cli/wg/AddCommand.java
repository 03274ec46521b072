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

/** Adds a peer to a running instance. */
@Command(name = "add", description = "Adds a peer to a running 'pktkit up --wg', and writes its file.")
final class AddCommand extends OutputCommand implements Callable<Integer> {
    @Mixin
    private final StateOption state = new StateOption();

    @Parameters(paramLabel = "NAME", description = "1 to 15 letters, digits and hyphens")
    private String name = "";

    @Override
    public Integer call() throws IOException {
        Map<String, Object> added = ControlClient.call(state.directory(), "wg add", Map.of("name", name));
        print("peer " + added.get("name") + ": " + added.get("address") + ", file " + added.get("file"));
        return 0;
    }
}
