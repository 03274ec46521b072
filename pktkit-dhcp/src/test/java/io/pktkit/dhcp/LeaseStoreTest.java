// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static io.pktkit.dhcp.ServerBench.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.time.ManualTime;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** What a server saves, and what it makes of that after a restart. */
class LeaseStoreTest {
    private static final Instant TODAY = Instant.parse("2026-11-29T10:00:00Z");

    /** Keeps what was saved in memory, and fails when it is told to. */
    private static final class Memory implements LeaseStore {
        private final List<List<StoredLease>> saved = new ArrayList<>();
        private boolean failing;

        @Override
        public List<StoredLease> load() {
            return last();
        }

        List<StoredLease> last() {
            return saved.isEmpty() ? List.of() : saved.get(saved.size() - 1);
        }

        @Override
        public void save(List<StoredLease> leases) throws IOException {
            saved.add(leases);
            if (failing) {
                throw new IOException("expected by the test");
            }
        }
    }

    private final Memory store = new Memory();
    private Instant today = TODAY;

    private ServerBench bench() {
        return bench(builder -> builder);
    }

    private ServerBench bench(UnaryOperator<DhcpServerConfigBuilder> settings) {
        return new ServerBench(
                builder -> settings.apply(builder.leaseStore(store).calendar(() -> today)));
    }

    private void advance(ServerBench bench, int seconds) {
        for (int i = 0; i < seconds; i++) { // both clocks go together
            today = today.plusSeconds(1);
            bench.advance(1);
            bench.time.runCallbacks();
        }
    }

    @Test
    void shouldSaveWithinASecondAndOnce() {
        ServerBench bench = bench();
        bench.lease(1);
        bench.lease(2);
        bench.time.runCallbacks();
        assertEquals(0, store.saved.size(), "nobody waits for the store");

        advance(bench, 1);

        assertEquals(1, store.saved.size());
        assertEquals(2, store.last().size());
        advance(bench, 50);
        assertEquals(1, store.saved.size(), "nothing has changed");
    }

    @Test
    void shouldSaveWhatEnds() {
        ServerBench bench = bench();
        bench.lease(1);
        bench.lease(2);
        bench.release(1, address(10));
        advance(bench, 1);
        assertEquals(
                List.of(IpAddress.ofIpv4(address(11))),
                store.last().stream().map(StoredLease::address).toList());

        advance(bench, 121);

        assertEquals(List.of(), store.last(), "the other one has run out");
    }

    @Test
    void shouldNotSaveOffers() {
        ServerBench bench = bench();
        bench.discover(1);
        bench.server.close();

        assertEquals(0, store.saved.size());
    }

    @Test
    void shouldSaveTheRestWhenItIsClosed() {
        ServerBench bench = bench();
        bench.lease(1);

        bench.server.close();

        assertEquals(1, store.last().size());
        assertEquals(1, store.saved.size());
    }

    /** Else a second server, which is refused a moment later, would write what it read over what the first has granted since. */
    @Test
    void shouldNotSaveWhatItOnlyRead() {
        ServerBench first = bench();
        first.lease(1);
        first.server.close();
        int before = store.saved.size();

        ServerBench second = bench();
        assertEquals(1, second.server.leases().size());
        advance(second, 2);
        second.server.close();

        assertEquals(before, store.saved.size());
    }

    @Test
    void shouldTryAgainWhenItCouldNotSave() {
        ServerBench bench = bench();
        store.failing = true;
        bench.lease(1);
        advance(bench, 1);
        assertEquals(1, store.saved.size());
        advance(bench, 9);
        assertEquals(1, store.saved.size());

        store.failing = false;
        advance(bench, 1);

        assertEquals(2, store.saved.size());
        bench.server.close();
        assertEquals(2, store.saved.size(), "it is saved");
    }

    @Test
    void shouldSaveAgainWhenItIsClosedAfterAFailure() {
        ServerBench bench = bench();
        store.failing = true;
        bench.lease(1);
        advance(bench, 1);
        store.failing = false;

        bench.server.close();

        assertEquals(2, store.saved.size());
    }

    @Test
    void shouldLeaveNothingToDoWhenItIsClosed() {
        ServerBench bench = bench();
        bench.lease(1);
        bench.advance(1); // the store is about to be written

        bench.server.close();
        bench.time.runCallbacks();

        assertEquals(1, store.saved.size());
        assertEquals(0, bench.time.pending());
    }

    @Test
    void shouldSayWhenItCannotSaveAtLast() {
        ServerBench bench = bench();
        store.failing = true;
        bench.lease(1);

        bench.server.close();

        assertEquals(1, store.saved.size());
        assertEquals(0, bench.time.pending(), "there is nobody to try again");
    }

    /** The server's time does not begin at zero. */
    @Test
    void shouldTellTheEndOfALeaseInItsOwnTime() {
        ServerBench before = bench();
        before.lease(1);
        before.server.close();
        ManualTime time = new ManualTime(Long.MAX_VALUE - 5);
        List<Long> told = new ArrayList<>();
        DhcpServerConfig config = DhcpServerConfig.builder(IpPrefix.parse("10.0.2.2/24"))
                .leaseStore(store)
                .calendar(() -> today)
                .pathObserver((lease, event) -> told.add(lease.remainingNanos(time.nowNanos())))
                .build();

        try (DhcpServer after = new DhcpServer(config, time)) {
            assertEquals(List.of(120_000_000_000L), told);
            time.advance(Duration.ofSeconds(119));
            assertEquals(1, told.size());
            time.advance(Duration.ofSeconds(1));
            assertEquals(List.of(120_000_000_000L, 0L), told, "and it ends by itself");
            assertEquals(List.of(), after.leases());
        }
    }

    @Test
    void shouldGoOnAfterARestart() {
        ServerBench before = bench();
        before.send(
                1,
                DhcpOptions.DISCOVER,
                w -> w.option(DhcpOptions.HOST_NAME, "alice".getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
        before.select(1, address(10));
        advance(before, 60);
        before.renew(1, address(10));
        before.lease(2);
        before.server.close();
        today = today.plusSeconds(30);

        ServerBench after = bench();

        assertEquals(List.of("GRANTED 10.0.2.10", "GRANTED 10.0.2.11"), after.events, "as if they came now");
        ServerLease first = after.server.leases().get(0);
        assertEquals("alice", first.hostname());
        assertEquals(Lan.mac(1), first.mac());
        assertEquals(Lan.mac(1), first.station());
        assertEquals(3570, seconds(after, first));
        assertEquals(90, seconds(after, after.server.leases().get(1)));
        assertTrue(after.server.leases().get(1).provisional());
        assertEquals(address(12), after.lease(3), "the addresses are taken");
        assertEquals(3600, after.renew(1, address(10)).leaseSeconds(), "it stays proven");
        assertEquals(address(11), after.discover(2).yiaddr());
    }

    private static long seconds(ServerBench bench, ServerLease lease) {
        return Duration.ofNanos(lease.remainingNanos(bench.time.nowNanos())).toSeconds();
    }

    @Test
    void shouldForgetWhatRanOutMeanwhile() {
        ServerBench before = bench();
        before.lease(1);
        before.server.close();
        today = today.plusSeconds(120);

        ServerBench after = bench();
        assertEquals(List.of(), after.server.leases());
        assertEquals(List.of(), after.events, "nor was it granted for a moment");
    }

    @Test
    void shouldForgetWhatRanOutLongerAgoThanNanosecondsCanSay() {
        store.saved.add(List.of(
                stored("2.6906", "10.0.2.11", Instant.MIN),
                stored("2.6907", "10.0.2.12", TODAY.minus(Duration.ofDays(400 * 365)))));

        assertEquals(List.of(), bench().events);
    }

    @Test
    void shouldNotBelieveACalendarThatWasTurnedBack() {
        ServerBench before = bench();
        before.lease(1);
        before.server.close();
        today = today.minusMillis(500);
        ServerBench slightly = bench(builder -> builder.leaseTime(Duration.ofMinutes(2)));
        assertEquals(120_000_000_000L, slightly.server.leases().get(0).remainingNanos(slightly.time.nowNanos()));
        today = today.minus(Duration.ofDays(365));

        ServerBench after = bench();

        assertEquals(3600, seconds(after, after.server.leases().get(0)));
    }

    @Test
    void shouldKnowClientsByTheirIdentifierAndBehindRelays() {
        DhcpSubnet subnet = DhcpSubnet.builder(IpPrefix.parse("10.0.9.0/24")).build();
        byte[] identifier = {0, -1, 2};
        ServerBench before = bench(builder -> builder.subnet(subnet));
        before.send(1, DhcpOptions.DISCOVER, w -> w.option(DhcpOptions.CLIENT_IDENTIFIER, identifier));
        before.send(1, DhcpOptions.REQUEST, w -> {
            w.option(DhcpOptions.CLIENT_IDENTIFIER, identifier);
            ServerBench.selecting(address(10)).accept(w);
        });
        int remote = before.sendAs(9, 1, DhcpOptions.DISCOVER, w -> w.giaddr(0x0A0009FE))
                .yiaddr();
        before.sendAs(9, 1, DhcpOptions.REQUEST, w -> {
            w.giaddr(0x0A0009FE);
            ServerBench.selecting(remote).accept(w);
        });
        before.server.close();

        ServerBench after = bench(builder -> builder.subnet(subnet));

        assertEquals(2, after.server.leases().size());
        assertEquals(
                address(10),
                after.send(1, DhcpOptions.DISCOVER, w -> w.option(DhcpOptions.CLIENT_IDENTIFIER, identifier))
                        .yiaddr());
        assertEquals(
                remote,
                after.sendAs(9, 1, DhcpOptions.DISCOVER, w -> w.giaddr(0x0A0009FE))
                        .yiaddr());
        assertEquals(address(11), after.discover(1).yiaddr(), "without the identifier it is somebody else");
    }

    @Test
    void shouldGrantOnlyWhatThisConfigurationWould() {
        MacAddress reserved = Lan.mac(7);
        store.saved.add(List.of(
                stored("2.6900", "10.0.2.1"), // the router's
                stored("2.6901", "10.0.2.2"), // the server's own
                stored("2.6902", "10.0.2.99"), // not in the range
                stored("2.6903", "10.0.9.10"), // of another subnet
                stored("2.6904", "fd00::1"),
                stored("2.6905", "10.0.2.13"), // reserved for another station
                stored("2.6906", "10.0.2.11"),
                stored("2.6907", "10.0.2.11"), // the same address
                stored("2.6906", "10.0.2.12"), // the same client
                stored("nobody", "10.0.2.12"),
                stored("2.7800", "10.0.2.12"),
                stored("-2.6908", "10.0.2.12"),
                stored("fffffffffffff.6908", "10.0.2.12")));

        ServerBench bench =
                bench(builder -> builder.reservation(new Reservation(reserved, IpAddress.ofIpv4(address(13)), null)));

        assertEquals(List.of("GRANTED 10.0.2.11"), bench.events);
    }

    @Test
    void shouldKeepAReservedAddressForItsStation() {
        Reservation reservation = new Reservation(Lan.mac(1), IpAddress.ofIpv4(address(77)), "printer");
        ServerBench before = bench(builder -> builder.reservation(reservation));
        before.lease(1);
        before.server.close();

        ServerBench after = bench(builder -> builder.reservation(reservation));

        assertEquals(List.of("GRANTED 10.0.2.77"), after.events);
    }

    @Test
    void shouldStayWithinItsLimit() {
        ServerBench before = bench();
        for (int client = 1; client <= 3; client++) {
            before.lease(client);
        }
        before.server.close();

        assertEquals(
                2, bench(builder -> builder.maxLeases(2, 2)).server.leases().size());
    }

    @Test
    void shouldKeepInfiniteLeasesAsLongAsTheyAreGranted() {
        ServerBench before = bench(builder -> builder.leaseTime(Duration.ofSeconds(Lease.INFINITE))
                .provisionalLeaseTime(Duration.ofSeconds(Lease.INFINITE)));
        before.lease(1);
        before.server.close();
        assertEquals(Instant.MAX, store.last().get(0).expiry());
        today = today.plus(Duration.ofDays(1000));

        ServerBench same = bench(builder -> builder.leaseTime(Duration.ofSeconds(Lease.INFINITE)));
        assertEquals(Long.MAX_VALUE, same.server.leases().get(0).expiryNanos());
        ServerBench shorter = bench();
        assertEquals(3600, seconds(shorter, shorter.server.leases().get(0)));
    }

    /** A server that is started again at any time goes on as if it had not been: the same leases, times and clients. */
    @Test
    void shouldGoOnAfterAnyRestart() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            store.saved.clear();
            ServerBench bench = bench();
            for (int step = 0; step < 200; step++) {
                int station = 1 + random.nextInt(6);
                int address = address(10 + random.nextInt(5));
                switch (random.nextInt(7)) {
                    case 0, 1 -> bench.lease(station);
                    case 2 -> bench.renew(station, address);
                    case 3 -> bench.release(station, address);
                    case 4 -> bench.reboot(station, address);
                    case 5 -> advance(bench, random.nextInt(90));
                    default -> {
                        List<String> before = described(bench);
                        bench.server.close();
                        bench = bench();
                        assertEquals(before, described(bench), "seed=" + seed + " step=" + step);
                    }
                }
            }
        }
    }

    private static List<String> described(ServerBench bench) {
        return bench.server.leases().stream()
                .map(lease -> lease.address() + " " + lease.mac() + " " + lease.provisional() + " "
                        + lease.remainingNanos(bench.time.nowNanos()))
                .toList();
    }

    private static StoredLease stored(String client, String address) {
        return stored(client, address, TODAY.plusSeconds(600));
    }

    private static StoredLease stored(String client, String address, Instant expiry) {
        return new StoredLease(client, IpAddress.parse(address), Lan.mac(1), Lan.mac(1), null, false, expiry);
    }
}
