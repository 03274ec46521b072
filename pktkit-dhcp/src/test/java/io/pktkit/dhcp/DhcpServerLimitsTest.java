// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static io.pktkit.dhcp.ServerBench.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.DropReason;
import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.dhcp.internal.DhcpWriter;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.MacAddress;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Bounds by what is held, and who is let through them. */
class DhcpServerLimitsTest {
    private static final int FIRST = address(10);

    private static ServerBench wide(Consumer<DhcpServerConfigBuilder> settings) {
        return new ServerBench(b -> {
            b.range(IpAddress.ofIpv4(FIRST), IpAddress.ofIpv4(address(200)));
            settings.accept(b);
            return b;
        });
    }

    @Test
    void shouldLetAReservationThroughAFullTable() {
        ServerBench bench =
                wide(b -> b.maxLeases(2, 1).reservation(reserve(7, 50)).reservation(reserve(8, 220)));
        bench.lease(1);
        bench.lease(2);
        assertTrue(bench.discover(3).isSilence());

        assertEquals(address(50), bench.lease(7));
        assertEquals(address(220), bench.lease(8));
        assertEquals(DhcpOptions.ACK, bench.renew(7, address(50)).type());
        assertEquals(4, bench.server.leases().size());
        assertTrue(bench.discover(3).isSilence());
    }

    @Test
    void shouldLetAReservationThroughItsStationsLimit() {
        ServerBench bench = wide(b -> b.maxLeases(100, 2).reservation(reserve(7, 50)));
        bench.sendAs(7, 101, DhcpOptions.DISCOVER, writer -> {});
        bench.sendAs(7, 102, DhcpOptions.DISCOVER, writer -> {});
        assertTrue(bench.sendAs(7, 103, DhcpOptions.DISCOVER, writer -> {}).isSilence());

        assertEquals(address(50), bench.discover(7).yiaddr());
    }

    @Test
    void shouldRenewAtEveryLimit() {
        ServerBench bench = new ServerBench(b -> b.maxLeases(4, 1));
        for (int station = 1; station <= 4; station++) {
            bench.lease(station);
        }

        for (int station = 1; station <= 4; station++) {
            assertEquals(
                    DhcpOptions.ACK, bench.renew(station, address(9 + station)).type());
            assertEquals(address(9 + station), bench.discover(station).yiaddr());
            assertEquals(
                    address(9 + station),
                    bench.select(station, address(9 + station)).yiaddr());
        }
    }

    @Test
    void shouldTakeBackAStaleOfferForRoomInTheTable() {
        ServerBench bench = wide(b -> b.maxLeases(2, 2));
        bench.advance(100); // ages are differences, not times
        bench.discover(1);
        bench.discover(2);
        assertTrue(bench.discover(3).isSilence(), "they had no time to answer");
        bench.advance(4);
        bench.discover(2); // as fresh as new

        bench.advance(1);

        assertEquals(address(12), bench.discover(3).yiaddr());
        assertTrue(bench.discover(4).isSilence(), "the other offer was repeated a second ago");
    }

    @Test
    void shouldNotTakeBackAnOfferForAStationOverItsLimit() {
        ServerBench bench = wide(b -> b.maxLeases(2, 1));
        bench.lease(1);
        bench.discover(2);
        bench.advance(5);

        ServerBench.Reply greedy =
                bench.sendAs(1, 101, DhcpOptions.REQUEST, w -> w.intOption(DhcpOptions.REQUESTED_ADDRESS, address(50)));

        assertTrue(greedy.isSilence());
        assertEquals(address(11), bench.select(2, address(11)).yiaddr(), "the other's offer stands");
    }

    @Test
    void shouldPassOverOffersOfReservedAddressesWhenTheRangeIsEmpty() {
        ServerBench bench = new ServerBench(b -> b.reservation(reserve(7, 50)));
        bench.discover(7); // the oldest offer, but not one of the range
        for (int station = 1; station <= 4; station++) {
            bench.discover(station);
        }
        assertTrue(bench.discover(5).isSilence());

        bench.advance(5);

        assertEquals(address(10), bench.discover(5).yiaddr());
        assertEquals(address(50), bench.select(7, address(50)).yiaddr(), "its offer stands");
    }

    @Test
    void shouldNotLetDeclinesFillATableThatIsSmallerThanTheRange() {
        ServerBench bench = wide(b -> b.maxLeases(8, 8));
        for (int station = 1; station <= 50; station++) {
            int address = bench.lease(station);
            bench.decline(station, address);
        }

        int served = 0;
        for (int station = 101; station <= 120; station++) {
            served += bench.lease(station) != 0 ? 1 : 0;
        }
        assertEquals(6, served, "a quarter of the table at most is fenced off");
    }

    @Test
    void shouldLimitARelayThatIsNotNamed() {
        ServerBench bench = wide(b -> b.maxLeases(100, 3).relay(IpAddress.ofIpv4(address(5))));

        for (int client = 100; client < 120; client++) {
            bench.sendAs(9, client, DhcpOptions.DISCOVER, writer -> writer.giaddr(address(6)));
        }
        assertEquals(17, bench.server.stats().dropped(DropReason.TABLE_FULL));
        for (int client = 100; client < 120; client++) {
            bench.sendAs(9, client, DhcpOptions.DISCOVER, writer -> writer.giaddr(address(5)));
        }
        assertEquals(17, bench.server.stats().dropped(DropReason.TABLE_FULL), "the named one is not limited");
    }

    @Test
    void shouldNotTakeAStationForTheRelayWhoseAddressIsInItsMac() {
        ServerBench bench = wide(b -> b.maxLeases(100, 3).relay(IpAddress.ofIpv4(address(5))));
        MacAddress lookalike = MacAddress.of(0x0200_0000_0000L | address(5));

        for (int client = 100; client < 120; client++) {
            bench.sendFrame(ServerBench.frame(
                    lookalike, MacAddress.BROADCAST, ServerBench.message(client, DhcpOptions.DISCOVER, writer -> {})));
        }

        assertEquals(17, bench.server.stats().dropped(DropReason.TABLE_FULL));
    }

    @Test
    void shouldNotProveAClientByTheTimeThatPassedBeforeItCame() {
        ServerBench bench = new ServerBench();
        bench.discover(9);
        bench.advance(1000);
        bench.lease(1);

        assertEquals(120, bench.renew(1, address(10)).leaseSeconds());
    }

    @Test
    void shouldNotChangeALeaseWhenTheAnswerWouldNotFit() {
        ServerBench bench = new ServerBench();
        byte[] tooLong = new byte[277];
        Consumer<DhcpWriter> asking =
                writer -> writer.ciaddr(address(10)).option(DhcpOptions.RELAY_AGENT_INFORMATION, tooLong);

        assertTrue(bench.send(1, DhcpOptions.REQUEST, asking).isSilence());
        assertTrue(bench.send(1, DhcpOptions.DISCOVER, asking).isSilence());
        assertTrue(bench.send(1, DhcpOptions.INFORM, asking).isSilence());

        assertEquals(3, bench.server.stats().dropped(DropReason.TOO_BIG));
        for (int station = 2; station <= 5; station++) {
            assertEquals(address(8 + station), bench.lease(station), "all four are free still");
        }
    }

    @Test
    void shouldTakeAReleaseThatWantsNoAnswerWhateverItsSize() {
        ServerBench bench = new ServerBench();
        bench.lease(1);

        bench.send(1, DhcpOptions.RELEASE, writer -> {
            ServerBench.releasing(address(10)).accept(writer);
            writer.option(DhcpOptions.RELAY_AGENT_INFORMATION, new byte[400]);
        });

        assertEquals(0, bench.server.leases().size());
    }

    private static Reservation reserve(int station, int host) {
        return new Reservation(Lan.mac(station), IpAddress.ofIpv4(address(host)), null);
    }
}
