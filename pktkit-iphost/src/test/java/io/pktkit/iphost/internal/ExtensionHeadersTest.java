// SPDX-License-Identifier: MIT
package io.pktkit.iphost.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.pktkit.device.DropReason;
import io.pktkit.wire.IcmpError;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** RFC 8200 section 4, and what Linux does where that leaves it open. */
class ExtensionHeadersTest {
    private static final IpAddress SOURCE = IpAddress.parse("fd00::2");
    private static final IpAddress SELF = IpAddress.parse("fd00::1");
    private static final IpAddress GROUP = IpAddress.parse("ff02::1");
    private static final String PING = "8000000000010001";

    private final ExtensionHeaders headers = new ExtensionHeaders();

    /** The chain and what follows it, in hexadecimal; spaces are for the eye. */
    static Packet packet(IpAddress destination, int next, String payload) {
        byte[] octets = HexFormat.of().parseHex(payload.replace(" ", ""));
        ByteBuffer buffer = ByteBuffer.allocate(40 + octets.length);
        buffer.putInt(0, 6 << 28)
                .putShort(4, (short) octets.length)
                .put(6, (byte) next)
                .put(7, (byte) 64);
        SOURCE.writeTo(buffer, 8);
        destination.writeTo(buffer, 24);
        buffer.put(40, octets);
        return new Packet().wrap(buffer);
    }

    @ParameterizedTest(name = "{3}")
    @CsvSource({
        "58, '', '" + PING + "', no headers",
        "0, '3a00 010400000000', '" + PING + "', hop-by-hop with PadN",
        "0, '3a00 0502000001 00', '" + PING + "', router alert",
        "60, '3a00 010400000000', '" + PING + "', destination options",
        "60, '3c00 010400000000 3a00 010400000000', '" + PING + "', destination options twice",
        "0, '3a00 1e0411223344', '" + PING + "', unknown option to skip (00)",
        "43, '3a00 0000 00000000', '" + PING + "', routing type 0 with nothing left",
        "43, '3a00 fd00 00000000', '" + PING + "', unknown routing type with nothing left",
        "0, '2b00 010400000000 3c00 0000 00000000 3a00 010400000000', '" + PING + "', all in order",
        "44, '3a00 0001 00000001', '" + PING + "', a first fragment",
    })
    void shouldTakeWhatIsInOrder(int next, String chain, String rest, String name) {
        assertNull(headers.judge(packet(SELF, next, chain + rest)));
        assertNull(headers.error());
    }

    @ParameterizedTest(name = "{4}")
    @CsvSource({
        "0, '3a00 5e0411223344', -1, 0, unknown option to discard (01)",
        "0, '3a00 9e0411223344', 2, 42, unknown option to discard and report (10)",
        "0, '3a00 de0411223344', 2, 42, unknown option to report if not to a group (11)",
        "60, '3a00 9e0411223344', 2, 42, the same among destination options",
        "60, '3a00 c2040001 0000', 2, 42, jumbo payload among destination options",
        "60, '3a00 c90400000000', 2, 42, home address",
        "60, '3a00 1eff11223344', -1, 0, an option that overruns its header",
        "60, '3a00 0103000000 1e', -1, 0, an option without its length",
        "0, '3a00 0502000000 00', -2, 0, control: router alert",
        "0, '3a00 0503000000 00', -1, 0, router alert of a wrong length",
        "0, '3a00 010400000001', -1, 0, padding that says something",
        "0, '3a01 010600000000 0000 0103 000000 00', -1, 0, more padding than alignment needs",
        "0, '0000 010400000000 3a00 010400000000', 1, 40, a second hop-by-hop",
        "60, '0000 010400000000 3a00 010400000000', 1, 40, hop-by-hop behind another header",
        "43, '3a00 fd01 00000000', 0, 42, unknown routing type with segments left",
        "43, '3a00 0001 00000000', 0, 42, routing type 0 with segments left",
        "43, '3a00 0401 00000000', -1, 0, segment routing",
        "43, '3a00 0400 00000000', -1, 0, segment routing at its end",
        "51, '3a02 0000 00000001 00000001 00000000', 1, 6, authentication header",
        "60, '3300 010400000000 3a02 0000 00000001 00000001 00000000', 1, 40, authentication behind options",
        "135, '3b00 0000 00000000', 1, 6, mobility",
        "0, '3a05 010400000000', -1, 0, a header longer than the packet",
        "44, '3a00 0001 00000001 00', 0, 4, a middle fragment that is no multiple of eight",
        "44, '3a00 fff8 00000001 0000000000000000', 0, 42, a fragment past the longest datagram",
    })
    void shouldRefuse(int next, String chain, int code, int pointer, String name) {
        boolean shortFragment = name.startsWith("a middle");
        Packet packet = packet(SELF, next, shortFragment ? chain : chain + PING);

        @Nullable DropReason reason = headers.judge(packet);

        if (code == -2) {
            assertNull(reason);
            return;
        }
        assertNotNull(reason);
        IcmpError expected = code < 0 ? null : IcmpError.parameterProblem(code, pointer);
        assertEquals(String.valueOf(expected), String.valueOf(headers.error()));
    }

    @Test
    void shouldSayNothingToAGroupButOfOptionsThatAskForIt() {
        assertEquals(DropReason.UNSUPPORTED, headers.judge(packet(GROUP, 0, "3a00 de0411223344" + PING)));
        assertNull(headers.error());
        assertEquals(DropReason.UNSUPPORTED, headers.judge(packet(GROUP, 0, "3a00 9e0411223344" + PING)));
        assertNotNull(headers.error());
        assertEquals(DropReason.UNSUPPORTED, headers.judge(packet(GROUP, 43, "3a00 0000 00000000" + PING)));
        assertNull(headers.error());
    }

    @Test
    void shouldCountOptions() {
        assertNull(headers.judge(packet(SELF, 0, "3a02 " + "1e00".repeat(8) + "0104 00000000" + PING)));
        assertEquals(
                DropReason.MALFORMED, headers.judge(packet(SELF, 0, "3a02 " + "1e00".repeat(9) + "01020000" + PING)));
    }

    @Test
    void shouldNameTheFieldThatNamesTheTransport() {
        assertEquals(6, ExtensionHeaders.transportLink(packet(SELF, 200, "00")));
        assertEquals(40, ExtensionHeaders.transportLink(packet(SELF, 0, "c800 010400000000 00")));
        assertEquals(48, ExtensionHeaders.transportLink(packet(SELF, 0, "3c00 010400000000 c800 010400000000 00")));
    }

    @Test
    void shouldEndOnAnyBytes() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int[] nexts = {0, 43, 44, 51, 60, 135, 139, 140};
        for (int i = 0; i < 200_000; i++) {
            byte[] octets = new byte[random.nextInt(80)];
            random.nextBytes(octets);
            if (octets.length > 0 && random.nextBoolean()) {
                octets[0] = (byte) nexts[random.nextInt(nexts.length)];
            }
            if (octets.length > 1) {
                octets[1] &= 7;
            }
            Packet packet = packet(
                    SELF, nexts[random.nextInt(nexts.length)], HexFormat.of().formatHex(octets));
            try {
                headers.judge(packet);
                ExtensionHeaders.transportLink(packet);
            } catch (RuntimeException e) {
                throw new AssertionError("seed=" + seed + " i=" + i, e);
            }
        }
    }
}
