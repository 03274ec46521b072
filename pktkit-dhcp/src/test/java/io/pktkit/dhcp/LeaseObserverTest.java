// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static io.pktkit.dhcp.ServerBench.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.dhcp.internal.DhcpWriter;
import io.pktkit.time.Timers;
import io.pktkit.wire.IpAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who holds which address until when and under which name, as events and as a snapshot. */
class LeaseObserverTest {
    private static final long SECOND = 1_000_000_000L;

    private final ServerBench bench = new ServerBench();

    @Test
    void shouldTellStationClientAndEnd() {
        bench.advance(7);
        bench.lease(1);
        long granted = bench.time.nowNanos();
        bench.advance(60);
        bench.renew(1, address(10));

        ServerLease first = bench.told.get(0);
        ServerLease second = bench.told.get(1);
        assertEquals(List.of("GRANTED 10.0.2.10", "RENEWED 10.0.2.10"), bench.events);
        assertEquals(Lan.mac(1), first.mac());
        assertEquals(Lan.mac(1), first.station());
        assertTrue(first.provisional());
        assertEquals(120 * SECOND, first.expiryNanos() - granted);
        assertEquals(100 * SECOND, first.remainingNanos(granted + 20 * SECOND));
        assertEquals(0, first.remainingNanos(granted + 121 * SECOND));
        assertFalse(second.provisional());
        assertEquals(3600 * SECOND, second.expiryNanos() - bench.time.nowNanos());
        assertEquals(List.of(second), bench.server.leases());
        assertEquals(second, bench.server.lease(second.address()));
        assertNull(bench.server.lease(IpAddress.ofIpv4(address(11))));
        assertNull(bench.server.lease(IpAddress.parse("::1")));
    }

    @Test
    void shouldTellTheStationThatAskedForAnother() {
        bench.sendAs(9, 1, DhcpOptions.DISCOVER, writer -> {});
        bench.sendAs(9, 1, DhcpOptions.REQUEST, ServerBench.selecting(address(10)));
        bench.sendAs(8, 2, DhcpOptions.DISCOVER, writer -> writer.giaddr(address(5)));
        bench.sendAs(8, 2, DhcpOptions.REQUEST, writer -> {
            ServerBench.selecting(address(11)).accept(writer);
            writer.giaddr(address(5));
        });
        bench.sendAs(7, 2, DhcpOptions.REQUEST, w -> w.giaddr(address(5)).ciaddr(address(11)));

        assertEquals(Lan.mac(1), bench.told.get(0).mac());
        assertEquals(Lan.mac(9), bench.told.get(0).station());
        assertEquals(Lan.mac(2), bench.told.get(1).mac());
        assertEquals(Lan.mac(8), bench.told.get(1).station());
        assertEquals(Lan.mac(7), bench.told.get(2).station(), "the relay's other station");
    }

    @Test
    void shouldTellTheStationOfAClientWithoutAnEthernetAddress() {
        byte[] infiniband = new byte[16];
        int type = DhcpOptions.DISCOVER;
        bench.sendAs(9, 1, type, writer -> writer.hardware(32, 0, infiniband).hardware(32, 8, infiniband));
        bench.sendAs(9, 1, DhcpOptions.REQUEST, writer -> {
            writer.hardware(32, 8, infiniband);
            ServerBench.selecting(address(10)).accept(writer);
        });

        assertEquals(Lan.mac(9), bench.told.get(0).mac());
    }

    @Test
    void shouldTellTheEndOfEachLease() {
        bench.lease(1);
        bench.lease(2);
        bench.lease(3);
        bench.release(1, address(10));
        bench.decline(2, address(11));
        bench.advance(121);

        assertEquals(
                List.of("RELEASED 10.0.2.10", "DECLINED 10.0.2.11", "EXPIRED 10.0.2.12"),
                bench.events.subList(3, bench.events.size()));
        assertEquals(List.of(), bench.server.leases());
        assertNull(bench.server.lease(IpAddress.ofIpv4(address(11))), "declined, and nobody's");
    }

    @Test
    void shouldTellNothingOfOffers() {
        bench.discover(1);
        assertNull(bench.server.lease(IpAddress.ofIpv4(address(10))));
        bench.advance(61);

        assertEquals(List.of(), bench.events);
    }

    @Test
    void shouldTellThatAReservedAddressWentToAnotherIdentifier() {
        ServerBench reserved = new ServerBench(b -> b.reservation(reserve(1, 11)));
        reserved.lease(1);

        identified(reserved, DhcpOptions.DISCOVER, 1, w -> {});
        identified(reserved, DhcpOptions.REQUEST, 1, ServerBench.selecting(address(11)));

        assertEquals(List.of("GRANTED 10.0.2.11", "REPLACED 10.0.2.11", "GRANTED 10.0.2.11"), reserved.events);
    }

    @Test
    void shouldTellThatAClientMovedToTheAddressReservedForIt() {
        ServerBench reserved = new ServerBench(b -> b.reservation(reserve(1, 50)));
        // As a bridge it asks for another, and then for itself, under one identifier.
        identified(reserved, DhcpOptions.DISCOVER, 9, w -> {});
        identified(reserved, DhcpOptions.REQUEST, 9, ServerBench.selecting(address(10)));

        assertEquals(
                address(50),
                identified(reserved, DhcpOptions.DISCOVER, 1, w -> {}).yiaddr());
        identified(reserved, DhcpOptions.REQUEST, 1, ServerBench.selecting(address(50)));

        assertEquals(List.of("GRANTED 10.0.2.10", "REPLACED 10.0.2.10", "GRANTED 10.0.2.50"), reserved.events);
        assertEquals(1, reserved.server.leases().size());
    }

    @Test
    void shouldKeepTheLeaseOfAReservationWhenItIsAskedForAgain() {
        ServerBench reserved = new ServerBench(b -> b.reservation(reserve(1, 11)));
        reserved.lease(1);

        reserved.lease(1);

        assertEquals(List.of("GRANTED 10.0.2.11", "RENEWED 10.0.2.11"), reserved.events);
    }

    @Test
    void shouldHaveTheNameThatWasSaidLast() {
        named(DhcpOptions.DISCOVER, w -> {}, "alice");
        bench.select(1, address(10));
        assertEquals("alice", hostname(), "said once, in the DISCOVER");

        named(DhcpOptions.DISCOVER, w -> {}, "mallory");
        assertEquals("alice", hostname(), "a DISCOVER changes no lease");

        named(DhcpOptions.REQUEST, w -> w.ciaddr(address(10)), "bob");
        assertEquals("bob", hostname());
        assertEquals("bob", bench.told.get(1).hostname());

        bench.renew(1, address(10));
        assertEquals("bob", hostname(), "who says nothing keeps it");

        named(DhcpOptions.REQUEST, w -> w.ciaddr(address(10)), "not a name");
        assertNull(hostname(), "what it is called now cannot be used");
    }

    @Test
    void shouldTellTheEndOfALeaseUnderTheNameThatItHad() {
        named(DhcpOptions.DISCOVER, w -> {}, "alice");
        bench.select(1, address(10));

        named(DhcpOptions.DECLINE, ServerBench.selecting(address(10)), "bob");

        assertEquals(List.of("GRANTED 10.0.2.10", "DECLINED 10.0.2.10"), bench.events);
        assertEquals("alice", bench.told.get(1).hostname());
    }

    @Test
    void shouldTellWhoDeclinedAnOffer() {
        bench.discover(1);

        named(DhcpOptions.DECLINE, ServerBench.selecting(address(10)), "bob");

        assertEquals(List.of("DECLINED 10.0.2.10"), bench.events);
        assertEquals("bob", bench.told.get(0).hostname());
        assertEquals(Lan.mac(1), bench.told.get(0).mac());
    }

    @Test
    void shouldKeepTheNameOfAReservation() {
        ServerBench reserved = new ServerBench(
                b -> b.reservation(new Reservation(Lan.mac(1), IpAddress.ofIpv4(address(11)), "printer")));
        reserved.send(1, DhcpOptions.DISCOVER, w -> w.option(DhcpOptions.HOST_NAME, ascii("wpad")));
        reserved.select(1, address(11));

        assertEquals("printer", reserved.told.get(0).hostname());
    }

    @Test
    void shouldNotPassANameOnToTheNextHolder() {
        named(DhcpOptions.DISCOVER, w -> {}, "alice");
        bench.select(1, address(10));
        bench.release(1, address(10));

        bench.send(2, DhcpOptions.DISCOVER, w -> w.intOption(DhcpOptions.REQUESTED_ADDRESS, address(10)));
        bench.select(2, address(10));

        assertNull(hostname());
    }

    @Test
    void shouldTellWhatNeverEnds() {
        ServerBench forever = new ServerBench(b -> b.leaseTime(Duration.ofSeconds(Lease.INFINITE))
                .provisionalLeaseTime(Duration.ofSeconds(Lease.INFINITE)));
        forever.lease(1);

        assertEquals(Timers.NEVER, forever.told.get(0).expiryNanos());
        assertEquals(Timers.NEVER, forever.told.get(0).remainingNanos(forever.time.nowNanos()));
        assertEquals(0, forever.time.pending());
    }

    @Test
    void shouldListLeasesByAddress() {
        ServerBench wide = new ServerBench(b -> b.range(IpAddress.ofIpv4(address(10)), IpAddress.ofIpv4(address(90))));
        int station = 1;
        for (int host : new int[] {80, 31, 16, 10, 47}) {
            wide.reboot(station++, address(host));
        }

        assertEquals(
                List.of(10, 16, 31, 47, 80),
                wide.server.leases().stream()
                        .map(lease -> lease.address().toIpv4Bits() & 0xFF)
                        .toList());
    }

    /** Events applied to a map give the snapshot, whatever happens. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldAgreeWithTheSnapshot(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        TreeMap<IpAddress, ServerLease> table = new TreeMap<>();
        ServerBench random16 =
                new ServerBench(b -> b.range(IpAddress.ofIpv4(address(10)), IpAddress.ofIpv4(address(21)))
                        .reservation(reserve(1, 11))
                        .reservation(reserve(2, 50))
                        .leaseTime(Duration.ofMinutes(10))
                        .pathObserver((lease, event) -> apply(table, lease, event)));
        for (int step = 0; step < 500; step++) {
            int station = 1 + random.nextInt(14);
            int host = 10 + random.nextInt(12);
            switch (random.nextInt(7)) {
                case 0, 1 -> random16.lease(station);
                case 2 -> random16.renew(station, address(host));
                case 3 -> random16.release(station, address(host));
                case 4 -> random16.decline(station, address(host));
                case 5 -> identified(random16, DhcpOptions.REQUEST, station, w -> w.ciaddr(address(host)));
                default -> random16.advance(random.nextInt(90));
            }
            assertEquals(List.copyOf(table.values()), random16.server.leases(), "seed=" + seed + " step=" + step);
        }
    }

    private static void apply(Map<IpAddress, ServerLease> table, ServerLease lease, LeaseEvent event) {
        ServerLease before = table.remove(lease.address());
        switch (event) {
            case GRANTED -> {
                assertNull(before, "granted twice: " + lease);
                table.put(lease.address(), lease);
            }
            case RENEWED -> {
                assertNotNull(before, "renewed but not granted: " + lease);
                table.put(lease.address(), lease);
            }
            case RELEASED, EXPIRED, REPLACED -> assertEquals(before, lease, event + " as it was");
            case DECLINED -> {
                if (before != null) {
                    assertEquals(before.mac(), lease.mac());
                }
            }
        }
    }

    private @Nullable String hostname() {
        return Objects.requireNonNull(bench.server.lease(IpAddress.ofIpv4(address(10))))
                .hostname();
    }

    /** Sends a message of station 1 with a host name. */
    private void named(int type, Consumer<DhcpWriter> more, String name) {
        bench.send(1, type, writer -> {
            more.accept(writer);
            writer.option(DhcpOptions.HOST_NAME, ascii(name));
        });
    }

    /** Sends a message of station 1 for a chaddr under an identifier that it always has. */
    private static ServerBench.Reply identified(ServerBench to, int type, int chaddr, Consumer<DhcpWriter> more) {
        return to.sendAs(1, chaddr, type, writer -> {
            writer.option(DhcpOptions.CLIENT_IDENTIFIER, new byte[] {0, 7});
            more.accept(writer);
        });
    }

    private static Reservation reserve(int station, int host) {
        return new Reservation(Lan.mac(station), IpAddress.ofIpv4(address(host)), null);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
