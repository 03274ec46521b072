// SPDX-License-Identifier: MIT
package io.pktkit.dhcp;

import static io.pktkit.dhcp.ServerBench.address;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.dhcp.internal.DhcpOptions;
import io.pktkit.wire.IpAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which address a newcomer gets: the one unused for longest (RFC 2131 sections 1.6 and 2.2). */
class LeaseOrderTest {
    private final ServerBench bench = new ServerBench(); // .10 to .13

    @Test
    void shouldGiveAReleasedAddressLast() {
        bench.lease(1);

        bench.release(1, address(10));

        assertEquals(List.of(11, 12, 13, 10), newcomers(4));
    }

    @Test
    void shouldFollowTheOrderOfReleaseAndExpiry() {
        for (int station = 1; station <= 4; station++) {
            bench.lease(station);
        }
        bench.advance(40);
        bench.release(3, address(12));
        bench.advance(40);
        bench.renew(4, address(13)); // proven: an hour from here
        bench.renew(2, address(11));
        bench.advance(45); // .10 ran out at 120 s
        bench.release(2, address(11));
        bench.release(4, address(13));

        assertEquals(List.of(12, 10, 11, 13), newcomers(4));
    }

    @Test
    void shouldGiveAnAddressThatSomebodyElseUsedLast() {
        bench.lease(1);
        bench.decline(1, address(10));
        bench.lease(2);
        bench.release(2, address(11));

        bench.advance(3601);

        assertEquals(List.of(12, 13, 11, 10), newcomers(4));
    }

    @Test
    void shouldGiveADeclinedAddressThatMadeWayLast() {
        bench.lease(1);
        bench.decline(1, address(10));
        bench.lease(2);
        bench.decline(2, address(11)); // one of four may be fenced off

        assertEquals(List.of(12, 13, 10), newcomers(3));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldNotLetOffersChangeTheOrder(boolean used) {
        if (used) {
            for (int station = 1; station <= 4; station++) {
                bench.lease(station);
            }
            for (int station : new int[] {3, 1, 4, 2}) {
                bench.release(station, address(9 + station));
            }
        }
        List<Integer> order = used ? List.of(12, 10, 13, 11) : List.of(10, 11, 12, 13);
        wish(91, order.get(2));
        wish(92, order.get(0));
        bench.discover(93);
        bench.send(93, DhcpOptions.REQUEST, w -> {
            w.intOption(DhcpOptions.REQUESTED_ADDRESS, address(order.get(1)));
            w.intOption(DhcpOptions.SERVER_IDENTIFIER, ServerBench.OTHER_SERVER); // chose another
        });

        bench.advance(61);

        assertEquals(order, newcomers(4));
    }

    @Test
    void shouldGiveAClientTheAddressThatItHadThoughOthersAreUnusedForLonger() {
        bench.lease(1);
        bench.release(1, address(10));

        assertEquals(address(10), bench.discover(1).yiaddr());
        assertEquals(address(11), bench.discover(2).yiaddr());
    }

    @Test
    void shouldGiveAnUnprovenClientNoMoreTimeForHavingBeenThere() {
        bench.lease(1);
        bench.advance(121);

        assertEquals(address(10), bench.discover(1).yiaddr());
        assertEquals(120, bench.discover(1).leaseSeconds());
    }

    /** Against a list of addresses by the time they were last used. */
    @Test
    void shouldAgreeWithAListOfWhatWasUsedWhen() {
        for (long seed = 0; seed < 30; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            ServerBench wide =
                    new ServerBench(b -> b.range(IpAddress.ofIpv4(address(100)), IpAddress.ofIpv4(address(115))));
            ArrayDeque<Integer> free = new ArrayDeque<>();
            for (int host = 100; host <= 115; host++) {
                free.add(host);
            }
            List<int[]> held = new ArrayList<>(); // station and host
            for (int step = 1; step <= 200; step++) {
                if (!free.isEmpty() && random.nextInt(3) != 0) {
                    int got = wide.lease(1000 + step) & 0xFF;
                    assertEquals(free.poll(), got, "seed=" + seed + " step=" + step);
                    held.add(new int[] {1000 + step, got});
                } else if (!held.isEmpty()) {
                    int[] one = held.remove(random.nextInt(held.size()));
                    wide.release(one[0], address(one[1]));
                    free.add(one[1]);
                }
            }
            assertTrue(wide.server.leases().size() == held.size(), "seed=" + seed);
        }
    }

    private int wish(int station, int host) {
        return bench.send(station, DhcpOptions.DISCOVER, w -> w.intOption(DhcpOptions.REQUESTED_ADDRESS, address(host)))
                .yiaddr();
    }

    /** What so many stations get that were never here. */
    private List<Integer> newcomers(int count) {
        List<Integer> hosts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            hosts.add(bench.discover(500 + i).yiaddr() & 0xFF);
        }
        return hosts;
    }
}
