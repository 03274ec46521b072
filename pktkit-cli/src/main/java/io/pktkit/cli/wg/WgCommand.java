// SPDX-License-Identifier: MIT
package io.pktkit.cli.wg;

import picocli.CommandLine.Command;

/** WireGuard from the command line. */
@Command(
        name = "wg",
        mixinStandardHelpOptions = true,
        description = "WireGuard: peers of a running 'pktkit up --wg', a tunnel's client, and keys.",
        subcommands = {
            ShowCommand.class,
            AddCommand.class,
            RemoveCommand.class,
            ConfCommand.class,
            ConnectCommand.class,
            GenkeyCommand.class,
            PubkeyCommand.class,
            GenpskCommand.class
        },
        synopsisSubcommandLabel = "COMMAND")
public final class WgCommand {

    /** Made by the parser of the command line. */
    public WgCommand() {}
}
