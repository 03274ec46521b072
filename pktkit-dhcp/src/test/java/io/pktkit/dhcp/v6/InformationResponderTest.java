// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.v6;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.ra.Ipv6Offer;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Expected octets are put together by hand from RFC 8415 and RFC 3646. */
class InformationResponderTest {
    private static final String CLIENT = "0001000a" + "00030001020000000007";
    private static final String SERVER = "0002000a" + "0003000102dd00000001";
    private static final String SERVERS = "00170010" + "fd120000000000000000000000000001";
    private static final String DOMAINS = "0018000a" + "036c616e047465737400";
    private static final String REFRESH = "0020000400000708";

    private final InformationResponder responder = new InformationResponder(
            new Ipv6Offer(
                    IpPrefix.parse("fd12::/64"),
                    Duration.ZERO,
                    1500,
                    List.of(IpAddress.parse("fd12::1")),
                    List.of("lan.test"),
                    null),
            MacAddress.parse("02:dd:00:00:00:01"));

    private @Nullable String ask(String hex) {
        byte[] octets = HexFormat.of().parseHex(hex);
        ByteBuffer reply = responder.reply(ByteBuffer.wrap(octets), 0, octets.length);
        if (reply == null) {
            return null;
        }
        byte[] answer = new byte[reply.remaining()];
        reply.get(answer);
        return HexFormat.of().formatHex(answer);
    }

    @Test
    void shouldTellWhatIsAskedFor() {
        assertEquals(
                "07abcdef" + CLIENT + SERVER + SERVERS + DOMAINS,
                ask("0babcdef" + CLIENT + "0006000400170018" + "000800020000"));
        assertEquals("07abcdef" + CLIENT + SERVER + DOMAINS, ask("0babcdef" + CLIENT + "000600020018"));
    }

    @Test
    void shouldTellAllToWhoNamesNothing() {
        assertEquals("07000001" + SERVER + SERVERS + DOMAINS + REFRESH, ask("0b000001"));
    }

    @Test
    void shouldAnswerNothingElse() {
        assertNull(ask("01abcdef" + CLIENT), "a SOLICIT: there are no addresses");
        assertNull(ask("0babcdef" + "0002000a" + "00030001020000000099"), "for another server");
        assertNotNull(ask("0babcdef" + SERVER));
        assertNull(ask("0babcdef" + "0003000c000000010000000000000000"), "with an IA");
        assertNull(ask("0cabcdef"), "a relay's");
        assertNull(ask("0babcd"));
        assertNull(ask("0babcdef" + "00060004"), "cut short");
    }

    @Test
    void shouldTakeNoHarmFromAnyOctets() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        byte[] valid = HexFormat.of().parseHex("0babcdef" + CLIENT + "0006000400170018" + "000800020000");
        int answered = 0;
        for (int i = 0; i < 200_000; i++) {
            byte[] octets = valid.clone();
            for (int j = random.nextInt(5); j > 0; j--) {
                octets[random.nextInt(octets.length)] = (byte) random.nextInt();
            }
            ByteBuffer reply = responder.reply(ByteBuffer.wrap(octets), 0, random.nextInt(octets.length + 1));
            answered += reply == null ? 0 : 1;
            assertTrue(reply == null || reply.get(0) == 7, "seed=" + seed + " i=" + i);
        }
        assertTrue(answered > 1000, "seed=" + seed + " answered=" + answered);
    }
}
