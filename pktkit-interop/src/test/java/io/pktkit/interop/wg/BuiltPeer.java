// SPDX-License-Identifier: MIT
package io.pktkit.interop.wg;

import static org.junit.jupiter.api.Assumptions.abort;

import io.pktkit.interop.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An implementation that is no package: the kernel's in a guest, or one that is built here in its newest version. Where a
 * compiler or the source is missing the test is skipped with the reason, also in CI. What was built before is built anew only
 * where it has changed.
 */
enum BuiltPeer {
    /** The reference's own; nothing is built. */
    KERNEL("qemu-system-x86_64", StockPeer.KERNEL, ""),

    /** A Go module. */
    CURRENT_WIREGUARD_GO("go", "module/wireguard-go", """
            mkdir -p module
            cd module
            [ -e go.mod ] || go mod init peer
            go get golang.zx2c4.com/wireguard@latest
            go build -o wireguard-go golang.zx2c4.com/wireguard
            """),

    /** A crate. */
    BORINGTUN("cargo", "bin/boringtun-cli", "cargo install boringtun-cli --locked --root . --target-dir target"),

    /** The handler of the Rust port, with the driver that the benchmarks have too. */
    RUST_PORT("cargo", "target/release/port", """
            cargo build --quiet --release --locked --target-dir target --manifest-path %s/pktkit-bench/peers/port/Cargo.toml
            """.formatted(System.getProperty("pktkit.root")));

    private static final Duration LIMIT = Duration.ofMinutes(4);

    private final String tool;
    private final String program;
    private final String commands;

    /** What became of building one: where it is, and what is missing, if anything. */
    private record Built(Path program, @Nullable String missing) {}

    private static final Map<BuiltPeer, Built> ALL = new ConcurrentHashMap<>();

    BuiltPeer(String tool, String program, String commands) {
        this.tool = tool;
        this.program = program;
        this.commands = commands;
    }

    /** Builds it, or ends the test with the reason that it cannot be. */
    String command() throws IOException {
        Path folder = Path.of(System.getProperty("pktkit.root"), "pktkit-interop", "target", "peers", name());
        Files.createDirectories(folder);
        Built built = ALL.computeIfAbsent(this, one -> new Built(folder.resolve(one.program), one.build(folder)));
        if (built.missing != null) {
            abort(built.missing);
        }
        return this == KERNEL ? StockPeer.KERNEL : built.program.toString();
    }

    /** What is missing, if anything. */
    private @Nullable String build(Path folder) {
        String home = System.getProperty("user.home");
        String path = Commands.PATH + ":/usr/local/go/bin:" + home + "/.cargo/bin";
        if (Stream.of(path.split(":")).noneMatch(dir -> Files.isExecutable(Path.of(dir, tool)))) {
            return "no command '" + tool + "'";
        }
        Commands.Result result;
        try {
            result = Commands.run(
                    LIMIT, "env", "PATH=" + path, "GOFLAGS=-mod=mod", "sh", "-ec", "cd " + folder + "\n" + commands);
        } catch (AssertionError tooLong) {
            return tooLong.getMessage();
        }
        return result.exit() == 0 ? null : "cannot build with " + tool + ": " + result.output();
    }
}
