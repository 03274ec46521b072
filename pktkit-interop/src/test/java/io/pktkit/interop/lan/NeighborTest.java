// SPDX-License-Identifier: MIT
package io.pktkit.interop.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.AddressState;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.interop.Pings;
import io.pktkit.l2adapter.DuplicateDetection;
import io.pktkit.l2adapter.L2Adapter;
import io.pktkit.l2adapter.Neighbor;
import io.pktkit.vclient.VirtualClient;
import io.pktkit.vclient.VirtualDatagramSocket;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** ARP and Neighbor Discovery of the adapter against those of the Linux kernel. */
@NeedsPeer({"ip", "ping", "arping", "bridge"})
@Timeout(300)
class NeighborTest {
    private static final String MAC = "02:00:00:00:00:02";

    private final VirtualClient host = new VirtualClient();
    private L2Adapter adapter;
    private TapLan lan;

    @BeforeEach
    void bringUp() throws IOException {
        lan = new TapLan();
        lan.run("ip addr add 10.88.0.1/24 dev $IF && ip addr add fd88::1/64 dev $IF nodad");
        host.setPrefix(IpPrefix.parse("10.88.0.2/24"));
        host.setPrefix(IpPrefix.parse("fd88::2/64"));
        adapter = L2Adapter.builder(host).macAddress(MacAddress.parse(MAC)).build();
        lan.hub.connect(adapter);
    }

    @AfterEach
    void tearDown() {
        adapter.close();
        host.close();
        lan.close();
    }

    private static String ours(IpFamily family) {
        return family == IpFamily.IPV4 ? "10.88.0.2" : "fd88::2";
    }

    private static IpAddress linux(IpFamily family) {
        return IpAddress.parse(family == IpFamily.IPV4 ? "10.88.0.1" : "fd88::1");
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldBeReachableForTheKernelAndReachIt(IpFamily family) throws IOException {
        String ping = lan.run(Pings.command(3, "-i 0.1", ours(family)));
        Pings.expectAll(3, ping);
        String neighbor = lan.run("ip neigh show " + ours(family));
        assertTrue(neighbor.contains("lladdr " + MAC) && neighbor.contains("REACHABLE"), neighbor);
        host.ping(linux(family), TapLan.LIMIT);
        lan.run("ip neigh flush dev $IF");
        host.ping(linux(family), TapLan.LIMIT);
    }

    /** RFC 4861 section 7.3.2, the kernel's machine for ARP too: what proves that we are still there is our answer to a probe. */
    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldProveToTheKernelThatItIsStillThere(IpFamily family) throws IOException, InterruptedException {
        String times = "/proc/sys/net/" + family.name().toLowerCase(Locale.ROOT) + "/neigh/$IF/";
        // Reachable for 0.5 to 1.5 times the base; who was not used for the delay is stale then, and not probed.
        lan.run("echo 3000 >" + times + "base_reachable_time_ms && echo 1 >" + times + "delay_first_probe_time");
        Program neighbors = lan.monitor("monitor neigh");
        String us = ours(family) + " dev " + lan.name + " lladdr " + MAC + " ";
        Pings.expectAll(1, lan.run(Pings.command(1, "", ours(family))));
        assertNext(neighbors, us, "REACHABLE");
        assertNext(neighbors, us, "STALE");

        Pings.expectAll(1, lan.run(Pings.command(1, "", ours(family)))); // DELAY, which the kernel does not tell

        assertNext(neighbors, us, "PROBE");
        assertNext(neighbors, us, "REACHABLE");
    }

    private static void assertNext(Program neighbors, String us, String state) throws InterruptedException {
        String next = neighbors.awaitLine(us);
        assertTrue(next.contains(us + state), () -> "wanted " + state + ": " + next);
    }

    @Test
    void shouldAnswerArping() {
        String output = lan.run("arping -c 2 -w 40 -I $IF 10.88.0.2");

        assertTrue(output.toLowerCase(Locale.ROOT).contains("[" + MAC + "]"), output);
        assertTrue(output.contains("Received 2 response"), output);
    }

    /** Lets the kernel answer until it is known of each address whose it is. */
    private void ping(L2Adapter until, IpAddress address, AddressState state) throws IOException {
        while (until.ipv6AddressStates().get(address) != state) {
            host.ping(linux(IpFamily.IPV4), TapLan.LIMIT);
        }
    }

    /** Two that begin at the same time would both give up (RFC 4862 section 5.4.3), so ours is through with it before. */
    @Test
    void shouldFailTheKernelsDuplicateAddressDetectionOfOurAddress() throws IOException {
        ping(adapter, IpAddress.parse("fd88::2"), AddressState.GOOD);
        lan.run("ip addr add fd88::2/64 dev $IF");

        lan.run("until ip -6 addr show dev $IF | grep -q 'fd88::2/64.*dadfailed'; do sleep 0.05; done");
        assertEquals(1, lan.tryRun("arping -D -c 2 -w 40 -I $IF 10.88.0.2").exit(), "arping must find a duplicate");
        assertEquals(0, adapter.addressConflicts(), "who asks first is no conflict");
    }

    @ParameterizedTest
    @EnumSource(
            value = DuplicateDetection.class,
            names = {"OPTIMISTIC", "STRICT"})
    void shouldLeaveTheKernelAnAddressThatItHas(DuplicateDetection mode) throws IOException {
        IpAddress taken = linux(IpFamily.IPV6);
        try (VirtualClient second = new VirtualClient();
                L2Adapter late =
                        L2Adapter.builder(second).duplicateDetection(mode).build()) {
            second.setPrefix(IpPrefix.of(taken, 64));
            lan.hub.connect(late);

            ping(late, taken, AddressState.DUPLICATE);
            host.ping(taken, TapLan.LIMIT);
            assertEquals(1, late.addressConflicts());
        }
    }

    /** A bridge of the kernel that snoops hears from us which groups are wanted behind which of its ports. */
    @Test
    void shouldTellASnoopingBridgeOfItsGroups() throws IOException {
        try (TapLan snooped = new TapLan();
                VirtualClient guest = new VirtualClient();
                L2Adapter port = L2Adapter.builder(guest)
                        .macAddress(MacAddress.parse(MAC))
                        .build()) {
            snooped.run("ip link add br0 type bridge mcast_snooping 1 && ip link set $IF master br0");
            snooped.run("ip link set br0 up && until ip link show br0 | grep -q LOWER_UP; do sleep 0.05; done");
            guest.setPrefix(IpPrefix.parse("fd88::12:3456/64"));
            snooped.hub.connect(port);

            for (String group : List.of("ff02::1:ff12:3456", "ff02::1:ff00:2")) {
                snooped.run("until bridge mdb show | grep -q \"port $IF grp " + group + "\"; do sleep 0.05; done");
            }
            VirtualDatagramSocket socket = guest.openDatagram(5353);
            socket.joinGroup(new InetSocketAddress("ff02::fb", 0), null);
            snooped.run("until bridge mdb show | grep -q \"port $IF grp ff02::fb\"; do sleep 0.05; done");
            socket.close();
        }
    }

    @Test
    void shouldCountTheKernelsClaimToOurIpv4Address() throws IOException {
        lan.run("ip addr add 10.88.0.2/32 dev $IF && arping -U -c 1 -I $IF -s 10.88.0.2 10.88.0.2");

        host.ping(linux(IpFamily.IPV6), TapLan.LIMIT); // its reply comes behind the claim
        assertTrue(adapter.addressConflicts() > 0, "conflicts must be counted");
    }

    @Test
    void shouldCountTheKernelsClaimToOurIpv6Address() throws IOException {
        lan.run("echo 1 >/proc/sys/net/ipv6/conf/$IF/ndisc_notify && ip addr add fd88::2/64 dev $IF nodad");
        lan.run("ip link set $IF address 02:00:00:00:00:77");

        host.ping(linux(IpFamily.IPV4), TapLan.LIMIT);
        assertTrue(adapter.addressConflicts() > 0, "conflicts must be counted");
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldTellTheSenderThatNobodyIsThere(IpFamily family) throws IOException {
        host.ping(linux(family), TapLan.LIMIT);
        lan.run("ip addr flush dev $IF scope global");
        IpAddress absent = IpAddress.parse(family == IpFamily.IPV4 ? "10.88.0.9" : "fd88::9");

        assertThrows(NoRouteToHostException.class, () -> host.ping(absent, TapLan.LIMIT));
    }

    @ParameterizedTest
    @EnumSource(IpFamily.class)
    void shouldFindAKernelWhoseMacAddressChanged(IpFamily family) throws IOException {
        // Known from its own request only, that is STALE: the next use begins the proof that it is still there.
        lan.tryRun("ping -c 1 -W 1 " + ours(family));
        lan.run("ip link set $IF address 02:00:00:00:00:77");

        Duration once = Duration.ofSeconds(1);
        long end = System.nanoTime() + TapLan.LIMIT.toNanos();
        while (!answers(linux(family), once)) {
            assertTrue(System.nanoTime() < end, "not found again: " + adapter.neighbors());
        }

        Neighbor found = adapter.neighbors().stream()
                .filter(neighbor -> neighbor.address().equals(linux(family)))
                .findAny()
                .orElseThrow();
        assertEquals("02:00:00:00:00:77", String.valueOf(found.macAddress()));
    }

    private boolean answers(IpAddress address, Duration limit) throws IOException {
        try {
            host.ping(address, limit);
            return true;
        } catch (SocketTimeoutException | NoRouteToHostException notYet) {
            return false;
        }
    }
}
