// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import io.pktkit.cli.nat.NatCommand;
import io.pktkit.cli.ovpn.OvpnCommand;
import io.pktkit.cli.wg.WgCommand;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The {@code pktkit} command: exit 0 when it did what was asked, 1 when that failed, 2 when the request was wrong. */
@Command(
        name = "pktkit",
        mixinStandardHelpOptions = true,
        version = "pktkit 0.1.0-SNAPSHOT",
        description = "Virtual networks in user space.",
        subcommands = {DemoCommand.class, UpCommand.class, WgCommand.class, OvpnCommand.class, NatCommand.class},
        synopsisSubcommandLabel = "COMMAND")
public final class Main {
    private Main() {}

    /**
     * Runs one command and ends the process with its exit code.
     *
     * @param args the command line
     */
    public static void main(String[] args) {
        PlainLogs.quietenJna();
        System.exit(commandLine().execute(args));
    }

    static CommandLine commandLine() {
        CommandLine line = new CommandLine(new Main());
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler(usageErrors());
        line.setExecutionExceptionHandler((e, command, parsed) -> {
            boolean usage = e instanceof UsageException;
            say(command.getErr(), describe(e));
            return usage ? CommandLine.ExitCode.USAGE : CommandLine.ExitCode.SOFTWARE;
        });
        return line;
    }

    /** One line that names the word at fault; the whole usage text would push it off the screen. */
    private static IParameterExceptionHandler usageErrors() {
        return (ParameterException e, String[] args) -> {
            CommandLine at = e.getCommandLine();
            String guess = e instanceof UnmatchedArgumentException unmatched
                    ? unmatched.getSuggestions().stream()
                            .findFirst()
                            .map(s -> " (did you mean " + s + "?)")
                            .orElse("")
                    : "";
            String help = at.getCommandSpec().qualifiedName() + " --help";
            say(at.getErr(), describe(e).lines().findFirst().orElse("bad arguments") + guess + "; see " + help);
            return CommandLine.ExitCode.USAGE;
        };
    }

    private static String describe(Exception e) {
        String message = e.getMessage();
        return message == null || message.isBlank() ? e.toString() : message;
    }

    private static void say(PrintWriter err, String line) {
        err.println("pktkit: " + line);
        err.flush();
    }
}
