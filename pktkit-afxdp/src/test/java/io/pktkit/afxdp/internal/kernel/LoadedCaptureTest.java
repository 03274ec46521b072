// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afxdp.capture.CaptureConfig;
import io.pktkit.afxdp.capture.CaptureRule;
import io.pktkit.afxdp.capture.MatchField;
import io.pktkit.afxdp.internal.capture.CaptureProgram;
import io.pktkit.afxdp.internal.capture.FrameGenerator;
import io.pktkit.afxdp.internal.capture.ProgramModel;
import io.pktkit.nativeio.Bpf;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The program in the real kernel: its verifier takes it, and it answers as our own machine does. */
@Timeout(120)
class LoadedCaptureTest {

    private static final IpPrefix HOST = IpPrefix.parse("10.0.0.1/32");
    private static final IpPrefix NET = IpPrefix.parse("10.0.0.0/24");

    @BeforeEach
    void requireRoot() {
        boolean possible = System.getProperty("os.name").equals("Linux")
                && System.getProperty("user.name").equals("root");
        if ("required".equals(System.getenv("PKTKIT_INTEROP"))) {
            Assertions.assertTrue(possible, "needs Linux and root");
        }
        Assumptions.assumeTrue(possible, "needs Linux and root");
    }

    /** Each number of rules that there can be, with and without ARP and neighbour discovery. */
    @ParameterizedTest
    @EnumSource(MatchField.class)
    void shouldPassTheVerifier(MatchField match) throws IOException {
        for (int maxRules = 1; maxRules <= 64; maxRules++) {
            for (boolean resolution : new boolean[] {true, false}) {
                CaptureConfig config = CaptureConfig.builder()
                        .maxRules(maxRules)
                        .match(match)
                        .arp(resolution)
                        .neighborDiscovery(resolution)
                        .build();

                try (LoadedCapture capture = LoadedCapture.load(config)) {
                    assertEquals(CaptureProgram.XDP_PASS, capture.testRun(new byte[64]), "maxRules=" + maxRules);
                }
            }
        }
    }

    /** On a queue without a socket a captured frame gets the verdict that is told apart from the others' here. */
    @ParameterizedTest
    @CsvSource({"DESTINATION, 2", "SOURCE, 8", "EITHER, 64"})
    void shouldAnswerAsTheModelDoes(MatchField match, int maxRules) throws IOException {
        long seed = 0x5eed_9fL + maxRules;
        Random random = new Random(seed);
        FrameGenerator frames = new FrameGenerator(random);
        CaptureConfig config =
                CaptureConfig.builder().match(match).maxRules(maxRules).build();
        int captured = 0;
        try (LoadedCapture capture = LoadedCapture.load(config, CaptureProgram.XDP_DROP)) {
            ProgramModel model = new ProgramModel(config, CaptureProgram.XDP_DROP);
            for (int round = 0; round < 100_000; round++) {
                if (round % 500 == 0) {
                    frames.change(capture, model);
                }
                byte[] frame = frames.next();

                int expected = model.run(frame);
                assertEquals(expected, capture.testRun(frame), () -> "seed=" + seed + " rules=" + capture.rules());
                captured += expected == CaptureProgram.XDP_DROP ? 1 : 0;
            }
        }
        assertTrue(captured > 5_000 && captured < 95_000, "captured=" + captured + " seed=" + seed);
    }

    @Test
    void shouldChangeNothingWhenItRefuses() throws IOException {
        try (LoadedCapture capture =
                LoadedCapture.load(CaptureConfig.builder().maxPrefixes(1).build())) {
            capture.add(HOST, CaptureRule.any());
            var before = capture.rules();

            assertThrows(IllegalArgumentException.class, () -> capture.add(NET, CaptureRule.any()));

            assertEquals(before, capture.rules());
        }
    }

    /** Which kernels before 6.13 do not take for a change when the map has no place left. */
    @Test
    void shouldChangeTheRulesOfTheLastPrefix() throws IOException {
        try (LoadedCapture capture =
                LoadedCapture.load(CaptureConfig.builder().maxPrefixes(1).build())) {
            capture.add(HOST, CaptureRule.port(6, 80));
            capture.add(HOST, CaptureRule.port(6, 443));
            capture.remove(HOST, CaptureRule.port(6, 80));

            assertEquals(List.of(CaptureRule.port(6, 443)), capture.rules().get(HOST));
        }
    }

    /** The kernel refuses what is closed; the record stays. */
    @Test
    void shouldKeepItsRecordWhenTheKernelRefuses() throws IOException {
        LoadedCapture capture = LoadedCapture.load(CaptureConfig.builder().build());
        capture.add(HOST, CaptureRule.any());
        capture.close();

        String told =
                assertThrows(IOException.class, () -> capture.remove(HOST)).toString();

        assertTrue(told.contains("10.0.0.1/32") && told.contains("EBADF"), told);
        assertEquals(1, capture.rules().size());
        capture.close();
    }

    @Test
    void shouldTellWhatTheVerifierSays() {
        // exit, with nothing in r0
        byte[] program = {(byte) 0x95, 0, 0, 0, 0, 0, 0, 0};

        String told = assertThrows(IOException.class, () -> Bpf.loadXdp("pktkit_test", maps -> program))
                .toString();

        assertTrue(told.contains("the verifier says") && told.contains("R0"), told);
    }
}
