// SPDX-License-Identifier: MIT
package io.pktkit.interop.nat;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import io.pktkit.interop.Commands;
import io.pktkit.nat.policy.NatConfig;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same packets through the NAT of the Rust port, 0.1.11, and ours. What differs is named in {@link OracleDifferences}, with
 * the sentence of an RFC that decides it. Where cargo is missing, or cannot build the driver, this is skipped.
 */
@Timeout(600)
class RustOracleTest {

    private static final Path SOURCE = Path.of("../pktkit-bench/peers/rust");
    private static final IpAddress GATEWAY = IpAddress.parse("10.0.0.1");

    @TempDir
    static Path folder;

    private static Path program = Path.of("");

    @BeforeAll
    static void build() throws IOException {
        Path project = folder.resolve("oracle");
        Files.createDirectories(project.resolve("src"));
        Files.copy(SOURCE.resolve("Cargo.toml"), project.resolve("Cargo.toml"));
        Files.copy(SOURCE.resolve("src/main.rs"), project.resolve("src/main.rs"));
        String path = Commands.PATH + ":" + System.getProperty("user.home") + "/.cargo/bin";
        Commands.Result built;
        try {
            built = Commands.run(
                    Duration.ofMinutes(8),
                    "env",
                    "PATH=" + path,
                    "sh",
                    "-c",
                    "cd " + project + " && command -v cargo >/dev/null && cargo build -q --release");
        } catch (AssertionError tooLong) {
            abort(tooLong.getMessage());
            return;
        }
        if (built.exit() != 0) {
            abort("cannot build the Rust port's NAT with cargo: " + built.output());
        }
        program = project.resolve("target/release/pktkit-oracle");
    }

    /** What is done at each step of a sequence. */
    private interface Step {
        void take(OracleRun run, int number) throws IOException;
    }

    private static List<OracleRun> nat44(long seeds, Step step) throws IOException {
        return nat44(seeds, false, step);
    }

    private static List<OracleRun> nat44(long seeds, boolean reassemble, Step step) throws IOException {
        List<OracleRun> runs = new ArrayList<>();
        for (long seed = 0; seed < seeds; seed++) {
            String how = reassemble ? "defrag" : "one-by-one";
            try (OracleSubject theirs =
                            new OracleSubject.Port(program, "nat", GATEWAY + "/24", OracleRun.PUBLIC + "/32", how);
                    OracleSubject ours = new OracleSubject.Ours(
                            NatConfig.builder(OracleRun.PUBLIC)
                                    .reassemble(reassemble)
                                    .build(),
                            IpPrefix.of(GATEWAY, 24))) {
                runs.add(run(new OracleRun(seed, false, OracleDifferences::isKnown, theirs, ours), step));
            }
        }
        return runs;
    }

    private static List<OracleRun> nat64(long seeds, Step step) throws IOException {
        List<OracleRun> runs = new ArrayList<>();
        for (long seed = 100; seed < 100 + seeds; seed++) {
            try (OracleSubject theirs =
                            new OracleSubject.Port(program, "nat64", "64:ff9b::/96", OracleRun.PUBLIC + "/32");
                    OracleSubject ours = new OracleSubject.Ours(
                            NatConfig.builder(OracleRun.PUBLIC)
                                    .prefix64(Prefix64.WELL_KNOWN)
                                    .build(),
                            IpPrefix.parse("64:ff9b:1::1/64"))) {
                runs.add(run(new OracleRun(seed, true, OracleDifferences::isKnown, theirs, ours), step));
            }
        }
        return runs;
    }

    private static OracleRun run(OracleRun run, Step step) throws IOException {
        for (int number = 1; number <= 500; number++) {
            step.take(run, number);
        }
        return run;
    }

    private static int sum(List<OracleRun> runs, ToIntFunction<OracleRun> of) {
        return runs.stream().mapToInt(of).sum();
    }

    @Test
    void shouldTranslateAsTheRustPortDoes() throws IOException {
        List<OracleRun> runs = nat44(20, OracleRun::plain);
        int compared = sum(runs, run -> run.compared);
        int forwarded = sum(runs, run -> run.forwarded);
        assertTrue(compared > 5000 && forwarded > compared / 2, "compared=" + compared + " forwarded=" + forwarded);
    }

    @Test
    void shouldTranslateIpv6AsTheRustPortDoes() throws IOException {
        int compared = sum(nat64(20, OracleRun::plain), run -> run.compared);
        assertTrue(compared > 5000, "compared=" + compared);
    }

    /** Every other step is a datagram in pieces. */
    private static void fragments(OracleRun run, int number) throws IOException {
        if (number % 2 == 0) {
            run.plain(number);
        } else {
            run.fragmented(number);
        }
    }

    @Test
    void shouldTranslateFragmentsAsTheRustPortDoes() throws IOException {
        int fragments = sum(nat44(20, RustOracleTest::fragments), run -> run.fragments);
        assertTrue(fragments > 5000, "fragments=" + fragments);
    }

    @Test
    void shouldPutFragmentsTogetherAsTheRustPortDoes() throws IOException {
        int fragments = sum(nat44(20, true, RustOracleTest::fragments), run -> run.fragments);
        assertTrue(fragments > 5000, "fragments=" + fragments);
    }

    @Test
    void shouldTranslateFragmentsOfIpv6AsTheRustPortDoes() throws IOException {
        int fragments = sum(nat64(20, RustOracleTest::fragments), run -> run.fragments);
        assertTrue(fragments > 5000, "fragments=" + fragments);
    }

    private static void errors(OracleRun run, int number) throws IOException {
        if (number % 2 == 0) {
            run.plain(number);
        } else {
            run.error(number);
        }
    }

    @Test
    void shouldTranslateErrorsAsTheRustPortDoes() throws IOException {
        int errors = sum(nat44(20, RustOracleTest::errors), run -> run.errors);
        assertTrue(errors > 4000, "errors=" + errors);
    }

    @Test
    void shouldTranslateErrorsOfIpv6AsTheRustPortDoes() throws IOException {
        int errors = sum(nat64(20, RustOracleTest::errors), run -> run.errors);
        assertTrue(errors > 4000, "errors=" + errors);
    }

    private static void forwards(OracleRun run, int number) throws IOException {
        switch (number % 4) {
            case 0 -> run.forward(number);
            case 1 -> run.error(number);
            default -> run.plain(number);
        }
    }

    @Test
    void shouldForwardAsTheRustPortDoes() throws IOException {
        int made = sum(nat44(20, RustOracleTest::forwards), run -> run.forwardsMade);
        assertTrue(made > 300, "made=" + made);
    }
}
