// SPDX-License-Identifier: MIT
package io.pktkit.interop.ovpn;

import static org.junit.jupiter.api.Assumptions.abort;

import io.pktkit.interop.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Clients of versions that no release of Debian has: the programs in the folder that the variable {@code
 * PKTKIT_OPENVPN_CLIENTS} names. How they were built is in {@code docs/openvpn.md}.
 */
final class OtherClients {
    private static final String VARIABLE = "PKTKIT_OPENVPN_CLIENTS";
    private static final Pattern VERSION = Pattern.compile("OpenVPN (?:core )?(\\d+)\\.(\\d+)");

    private OtherClients() {}

    /** The programs from one version on and before another, such as 204 and 206 for 2.4 and 2.5. Aborts the test if there is none. */
    static List<String> between(int from, int before) throws IOException {
        String folder = System.getenv(VARIABLE);
        if (folder == null || !Files.isDirectory(Path.of(folder))) {
            abort(VARIABLE + " names no folder of clients: " + folder);
            throw new AssertionError("aborted");
        }
        try (Stream<Path> files = Files.list(Path.of(folder))) {
            List<String> found = files.filter(file -> {
                        int version = version(file);
                        return version >= from && version < before;
                    })
                    .map(Path::toString)
                    .sorted()
                    .toList();
            if (found.isEmpty()) {
                abort("no client of versions " + from + " to " + before + " is in " + folder);
            }
            return found;
        }
    }

    private static int version(Path program) {
        if (!Files.isExecutable(program)) {
            return 0;
        }
        Matcher found = VERSION.matcher(
                Commands.run(Rig.LIMIT, program.toString(), "--version").output());
        return found.find() ? 100 * Integer.parseInt(found.group(1)) + Integer.parseInt(found.group(2)) : 0;
    }
}
