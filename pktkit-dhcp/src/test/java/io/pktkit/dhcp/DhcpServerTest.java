// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static io.pktkit.dhcp.ServerBench.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.wire.IpAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the server does with each message in each state of the lease: RFC 2131 section 4.3. */
class DhcpServerTest {
    private final ServerBench bench = new ServerBench();

    @Test
    void shouldOfferTheSameAddressAgain() {
        assertEquals(address(10), bench.discover(1).yiaddr());
        assertEquals(address(11), bench.discover(2).yiaddr());

        assertEquals(address(10), bench.discover(1).yiaddr());
    }

    @Test
    void shouldHoldAnOfferForAMinute() {
        bench.discover(1);
        bench.advance(59);
        assertEquals(address(11), bench.discover(2).yiaddr());

        bench.advance(2);

        assertEquals(address(10), bench.discover(3).yiaddr());
    }

    @Test
    void shouldBeSilentWhenThePoolIsFull() {
        for (int station = 1; station <= 4; station++) {
            bench.lease(station);
        }

        assertTrue(bench.discover(5).isSilence());
        assertEquals(1, bench.server.stats().dropped(DropReason.TABLE_FULL));
    }

    @Test
    void shouldReclaimAStaleOfferWhenThereIsNothingElse() {
        for (int station = 1; station <= 4; station++) {
            bench.discover(station);
        }
        assertTrue(bench.discover(5).isSilence());

        bench.advance(5);

        assertEquals(address(10), bench.discover(5).yiaddr());
        assertEquals(DhcpOptions.NAK, bench.select(1, address(10)).type());
    }

    @Test
    void shouldGiveTheAddressWishedForIfItIsFree() {
        bench.discover(1);

        assertEquals(address(12), wish(2, address(12)));
        assertEquals(address(11), wish(3, address(12)));
        assertEquals(address(13), wish(4, address(200)));
    }

    @Test
    void shouldDropTheOfferWhenAnotherServerIsChosen() {
        bench.discover(1);

        ServerBench.Reply reply = bench.send(1, DhcpOptions.REQUEST, writer -> {
            writer.intOption(DhcpOptions.REQUESTED_ADDRESS, address(10));
            writer.intOption(DhcpOptions.SERVER_IDENTIFIER, ServerBench.OTHER_SERVER);
        });

        assertTrue(reply.isSilence());
        assertEquals(address(10), bench.discover(2).yiaddr());
    }

    @Test
    void shouldKeepTheLeaseWhenAnotherServerIsChosen() {
        bench.lease(1);

        bench.send(1, DhcpOptions.REQUEST, writer -> {
            writer.intOption(DhcpOptions.REQUESTED_ADDRESS, address(10));
            writer.intOption(DhcpOptions.SERVER_IDENTIFIER, ServerBench.OTHER_SERVER);
        });

        assertEquals(1, bench.server.leases().size());
    }

    @Test
    void shouldRefuseAnotherAddressThanWasOffered() {
        bench.discover(1);

        assertEquals(DhcpOptions.NAK, bench.select(1, address(11)).type());
        assertEquals(DhcpOptions.NAK, bench.select(2, address(12)).type());
        assertEquals(DhcpOptions.ACK, bench.select(1, address(10)).type());
        assertEquals(DhcpOptions.ACK, bench.select(1, address(10)).type(), "a repeated REQUEST is answered again");
    }

    @Test
    void shouldAnswerARebootedClientByWhatIsKnown() {
        bench.lease(1);

        assertEquals(DhcpOptions.ACK, bench.reboot(1, address(10)).type());
        assertEquals(DhcpOptions.NAK, bench.reboot(1, address(11)).type(), "it has another address");
        assertEquals(DhcpOptions.NAK, bench.reboot(2, address(10)).type(), "somebody else has it");
        assertEquals(DhcpOptions.NAK, bench.reboot(3, 0xC0A80101).type(), "it is on another network");
        assertEquals(DhcpOptions.NAK, bench.reboot(3, ServerBench.SERVER).type());
        assertEquals(DhcpOptions.NAK, bench.reboot(3, address(255)).type());
        assertTrue(bench.reboot(4, address(99)).isSilence(), "another server may know it");
        assertEquals(DhcpOptions.ACK, bench.reboot(5, address(12)).type(), "this server may have been restarted");
    }

    @Test
    void shouldExtendOrRefuseARenewal() {
        bench.lease(1);

        assertEquals(DhcpOptions.ACK, bench.renew(1, address(10)).type());
        assertEquals(DhcpOptions.NAK, bench.renew(2, address(10)).type());
        assertEquals(DhcpOptions.NAK, bench.renew(1, address(11)).type());
        assertEquals(DhcpOptions.NAK, bench.renew(3, 0xC0A80101).type());
        assertEquals(DhcpOptions.NAK, bench.renew(3, address(99)).type());
        assertEquals(DhcpOptions.ACK, bench.renew(4, address(12)).type());
    }

    @Test
    void shouldBeSilentToARequestThatAsksForNothing() {
        assertTrue(bench.send(1, DhcpOptions.REQUEST, writer -> {}).isSilence());
        assertTrue(
                bench.send(1, DhcpOptions.REQUEST, w -> w.intOption(DhcpOptions.SERVER_IDENTIFIER, ServerBench.SERVER))
                        .isSilence());
        assertTrue(bench.send(1, DhcpOptions.OFFER, writer -> {}).isSilence());
        assertTrue(bench.send(1, 99, writer -> {}).isSilence());
    }

    @Test
    void shouldFenceADeclinedAddressForTheLeaseTime() {
        bench.lease(1);

        assertTrue(bench.decline(1, address(10)).isSilence());

        assertEquals(List.of("GRANTED 10.0.2.10", "DECLINED 10.0.2.10"), bench.events);
        assertEquals(address(11), bench.discover(1).yiaddr());
        assertEquals(DhcpOptions.NAK, bench.reboot(2, address(10)).type());
        bench.advance(3599);
        assertEquals(address(11), bench.discover(3).yiaddr());
        bench.advance(2);
        assertEquals(address(10), wish(4, address(10)));
    }

    @Test
    void shouldGiveADeclinedAddressToWhomeverUsesIt() {
        bench.lease(1);
        bench.decline(1, address(10));

        assertEquals(DhcpOptions.ACK, bench.renew(2, address(10)).type());
        assertEquals(DhcpOptions.NAK, bench.renew(3, address(10)).type());
    }

    @Test
    void shouldIgnoreForgedDeclines() {
        bench.lease(1);

        bench.decline(2, address(10));
        bench.decline(2, address(12));
        bench.decline(1, address(12));
        bench.send(1, DhcpOptions.DECLINE, w -> w.intOption(DhcpOptions.REQUESTED_ADDRESS, address(10)));
        bench.sendAs(9, 1, DhcpOptions.DECLINE, ServerBench.selecting(address(10)));

        assertEquals(1, bench.server.leases().size());
        assertEquals(address(12), wish(3, address(12)));
    }

    @Test
    void shouldNotLetDeclinesFenceOffThePool() {
        for (int station = 1; station <= 20; station++) {
            int address = bench.lease(station);
            bench.decline(station, address);
        }

        int served = 0;
        for (int station = 101; station <= 104; station++) {
            served += bench.lease(station) != 0 ? 1 : 0;
        }
        assertEquals(3, served);
    }

    @Test
    void shouldFreeAReleasedAddress() {
        bench.lease(1);

        bench.release(1, address(10));

        assertEquals(List.of("GRANTED 10.0.2.10", "RELEASED 10.0.2.10"), bench.events);
        assertEquals(address(10), wish(2, address(10)));
    }

    @Test
    void shouldIgnoreForgedReleases() {
        bench.lease(1);

        bench.release(2, address(10));
        bench.release(1, address(11));
        bench.send(1, DhcpOptions.RELEASE, writer -> writer.ciaddr(address(10)));
        bench.sendAs(9, 1, DhcpOptions.RELEASE, ServerBench.releasing(address(10)));

        assertEquals(1, bench.server.leases().size());
    }

    @Test
    void shouldTreatABorrowedHardwareAddressAsSomebodyElse() {
        bench.lease(1);

        assertEquals(
                DhcpOptions.NAK,
                bench.sendAs(9, 1, DhcpOptions.REQUEST, w -> w.ciaddr(address(10)))
                        .type());
        assertEquals(
                address(11),
                bench.sendAs(9, 1, DhcpOptions.DISCOVER, writer -> {}).yiaddr());
        assertEquals(address(10), bench.discover(1).yiaddr());
    }

    @Test
    void shouldMakeTheLeaseFullOnlyByARealRenewal() {
        assertEquals(120, bench.discover(1).leaseSeconds());
        assertEquals(120, bench.select(1, address(10)).leaseSeconds());
        assertEquals(120, bench.renew(1, address(10)).leaseSeconds(), "a renewal right away proves nothing");
        bench.advance(29);
        assertEquals(120, bench.renew(1, address(10)).leaseSeconds());

        bench.advance(30);

        assertEquals(3600, bench.renew(1, address(10)).leaseSeconds());
        assertEquals(3600, bench.select(1, address(10)).leaseSeconds());
    }

    @Test
    void shouldRememberAProvenClient() {
        int address = bench.provenLease(2);
        bench.release(2, address);
        wish(1, address);

        ServerBench.Reply offer = bench.discover(2);

        assertEquals(3600, offer.leaseSeconds());
        assertEquals(address(11), offer.yiaddr(), "its old address is offered to another meanwhile");
    }

    @Test
    void shouldForgetAnUnprovenClientAfterTheProvisionalTime() {
        bench.lease(1);

        bench.advance(121);

        assertEquals(List.of("GRANTED 10.0.2.10", "EXPIRED 10.0.2.10"), bench.events);
        assertEquals(List.of(), bench.server.leases());
    }

    @Test
    void shouldLimitWhatOneStationCanTake() {
        ServerBench wide =
                new ServerBench(builder -> builder.range(IpAddress.ofIpv4(address(10)), IpAddress.ofIpv4(address(200)))
                        .maxLeases(1024, 3));

        for (int chaddr = 100; chaddr < 150; chaddr++) {
            wide.sendAs(1, chaddr, DhcpOptions.DISCOVER, writer -> {});
        }

        assertEquals(47, wide.server.stats().dropped(DropReason.TABLE_FULL));
        assertEquals(address(13), wide.discover(2).yiaddr());
    }

    @Test
    void shouldNotExceedTheLimitOfLeases() {
        ServerBench small = new ServerBench(builder -> builder.maxLeases(2, 2));

        assertEquals(address(10), small.lease(1));
        assertEquals(address(11), small.lease(2));
        assertEquals(0, small.lease(3));
        assertTrue(small.reboot(4, address(12)).isSilence());
    }

    @Test
    void shouldNotCountALeaseTimeThatIsTooLongForASeconds32() {
        ServerBench forever = new ServerBench(builder ->
                builder.leaseTime(Duration.ofSeconds(Long.MAX_VALUE)).provisionalLeaseTime(Duration.ofDays(100_000)));

        assertEquals(Lease.INFINITE, forever.discover(1).leaseSeconds());
        forever.select(1, address(10));
        forever.advance(1_000_000_000);

        assertEquals(1, forever.server.leases().size());
    }

    private int wish(int station, int address) {
        return bench.send(station, DhcpOptions.DISCOVER, w -> w.intOption(DhcpOptions.REQUESTED_ADDRESS, address))
                .yiaddr();
    }
}
