// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static io.pktkit.dhcp.ServerBench.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.wire.IpAddress;
import org.junit.jupiter.api.Test;

/** Addresses that belong to one station, inside the range (.11) and outside it (.200). */
class DhcpReservationTest {
    private final ServerBench bench = new ServerBench(builder ->
            builder.reservation(reserve(1, 11)).reservation(reserve(2, 200)).relay(IpAddress.ofIpv4(address(5))));

    @Test
    void shouldGiveReservedAddressesForTheFullTime() {
        assertEquals(address(11), bench.discover(1).yiaddr());
        assertEquals(address(200), bench.discover(2).yiaddr());
        assertEquals(3600, bench.discover(2).leaseSeconds());
        assertEquals(address(200), bench.select(2, address(200)).yiaddr());
    }

    @Test
    void shouldGiveThemToNobodyElse() {
        assertEquals(address(10), bench.lease(3));
        assertEquals(address(12), bench.lease(4));
        assertEquals(DhcpOptions.NAK, bench.reboot(5, address(11)).type());
        assertEquals(DhcpOptions.NAK, bench.renew(5, address(200)).type());
    }

    @Test
    void shouldRefuseTheirOwnerAnyOther() {
        assertEquals(DhcpOptions.NAK, bench.reboot(1, address(10)).type());
        assertEquals(DhcpOptions.NAK, bench.renew(1, address(12)).type());
        assertEquals(DhcpOptions.ACK, bench.reboot(1, address(11)).type());
    }

    @Test
    void shouldFollowTheStationToAnotherIdentifier() {
        bench.lease(1);

        ServerBench.Reply offer =
                bench.send(1, DhcpOptions.DISCOVER, w -> w.option(DhcpOptions.CLIENT_IDENTIFIER, new byte[] {0, 1}));

        assertEquals(address(11), offer.yiaddr());
        assertEquals(0, bench.server.leases().size());
    }

    @Test
    void shouldNotLetOtherStationsClaimThem() {
        bench.lease(1);

        assertNotEquals(
                address(11),
                bench.sendAs(9, 1, DhcpOptions.DISCOVER, writer -> {}).yiaddr());
        assertNotEquals(
                address(11),
                bench.sendAs(9, 1, DhcpOptions.DISCOVER, writer -> writer.giaddr(address(6)))
                        .yiaddr());
        assertEquals(1, bench.server.leases().size());
    }

    @Test
    void shouldTrustANamedRelay() {
        ServerBench.Reply offer = bench.sendAs(9, 1, DhcpOptions.DISCOVER, writer -> writer.giaddr(address(5)));

        assertEquals(address(11), offer.yiaddr());
    }

    @Test
    void shouldTrustANamedRelayAtItsStationOnly() {
        ServerBench named = new ServerBench(builder -> builder.reservation(reserve(1, 11))
                .relay(IpAddress.ofIpv4(address(5)))
                .from(Lan.mac(9)));

        assertTrue(named.sendAs(8, 1, DhcpOptions.DISCOVER, writer -> writer.giaddr(address(5)))
                .isSilence());
        assertEquals(1, named.server.stats().dropped(DropReason.FILTERED));
        assertEquals(
                address(11),
                named.sendAs(9, 1, DhcpOptions.DISCOVER, writer -> writer.giaddr(address(5)))
                        .yiaddr());
        assertEquals(address(10), named.discover(8).yiaddr(), "who speaks for himself is heard");
    }

    @Test
    void shouldTakeADeclineFromTheOwnerOnly() {
        bench.decline(3, address(11));
        assertEquals(address(11), bench.discover(1).yiaddr());

        bench.decline(1, address(11));

        assertTrue(bench.discover(1).isSilence());
        bench.advance(3601);
        assertEquals(address(11), bench.discover(1).yiaddr());
    }

    private static Reservation reserve(int station, int host) {
        return new Reservation(Lan.mac(station), IpAddress.ofIpv4(address(host)), null);
    }
}
