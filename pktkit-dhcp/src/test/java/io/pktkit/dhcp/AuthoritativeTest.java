// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static io.pktkit.dhcp.ServerBench.address;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.device.DropReason;
import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.wire.IpAddress;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is answered to clients of which there is no record, alone on a network and not (RFC 2131 section 4.3.2). */
class AuthoritativeTest {
    private static final int ELSEWHERE = 0xC0A80109; // 192.168.1.9

    private static ServerBench bench(boolean only) {
        return new ServerBench(b ->
                b.authoritative(only).reservation(new Reservation(Lan.mac(77), IpAddress.ofIpv4(address(50)), null)));
    }

    private static String answer(ServerBench.Reply reply) {
        return reply.isSilence() ? "silence" : reply.type() == DhcpOptions.ACK ? "ACK" : "NAK";
    }

    @ParameterizedTest
    @CsvSource({
        "true,  99, NAK", // the subnet's, but nobody's here
        "false, 99, silence",
        "true,  12, ACK", // free in the range
        "false, 12, ACK", // which only this server gives
        "true,  14, NAK",
        "false, 14, silence", // just beyond the range
        "false, 9,  silence",
        "false, 10, NAK", // somebody else's by our own record
        "false, 50, NAK", // kept for another
        "false, 2,  NAK", // our own
        "false, 1,  NAK", // the router's
    })
    void shouldExtend(boolean only, int host, String expected) {
        ServerBench bench = bench(only);
        bench.lease(1);

        assertEquals(expected, answer(bench.renew(2, address(host))));
    }

    @ParameterizedTest
    @CsvSource({
        "true,  12, ACK", // restarted, or its client slow
        "false, 12, silence", // no record: MUST remain silent
        "true,  99, silence",
        "false, 99, silence",
        "false, 10, NAK",
        "false, 50, NAK",
    })
    void shouldAnswerARebootedClient(boolean only, int host, String expected) {
        ServerBench bench = bench(only);
        bench.lease(1);

        assertEquals(expected, answer(bench.reboot(2, address(host))));
    }

    @ParameterizedTest
    @CsvSource({"true, NAK", "false, silence"})
    void shouldTreatClientsFromElsewhere(boolean only, String expected) {
        ServerBench bench = bench(only);

        assertEquals(expected, answer(bench.renew(2, ELSEWHERE)));
        assertEquals(expected, answer(bench.reboot(2, ELSEWHERE)));
        assertEquals(expected, answer(bench.reboot(2, address(255))));
        assertEquals(only ? 0 : 3, bench.server.stats().dropped(DropReason.NOT_FOR_US));
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void shouldRefuseWhatContradictsItsOwnRecord(boolean only) {
        ServerBench bench = bench(only);
        bench.lease(1);

        assertEquals("NAK", answer(bench.renew(1, ELSEWHERE)));
        assertEquals("NAK", answer(bench.reboot(1, address(99))));
        assertEquals("ACK", answer(bench.reboot(1, address(10))));
        assertEquals("NAK", answer(bench.reboot(77, address(12))), "its address is another");
        assertEquals("ACK", answer(bench.reboot(77, address(50))));
        assertEquals("NAK", answer(bench.select(3, address(12))), "it says that it chose this server");
    }

    @ParameterizedTest
    @CsvSource({"true, NAK", "false, silence"})
    void shouldNotTakeAnOfferForARecord(boolean only, String expected) {
        ServerBench bench = bench(only);
        bench.discover(2);

        assertEquals(expected, answer(bench.renew(2, address(99))));
        assertEquals("ACK", answer(bench.select(2, address(10))), "the offer stands");
    }
}
