// SPDX-License-Identifier: MIT
package io.pktkit.interop.lan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.hub.guard.GuardReason;
import io.pktkit.interop.NeedsPeer;
import io.pktkit.lab.LanConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A guest that plays the DHCP server or the router is heard by nobody, unless guests are trusted. */
@NeedsPeer({"ip", "dhclient", "dnsmasq", "radvd", "scapy"})
@Timeout(300)
class RogueServerTest {
    private static final String ROGUE = "10.0.2.66";
    private static final String PREFIX = "2001:db8:bad:";
    private static final int ROUNDS = 5;

    // Made by each test, with the configuration that it is about.
    @SuppressWarnings("NullAway.Init")
    private GuestLan network;

    @SuppressWarnings("NullAway.Init")
    private TapGuest rogue;

    @SuppressWarnings("NullAway.Init")
    private TapGuest victim;

    private void bringUp(LanConfig.Builder config) throws IOException {
        network = new GuestLan(config.build());
        rogue = network.addGuest().address(ROGUE + "/24");
        victim = network.addGuest();
        // Linux takes no advertisements in fragments, RFC 6980, but others do.
        victim.run("sysctl -qw net.ipv6.conf.$IF.suppress_frag_ndisc=0 net.ipv6.conf.$IF.accept_ra=1");
    }

    @AfterEach
    void tearDown() {
        if (network != null) {
            network.close();
        }
    }

    private Program dnsmasq() throws IOException, InterruptedException {
        Program server =
                rogue.start("dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --port=0 --user=root"
                        + " --interface=$IF --bind-interfaces --log-dhcp --log-facility=- --no-ping --dhcp-authoritative"
                        + " --pid-file= --dhcp-leasefile=" + network.folder.resolve("leases")
                        + " --dhcp-range=10.0.2.200,10.0.2.220,255.255.255.0,1h");
        server.awaitLine("DHCP, sockets bound exclusively");
        return server;
    }

    private void radvd() throws IOException {
        Path config = network.folder.resolve("radvd.conf");
        Files.writeString(config, """
                interface %s {
                  AdvSendAdvert on;
                  MinRtrAdvInterval 3;
                  MaxRtrAdvInterval 4;
                  prefix %s1::/64 { };
                };
                """.formatted(rogue.name, PREFIX));
        rogue.run("sysctl -qw net.ipv6.conf.all.forwarding=1");
        rogue.start("radvd -n -m stderr -u root -C " + config + " -p " + network.folder.resolve("radvd.pid"));
    }

    private void advertiseInDisguise() {
        rogue.run("/usr/bin/python3 -W ignore " + network.unpack("attack.py") + " advertise $IF " + rogue.mac + " "
                + rogue.linkLocal);
    }

    @Test
    void shouldLeaseFromOurServerWhileAGuestRunsAnother() throws IOException, InterruptedException {
        bringUp(LanConfig.builder());
        Program server = dnsmasq();
        for (int round = 1; round <= ROUNDS; round++) {
            String told = network.dhclient(victim, 2);

            server.awaitLine("DHCPOFFER");
            rogue.awaitGuarded(round, GuardReason.DHCP_SERVER);
            assertTrue(told.contains("DHCPACK") && told.contains("from " + GuestLan.DHCP), told);
            assertFalse(told.contains("from " + ROGUE), told);
            network.release(victim);
        }
    }

    @Test
    void shouldHearTheOtherServerIfGuestsAreTrusted() throws IOException, InterruptedException {
        bringUp(LanConfig.builder().trustGuests());
        dnsmasq();

        // Both answer at once, but either may have to wait for a processor.
        String told = network.dhclient(victim, 8);

        assertTrue(told.contains("from " + ROGUE), told);
        assertEquals(0, rogue.port.guarded(GuardReason.DHCP_SERVER));
    }

    @Test
    void shouldTakeNoPrefixAndNoRouteFromAGuest() throws IOException {
        bringUp(LanConfig.builder());

        radvd();
        rogue.awaitGuarded(1, GuardReason.ROUTER);
        long before = rogue.port.guarded(GuardReason.ROUTER);
        victim.run("ip link set $IF down && ip link set $IF up"); // makes it solicit
        rogue.awaitGuarded(before + 1, GuardReason.ROUTER);

        assertNoRouter();
    }

    @Test
    void shouldTakeNoDisguisedAdvertisementFromAGuest() throws IOException {
        bringUp(LanConfig.builder());

        advertiseInDisguise();

        rogue.awaitGuarded(6, GuardReason.ROUTER);
        rogue.awaitGuarded(2, GuardReason.UNDETERMINED);
        rogue.pingUntilAnswered(GuestLan.GATEWAY);
        assertNoRouter();
    }

    @Test
    void shouldTakeAdvertisementsIfGuestsAreTrusted() throws IOException, InterruptedException {
        bringUp(LanConfig.builder().trustGuests());
        Program addresses = victim.monitor("-6 monitor address");
        Program routes = victim.monitor("-6 monitor route");
        radvd();
        addresses.awaitLine(PREFIX + "1:");
        routes.awaitLine("default via " + rogue.linkLocal);

        advertiseInDisguise();

        // The kernel itself drops those whose header chain does not end in the first fragment, RFC 8200 section 4.5.
        for (int disguise = 2; disguise <= 6; disguise++) {
            addresses.awaitLine(PREFIX + disguise + ":");
        }
    }

    private void assertNoRouter() {
        String all = victim.ipv6();
        assertFalse(all.contains("2001:db8") || all.contains("default via " + rogue.linkLocal), all);
    }
}
