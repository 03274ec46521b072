// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.capture;

import static io.pktkit.afxdp.internal.capture.TestFrames.arp;
import static io.pktkit.afxdp.internal.capture.TestFrames.ethernet;
import static io.pktkit.afxdp.internal.capture.TestFrames.ipv4;
import static io.pktkit.afxdp.internal.capture.TestFrames.ipv6;
import static io.pktkit.afxdp.internal.capture.TestFrames.ports;
import static io.pktkit.afxdp.internal.capture.TestFrames.solicitation;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.afxdp.capture.CaptureConfig;
import io.pktkit.afxdp.capture.CaptureRule;
import io.pktkit.afxdp.capture.MatchField;
import io.pktkit.afxdp.internal.bpf.Instruction;
import io.pktkit.afxdp.internal.bpf.Programs;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The program on frames, in a machine of our own; and its text, as it was read and found good. */
class CaptureProgramTest {

    private static final CaptureProgram.Maps MAPS = new CaptureProgram.Maps(4, 6, 8);
    private static final int PASS = CaptureProgram.XDP_PASS;
    private static final int REDIRECT = CaptureProgram.XDP_REDIRECT;
    private static final CaptureConfig DEFAULT = CaptureConfig.builder().build();
    private static final byte[] NOTHING = new byte[0];

    private static final String HOST = "10.0.0.1";
    private static final String OURS = "10.0.0.2";
    private static final String OTHER = "10.9.9.9";
    private static final String OURS6 = "fd00::1:2:3";
    private static final String HOST6 = "fd00::9:2:3";
    private static final String OTHER6 = "fd99::1";

    /** Both have the group ff02::1:ff02:3 to be solicited by. */
    private static final String GROUP = "ff02::1:ff02:3";

    private static CaptureSet set(CaptureConfig config, Object... prefixesAndRules) {
        CaptureSet set = CaptureSet.empty(config);
        for (int i = 0; i < prefixesAndRules.length; i += 2) {
            set = set.with(IpPrefix.parse((String) prefixesAndRules[i]), (CaptureRule) prefixesAndRules[i + 1]);
        }
        return set;
    }

    private static Interpreter machine(CaptureConfig config, CaptureSet set, boolean hasSocket) {
        Map<String, byte[]> ipv4 = new HashMap<>();
        Map<String, byte[]> ipv6 = new HashMap<>();
        for (CaptureSet.Change change : set.changes(CaptureSet.empty(config))) {
            StringBuilder bits = new StringBuilder();
            for (byte b : change.prefix().address().toBytes()) {
                bits.append(Integer.toBinaryString((b & 0xff) | 0x100), 1, 9);
            }
            (change.prefix().family() == IpFamily.IPV4 ? ipv4 : ipv6)
                    .put(
                            bits.substring(0, change.prefix().length()),
                            RuleList.encode(Objects.requireNonNull(change.rules()), config.maxRules()));
        }
        List<Instruction> program = CaptureProgram.assemble(config, MAPS, PASS);
        return new Interpreter(program, MAPS, ipv4, ipv6, hasSocket);
    }

    private static void expect(int verdict, CaptureConfig config, CaptureSet set, byte[] frame) {
        assertEquals(verdict, machine(config, set, true).run(frame), () -> Arrays.toString(frame));
    }

    @Test
    void shouldLeaveAllToTheHostUntilSomethingIsCaptured() {
        CaptureSet none = CaptureSet.empty(DEFAULT);

        expect(PASS, DEFAULT, none, ipv4(OTHER, OURS, 1, NOTHING));
        expect(PASS, DEFAULT, none, ipv6(OTHER6, OURS6, 58, NOTHING));
        expect(PASS, DEFAULT, none, arp(OTHER, OURS));
        expect(PASS, DEFAULT, none, solicitation(GROUP, OURS6));
    }

    @Test
    void shouldCaptureAWholeAddressAndNothingElse() {
        CaptureSet set = set(DEFAULT, OURS + "/32", CaptureRule.any(), OURS6 + "/128", CaptureRule.any());

        expect(REDIRECT, DEFAULT, set, ipv4(OTHER, OURS, 1, NOTHING));
        expect(REDIRECT, DEFAULT, set, ipv4(OTHER, OURS, 6, 5, 0x1fff, NOTHING));
        expect(REDIRECT, DEFAULT, set, ipv6(OTHER6, OURS6, 58, NOTHING));
        expect(REDIRECT, DEFAULT, set, arp(OTHER, OURS));
        expect(REDIRECT, DEFAULT, set, solicitation(GROUP, OURS6));
        expect(PASS, DEFAULT, set, ipv4(OTHER, HOST, 1, NOTHING));
        expect(PASS, DEFAULT, set, ipv4(OURS, OTHER, 1, NOTHING));
        expect(PASS, DEFAULT, set, ipv6(OTHER6, HOST6, 58, NOTHING));
        expect(PASS, DEFAULT, set, ipv6(OURS6, OTHER6, 58, NOTHING));
        expect(PASS, DEFAULT, set, arp(OTHER, HOST));
        expect(PASS, DEFAULT, set, arp(OURS, HOST));
        expect(PASS, DEFAULT, set, solicitation(GROUP, HOST6));
        expect(PASS, DEFAULT, set, ethernet(0x88b5, new byte[100]));
    }

    @Test
    void shouldTakeAProtocol() {
        CaptureSet set = set(
                DEFAULT,
                OURS + "/32",
                CaptureRule.protocol(IpProtocol.GRE),
                OURS6 + "/128",
                CaptureRule.protocol(IpProtocol.GRE));

        expect(REDIRECT, DEFAULT, set, ipv4(OTHER, OURS, IpProtocol.GRE, NOTHING));
        expect(REDIRECT, DEFAULT, set, ipv4(OTHER, OURS, IpProtocol.GRE, 5, 100, NOTHING));
        expect(REDIRECT, DEFAULT, set, ipv6(OTHER6, OURS6, IpProtocol.GRE, NOTHING));
        expect(PASS, DEFAULT, set, ipv4(OTHER, OURS, IpProtocol.TCP, ports(1, 2)));
        expect(PASS, DEFAULT, set, ipv6(OTHER6, OURS6, IpProtocol.TCP, ports(1, 2)));
        // The address stays the host's, which goes on answering for it.
        expect(PASS, DEFAULT, set, arp(OTHER, OURS));
        expect(PASS, DEFAULT, set, solicitation(GROUP, OURS6));
    }

    @Test
    void shouldTakeAPortWhereThereIsOne() {
        CaptureSet set = set(
                DEFAULT,
                OURS + "/32",
                CaptureRule.port(IpProtocol.UDP, 53),
                OURS6 + "/128",
                CaptureRule.port(IpProtocol.UDP, 53));

        expect(REDIRECT, DEFAULT, set, ipv4(OTHER, OURS, 17, ports(1000, 53)));
        expect(PASS, DEFAULT, set, ipv4(OTHER, OURS, 17, ports(53, 1000)));
        expect(PASS, DEFAULT, set, ipv4(OTHER, OURS, 6, ports(1000, 53)));
        // Options before the ports; a header that says to be shorter than one is; a port that is cut off.
        expect(REDIRECT, DEFAULT, set, ipv4(OTHER, OURS, 17, 8, 0, ports(1000, 53)));
        expect(REDIRECT, DEFAULT, set, ipv4(OTHER, OURS, 17, 15, 0, ports(1000, 53)));
        expect(PASS, DEFAULT, set, ipv4(OTHER, OURS, 17, 4, 0, ports(1000, 53)));
        expect(PASS, DEFAULT, set, ipv4(OTHER, OURS, 17, new byte[] {3, -24, 0}));
        // The first fragment has the ports, and those after it have other bytes there.
        expect(REDIRECT, DEFAULT, set, ipv4(OTHER, OURS, 17, 5, 0x2000, ports(1000, 53)));
        expect(PASS, DEFAULT, set, ipv4(OTHER, OURS, 17, 5, 0x0001, ports(1000, 53)));
        expect(PASS, DEFAULT, set, ipv4(OTHER, OURS, 17, 5, 0x1000, ports(1000, 53)));
        expect(REDIRECT, DEFAULT, set, ipv6(OTHER6, OURS6, 17, ports(1000, 53)));
        expect(PASS, DEFAULT, set, ipv6(OTHER6, OURS6, 44, ports(1000, 53)));
    }

    @Test
    void shouldAddTheRulesOfThePrefixesAround() {
        CaptureSet set = set(
                DEFAULT, OURS + "/32", CaptureRule.port(IpProtocol.UDP, 53), "10.0.0.0/24", CaptureRule.protocol(47));

        expect(REDIRECT, DEFAULT, set, ipv4(OTHER, OURS, 47, NOTHING));
        expect(REDIRECT, DEFAULT, set, ipv4(OTHER, OURS, 17, ports(1, 53)));
        expect(REDIRECT, DEFAULT, set, ipv4(OTHER, HOST, 47, NOTHING));
        expect(PASS, DEFAULT, set, ipv4(OTHER, HOST, 17, ports(1, 53)));
        CaptureSet narrower = set.without(IpPrefix.parse("10.0.0.0/24"));
        expect(PASS, DEFAULT, narrower, ipv4(OTHER, OURS, 47, NOTHING));
    }

    @Test
    void shouldLookAtTheSourceIfTold() {
        CaptureConfig config = CaptureConfig.builder().match(MatchField.SOURCE).build();
        CaptureSet set = set(config, OURS + "/32", CaptureRule.port(IpProtocol.UDP, 53));
        expect(REDIRECT, config, set, ipv4(OURS, OTHER, 17, ports(53, 1000)));
        expect(PASS, config, set, ipv4(OURS, OTHER, 17, ports(1000, 53)));
        expect(PASS, config, set, ipv4(OTHER, OURS, 17, ports(53, 53)));

        CaptureSet whole = set(config, OURS + "/32", CaptureRule.any());
        expect(REDIRECT, config, whole, arp(OURS, OTHER));
        expect(PASS, config, whole, arp(OTHER, OURS));
    }

    @Test
    void shouldLookAtEitherIfTold() {
        CaptureConfig config = CaptureConfig.builder().match(MatchField.EITHER).build();
        CaptureSet set = set(config, OURS + "/32", CaptureRule.port(6, 22), OURS6 + "/128", CaptureRule.any());

        expect(REDIRECT, config, set, ipv4(OURS, OTHER, 6, ports(22, 1000)));
        expect(REDIRECT, config, set, ipv4(OTHER, OURS, 6, ports(1000, 22)));
        expect(PASS, config, set, ipv4(OTHER, OURS, 6, ports(22, 1000)));
        expect(REDIRECT, config, set, ipv6(OURS6, OTHER6, 6, NOTHING));
        expect(REDIRECT, config, set, ipv6(OTHER6, OURS6, 6, NOTHING));
    }

    @Test
    void shouldLeaveResolutionAloneIfTold() {
        CaptureConfig config =
                CaptureConfig.builder().arp(false).neighborDiscovery(false).build();
        CaptureSet set = set(config, OURS + "/32", CaptureRule.any(), OURS6 + "/128", CaptureRule.any());

        expect(PASS, config, set, arp(OTHER, OURS));
        expect(PASS, config, set, solicitation(GROUP, OURS6));
        expect(REDIRECT, config, set, ipv4(OTHER, OURS, 1, NOTHING));
    }

    @Test
    void shouldDropOthersIfTold() {
        CaptureConfig config = CaptureConfig.builder().dropOthers(true).build();

        expect(CaptureProgram.XDP_DROP, config, CaptureSet.empty(config), ipv4(OTHER, OURS, 1, NOTHING));
    }

    /** A queue without a socket leaves to the host what would be captured. */
    @Test
    void shouldPassWhatNoSocketTakes() {
        CaptureSet set = set(DEFAULT, OURS + "/32", CaptureRule.any());

        assertEquals(PASS, machine(DEFAULT, set, false).run(ipv4(OTHER, OURS, 1, NOTHING)));
    }

    /** No byte behind the end is read, the machine sees to it; and what is cut is left to the host. */
    @ParameterizedTest
    @EnumSource(MatchField.class)
    void shouldTakeNothingThatIsCut(MatchField match) {
        CaptureConfig config = CaptureConfig.builder().match(match).build();
        CaptureSet set =
                set(config, "0.0.0.0/1", CaptureRule.any(), "::/1", CaptureRule.any(), "8000::/2", CaptureRule.any());
        Interpreter machine = machine(config, set, true);
        for (byte[] frame :
                List.of(ipv4(OTHER, OURS, 17, ports(1, 2)), ipv6(OTHER6, OURS6, 17, ports(1, 2)), arp(OTHER, OURS))) {
            int header = frame[12] == 8 ? frame[13] == 6 ? 42 : 34 : 54;
            for (int length = 0; length < frame.length; length++) {
                int verdict = machine.run(Arrays.copyOf(frame, length));
                if (length < header) {
                    assertEquals(PASS, verdict, "length=" + length);
                }
            }
        }
        for (int length = 0; length < 78; length++) {
            machine.run(Arrays.copyOf(solicitation(GROUP, OURS6), length));
        }
    }

    /** Whatever the frame: one of the three verdicts, and no access out of bounds. */
    @Test
    void shouldTakeAnyBytes() {
        long seed = 0x5eed_bf;
        Random random = new Random(seed);
        CaptureConfig config =
                CaptureConfig.builder().match(MatchField.EITHER).maxRules(4).build();
        CaptureSet set = set(
                config,
                "0.0.0.0/1",
                CaptureRule.port(17, 53),
                "128.0.0.0/2",
                CaptureRule.any(),
                "::/2",
                CaptureRule.port(6, 80));
        Interpreter machine = machine(config, set, true);
        int[] types = {0x0800, 0x86dd, 0x0806, 0x8100};
        for (int i = 0; i < 100_000; i++) {
            byte[] frame = new byte[random.nextInt(120)];
            random.nextBytes(frame);
            if (frame.length > 13) {
                int type = types[random.nextInt(types.length)];
                frame[12] = (byte) (type >> 8);
                frame[13] = (byte) type;
            }
            int verdict = machine.run(frame);
            assertTrue(verdict == PASS || verdict == REDIRECT, "seed=" + seed + " round=" + i);
        }
    }

    /** Nothing is sent back by the program itself: the answers are constants, and XDP_TX is none of them. */
    @ParameterizedTest
    @EnumSource(MatchField.class)
    void shouldNeverAnswerToSendBack(MatchField match) {
        for (boolean drop : new boolean[] {false, true}) {
            CaptureConfig config =
                    CaptureConfig.builder().match(match).dropOthers(drop).build();

            List<String> answers = Programs.print(CaptureProgram.assemble(config, MAPS, PASS)).stream()
                    .filter(line -> line.strip().matches("[rw]0 = .*"))
                    .map(String::strip)
                    .distinct()
                    .toList();

            assertEquals(List.of(drop ? "r0 = 1" : "r0 = 2"), answers);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8, 64})
    void shouldStayBelowTheOldLimitOfFourThousandInstructions(int maxRules) {
        CaptureConfig config = CaptureConfig.builder()
                .match(MatchField.EITHER)
                .maxRules(maxRules)
                .build();

        int size = CaptureProgram.assemble(config, MAPS, PASS).size();

        assertTrue(size <= 4096, "size=" + size);
    }

    /** The program as text. Who changes it reads the difference, and copies the new text here when it is right. */
    @ParameterizedTest
    @ValueSource(strings = {"destination", "either"})
    void shouldBeTheProgramThatWasRead(String name) throws IOException {
        CaptureConfig config = name.equals("either")
                ? CaptureConfig.builder()
                        .match(MatchField.EITHER)
                        .maxRules(1)
                        .dropOthers(true)
                        .build()
                : CaptureConfig.builder().maxRules(2).build();
        String file = "/capture-" + name + ".s";

        String printed = String.join("\n", Programs.print(CaptureProgram.assemble(config, MAPS, PASS))) + "\n";

        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream(file), file)) {
            assertEquals(new String(in.readAllBytes(), StandardCharsets.UTF_8), printed);
        }
    }
}
