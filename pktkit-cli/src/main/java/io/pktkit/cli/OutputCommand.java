// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import java.io.PrintWriter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What prints lines. */
@Command(mixinStandardHelpOptions = true)
public abstract class OutputCommand {
    @Spec
    private @Nullable CommandSpec spec;

    /** Creates the command; picocli does. */
    protected OutputCommand() {}

    /**
     * Prints a line.
     *
     * @param line the line
     */
    protected final void print(String line) {
        PrintWriter out = Objects.requireNonNull(spec, "spec").commandLine().getOut();
        out.println(line);
        out.flush();
    }
}
