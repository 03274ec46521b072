// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where keys and sockets are: a mixin of all commands that have to do with them. */
public final class StateOption {
    @Option(
            names = "--state",
            paramLabel = "DIR",
            description = {
                "Directory of keys, files for peers, leases, and the control socket; made for its owner alone.",
                "Default: pktkit in $XDG_STATE_HOME, or in ~/.local/state"
            })
    private @Nullable Path directory;

    /** Names no directory; the parser of the command line does. */
    public StateOption() {}

    /** {@return the directory, which need not exist} */
    public Path directory() {
        Path given = directory;
        return given == null ? standard(System.getenv(), System.getProperty("user.home", ".")) : given;
    }

    /** {@return whether a directory was named} */
    boolean isGiven() {
        return directory != null;
    }

    /** The XDG Base Directory Specification: a relative path there is to be ignored. */
    static Path standard(Map<String, String> environment, String home) {
        String xdg = environment.getOrDefault("XDG_STATE_HOME", "");
        Path base = xdg.startsWith("/") ? Path.of(xdg) : Path.of(home, ".local", "state");
        return base.resolve("pktkit");
    }
}
