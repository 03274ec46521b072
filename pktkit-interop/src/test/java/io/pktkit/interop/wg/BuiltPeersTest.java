// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import static org.junit.jupiter.api.Assumptions.abort;

import io.pktkit.interop.Commands;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.wire.IpFamily;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Implementations that are built here, in their newest version: where a compiler or the source is missing the test is
 * skipped with the reason, also in CI.
 */
@NeedsPeer({"ip", "wg", "python3", "ping"})
@Timeout(600)
class BuiltPeersTest {
    private static final Duration BUILD = Duration.ofMinutes(4);

    @TempDir
    Path folder;

    @Test
    void shouldCarryEverythingWithTheCurrentWireguardGo() throws IOException {
        Path built = folder.resolve("wireguard-go");
        build("go", """
                mkdir module
                cd module
                go mod init peer
                go get golang.zx2c4.com/wireguard@latest
                go build -o %s golang.zx2c4.com/wireguard
                """.formatted(built));
        carryEverything(built.toString());
    }

    @Test
    @Tag("long")
    void shouldCarryEverythingWithBoringtun() throws IOException {
        build("cargo", "cargo install boringtun-cli --locked --root " + folder + " --target-dir " + folder + "/target");
        carryEverything(folder.resolve("bin/boringtun-cli").toString());
    }

    private static void carryEverything(String program) throws IOException {
        try (StockPeer peer = new StockPeer(program, "10.77.0.2")) {
            BasicTest.carryEverything(peer, IpFamily.IPV4, true, true);
        }
        try (StockPeer peer = new StockPeer(program, "10.77.0.2")) {
            BasicTest.carryEverything(peer, IpFamily.IPV6, false, false);
        }
    }

    private void build(String tool, String commands) {
        String home = System.getProperty("user.home");
        String path = Commands.PATH + ":/usr/local/go/bin:" + home + "/.cargo/bin";
        if (Stream.of(path.split(":")).noneMatch(dir -> Files.isExecutable(Path.of(dir, tool)))) {
            abort("no command '" + tool + "'");
        }
        Commands.Result result;
        try {
            result = Commands.run(
                    BUILD, "env", "PATH=" + path, "GOFLAGS=-mod=mod", "sh", "-ec", "cd " + folder + "\n" + commands);
        } catch (AssertionError tooLong) {
            abort(tooLong.getMessage());
            return;
        }
        if (result.exit() != 0) {
            abort("cannot build with " + tool + ": " + result.output());
        }
    }
}
