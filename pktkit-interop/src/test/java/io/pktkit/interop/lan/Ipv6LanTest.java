// SPDX-License-Identifier: MIT
package io.pktkit.interop.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.interop.NeedsPeer;
import io.pktkit.lab.LanConfig;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A Linux kernel configures itself by what a LAN tells of IPv6, and forgets it when the LAN goes. */
@NeedsPeer({"ip", "rdisc6", "dhclient", "ping"})
@Timeout(300)
class Ipv6LanTest {
    private static final String PREFIX = "fd12:3456:789a:1:";
    private static final String ADDRESS = "inet6 " + PREFIX + "0:ff:fe00:101/64";
    private static final String GATEWAY = "fd12:3456:789a:1::1";
    private static final String ROUTER = "fe80::dd:ff:fe00:1";

    // Made by each test, with the configuration that it is about.
    @SuppressWarnings("NullAway.Init")
    private GuestLan network;

    @SuppressWarnings("NullAway.Init")
    private TapGuest guest;

    private void bringUp(LanConfig.Builder config) throws IOException {
        network = new GuestLan(
                config.resolvConf(Path.of("/nonexistent")).mtu(1400).build());
        guest = network.addGuest();
    }

    private static LanConfig.Builder config() {
        return LanConfig.builder().ipv6(IpPrefix.parse(PREFIX + ":/64"));
    }

    /**
     * Makes the kernel solicit, and waits for what it makes of the answer. It has forgotten what it was told as it came up
     * first, before anybody listened to what it tells, so that this is not taken for the answer.
     */
    private Program configure(String... awaited) throws IOException, InterruptedException {
        guest.run("ip link set $IF down && sysctl -qw net.ipv6.conf.$IF.accept_ra=1");
        Program changes = guest.monitor("-6 monitor address route");
        guest.run("ip link set $IF up");
        for (String line : awaited) {
            changes.awaitLine(line);
        }
        return changes;
    }

    @AfterEach
    void tearDown() {
        if (network != null) {
            network.close();
        }
    }

    @Test
    void shouldGiveAKernelAddressRouteAndMtuAndTakeTheRouteBack() throws Exception {
        bringUp(config().ipv6Router(true));
        Program changes = configure("default via " + ROUTER, ADDRESS);

        String all = guest.ipv6();
        assertTrue(all.contains(ADDRESS), all);
        assertTrue(all.contains("default via " + ROUTER), all);
        assertEquals("1400", guest.run("cat /proc/sys/net/ipv6/conf/$IF/mtu").strip());
        guest.pingUntilAnswered(GATEWAY);
        // It asks who the router is, and would give it up if the answer said that it is none.
        guest.run("ip -6 neigh change " + ROUTER + " dev $IF router nud probe");
        guest.run("ping -6 -c 3 -i 0.5 -W 2 " + GATEWAY);
        assertTrue(guest.ipv6().contains("default via " + ROUTER), guest.ipv6());

        network.lan.close();

        changes.awaitLine("Deleted default via " + ROUTER);
        // Its address is for what is in use only.
        assertTrue(changes.awaitLine("deprecated").contains(ADDRESS));
        assertFalse(guest.ipv6().contains("default via"), guest.ipv6());
    }

    @Test
    void shouldLeaveOutTheDefaultRouteWhereItLeadsNowhere() throws Exception {
        bringUp(config().ipv6Router(false));
        configure(ADDRESS);

        guest.pingUntilAnswered(GATEWAY);
        assertFalse(guest.ipv6().contains("default via"), guest.ipv6());
    }

    @Test
    void shouldTellRdisc6AllThereIs() throws Exception {
        bringUp(config().ipv6Router(true));

        String told = guest.run("rdisc6 -1 -r 10 -w 3000 $IF");

        assertTrue(told.contains("Recursive DNS server          : " + GATEWAY) || told.contains(GATEWAY), told);
        assertTrue(told.contains("DNS search list") && told.contains("pktkit"), told);
        assertTrue(told.contains("1400 bytes"), told);
        assertTrue(told.contains("1800 (0x00000708) seconds"), told);
        assertTrue(told.contains("from " + ROUTER), told);
    }

    @Test
    void shouldTellAStatelessClientOfDhcpv6() throws Exception {
        bringUp(config());
        Path script = network.folder.resolve("told");
        Files.writeString(script, "#!/bin/sh\nenv | grep '^new_' >> " + network.folder.resolve("env") + "\nexit 0\n");
        assertTrue(script.toFile().setExecutable(true));

        guest.run("timeout 80 dhclient -6 -S -1 -v -sf " + script + " -lf " + network.folder.resolve("six") + " -pf "
                + network.folder.resolve("six.pid") + " $IF");

        String told = Files.readString(network.folder.resolve("env"));
        assertTrue(told.contains("new_dhcp6_name_servers=" + GATEWAY), told);
        assertTrue(told.contains("new_dhcp6_domain_search=pktkit."), told);
        guest.tryRun("kill $(cat " + network.folder.resolve("six.pid") + ")");
    }

    @Test
    void shouldSayNothingWithoutIpv6() throws Exception {
        bringUp(LanConfig.builder().withoutIpv6());

        assertTrue(guest.tryRun("rdisc6 -1 -r 1 -w 2000 $IF").output().contains("No response"));
    }
}
